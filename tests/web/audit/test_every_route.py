"""The trail is whole: every route leaves a line of what was seen, done, tried or refused."""

import io

import pytest
from sqlalchemy import func, select, update

from tests.browsing import Browser
from tests.people import ADAM, ANNA, BEN, CLEO
from tests.web.test_access import (
    GUARDED_THEMSELVES,
    OPEN,
    browser_of,
    csrf,
    routes,
    scene,  # noqa: F401  (a fixture)
)
from tracker.domain.access import allows
from tracker.domain.codes import SessionState
from tracker.exchange.tables import PATIENTS
from tracker.models import db
from tracker.models.audit import AuditEvent, AuditEventPatient
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.audit import looks, views
from tracker.web.drafts.declared import FORMS, Does
from tracker.web.guard import permission_of

_SELF = "of one's own account alone; what is changed there leaves its line"
_EMPTY = "an empty form that shows nobody; what it stores leaves its line"
_SETTINGS = "what the clinic sets, with no person in it; a change leaves its line"
_AGAIN = "asks by itself: a line of the page stands for a quarter of an hour, and is left else"
_ELSEWHERE = "only leads on from here: in another state it leaves its line, as its own tests say"
# What is being typed is not saved yet, and for oneself alone; a search that is sent leads to the
# page that shows what is found, which leaves its line.
OF_THEIR_KIND = {Does.KEEPS, Does.SEARCHES}
# Every other route that leaves no line when the clinic of these tests is asked for it, and why not.
WITHOUT_LINE = {
    "account.change_address": _SELF, "account.reminders": _SELF, "account.rename": _SELF,
    "account.show": _SELF,
    "answers.save": "nothing came with it; an answer leaves its line",
    "answers.use_earlier": _ELSEWHERE, "calendar.add": _EMPTY,
    "checklists.discharge": _ELSEWHERE, "checklists.pre_session": _ELSEWHERE,
    "clinic.backups": _SETTINGS, "clinic.planning": _SETTINGS, "clinic.show": _SETTINGS,
    "clinic.outcomes": _SETTINGS, "clinic.treatment": _SETTINGS, "outcomes.definitions": _SETTINGS,
    "diary.note": _EMPTY, "diary.now": _EMPTY, "diary.talk": _EMPTY,
    "account.remove_browser": "names no browser; one that is taken off leaves its line",
    "exports.show": _EMPTY, "home.alive": "tells how long somebody stays signed in",
    "imports.decide": "no file waits; what is decided of one leaves its line",
    "imports.show": "says since when one's own file waits", "imports.show_done": _ELSEWHERE,
    "imports.show_one": "counts of a file, and nothing of anybody",
    "imports.show_staged": _ELSEWHERE, "imports.stage": _EMPTY,
    "live.append": "nothing came with it; an entry leaves its line", "live.picture": _AGAIN,
    "live.poll": _AGAIN, "my.download": "says what a copy holds; the copy leaves its line",
    "outcomes.analysis": "an empty form; what is worked out leaves its line",
    "passkeys.add": _EMPTY, "passkeys.remove": "names none; what is removed is a line",
    "patients.new": _EMPTY, "people.invite": _EMPTY, "sessions.plan_again": _ELSEWHERE,
    "sessions.sign": _ELSEWHERE, "stock.new": _EMPTY, "today.news": _AGAIN,
}  # fmt: skip
# Those that anybody may open.
_GUIDE, _FILE = "the guide and files: the same for everybody", "a file of the program"
OPEN_WITHOUT_LINE = {
    "answers.shell": _FILE, "home.worker": _FILE,
    "guide.example": _GUIDE, "guide.index": _GUIDE,
    "guide.page": _GUIDE, "home.health_check": "says whether the server is well",
    "home.standing": "says who is signed in at this browser, to the browser itself",
    "account.ask_unlock": "an empty form; a sent one leaves a line",
    "home.start": "leads on", "links.over": "says that a link is over", "live.shell": _FILE,
    "security.forgot_password": "an empty form; a sent one leaves a line",
    "security.login": "an empty form; every try leaves a line", "security.static": _FILE,
    "passkeys.second_step": "leads whoever is not half-way in to the sign-in; a try leaves a line",
    "passkeys.set_up": "leads whoever is not half-way in to the sign-in; what is set up is a line",
    "passkeys.sign_in": "an empty form; every try leaves a line",
    "static": _FILE, "security.logout": "nobody was signed in; else it leaves its line",
}  # fmt: skip
WITH_SECRET = {
    "account.confirm_address", "account.unlock", "account.welcome", "calendar.feed", "links.begin",
    "links.show",
    "links.stop", "links.stop_mail", "security.reset_password",
}  # fmt: skip


def newest():
    found = db.session.scalar(select(func.max(AuditEvent.sequence))) or 0
    db.session.rollback()
    return found


def lines_after(sequence):
    query = select(AuditEvent).where(AuditEvent.sequence > sequence).order_by(AuditEvent.sequence)
    return db.session.scalars(query).all()


