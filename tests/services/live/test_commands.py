"""A session under way: begun once, shown whole, asked about often."""

import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.builders.entries import NOW, put, sent, under_way
from tests.builders.patients import HELD, a_patient, a_series, planned
from tests.stopping import stopped_at
from tracker.domain.codes import Drug, Route, SessionState
from tracker.domain.live.monitoring import DueState
from tracker.domain.problems import ForbiddenError, InvalidError, NotFoundError
from tracker.domain.sessions.findings import UncommentedError
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.audit import views as audit_views
from tracker.services.clinic import clinics
from tracker.services.live import commands as live_commands
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions import life as life_steps
from tracker.services.unit_of_work import AlreadySavedError

clock = stopped_at(NOW)


@pytest.fixture
def series(anna):
    return a_series(anna, a_patient(anna))


def row(session_id):
    db.session.expire_all()
    return db.session.get_one(TreatmentSession, session_id)


def lines(action):
    return db.session.scalars(select(AuditEvent).where(AuditEvent.action == action)).all()


def test_a_planned_session_begins_and_its_series_with_it(anna, series):
    session_id = planned(series)[0]
    assert live_commands.begin(session_id, by=anna, once="k1") == session_id
    assert row(session_id).state == "under-way"
    assert row(session_id).started_at is None
    assert db.session.get_one(Series, series).state == "active"
    [line] = lines("session.begun")
    assert (line.subject, line.patient_id) == (f"session:{session_id}", row(session_id).patient_id)


def test_who_comes_second_joins_the_first(anna, series):
    session_id = planned(series)[0]
    live_commands.begin(session_id, by=anna, once="k1")
    assert live_commands.begin(session_id, by=anna, once="k2") == session_id
    assert live_commands.begin(session_id, by=anna, once="k1") == session_id
    assert len(lines("session.begun")) == 1


def test_a_session_that_was_not_held_is_held_after_all_and_keeps_its_past(anna, series):
    session_id = planned(series)[0]
    life_steps.cancel_or_miss(session_id, SessionState.CANCELLED, "Rained in", by=anna)
    live_commands.begin(session_id, by=anna)
    view = session_commands.find(session_id, by=anna)
    assert (view.record.state, view.record.state_reason) == (SessionState.UNDER_WAY, "")
    assert [kept.record.state for kept in view.versions] == [
        SessionState.PLANNED, SessionState.CANCELLED,
    ]  # fmt: skip
    assert view.versions[-1].reason == "It was held after all."


def test_a_recorded_session_does_not_begin_again(anna, series, clock):
    clock.shift(timedelta(hours=4))
    session_id = session_commands.record(
        HELD, series_id=series, session_id=planned(series)[0], by=anna
    )
    with pytest.raises(InvalidError, match="has been recorded"):
        live_commands.begin(session_id, by=anna)


def test_a_series_starts_with_an_assessment_or_a_reason(anna):
    series = a_series(anna, a_patient(anna), eligibility_reason="")
    session_id = planned(series)[0]
    with pytest.raises(InvalidError) as caught:
        live_commands.begin(session_id, by=anna)
    assert [problem.field for problem in caught.value.problems] == ["comment"]
    assert row(session_id).state == "planned"
    live_commands.begin(session_id, by=anna, reason="Assessed at the referring clinic")
    started = db.session.get_one(Series, series)
    assert (started.state, started.eligibility_reason) == (
        "active", "Assessed at the referring clinic",
    )  # fmt: skip


@pytest.mark.both_databases
def test_an_extra_session_takes_the_next_number_and_todays_day(anna, series):
    with pytest.raises(UncommentedError, match="not in the plan"):
        live_commands.begin_extra(series, by=anna)
    extra = live_commands.begin_extra(series, by=anna, once="k1", reason="Asked for by telephone")
    assert (row(extra).number, row(extra).state) == (3, "under-way")
    assert row(extra).planned_on == date(2026, 3, 2)
    assert (row(extra).drug, row(extra).route) == ("ketamine", "iv")
    with pytest.raises(AlreadySavedError) as caught:
        live_commands.begin_extra(series, by=anna, once="k1")
    assert caught.value.result_id == extra


def test_nobody_else_begins_a_session(cast, series):
    session_id = planned(series)[0]
    for who in (cast.cleo, cast.adam):
        with pytest.raises(NotFoundError):
            live_commands.begin(session_id, by=who)
        with pytest.raises(NotFoundError):
            live_commands.begin_extra(series, by=who)
        with pytest.raises(NotFoundError):
            live_commands.poll(session_id, 0, by=who)
    with pytest.raises(ForbiddenError):
        live_commands.begin(session_id, by=cast.console)
    assert row(session_id).state == "planned"


@pytest.mark.both_databases
def test_two_nurses_begin_the_same_session_at_once(app, anna, series):
    session_id, gate, results = planned(series)[0], threading.Barrier(4), []

    def press(number):
        with app.app_context():
            gate.wait()
            results.append(live_commands.begin(session_id, by=anna, once=f"press-{number}"))
            db.session.remove()

    presses = [threading.Thread(target=press, args=(number,)) for number in range(4)]
    for one in presses:
        one.start()
    for one in presses:
        one.join()
    assert results == [session_id] * 4
    assert row(session_id).version == 1
    assert len(lines("series.begun")) == 1


