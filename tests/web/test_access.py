"""Every route, as every kind of person, on their own objects, their neighbours' and strangers'.

Built from the url map: a new route is tested as soon as it is there.
"""

import re
from dataclasses import dataclass
from datetime import date

import pytest
from flask import Flask
from msgspec import structs
from sqlalchemy import select, update
from werkzeug.routing import Rule

from tests.browsing import Browser
from tests.builders import courses
from tests.builders.alerts import an_alert
from tests.builders.check_ins import ask, link_to
from tests.builders.eligibility import FINE_KETAMINE
from tests.builders.outcomes.letters import a_letter
from tests.builders.patients import an_entry
from tests.builders.stock import VIALS, a_lot
from tests.builders.worksheets import a_worksheet
from tests.people import ADAM, ANNA, BEN, CLEO, Cast
from tracker.domain.access import POLICY, Actor, Permission, Subject, allows
from tracker.domain.health_lists.draft import HealthItemDraft, HealthItemKind
from tracker.domain.safety_checks.draft import SafetyCheckDraft
from tracker.domain.safety_checks.kinds import CheckKind
from tracker.models import db
from tracker.models.alerts import Alert
from tracker.models.assessments import Assessment
from tracker.models.diary import DiaryEntry
from tracker.models.eligibility import Eligibility
from tracker.models.health_lists import HealthItem
from tracker.models.imports import FileImport
from tracker.models.patients import Patient
from tracker.models.referral_letters import ReferralLetter
from tracker.models.safety_checks import SafetyCheck
from tracker.models.stock import StockEntry
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.check_ins import links as check_in_links
from tracker.services.clinic import clinics
from tracker.services.eligibility import commands as eligibility_commands
from tracker.services.health_lists import commands as item_commands
from tracker.services.safety_checks import commands as check_commands
from tracker.services.stock import commands as stock_commands
from tracker.services.unit_of_work import unit_of_work
from tracker.web.guard import is_public, permission_of

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
OLIVE = "olive@example.org"
HOLDER = "holder of the link to a check-in of Ben's"
# Whom an object is about -> the name that nobody may read who may not see that patient.
MARKS = {"ben": "Quillfeather", "olive": "Underhill", "far": "Vandermeer"}
# Anybody may open these. A route that joins them is a decision: write it down here.
OPEN = {
    "account.ask_unlock", "account.confirm_address", "account.unlock", "account.welcome",
    "guide.example", "guide.index", "guide.page",
    "home.health_check", "home.standing", "home.start", "links.begin", "links.over", "links.show",
    "links.stop",
    "links.stop_mail",
    "passkeys.second_step", "passkeys.set_up", "passkeys.sign_in",
    "live.shell", "answers.shell", "home.worker", "calendar.feed",
    "security.forgot_password", "security.login", "security.logout", "security.reset_password",
    "security.static", "static",
}  # fmt: skip
# Flask-Security's own pages that look themselves for who is there, or half-way in.
GUARDED_THEMSELVES = {
    "security.change_password", "security.mf_recovery", "security.mf_recovery_codes",
    "security.tf_select", "security.two_factor_rescue", "security.two_factor_setup",
    "security.two_factor_setup_validate", "security.two_factor_token_validation",
    "security.verify",
}  # fmt: skip
# Touches one's own draft of that name and nothing else, so there is nothing to hide.
OWN_BY_NAME = {"diary.discard", "drafts.discard"}
# What a route cannot do without.
QUERY = {"series.state": {"to": "stopped"}, "outcomes.people": {"step": "missing"},
         "outcomes.safety_sessions": {"step": "severe"}}  # fmt: skip
ABOUT_PLANNED = {"sessions.record", "sessions.move", "sessions.cancel_or_miss"}

CHECKED = SafetyCheckDraft(kind=CheckKind.LIVER, checked_on=date(2026, 3, 1), value="ALT 24 U/L")
LATEX = HealthItemDraft(kind=HealthItemKind.ALLERGY, name="Latex", noted_on=date(2026, 3, 1))
ROWS = ("read", "stored", "refused", "duplicate", "left_out")
OF_A_PATIENT = {
    "alert_id": (Alert, Alert.id),
    "score_id": (Assessment, Assessment.id),
    "eligibility_id": (Eligibility, Eligibility.id),
    "check_id": (SafetyCheck, SafetyCheck.id),
    "item_id": (HealthItem, HealthItem.id),
    "letter_id": (ReferralLetter, ReferralLetter.id),
    "diary_id": (DiaryEntry, DiaryEntry.id),
    "lot_id": (StockEntry, StockEntry.lot_id),
    "entry_id": (StockEntry, StockEntry.id),
}


