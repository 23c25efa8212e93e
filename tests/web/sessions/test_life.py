"""Every way in the life of a session, walked through its page, as every role."""

from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec import structs

from tests.browsing import Page
from tests.builders.entries import NOW
from tests.builders.patients import HELD, a_patient, a_series, planned
from tests.builders.stock import dose
from tests.people import ADAM, ANNA, BEN, CLEO, PASSWORD
from tests.stopping import stopped_at
from tracker.domain.access import Role
from tracker.domain.codes import SessionState
from tracker.domain.scores.draft import AssessmentDraft
from tracker.domain.sessions import life
from tracker.domain.sessions.life import WAYS, Step
from tracker.models import db
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.live import commands as live_commands
from tracker.services.people import accounts
from tracker.services.scores import commands as score_commands
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions import life as life_steps
from tracker.services.sessions import voiding
from tracker.services.sessions.voiding import Transfer
from tracker.web.sessions.life import AT_ONCE, ENDPOINTS

clock = stopped_at(NOW + timedelta(hours=4))
S = SessionState
IDS = [f"{way.step.value}-from-{way.start.value}-to-{way.end.value}" for way in WAYS]
TYPED = {
    "started_on": "2026-03-02", "started_time": "09:00", "drug": "ketamine", "route": "iv",
    "dose_mg": "35.5", "weight_kg": "71", "discharged_on": "2026-03-02", "discharged_time": "11:00",
}  # fmt: skip


@pytest.fixture
def scene(anna):
    patient = a_patient(anna)
    series = a_series(anna, patient, sessions=2, starts_on=NOW.date())
    return patient, planned(series)[0]


def bring_to(session_id, way, by):
    """Bring a planned session to where a way starts; give the one that is to walk it."""
    state = way.start
    if way.step is Step.NOT_BEGUN and way.end is S.CANCELLED:
        series_id = stored(session_id).series_id
        return live_commands.begin_extra(series_id, by=by, reason="Not planned")
    if state is S.UNDER_WAY or (way.end is S.UNDER_WAY and state is S.VOIDED):
        live_commands.begin(session_id, by=by)
        if way.given or state is S.VOIDED:
            dose(by, session_id, 35, None)
    if state is S.COMPLETED or (state is S.VOIDED and way.end is S.COMPLETED):
        series_id = stored(session_id).series_id
        session_commands.record(HELD, series_id=series_id, session_id=session_id, by=by)
    if state in (S.CANCELLED, S.MISSED):
        life_steps.cancel_or_miss(session_id, state, "Flu", by=by)
    if state is S.VOIDED:
        version = stored(session_id).version
        voiding.void(session_id, "Entered twice", version=version, by=by)
    return session_id


def stored(session_id):
    db.session.rollback()
    return db.session.get_one(TreatmentSession, session_id)


def fields(way, page, target):
    """Say what is typed on the page of a step."""
    version = {"version": page.value("version")} if page and page.value("version") else {}
    return {
        Step.RECORD: TYPED,
        Step.AMEND: TYPED | {"mood_after": "7", "reason": "Slip"},
        Step.MOVE: {"planned_on": "2026-03-04"},
        Step.CANCEL: {"state": "cancelled", "reason": "Flu"},
        Step.MISS: {"state": "missed", "reason": "Did not come"},
        Step.VOID: {"reason": "Entered twice"},
        Step.RESTORE: {"reason": "It was another one"},
        Step.TRANSFER: {"reason": "Another series", "target": f"{target}-", "comment": "So it was"},
        Step.NOT_BEGUN: {"entries": "keep", "reason": "Begun by mistake"},
    }.get(way.step, {}) | version


def address(way, session_id, patient):
    ends = {
        Step.BEGIN: "live/begin", Step.NOT_BEGUN: "live/not-begun", Step.PLAN_AGAIN: "plan-again",
        Step.CANCEL: "not-held", Step.MISS: "not-held",
    }  # fmt: skip
    path = f"/sessions/{session_id}/{ends.get(way.step, way.step.value)}"
    return f"{path}?patient={patient}" if way.step is Step.TRANSFER else path