def test_every_route_leaves_a_line_or_it_is_written_down_why_not(scene):  # noqa: F811
    browsers = {who: browser_of(scene, who) for who in (ANNA, ADAM, BEN)}
    without = set()
    for method in ("GET", "POST"):
        for rule in (one for one in routes(scene.app) if method in one.methods):
            allowed = permission_of(rule.endpoint)
            who = next(who for who in browsers if allows(scene.people[who], allowed))
            data = {"csrf_token": csrf(browsers[who])} if method == "POST" else None
            path, before = scene.fill(rule, "ben"), newest()
            answer = browsers[who].client.open(path, method=method, data=data)
            assert answer.status_code < 500, rule
            if newest() == before:
                without.add(rule.endpoint)
    by_kind = {one for one, form in FORMS.items() if form.does in OF_THEIR_KIND}
    assert without - by_kind == WITHOUT_LINE.keys()


def test_every_open_route_is_of_a_kind_that_is_known(app):
    assert OPEN_WITHOUT_LINE.keys() | WITH_SECRET == OPEN
    assert not OPEN_WITHOUT_LINE.keys() & WITH_SECRET
    assert all(endpoint.startswith("security.") for endpoint in GUARDED_THEMSELVES)


@pytest.mark.parametrize("endpoint", sorted(WITH_SECRET))
def test_a_wrong_guess_at_an_address_with_a_secret_leaves_a_line(app, cast, endpoint):
    [rule] = [one for one in app.url_map.iter_rules() if one.endpoint == endpoint][:1]
    path = app.url_map.bind("localhost").build(endpoint, {"token": "guess"})
    browser, before = Browser(app), newest()
    method = "GET" if "GET" in rule.methods else "POST"
    data = None if method == "GET" else {"csrf_token": csrf(browser)}
    browser.client.open(path, method=method, data=data)
    [line] = lines_after(before)
    assert (line.action, line.subject, line.detail) == ("link.refused", endpoint, "from 127.0.0.1")
    assert "guess" not in line.subject + line.detail
    for _ in range(9):
        browser.client.open(path, method=method, data=data)
    assert browser.client.open(path, method=method, data=data).status_code == 429
    assert lines_after(before)[-1].action == "sign-in.limited"


@pytest.mark.parametrize("page", ["news", "poll"])
def test_what_asks_by_itself_leaves_a_line_where_no_page_did(scene, page):  # noqa: F811
    row = db.session.get_one(TreatmentSession, scene.cast and first_session(scene, "ben"))
    paths = {"news": "/today/board/news", "poll": f"/sessions/{row.id}/live/entries"}
    db.session.execute(
        update(TreatmentSession)
        .where(TreatmentSession.id == row.id)
        .values(state=SessionState.UNDER_WAY.value)
    )
    db.session.commit()
    browser = browser_of(scene, ANNA)
    views._last_views.clear()
    before = newest()
    assert browser.client.get(paths[page]).status_code == 200
    [line] = lines_after(before)
    assert line.action == {"news": "board.viewed", "poll": "live.viewed"}[page]
    if page == "news":
        named = select(AuditEventPatient.patient_id).where(
            AuditEventPatient.sequence == line.sequence
        )
        assert db.session.scalars(named).all() == [scene.patients["ben"]]
    else:
        assert line.patient_id == scene.patients["ben"]


def first_session(scene, whose):  # noqa: F811
    query = select(TreatmentSession.id).where(
        TreatmentSession.patient_id == scene.patients[whose],
        TreatmentSession.state == SessionState.COMPLETED.value,
    )
    return db.session.scalars(query.order_by(TreatmentSession.id)).first()


def test_a_refusal_names_the_patient_it_was_about(scene):  # noqa: F811
    ben, session_id = scene.patients["ben"], first_session(scene, "ben")
    for who, path, status, whose in (
        (BEN, f"/patients/{ben}/", 403, ben),
        (BEN, f"/sessions/{session_id}/", 403, ben),
        (BEN, f"/patients/{scene.patients['olive']}/", 403, scene.patients["olive"]),
        (ADAM, f"/sessions/{session_id}/amend", 403, ben),
        (ADAM, f"/patients/{scene.patients['far']}/", 403, None),
        (CLEO, f"/patients/{ben}/", 404, None),
        (ANNA, "/patients/5/", 404, None),
    ):
        browser = browser_of(scene, who)
        before = newest()
        assert browser.client.get(path).status_code == status, path
        [line] = lines_after(before)
        assert (line.action, line.patient_id) == ("refused", whose), path
        assert path.split("/")[2] in line.detail
    own = looks.own(by=scene.people[BEN], with_own=True)
    assert not [look for day in own.days for look in day.looks if "efused" in look.what]


def test_an_import_leaves_a_line_of_each_step(browse):
    browser = browse(ANNA)
    headings = ",".join(PATIENTS.headings)
    given = {"record_number": "I-1", "given_name": "Ida", "family_name": "New", "sex": "unknown"}
    row = ",".join(given.get(heading, "") for heading in PATIENTS.headings)
    file = io.BytesIO(f"{headings}\n{row}\n".encode())
    page, before = browser.open("/imports/"), newest()
    data = {"csrf_token": page.value("csrf_token"), "file": (file, "Ida New.csv")}
    answer = browser.client.post("/imports/", data=data, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.text
    page = browser.open(answer.location)
    told = [(line.action, line.detail) for line in lines_after(before)]
    assert told[0][0] == "import.staged"
    assert ("import.previewed", "1 rows") in told
    browser.send(answer.location, {"action": "discard", "key": page.value("key")}, expect=303)
    last = lines_after(before)[-1]
    assert last.action == "import.discarded"
    assert not any("Ida" in line.subject + line.detail for line in lines_after(before))