@dataclass(frozen=True)
class Scene:
    """One full patient here with an account, another one, and one in the clinic elsewhere."""

    app: Flask
    cast: Cast
    patients: dict[str, int]
    people: dict[str, Actor | None]
    users: dict[str, int]
    check_ins: dict[str, int]
    link: str

    def subject(self, whose: str) -> Subject:
        """Name whom the objects of somebody are about, for the policy."""
        here = self.cast.elsewhere_id if whose == "far" else self.cast.clinic_id
        return Subject(here, self.patients[whose], self.check_ins[whose])

    def fill(self, rule: Rule, whose: str) -> str:
        """Write the address of a route for the objects of somebody."""
        values = {name: self._value(rule, name, whose) for name in rule.arguments}
        return self.app.url_map.bind("localhost").build(
            rule.endpoint, values | QUERY.get(rule.endpoint, {})
        )

    def _value(self, rule: Rule, name: str, whose: str) -> object:
        patient_id = self.patients[whose]
        if rule.endpoint in {"diary.keep", "diary.discard"}:
            return f"feel-{patient_id}"
        if name == "session_id":
            held = TreatmentSession.state == (
                "planned" if rule.endpoint in ABOUT_PLANNED else "completed"
            )
            return _first(TreatmentSession, TreatmentSession.patient_id == patient_id, held)
        if name in OF_A_PATIENT:
            kind, column = OF_A_PATIENT[name]
            return db.session.scalar(
                select(column).where(kind.patient_id == patient_id).order_by(kind.id).limit(1)
            )
        if name == "import_id":
            return _first(FileImport, FileImport.clinic_id == self.subject(whose).clinic_id)
        if name == "series_id":
            return db.session.scalar(
                select(TreatmentSession.series_id).where(TreatmentSession.patient_id == patient_id)
            )
        words = {
            "patient_id": patient_id,
            "other_id": self.patients[{"ben": "olive", "olive": "ben"}.get(whose, whose)],
            "user_id": self.users[whose], "kind": "svg",
            "act": "disable", "form": f"score-{patient_id}", "name": "index", "instrument": "phq9",
            "check_in_id": self.check_ins[whose], "deed": "count", "which": "dissociation",
        }  # fmt: skip
        assert name in words, f"say what <{name}> of {rule} is, in tests/web/test_access.py"
        return words[name]


def _first(kind, *conditions):
    return db.session.scalar(select(kind.id).where(*conditions).order_by(kind.id).limit(1))


@pytest.fixture
def scene(app: Flask, cast: Cast) -> Scene:
    """Build the scene with every kind of object in it."""
    return build(app, cast)


def build(app: Flask, cast: Cast) -> Scene:
    """Fill both clinics with every kind of object."""
    far_console = clinics.console(cast.elsewhere_id)
    treated = {
        "ben": courses.treat(cast.console, record_number="B-1"),
        "olive": courses.treat(cast.console, record_number="B-2"),
        "far": courses.treat(far_console, record_number="B-1"),
    }
    check_ins: dict[str, int] = {}
    for whose, one in treated.items():
        console = far_console if whose == "far" else cast.console
        courses.plan_sessions(console, one, date(2026, 4, 1), date(2026, 4, 4))
        an_alert(console, one.patient_id)
        an_entry(console, one.patient_id)
        check_ins[whose] = ask(console, one.patient_id)
        clinician = cast.cleo if whose == "far" else cast.anna
        eligibility_commands.start(one.patient_id, FINE_KETAMINE, by=clinician)
        check_commands.record(one.patient_id, CHECKED, by=clinician)
        item_commands.add(one.patient_id, LATEX, by=clinician)
        a_letter(clinician, one.patient_id)
        lot = a_lot(clinician, structs.replace(VIALS, lot_number=whose), 5000)
        stock_commands.give(lot, one.session_ids[0], by=clinician)
        for session_id in one.session_ids:
            a_worksheet(clinician, session_id)
        an_import(console)
        with unit_of_work(console) as unit:
            db.session.execute(
                update(Patient)
                .where(Patient.id == one.patient_id)
                .values(family_name=MARKS[whose], name_key=MARKS[whose].lower())
            )
            unit.audit("test.renamed")
    ben = courses.account(cast.console, treated["ben"])
    olive = courses.account(cast.console, treated["olive"], email=OLIVE, name="Olive")
    link = link_to(cast.console, check_ins["ben"])
    people = {
        "nobody": None, HOLDER: check_in_links.resolve_link(link), BEN: ben, OLIVE: olive,
        ANNA: cast.anna, CLEO: cast.cleo, ADAM: cast.adam,
    }  # fmt: skip
    return Scene(
        app=app,
        cast=cast,
        patients={whose: one.patient_id for whose, one in treated.items()},
        people=people,
        users={"ben": ben.user_id, "olive": olive.user_id, "far": cast.cleo.user_id},
        check_ins=check_ins,
        link=link,
    )