def on_page(page):
    """List the addresses that a page leads to, by link or by button."""
    found = (*page.links, *(form.get("action") or "" for form in page.forms))
    return {one.partition("?")[0] for one in found}


def post(browser, path, data):
    """Send a form with the token of the page that is open; its status, and the page it gave."""
    token = {"csrf_token": browser.page.value("csrf_token") or ""}
    answer = browser.client.post(path, data=token | data)
    return answer.status_code, Page(answer.text)


@pytest.mark.both_databases
@pytest.mark.parametrize("way", WAYS, ids=IDS)
def test_a_way_is_offered_and_leads_where_the_table_says(browse, anna, scene, way):
    patient, session_id = scene
    other = a_series(anna, patient, number=2, indication="chronic-pain")
    session_id = bring_to(session_id, way, anna)
    browser = browse(ANNA)
    page = browser.open(f"/sessions/{session_id}/")
    path = address(way, session_id, patient)
    offered = path.partition("?")[0]
    assert offered in on_page(page)
    asked = None if way.step in AT_ONCE else browser.open(path)
    status, answer = post(browser, path, fields(way, asked, other))
    if status == 422:  # something is unusual: say why
        said = {"comment": "Meant", "reason": "Meant", "answered": answer.value("answered") or "[]"}
        status, answer = post(browser, path, fields(way, answer, other) | said)
    assert status == 303, answer.text
    assert stored(session_id).state == way.end.value


def knock(browser, way, path, data, *, expect):
    """Try a way at each of its doors: the page that asks, and what that page sends."""
    if way.step not in AT_ONCE:
        assert browser.client.get(path).status_code in expect, path
    status, page = post(browser, path, data)
    assert status in expect, path
    return page


@pytest.mark.both_databases
@pytest.mark.parametrize("way", WAYS, ids=IDS)
def test_nobody_else_walks_it(browse, cast, anna, scene, way):
    patient, session_id = scene
    accounts.enrol(
        name="Ben Patient", email=BEN, roles=[Role.PATIENT], password=PASSWORD,
        patient_id=patient, by=cast.adam,
    )  # fmt: skip
    other = a_series(anna, patient, number=2, indication="chronic-pain")
    session_id = bring_to(session_id, way, anna)
    path, data = address(way, session_id, patient), fields(way, None, other)
    for who in (ADAM, CLEO, BEN):
        browser = browse(who)
        browser.open("/account/")
        page = knock(browser, way, path, data, expect=(403, 404))
        assert "Ben Patient, record" not in page.text, who
    browse.open("/sign-in")  # signed out, with a form token all the same
    knock(browse, way, path, data, expect=(302,))
    token = {"csrf_token": browse.page.value("csrf_token")}
    assert "/sign-in" in browse.client.post(path, data=data | token).headers["Location"]
    assert stored(session_id).state == way.start.value


@pytest.mark.parametrize("state", S)
def test_no_page_offers_what_the_table_does_not(browse, anna, scene, state):
    _, session_id = scene
    way = next(one for one in WAYS if one.start is state and one.given is not False)
    session_id = bring_to(session_id, way, anna)
    given = stored(session_id).started_at is not None
    steps = {one.step for one in life.ways(state, given=given)}
    page = browse(ANNA).open(f"/sessions/{session_id}/")
    shown = on_page(page)
    for step in Step:
        path = address(structs.replace(way, step=step), session_id, 1).partition("?")[0]
        same_page = any(address(structs.replace(way, step=one), session_id, 1).partition("?")[0]
                        == path for one in steps)  # fmt: skip
        assert (path in shown) == same_page, step


def test_each_step_has_a_page():
    assert set(ENDPOINTS) == set(Step)


def test_a_session_is_moved_and_not_held(browse, scene):
    _, first = scene
    browser = browse(ANNA)
    browser.open(f"/sessions/{first}/move")
    page = browser.send(f"/sessions/{first}/move", {"planned_on": "soon"}, expect=422)
    assert page.value("planned_on") == "soon"
    browser.send(f"/sessions/{first}/move", {"planned_on": "2026-03-01"}, expect=303)
    browser.open(f"/sessions/{first}/not-held")
    page = browser.send(f"/sessions/{first}/not-held", {"reason": ""}, expect=422)
    assert "Choose cancelled or missed." in page.text
    assert "Give the reason" in page.text
    typed = {"state": "missed", "reason": "Did not come"}
    browser.send(f"/sessions/{first}/not-held", typed, expect=303)
    assert "Did not come" in browser.follow().text