@pytest.mark.both_databases
def test_the_page_at_the_chair_shows_who_what_and_where_it_stands(anna, clock):
    session_id = under_way(anna)
    clock.shift(timedelta(minutes=22))
    put(
        session_id,
        sent("1", minute=-4, systolic_mmhg=128, diastolic_mmhg=82),
        sent("2", "given", dose_mg=35), sent("3", minute=15, systolic_mmhg=152),
        by=anna,
    )  # fmt: skip
    view = live_commands.view(session_id, by=anna)
    assert (view.session_page.patient_label, view.session_page.record_number) == (
        "Patient, Ben",
        "B-17",
    )
    assert (view.session_page.series_number, view.session_page.number) == (1, 1)
    assert view.session_page.planned.mg_per_kg == Decimal("0.5")
    given = view.treatment
    assert (given.drug, given.route, view.state) == (
        Drug.KETAMINE,
        Route.IV,
        SessionState.UNDER_WAY,
    )
    assert (given.started_at, given.dose_mg, view.weight_kg) == (NOW, Decimal(35), None)
    assert [line.words for line in view.lines] == ["BP 128/82", "35 mg given", "BP 152/–"]
    assert view.lines[2].outside == (
        "Systolic pressure 152 mmHg, above 140 (clinic default; no published limit)",
    )
    assert view.sequence == 3
    assert [(one.minute, one.state) for one in view.due_rows] == [
        (0, DueState.DONE), (15, DueState.DONE), (30, DueState.COMING),
    ]  # fmt: skip
    assert view.next_due.minute == 30
    assert view.settings.systolic_warn_mmhg == 140
    assert str(view.zone) == "America/New_York"


def test_the_weight_of_the_last_session_is_offered(anna, series, clock):
    clock.shift(timedelta(hours=4))
    first, second = planned(series)
    session_commands.record(HELD, series_id=series, session_id=first, by=anna)
    live_commands.begin(second, by=anna, reason="Moved by telephone")
    assert live_commands.view(second, by=anna).weight_kg == Decimal(71)


def test_a_poll_tells_only_what_is_new(anna, clock):
    session_id = under_way(anna)
    assert live_commands.poll(session_id, 0, by=anna).sequence == 0
    put(session_id, sent("1", pain=1), sent("2", "given", dose_mg=35), by=anna)
    clock.shift(timedelta(minutes=16))
    found = live_commands.poll(session_id, 1, by=anna)
    assert [line.entry.key for line in found.lines] == ["key-000002"]
    assert (found.sequence, found.started_at, found.state) == (2, NOW, SessionState.UNDER_WAY)
    assert (found.due.minute, found.due.state, found.due.at) == (
        15, DueState.DUE, NOW + timedelta(minutes=15),
    )  # fmt: skip
    assert live_commands.poll(session_id, 2, by=anna).lines == ()
    assert live_commands.poll(session_id, 99, by=anna).lines == ()


def test_the_clinics_own_settings_hold(anna, cast):
    session_id = under_way(anna)
    row_ = db.session.get_one(clinics.Clinic, cast.clinic_id)
    row_.settings = {**row_.settings, "reading_every_minutes": 10, "systolic_warn_mmhg": 130}
    db.session.commit()
    put(session_id, sent("1", "given", dose_mg=35), sent("2", systolic_mmhg=135), by=anna)
    found = live_commands.poll(session_id, 0, by=anna)
    assert found.due.minute == 10
    assert found.lines[1].outside == ("Systolic pressure 135 mmHg, above 130 (clinic setting)",)


def test_when_a_session_is_over_nothing_is_due(anna, series, clock):
    clock.shift(timedelta(hours=4))
    session_id = session_commands.record(
        HELD, series_id=series, session_id=planned(series)[0], by=anna
    )
    found = live_commands.poll(session_id, 0, by=anna)
    assert (found.state, found.due) == (SessionState.COMPLETED, None)


def test_a_page_that_asks_by_itself_is_one_look_in_a_quarter_of_an_hour(anna, clock):
    session_id = under_way(anna)
    for _ in range(40):
        live_commands.poll(session_id, 0, by=anna)
        clock.shift(timedelta(seconds=30))
    assert len(lines("live.viewed")) == 2
    assert {line.subject for line in lines("live.viewed")} == {f"session:{session_id}"}


def test_the_page_and_its_polls_are_the_same_look_also_in_another_process(anna):
    session_id = under_way(anna)
    live_commands.view(session_id, by=anna)
    audit_views._last_views.clear()
    live_commands.poll(session_id, 0, by=anna)
    assert len(lines("live.viewed")) == 1


def test_each_person_and_each_session_is_a_look_of_its_own(anna, cast):
    here, there = under_way(anna), under_way(anna, "B-18")
    for session_id in (here, there, here):
        live_commands.poll(session_id, 0, by=anna)
    assert len(lines("live.viewed")) == 2