def an_import(by: Actor) -> None:
    """Note a file that brought nothing new."""
    with unit_of_work(by) as unit:
        counted = dict.fromkeys((f"rows_{one}" for one in ROWS), 0)
        db.session.add(
            FileImport(
                clinic_id=by.clinic_id, kind="patients", imported_at=unit.now,
                imported_by=by.name, counts={}, activated=[], **counted,
            )
        )  # fmt: skip
        unit.audit("imported", detail="test")


def routes(app: Flask) -> list[Rule]:
    """List what is not open to anybody."""
    rules = [r for r in app.url_map.iter_rules() if not is_public(r.endpoint)]
    return sorted(rules, key=lambda rule: rule.rule)


def answers(app: Flask, rule: Rule) -> set[str]:
    """List the methods that the address of a route answers, by this route or by another."""
    return {
        m for other in app.url_map.iter_rules() if other.rule == rule.rule for m in other.methods
    }


def about_somebody(rule: Rule) -> bool:
    """Say whether the address of a route names somebody's object; a draft's name holds an id."""
    if rule.endpoint in OWN_BY_NAME:
        return False
    return any(name.endswith("_id") or name == "form" for name in rule.arguments)


def whose(rule: Rule) -> tuple[str, ...]:
    """Say whose objects a route is to be tried on; without an id, nobody's in particular."""
    return tuple(MARKS) if about_somebody(rule) else ("ben",)


def expected(scene: Scene, actor: Actor | None, rule: Rule, about: str) -> str:
    """Say what the policy answers: `sign in`, `forbidden`, `not found` or `yes`."""
    permission = POLICY and permission_of(rule.endpoint)
    linked = actor is not None and actor.check_in_id is not None
    if actor is None or (linked and not allows(actor, permission)):
        return "sign in"  # a link makes nobody of anybody but where its check-in is answered
    if not allows(actor, permission):
        return "forbidden"
    subject = scene.subject(about)
    if "user_id" in rule.arguments:
        subject = Subject(subject.clinic_id)
    if about_somebody(rule):
        return "yes" if allows(actor, permission, subject) else "not found"
    return "yes"


def given(status: int, location: str) -> str:
    """Say in the same words what was answered."""
    if status in {302, 303} and location.startswith("/sign-in"):
        return "sign in"
    return {401: "sign in", 403: "forbidden", 404: "not found"}.get(
        status, "failed" if status >= 500 else "yes"
    )


def faults_of(scene: Scene, browser: Browser, actor: Actor | None, rule: Rule, method: str):
    """Try one route and method on everybody's objects and list what is not as the policy says."""
    # The token may have changed with what was done before; what no route answers asks for none.
    data = {"csrf_token": csrf(browser)} if method != "GET" and method in rule.methods else None
    browser.app.config["PROPAGATE_EXCEPTIONS"] = False  # a crash is a fault among others
    for about in whose(rule):
        path = scene.fill(rule, about)
        answer = browser.client.open(path, method=method, data=data)
        got = given(answer.status_code, answer.headers.get("Location", ""))
        wanted = expected(scene, actor, rule, about)
        if method not in rule.methods:
            got, wanted = answer.status_code, 405
        text = answer.get_data().decode(errors="ignore")
        if got != wanted:
            yield f"{method} {path} ({about}): {answer.status_code}, wanted {wanted}"
        for patient, mark in MARKS.items():
            seen = actor is not None and allows(
                actor, Permission.PROGRESS_VIEW, scene.subject(patient)
            )
            if not seen and mark in text:
                yield f"{method} {path} ({about}) shows {patient}"