def test_nobody_is_said_to_have_missed_what_is_to_come(browse, scene):
    _, first = scene
    browser = browse(ANNA)
    missed = f"/sessions/{first}/not-held?state=missed"
    assert missed in browser.open(f"/sessions/{first}/").links
    browser.open(f"/sessions/{first}/move")
    browser.send(f"/sessions/{first}/move", {"planned_on": "2026-03-20"}, expect=303)
    links = browser.open(f"/sessions/{first}/").links
    assert missed.replace("missed", "cancelled") in links
    assert missed not in links


def test_what_was_written_is_spoken_of_only_where_something_was(browse, anna, scene):
    _, first = scene
    live_commands.begin(first, by=anna)
    browser = browse(ANNA)
    browser.open(f"/sessions/{first}/live/not-begun")
    browser.send(f"/sessions/{first}/live/not-begun", {"entries": "keep"}, expect=303)
    page = browser.follow().text
    assert "The session is planned again." in page
    assert "stays readable" not in page


def test_an_extra_that_was_begun_by_mistake_is_gone_in_one_step(browse, anna, scene):
    _, first = scene
    series_id = stored(first).series_id
    extra = live_commands.begin_extra(series_id, by=anna, reason="Not planned")
    browser = browse(ANNA)
    page = browser.open(f"/sessions/{extra}/live/not-begun")
    assert "It was added when it began, so it is cancelled. It stays readable." in page.text
    assert "Begun by mistake" in page.text
    page = browser.send(f"/sessions/{extra}/live/not-begun", {"reason": " "}, expect=422)
    assert "Give the reason" in page.text
    typed = {"entries": "keep", "reason": "Wrong series"}
    browser.send(f"/sessions/{extra}/live/not-begun", typed, expect=303)
    page = browser.follow().text
    assert "The extra session is cancelled: it has not begun." in page
    assert "Wrong series" in page


def test_scores_of_the_sitting_are_ticked_to_go_with_it(browse, anna, scene):
    patient, session_id = scene
    series_id = stored(session_id).series_id
    session_commands.record(HELD, series_id=series_id, session_id=session_id, by=anna)
    scores = [
        score_commands.record(
            patient, AssessmentDraft(instrument="madrs", total=Decimal(total), taken_at=at),
            session_id=session_id, by=anna,
        )
        for total, at in ((31, HELD.started_at), (22, HELD.started_at - timedelta(days=1)))
    ]  # fmt: skip
    other = a_series(anna, a_patient(anna, "C-9", given_name="Cleo"), sessions=1)
    browser = browse(ANNA)
    to = f"/sessions/{session_id}/transfer?patient={series_patient(other)}"
    for path in (f"/sessions/{session_id}/void", to):
        page = browser.open(path)
        boxes = {int(f["value"]): "checked" in f for f in page.fields if f["name"] == "scores"}
        assert boxes == {scores[0]: True, scores[1]: False}
        assert "MADRS 31, 2 Mar 2026, 10:00" in page.text
    typed = {"reason": " ", "scores": [str(scores[1])], "version": page.value("version"),
             "target": f"{other}-"}  # fmt: skip
    page = browser.send(to, typed, expect=422)
    boxes = {int(f["value"]): "checked" in f for f in page.fields if f["name"] == "scores"}
    assert boxes == {scores[0]: False, scores[1]: True}  # as typed
    answered = {"answered": page.value("answered"), "comment": "So it was"}
    browser.send(to, typed | answered | {"reason": "Cleo's", "scores": ["x"]}, expect=422)
    browser.send(to, typed | answered | {"reason": "Cleo's"}, expect=303)
    told = score_commands.of_patient(patient, by=anna)
    assert [one.score_id for one in told] == [scores[0]]
    page = browser.follow().text
    assert "Recorded on another record by Anna Clinician" in page
    assert "Moved here by Anna Clinician" in page
    assert "Ben" not in page


