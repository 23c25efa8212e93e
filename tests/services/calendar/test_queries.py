"""Days and weeks by chair, the list of a day, and feeds for calendars outside."""

from datetime import date, time, timedelta

import pytest
import time_machine
from msgspec import structs

from tests.builders.clinics import set_planning, settle
from tests.builders.courses import account, treat
from tests.builders.patients import HELD, START, a_series, planned
from tracker.domain.access import Actor, Role
from tracker.domain.codes import SessionState
from tracker.domain.problems import ForbiddenError, InvalidError, NotFoundError
from tracker.domain.series.placing import SessionPlan
from tracker.models import db
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.calendar import feeds
from tracker.services.calendar import queries as calendar_queries
from tracker.services.live import commands as live_commands
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions import life as life_steps
from tracker.services.sessions import planning, voiding

MON = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def stopped():
    with time_machine.travel(START - timedelta(days=1), tick=False):
        yield


@pytest.fixture
def chairs(anna):
    set_planning(anna.clinic_id, chairs_text="Chair 1\nChair 2", holidays_text="2026-03-04 Closed")


@pytest.fixture
def series(anna, patient, chairs):
    made = a_series(anna, patient, sessions=2)
    place(planned(made)[0], MON, time(10), "Chair 2", by=anna)
    place(planned(made)[1], MON + timedelta(days=3), None, "", by=anna)
    return made


def place(session_id, day, at, chair, *, by):
    told = SessionPlan(planned_on=day, planned_time=at, chair=chair)
    planning.change(session_id, told, by=by)


@pytest.mark.both_databases
def test_a_week_shows_its_sessions_by_day_and_chair(anna, series):
    days = calendar_queries.week(date(2026, 3, 5), by=anna)
    assert [one.day for one in days] == [MON + timedelta(days=n) for n in range(6)]
    assert [one.is_closed for one in days] == [False, False, True, False, False, False]
    [(chair, [entry])] = days[0].chairs
    assert (chair, entry.line.planned_time, entry.ends) == ("Chair 2", time(10), time(12))
    assert (entry.patient_label, entry.record_number) == ("Patient, Ben", "B-17")
    [(chair, [entry])] = days[3].chairs
    assert (chair, entry.line.planned_time, entry.ends) == ("", None, None)


@pytest.mark.both_databases
def test_a_session_stands_on_the_day_it_takes_place(anna, series):
    early, sunday = planned(series)[1], MON - timedelta(days=1)
    live_commands.begin(early, by=anna, reason="Came early")
    [entry] = calendar_queries.day_list(sunday, by=anna).entries
    assert (entry.line.session_id, entry.at) == (early, None)
    life_steps.undo_begin(early, take_back=False, by=anna)
    with time_machine.travel(START + timedelta(hours=3), tick=False):
        told = structs.replace(HELD, comment="Came early.")
        session_commands.record(told, series_id=series, session_id=early, by=anna)
        session_commands.record(
            structs.replace(told, started_at=START + timedelta(hours=1)), series_id=series, by=anna
        )
        days = calendar_queries.week(MON, by=anna)
    assert {entry.line.number for entry in days[0].entries} == {1, 2, 3}
    assert days[3].entries == ()


@pytest.mark.both_databases
def test_the_list_of_a_day_says_what_is_needed_for_each(anna, series):
    [entry] = calendar_queries.day_list(MON, by=anna).entries
    assert entry.fasting == "no food 6 h, no drink 2 h before"
    assert entry.planned.mg_per_kg is not None
    assert entry.forms_due == 1  # before the first session
    assert entry.checks_due  # a baseline of each, before the first dose


@pytest.mark.both_databases
def test_what_stands_in_the_way_is_told(anna, series):
    other = treat(anna, record_number="B-2", sessions=0, scores=0)
    added = planning.add(
        "B-2", SessionPlan(planned_on=MON, planned_time=time(11), chair="Chair 2"), by=anna
    )
    [words] = calendar_queries.conflicts_of(added, MON, by=anna)
    assert words == "Chair 2 is taken by Patient, Ben, 10:00 to 12:00."
    place(added, date(2026, 3, 4), time(11), "Chair 2", by=anna)
    assert calendar_queries.conflicts_of(added, date(2026, 3, 4), by=anna) == (
        "The clinic is closed on this day.",
    )
    row = db.session.get_one(TreatmentSession, added)
    assert (row.patient_id, row.number, row.state) == (other.patient_id, 1, "planned")


def test_a_session_is_added_only_where_a_series_goes_on(anna, chairs, patient):
    with pytest.raises(InvalidError) as caught:
        planning.add("B-17", SessionPlan(planned_on=None, chair="Bed"), by=anna)
    fields = [problem.field for problem in caught.value.problems]
    assert fields == ["planned_on", "chair", "record_number"]