def csrf(browser: Browser) -> str:
    """Read the token that the browser's forms carry now."""
    text = browser.client.get("/account/").text
    if (found := re.search(r'name="csrf-token" content="([^"]+)"', text)) is None:
        text = browser.client.get("/sign-in").text
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text)
    return found.group(1)


def browser_of(scene: Scene, who: str) -> Browser:
    """Sign somebody in, or let them follow the link."""
    browser = Browser(scene.app)
    if who == HOLDER:
        browser.open(f"/links/{scene.link}")
        browser.send(f"/links/{scene.link}", {}, expect=303)
    return browser if who in {"nobody", HOLDER} else browser(who)


@pytest.mark.parametrize("who", ["nobody", HOLDER, BEN, OLIVE, ANNA, CLEO, ADAM])
def test_every_route_answers_as_the_policy_says(scene, who):
    actor = scene.people[who]
    browser = browser_of(scene, who)
    faults = []
    for method in METHODS:
        for rule in routes(scene.app):
            if method == "POST" and rule.endpoint == "home.alive":
                continue
            if method not in rule.methods and method in answers(scene.app, rule):
                continue
            faults += faults_of(scene, browser, actor, rule, method)
    assert not faults, "\n".join(faults)


def test_every_route_declares_a_permission_or_is_open_on_purpose(app):
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    with app.app_context():
        bare = {e for e in endpoints if permission_of(e) is None}
    assert bare == OPEN | GUARDED_THEMSELVES
    assert all(is_public(endpoint) for endpoint in bare)


def test_flask_securitys_own_pages_show_nothing_to_nobody(app, cast):
    browser = Browser(app)
    for rule in app.url_map.iter_rules():
        if rule.endpoint in GUARDED_THEMSELVES and "GET" in rule.methods:
            answer = browser.client.get(rule.rule)
            assert answer.status_code in {302, 404}, rule
            assert answer.headers.get("Location", "/sign-in").startswith("/sign-in")


def test_a_route_that_loses_its_permission_answers_nobody(scene, monkeypatch):
    """Each guard is taken away in turn; the request that was allowed must then be refused."""
    browsers = {who: Browser(scene.app)(who) for who in (BEN, ANNA, ADAM)}
    tried = 0
    for rule in routes(scene.app):
        permission = permission_of(rule.endpoint)
        who = next(w for w in browsers if allows(scene.people[w], permission))
        view = scene.app.view_functions[rule.endpoint]
        method = "GET" if "GET" in rule.methods else "POST"
        data = {"csrf_token": csrf(browsers[who])} if method == "POST" else None
        with monkeypatch.context() as patch:
            patch.delattr(view, "permission")
            path = scene.fill(rule, "ben")
            answer = browsers[who].client.open(path, method=method, data=data)
        assert answer.status_code == 403, rule
        tried += 1
    assert tried >= 30


def test_a_permission_that_changes_hands_changes_the_answer(scene, monkeypatch):
    """The matrix has teeth: a policy that lets patients list people is seen to."""
    from tracker.domain.access import the_patient_themself

    browser = Browser(scene.app)(BEN)
    assert browser.client.get("/people/").status_code == 403
    monkeypatch.setitem(POLICY, Permission.PEOPLE_MANAGE, (the_patient_themself,))
    assert browser.client.get("/people/").status_code != 403


def test_a_form_cannot_name_another_patient(scene):
    """An id smuggled into a form changes nothing of whom it is about."""
    browser = Browser(scene.app)(ANNA)
    path = f"/patients/{scene.patients['ben']}/account"
    browser.open(path)
    typed = {"name": "Ben", "email": "new@example.org", "patient_id": str(scene.patients["far"])}
    browser.send(path, typed, expect=303)
    changed = select(Patient.id).where(Patient.email == "new@example.org")
    assert db.session.scalars(changed).all() == [scene.patients["ben"]]