def test_what_was_moved_away_is_still_to_be_held_here_unless_somebody_says_no(browse, anna, scene):
    _, session_id = scene
    series_id = stored(session_id).series_id
    session_commands.record(HELD, series_id=series_id, session_id=session_id, by=anna)
    there = a_series(anna, a_patient(anna, "C-9", given_name="Cleo"), sessions=1)
    browser = browse(ANNA)
    to = f"/sessions/{session_id}/transfer?patient={series_patient(there)}"
    page = browser.open(to)
    assert "Session 1 of Patient, Ben, series 1, is still to be held: plan it again" in page.text
    assert ["checked" in f for f in page.fields if f["name"] == "plan_again"] == [True]
    typed = {"reason": " ", "target": f"{there}-", "plan_again": [],
             "version": page.value("version")}  # fmt: skip
    page = browser.send(to, typed, expect=422)
    assert ["checked" in f for f in page.fields if f["name"] == "plan_again"] == [False]
    answered = {"answered": page.value("answered"), "comment": "So it was", "reason": "Cleo's"}
    browser.send(to, typed | answered | {"plan_again": ["y"]}, expect=303)
    db.session.rollback()
    numbers = [stored(one).number for one in planned(series_id) if stored(one).state == "planned"]
    assert 1 in numbers
    page = browser.open(f"/sessions/{session_id}/restore")
    assert "This sitting stands in another record" in page.text
    assert not [
        form for form in page.forms if form.get("method") == "post" and "action" not in form
    ]
    db.session.get_one(Series, series_id).state = "stopped"
    db.session.commit()
    assert "still to be held" not in browser.open(to).text


def test_another_series_is_offered_to_move_to_only_where_there_is_one(browse, anna, scene):
    patient, session_id = scene
    series_id = stored(session_id).series_id
    session_commands.record(HELD, series_id=series_id, session_id=session_id, by=anna)
    browser = browse(ANNA)
    address = f"/sessions/{session_id}/transfer"
    assert "in another series" not in browser.open(address).text
    a_series(anna, patient, number=2, indication="chronic-pain")
    assert "It was Patient, Ben, in another series" in browser.open(address).text


def test_a_patient_learns_nothing_of_the_record_that_theirs_came_from(browse, cast, anna, scene):
    _, session_id = scene
    series_id = stored(session_id).series_id
    session_commands.record(HELD, series_id=series_id, session_id=session_id, by=anna)
    patient = a_patient(anna, "C-9", given_name="Dora", family_name="Other", sex="female")
    there = a_series(anna, patient, sessions=1)
    target = Transfer(there, None, reason="It was Dora", comment="So it was")
    made = voiding.transfer(session_id, target, version=1, by=anna)
    accounts.enrol(
        name="Dora Other", email=BEN, roles=[Role.PATIENT], password=PASSWORD,
        patient_id=patient, by=cast.adam,
    )  # fmt: skip
    dora = browse(BEN)
    for path in ("/my/", f"/my/sessions/{made}/"):
        page = dora.open(path)
        for words in ("Ben Patient", "B-17", "another record", "Moved", str(session_id)):
            assert words not in page.text
            assert not [link for link in page.links if words in link]
    assert dora.client.get(f"/sessions/{made}/").status_code == 403
    assert dora.client.get(f"/my/sessions/{session_id}/").status_code == 404


def series_patient(series_id):
    db.session.rollback()
    return db.session.get_one(Series, series_id).patient_id


def test_the_session_of_today_is_the_one_to_begin(browse, anna, scene):
    patient, _ = scene
    series = a_series(anna, patient, number=2, sessions=3, starts_on=NOW.date() - timedelta(days=3))
    second = planned(series)[1]
    assert stored(second).planned_on == NOW.date()
    for path in (f"/series/{series}/", f"/patients/{patient}/"):
        begins = [form.get("action") for form in browse(ANNA).open(path).forms]
        assert f"/sessions/{second}/live/begin" in begins
        assert f"/sessions/{planned(series)[0]}/live/begin" not in begins
