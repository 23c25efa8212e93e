"""Ask every page of a demonstration clinic, and tell what each costs."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, or_, select
from werkzeug.test import TestResponse

from tests.browsing import Page
from tests.builders.eligibility import FINE_KETAMINE
from tests.journeys.addresses import ROLES, crawl, signed_in
from tracker.domain.codes import Occasion
from tracker.models import db
from tracker.models.audit import AuditEvent, AuditEventPatient
from tracker.models.check_ins import CheckIn
from tracker.models.patients import Patient
from tracker.models.treatment_sessions import TreatmentSession
from tracker.models.users import User
from tracker.services.check_ins import answers as answering
from tracker.services.demo import clinic as demo_clinic
from tracker.services.eligibility import commands as eligibility_commands
from tracker.services.people import logins

_IMPORTS = re.compile(r"""^\s*(?:import|export)\b(?!\()[^;]*?["']([^"']+\.js)["']""", re.MULTILINE)
# What a script fetches only where its hook stands in the page: an attribute, and a module.
_HOOKS = re.compile(r"""^\s*["'][^"'\n]*\[([\w-]+)\]["']: ["']([^"'\n]+\.js)["'],$""", re.MULTILINE)


# What pages fetch, and files: the route that a link leads to, and the way from there.
BESIDE = {
    "alerts.waiting": ("today.show", "/alerts/open"),
    "exports.patient_copy": ("patients.show", "record.zip"),
    "guide.example": ("security.login", "/guide/example.svg"),
    "home.alive": ("today.show", "/alive"),
    "home.standing": ("today.show", "/standing"),
    "home.health_check": ("security.login", "/healthz"),
    "live.picture": ("live.show", "picture"),
    "live.poll": ("live.show", "entries"),
    "live.shell": ("today.show", "/chair"),
    "answers.shell": ("my.progress", "/answers/shell"),
    "home.worker": ("today.show", "/worker.js"),
    "merges.choose": ("patients.show", "merge/?q=0"),
    "audit.download": ("audit.show", "/audit/lines.csv?action=signed-in"),
    "my.archive": ("my.progress", "/my/download.zip"),
    "outcomes.person_picture": ("outcomes.person", "outcomes/dissociation.svg"),
    "patients.search": ("today.show", "/patients/search?q=a"),
    "outcomes.picture": ("outcomes.show", "/outcomes/pictures/rates.svg"),
    "progress.of_patient": ("patients.show", "progress.svg"),
    "progress.own": ("my.progress", "/my/progress.svg"),
    "outcomes.run_chart": ("outcomes.show_safety", "/outcomes/safety/run-chart.svg"),
    "outcomes.safety_sessions": ("outcomes.show_safety", "/outcomes/safety/sessions?step=severe"),
    "stock.inspection": ("stock.listing", "/stock/inspection.csv"),
    "today.news": ("today.status_board", "/today/board/news"),
    "worksheets.pdf": ("worksheets.show", "worksheet.pdf"),
}


@dataclass(frozen=True)
class Cost:
    """What one page costs: statements of SQL, its own bytes, those of its scripts and styles.

    `is_of_one` says whether it tells on top which patient it is about; `unnamed` are the patients
    on it whom no line names that it left in the audit trail; `classes` stand in its HTML.
    """

    queries: int
    page: int
    scripts: int
    styles: int
    is_of_one: bool = False
    unnamed: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()


class Tags(HTMLParser):
    """The scripts, style sheets and pictures that a page names, and every attribute in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.pictures: set[str] = set()
        self.classes: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.attributes |= set(values)
        self.classes |= set((values.get("class") or "").split())
        if tag in {"img", "use"} or (tag == "link" and values.get("rel") == "icon"):
            place = values.get("src") or values.get("href") or ""
            self.pictures.add(place.partition("#")[0])
        if tag == "script" and (address := values.get("src")):
            self.scripts.append(address)
        if tag == "link" and "stylesheet" in (values.get("rel") or ""):
            self.styles.append(values["href"] or "")


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """Gather what is asked of the database."""
    gathered: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        gathered.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield gathered
    finally:
        event.remove(engine, "before_cursor_execute", hear)


class Visit:
    """One person's way through the clinic."""

    def __init__(self, app: Flask, role: str) -> None:
        self.app = app
        self.role = role
        self.client: FlaskClient = signed_in(app, role)
        self.files: dict[str, str] = {}

    def cost(self, address: str) -> Cost:
        """Ask for a page twice, the first time to warm what is remembered, and count the second."""
        address = self._follow_search(address)
        before = newest_line(self.app)
        self.get(address)
        with statements(self.app) as gathered:
            answer = self.get(address)
        is_text = answer.is_json or answer.mimetype.startswith("text/")
        text = answer.text if is_text else ""
        own = demo_clinic.PATIENT_EMAIL if self.role == "patient" else ""
        unnamed = find_unnamed(self.app, text, before, own)
        tags = Tags(answer.text if answer.mimetype == "text/html" else "")
        scripts = sum(map(self._size, self._scripts(tags)))
        styles = sum(map(self._size, set(tags.styles)))
        return Cost(
            len(gathered), len(answer.data), scripts, styles, _has_banner(answer), unnamed,
            frozenset(tags.classes),
        )  # fmt: skip

    def first_view(self, address: str) -> dict[str, int]:
        """Count the bytes on the wire until a browser that knows nothing yet shows a page.

        By what is fetched: the page, all of its scripts and styles, its pictures; packed, and with
        the headers.
        """
        tags = Tags(self.get(address).text)
        wanted = {address, *self._scripts(tags), *tags.styles, *tags.pictures} - {""}
        return {one: self._wire(one) for one in wanted}

    def _wire(self, address: str) -> int:
        packed = {"Accept-Encoding": "gzip, deflate, br", "Sec-Fetch-Site": "same-origin"}
        answer = self.client.get(address, headers=packed)
        assert answer.status_code == 200, (address, answer.status_code)
        return len(answer.data) + len(str(answer.headers))

    def _follow_search(self, address: str) -> str:
        """Give the address that a search form leads to, for one with what is typed into it."""
        path, _, text = address.partition("?q=")
        if not text or path.endswith("/search"):
            return address
        token = Page(self.client.get(path).text).value("csrf_token")
        found = self.client.post(path, data={"q": text, "csrf_token": token}).location
        assert found
        assert "q=" not in found
        return found

    def get(self, address: str) -> TestResponse:
        """Ask for something that must be there; what is typed so far is sent in a header."""
        path, _, text = address.partition("?q=")
        headers = {"Search-Text": text} if text else {}
        answer = self.client.get(path if text else address, headers=headers)
        assert answer.status_code == 200, (address, answer.status_code)
        return answer

    def _scripts(self, tags: Tags) -> set[str]:
        """List the scripts of a page with all that they import, and that its hooks let them."""
        todo, seen = list(tags.scripts), set[str]()
        while todo:
            script = todo.pop()
            if script in seen:
                continue
            seen.add(script)
            text = self._text(script)
            wanted = _IMPORTS.findall(text)
            wanted += [module for hook, module in _HOOKS.findall(text) if hook in tags.attributes]
            todo += [urljoin(script, one) for one in wanted]
        return seen

    def _text(self, address: str) -> str:
        if address not in self.files:
            self.files[address] = self.get(address).text
        return self.files[address]

    def _size(self, address: str) -> int:
        return len(self._text(address).encode())


def newest_line(app: Flask) -> int:
    """Give the number of the newest line of the audit trail."""
    with app.app_context():
        return db.session.scalar(select(func.max(AuditEvent.sequence))) or 0


def find_unnamed(app: Flask, text: str, before: int, own: str) -> frozenset[str]:
    """Find the patients in a text whom no line names that was left after another line.

    A page that asks by itself may have left its line before, and each page of a patient has their
    own name in its frame: those are left out.
    """
    recent = or_(
        AuditEvent.sequence > before, AuditEvent.action.in_(("board.viewed", "live.viewed"))
    )
    about = select(AuditEvent.patient_id).where(recent, AuditEvent.patient_id.is_not(None))
    among = (
        select(AuditEventPatient.patient_id)
        .join(AuditEvent, AuditEvent.sequence == AuditEventPatient.sequence)
        .where(recent)
    )
    with app.app_context():
        named = {*db.session.scalars(about), *db.session.scalars(among)}
        people = db.session.execute(
            select(Patient.id, Patient.given_name, Patient.family_name, Patient.record_number)
            .outerjoin(User, User.id == Patient.user_id)
            .where(func.coalesce(User.email, "nobody") != own)
        ).all()
    return frozenset(
        one.record_number
        for one in people
        if one.id not in named
        and (f"{one.given_name} {one.family_name}" in text or f"({one.record_number})" in text)
    )


def _has_banner(answer: TestResponse) -> bool:
    return answer.mimetype == "text/html" and '<section class="banner"' in answer.text


SIGNED = "0901"  # whose first session was written down at the chair, and signed
DONE = "0002"  # somebody whose course is over and who was asked after it


def furnish(app: Flask) -> dict[str, tuple[str, str]]:
    """Furnish the clinic; give the places that are there by somebody's deed, with no link to them.

    That is an assessment that is not decided yet, a check-in that is being answered, and what
    came after a last dose.
    """
    with app.app_context():
        demo_clinic.furnish(
            12, progress=lambda things: things
        )  # the twelfth patient is the worried one
        clinician, patient = (
            logins.actor_of(db.session.scalars(select(User.id).where(User.email == email)).one())
            for email in (demo_clinic.OFFERS[0].email, demo_clinic.PATIENT_EMAIL)
        )
        made = eligibility_commands.start(patient.patient_id, FINE_KETAMINE, by=clinician)
        asked = db.session.scalars(
            select(CheckIn).where(
                CheckIn.patient_id == patient.patient_id,
                CheckIn.occasion == Occasion.UNSCHEDULED.value,
            )
        ).one()
        done = db.session.scalars(select(Patient.id).where(Patient.record_number == DONE)).one()
        signed = db.session.scalars(
            select(TreatmentSession.id)
            .join(Patient, Patient.id == TreatmentSession.patient_id)
            .where(Patient.record_number == SIGNED, TreatmentSession.number == 1)
        ).one()
        begun = f"/answers/{asked.id}/questions/{asked.instruments[0]}/"
        answering.begin(asked.id, by=patient)
        db.session.remove()
    return {
        "answers.decline_one": ("patient", f"{begun}decline"),
        "answers.questions": ("patient", begun),
        "answers.review": ("patient", f"{begun}review"),
        "eligibility.edit": ("clinician", f"/eligibilities/{made}/edit"),
        "sessions.show": ("clinician", f"/sessions/{signed}/"),
        "timelines.of_session": ("clinician", f"/sessions/{signed}/timeline.svg"),
        "progress.after_dose_of_patient": ("clinician", f"/patients/{done}/after-last-dose.svg"),
    }


def endpoint_of(app: Flask, address: str) -> str:
    """Say which route answers at an address."""
    endpoint: str = app.url_map.bind("localhost").match(address.partition("?")[0])[0]
    return endpoint


def places(app: Flask) -> dict[str, tuple[str, str]]:
    """Give, for each route, who may be there and where, by links and by what stands beside them."""
    known: dict[str, tuple[str, str]] = {}
    for role in (*ROLES[1:], ROLES[0]):
        for address, _ in crawl(signed_in(app, role)):
            known.setdefault(endpoint_of(app, address), (role, address))
    for endpoint, (beside, more) in BESIDE.items():
        role, address = known[beside]
        known[endpoint] = (role, urljoin(address, more))
    return known


def costs(app: Flask) -> dict[str, Cost]:
    """Ask a new clinic for every page, as somebody who may see it."""
    by_deed = furnish(app)
    visits = {role: Visit(app, role) for role in ROLES}
    everything = places(app) | by_deed
    return {name: visits[role].cost(address) for name, (role, address) in everything.items()}
