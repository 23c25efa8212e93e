"""The calendar's pages, a session added to it, and the feed behind its secret address."""

from datetime import time, timedelta

import pytest
import time_machine
from msgspec.structs import replace

from tests.builders.clinics import set_planning
from tests.builders.courses import account, treat
from tests.builders.patients import START, a_series, planned
from tests.people import ADAM, ANNA, BEN
from tracker.domain.series.placing import SessionPlan
from tracker.services.sessions import planning


@pytest.fixture(autouse=True)
def stopped():
    with time_machine.travel(START - timedelta(days=1), tick=False):
        yield


@pytest.fixture
def series(cast, patient):
    set_planning(cast.clinic_id, chairs_text="Chair 1\nChair 2")
    return a_series(cast.anna, patient, sessions=2)


@pytest.fixture
def anna(browse, series):
    return browse(ANNA)


def test_a_session_is_moved_from_the_calendar_and_comes_back_to_it(anna, series):
    first = planned(series)[0]
    page = anna.open("/calendar/?day=2026-03-03")
    assert "Mon 2 Mar 2026" in page.text
    assert f"/sessions/{first}/move?back=calendar" in page.links
    typed = {"planned_on": "2026-03-05", "planned_time": "10:00", "chair": "Chair 2"}
    anna.send(f"/sessions/{first}/move?back=calendar", typed, expect=303)
    page = anna.follow()
    assert "10:00 to 12:00" in page.text
    assert "The patient has another session on this day." in page.text
    assert "Record B-17" in page.text


def test_a_session_is_added_and_a_conflict_is_told(anna, cast):
    treat(cast.anna, record_number="B-2", sessions=0, scores=0)
    typed = {"record_number": "B-17", "planned_on": "2026-03-09", "planned_time": "10:00",
             "chair": "Chair 1"}  # fmt: skip
    anna.open("/calendar/add?day=2026-03-09")
    once = anna.page.value("once")
    for _ in range(2):  # a second click adds none
        anna.send("/calendar/add", typed | {"once": once}, expect=303)
    anna.follow()
    assert anna.page.text.count("10:00 to 12:00") == 1
    anna.open("/calendar/add")
    anna.send("/calendar/add", typed | {"record_number": "B-2", "planned_time": "11:30"},
              expect=303)  # fmt: skip
    page = anna.follow()
    assert "Chair 1 is taken by Patient, Ben, 10:00 to 12:00." in page.text


def test_bad_input_is_telling_moment_its_field_and_kept(anna):
    page = anna.open("/calendar/add")
    page = anna.send("/calendar/add", {"record_number": "nobody", "planned_on": ""}, expect=422)
    assert "has a series that goes on" in page.text
    assert "Give the day it is planned for." in page.text
    assert page.value("record_number") == "nobody"


@pytest.mark.parametrize("day", ["", "soon", "9999-99-99", "0001-01-01"])
def test_a_day_that_is_none_is_today_or_the_nearest(anna, day):
    for view in ("week", "day", "year"):
        anna.open(f"/calendar/?day={day}&view={view}")


def test_only_clinicians_see_it(browse, cast):
    browse(ADAM).open("/calendar/", expect=403)


def test_a_feed_is_made_renewed_and_ended_on_the_account_page(anna, browse, app):
    page = anna.open("/account/")
    assert "Make the address" in page.text
    anna.send("/account/calendar", {}, expect=200)
    address = anna.response.text.split('readonly value="')[1].split('"')[0]
    path = address[address.index("/calendar/") :]
    stranger = app.test_client()
    answer = stranger.get(path)
    assert answer.status_code == 200
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert answer.text.startswith("BEGIN:VCALENDAR\r\n")
    assert "SUMMARY:B.P." in answer.text
    anna.open("/account/")
    anna.send("/account/calendar/end", {}, expect=303)
    assert stranger.get(path).status_code == 404
    assert stranger.get("/calendar/feed/x.ics").status_code == 404


def test_who_guesses_at_addresses_of_feeds_is_slowed_down(app):
    stranger = app.test_client()
    answers = [stranger.get(f"/calendar/feed/guess{n}.ics").status_code for n in range(12)]
    assert answers == [404] * 10 + [429] * 2
    assert stranger.get("/calendar/feed/guess.ics").headers["Cache-Control"] == "no-store"


def test_administrators_have_no_feed(browse):
    adam = browse(ADAM)
    assert "Make the address" not in adam.open("/account/").text
    adam.send("/account/calendar", {}, expect=403)


def test_patients_see_when_where_and_how_to_prepare(browse, cast):
    treated = treat(cast.anna, sessions=0, scores=0)
    account(cast.console, treated)
    set_planning(cast.clinic_id, preparation="Do not eat for 6 hours.", chairs_text="Chair 2")
    told = SessionPlan(planned_on=START.date(), planned_time=time(10), chair="Chair 2")
    made = planning.add("B-1", told, by=cast.anna)
    ben = browse(BEN)
    page = ben.open("/my/")
    for words in ("At 10:00", "Where: Chair 2", "Do not eat for 6 hours."):
        assert words in page.text
    page = ben.open(f"/my/sessions/{made}/")
    for words in ("at 10:00. Where: Chair 2.", "Do not eat for 6 hours."):
        assert words in page.text
    assert f"/my/download/appointments.ics?session={made}" in page.links
    set_planning(cast.clinic_id, address_1="12 Quay Street", city="Salem")
    for path in ("/my/", f"/my/sessions/{made}/"):  # the kept part is made anew
        assert "Where: Chair 2, 12 Quay Street, Salem." in ben.open(path).text
    set_planning(cast.clinic_id, preparation="Bring somebody.")
    assert "Bring somebody." in ben.open("/my/").text  # the kept part is made anew
    planning.change(made, replace(told, planned_time=time(11)), by=cast.anna)
    assert "At 11:00" in ben.open("/my/").text


def test_patients_take_their_appointments(browse, cast):
    treated = treat(cast.anna, sessions=0, scores=0)
    account(cast.console, treated)
    ben = browse(BEN)
    ben.open("/my/download/appointments.ics")
    assert ben.response.content_type == "text/calendar; charset=utf-8"
    ben.open("/calendar/", expect=403)
