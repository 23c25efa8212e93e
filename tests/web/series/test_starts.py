from datetime import timedelta

import time_machine
from msgspec.structs import replace

from tests.builders.eligibility import FINE_ESKETAMINE, NOON, decided
from tests.builders.patients import HELD, a_series, planned
from tests.people import ANNA
from tests.stopping import stopped_at
from tracker.domain.codes import SeriesState
from tracker.services.series import queries as series_queries
from tracker.services.sessions import commands as session_commands

on_the_day = stopped_at(NOON)


def test_a_series_and_its_session_say_on_what_they_started(browse, cast, patient):
    made = decided(cast.anna, patient)
    series_id = a_series(cast.anna, patient, eligibility_reason="")
    first = planned(series_id)[0]
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        session_commands.record(HELD, series_id=series_id, session_id=first, by=cast.anna)
        browser = browse(ANNA)
        for path in (f"/series/{series_id}/", f"/sessions/{first}/"):
            page = browser.open(path)
            assert "started on the eligibility assessment of 2 Mar 2026" in page.text
            assert f"/eligibilities/{made}/" in page.links


def test_sessions_of_before_the_assessment_are_not_said_to_start_on_it(browse, cast, patient):
    decided(cast.anna, patient)
    series_id = a_series(cast.anna, patient, eligibility_reason="")
    first = planned(series_id)[0]
    earlier = replace(HELD, started_at=NOON - timedelta(days=14), discharged_at=None)
    session_commands.record(earlier, series_id=series_id, session_id=first, by=cast.anna)
    for path in (f"/series/{series_id}/", f"/sessions/{first}/"):
        page = browse(ANNA).open(path)
        assert (
            "had its first session on 16 Feb 2026, before its eligibility assessment of 2 Mar 2026"
            in page.text
        )
        assert "started on the eligibility" not in page.text


def test_a_series_that_has_not_begun_shows_the_assessment_it_will_start_on(browse, cast, patient):
    series_id = a_series(cast.anna, patient, eligibility_reason="")
    browser = browse(ANNA)
    assert "nothing is stated" in browser.open(f"/series/{series_id}/").text
    decided(cast.anna, patient, draft=FINE_ESKETAMINE)  # of another drug
    assert "nothing is stated" in browser.open(f"/series/{series_id}/").text
    made = decided(cast.anna, patient)
    page = browser.open(f"/series/{series_id}/")
    assert "the newest signed assessment says eligible , 2 Mar 2026" in page.text
    assert f"/eligibilities/{made}/" in page.links


def test_a_series_without_an_assessment_says_why(browse, cast, patient):
    reasoned = a_series(cast.anna, patient)
    page = browse(ANNA).open(f"/series/{reasoned}/")
    assert "no eligibility assessment. Stated reason: Assessed at the hospital." in page.text


def test_a_reason_can_be_given_with_the_plan(browse, cast, patient):
    browser = browse(ANNA)
    page = browser.open(f"/patients/{patient}/series/new")
    assert "No signed eligibility assessment yet." in page.text
    sent = {
        "template": "booster", "starts_on": "2026-03-02", "indication": "depression",
        "drug": "ketamine", "route": "iv", "phase": "booster",
        "eligibility_reason": "Known here since 2019.",
    }  # fmt: skip
    browser.send(f"/patients/{patient}/series/new", sent, expect=303)
    assert "Stated reason: Known here since 2019." in browser.follow().text
    decided(cast.anna, patient)
    decided(cast.anna, patient, draft=FINE_ESKETAMINE)
    page = browser.open(f"/patients/{patient}/series/new")
    assert page.value("eligibility_reason") is None
    assert "assessed 2 Mar 2026, eligible" in page.text


def test_setting_a_series_going_asks_for_the_reason(browse, cast, patient):
    series_id = a_series(cast.anna, patient, eligibility_reason="")
    browser = browse(ANNA)
    path = f"/series/{series_id}/state?to=active"
    page = browser.open(path)
    assert "No signed eligibility assessment for this drug." in page.text
    browser.send(path, {"version": "1", "reason": ""}, expect=422)
    browser.send(path, {"version": "1", "eligibility_reason": "An emergency."}, expect=303)
    assert series_queries.find(series_id, by=cast.anna).record.state is SeriesState.ACTIVE
    stopped = browser.open(f"/series/{series_id}/state?to=stopped")
    assert "eligibility" not in stopped.text.lower()


def test_recording_the_first_session_asks_for_the_reason_in_the_comment(browse, cast, patient):
    first = planned(a_series(cast.anna, patient, eligibility_reason=""))[0]
    browser = browse(ANNA)
    page = browser.open(f"/sessions/{first}/record")
    sent = {
        "started_on": "2026-03-02", "started_time": "10:00", "route": "iv", "drug": "ketamine",
        "once": page.value("once"),
    }  # fmt: skip
    page = browser.send(f"/sessions/{first}/record", sent, expect=422)
    assert "Say why the series starts without." in page.text
    assert "Source: clinic rule" in page.text
    sent |= {"comment": "Assessed by telephone.", "answered": page.value("answered")}
    browser.send(f"/sessions/{first}/record", sent, expect=303)
    assert "Stated reason: Assessed by telephone." in browser.follow().text