def test_a_stranger_sees_no_calendar(cast, series):
    with pytest.raises(ForbiddenError):
        calendar_queries.week(MON, by=cast.adam)
    with pytest.raises(ForbiddenError):
        planning.add("B-17", SessionPlan(planned_on=MON), by=cast.adam)


@pytest.mark.both_databases
def test_a_feed_answers_its_secret_alone_and_until_it_is_ended(anna, series):
    token = feeds.make(by=anna)
    told = feeds.read(token, address="").text
    assert told.count("BEGIN:VEVENT") == 2
    assert "SUMMARY:B.P." in told
    assert "LOCATION:Chair 2\\, Harbour Clinic" in told
    assert "DTSTART:20260302T150000Z" in told  # 10:00 in New York
    for words in ("etamine", "Ben", "B-17", "session 1", "depress"):
        assert words not in told
    newer = feeds.make(by=anna)
    with pytest.raises(NotFoundError):
        feeds.read(token, address="")
    assert feeds.is_made(by=anna)
    feeds.end(by=anna)
    assert not feeds.is_made(by=anna)
    with pytest.raises(NotFoundError):
        feeds.read(newer, address="")


def test_a_feed_may_name_record_numbers_and_tells_of_what_was_cancelled(anna, series):
    set_planning(anna.clinic_id, calendar_name="record-number")
    token = feeds.make(by=anna)
    before = feeds.read(token, address="").text
    first = planned(series)[0]
    life_steps.cancel_or_miss(first, SessionState.CANCELLED, "Snow", by=anna)
    after = feeds.read(token, address="").text
    assert "SUMMARY:B-17" in before
    assert "Snow" not in after
    assert (before.count("STATUS:CANCELLED"), after.count("STATUS:CANCELLED")) == (0, 1)

    was, now = (event_of(text, first) for text in (before, after))
    assert int(now["SEQUENCE"]) > int(was["SEQUENCE"])


@pytest.mark.both_databases
def test_what_was_struck_out_is_sent_as_cancelled_under_its_own_name(anna, series):
    token, first = feeds.make(by=anna), planned(series)[0]
    with time_machine.travel(START + timedelta(hours=6), tick=False):
        session_commands.record(HELD, series_id=series, session_id=first, by=anna)
        held = event_of(feeds.read(token, address="").text, first)
        voiding.void(first, "Never held", version=3, by=anna, plan_again=True)
        text = feeds.read(token, address="").text
    gone = event_of(text, first)
    assert (held["STATUS"], gone["STATUS"]) == ("CONFIRMED", "CANCELLED")
    assert gone["UID"] == held["UID"]
    assert int(gone["SEQUENCE"]) > int(held["SEQUENCE"])
    assert text.count("STATUS:CONFIRMED") == 2  # the one planned in its place, and the next
    assert "Never held" not in text


def event_of(text, session_id):
    """Read the lines of the event of a session."""
    [found] = [one for one in text.split("BEGIN:VEVENT") if f"UID:session-{session_id}@" in one]
    return dict(line.partition(":")[::2] for line in found.splitlines() if ":" in line)


@pytest.mark.both_databases
def test_patients_take_their_own_appointments_and_nobody_elses(cast, anna):
    treated = treat(anna, sessions=0, scores=0)
    account(cast.console, treated)
    ben = Actor(None, anna.clinic_id, "Ben", frozenset({Role.PATIENT}), treated.patient_id)
    for day in (MON, MON + timedelta(days=3)):
        planning.add("B-1", SessionPlan(planned_on=day, planned_time=time(9)), by=anna)
    told = feeds.own(by=ben).text
    assert told.count("BEGIN:VEVENT") == 2
    assert "SUMMARY:Appointment at Harbour Clinic" in told
    assert feeds.own(by=ben, next_only=True).text.count("BEGIN:VEVENT") == 1
    with pytest.raises(NotFoundError):
        feeds.own(by=anna)


def test_one_session_is_taken_with_the_place_and_nobody_elses(cast, anna):
    treated = treat(anna, sessions=0, scores=0)
    other = treat(anna, record_number="B-2", sessions=0, scores=0)
    ben = Actor(None, anna.clinic_id, "Ben", frozenset({Role.PATIENT}), treated.patient_id)
    settle(anna.clinic_id, "US", address_1="12 Quay Street", city="Salem", postal_code="01970")
    own, _, foreign = (
        planning.add(number, SessionPlan(planned_on=day, planned_time=time(9)), by=anna)
        for number, day in (("B-1", MON), ("B-1", MON + timedelta(days=3)), ("B-2", MON))
    )
    assert other.patient_id != treated.patient_id
    told = feeds.own(by=ben, session_id=own).text
    assert told.count("BEGIN:VEVENT") == 1
    assert f"UID:session-{own}@" in told
    place = "LOCATION:Harbour Clinic\\, 12 Quay Street\\, Salem\\, 01970"
    assert place in told.replace("\r\n ", "")
    with pytest.raises(NotFoundError):
        feeds.own(by=ben, session_id=foreign)
