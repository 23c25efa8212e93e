from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from sqlalchemy import update

from tests.stopping import stopped_at
from tracker.domain.codes import Drug, Indication, Phase, Route, SessionState
from tracker.domain.patients.draft import PatientDraft
from tracker.domain.problems import ForbiddenError
from tracker.domain.series.plan import SeriesDraft
from tracker.models import db
from tracker.models.assessments import Assessment
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import today
from tracker.services.patients import commands as patient_commands
from tracker.services.series import commands as series_commands
from tracker.services.today import NextAction

pytestmark = pytest.mark.both_databases

# 22:30 in New York, where the clinic is, and already the 6th in UTC.
NOW = datetime(2026, 3, 6, 3, 30, tzinfo=UTC)


at_night = stopped_at(NOW)


def planned(by, name, starts_on, template="booster"):
    patient_id = patient_commands.add(PatientDraft(record_number=name, given_name=name), by=by)
    draft = SeriesDraft(
        indication=Indication.DEPRESSION, drug=Drug.KETAMINE, route=Route.IV, phase=Phase.INDUCTION,
        starts_on=starts_on, template=template, planned_dose_mg_per_kg=Decimal("0.5"),
    )  # fmt: skip
    series_id = series_commands.plan(patient_id, draft, by=by)
    return patient_id, series_id


def set_session(series_id, number=1, **values):
    db.session.execute(
        update(TreatmentSession)
        .where(TreatmentSession.series_id == series_id, TreatmentSession.number == number)
        .values(**values)
    )
    db.session.commit()


def names(sittings):
    return [sitting.patient_label for sitting in sittings]


def test_the_day_is_the_clinics_own(cast):
    planned(cast.anna, "Ann", date(2026, 3, 5))
    day = today.show(by=cast.anna)
    assert day.day == date(2026, 3, 5)
    assert names(day.sessions) == ["Ann"]
    (ann,) = day.sessions
    assert (ann.line.number, ann.of, ann.next_action) == (1, 1, NextAction.BEGIN)
    assert day.overdue == day.ahead == ()


def test_what_was_held_stands_by_time_before_what_is_planned(cast):
    for name, hour in (("Late", 20), ("Early", 14)):
        _, series_id = planned(cast.anna, name, date(2026, 3, 5))
        set_session(series_id, state="completed", started_at=datetime(2026, 3, 5, hour, tzinfo=UTC))
    planned(cast.anna, "Abe", date(2026, 3, 5))
    day = today.show(by=cast.anna)
    assert names(day.sessions) == ["Early", "Late", "Abe"]
    assert [sitting.next_action for sitting in day.sessions] == ["follow-up", "follow-up", "begin"]
    assert day.counts == (
        ("to come", 1), ("under way", 0), ("held", 2), ("missed or cancelled", 0),
    )  # fmt: skip


def test_the_order_of_the_day_is_that_of_its_times(cast):
    for name, at in (("Noon", time(12)), ("Nobody knows", None), ("First", time(9, 30))):
        _, series_id = planned(cast.anna, name, date(2026, 3, 5))
        set_session(series_id, planned_time=at, chair="Chair 2" if at else "")
    _, series_id = planned(cast.anna, "Held", date(2026, 3, 5))
    set_session(series_id, state="completed", started_at=datetime(2026, 3, 5, 15, 10, tzinfo=UTC))
    _, series_id = planned(cast.anna, "Since yesterday", date(2026, 3, 4))
    set_session(series_id, state="under-way", started_at=datetime(2026, 3, 4, 15, tzinfo=UTC))
    sessions = today.show(by=cast.anna).sessions
    assert [(one.patient_label, one.at) for one in sessions] == [
        ("Since yesterday", time()), ("First", time(9, 30)), ("Held", time(10, 10)),
        ("Noon", time(12)), ("Nobody knows", None),
    ]  # fmt: skip
    assert [one.line.chair for one in sessions] == ["", "Chair 2", "", "Chair 2", ""]


@pytest.mark.parametrize("state", list(SessionState))
def test_the_counts_of_the_day_add_up(cast, state):
    for name in ("Ann", "Abe"):
        _, series_id = planned(cast.anna, name, date(2026, 3, 5))
    set_session(series_id, state=state.value)
    day = today.show(by=cast.anna)
    assert sum(count for _, count in day.counts) == len(day.sessions)
    assert len(day.sessions) == (1 if state is SessionState.VOIDED else 2)


def test_a_session_that_is_struck_out_is_none_of_its_series(cast):
    _, series_id = planned(cast.anna, "Ann", date(2026, 3, 5), "six-in-two-weeks")
    set_session(series_id, number=2, state="voided")
    (ann,) = today.show(by=cast.anna).sessions
    assert (ann.line.number, ann.of) == (1, 5)


def test_a_dose_of_its_own_stands_in_the_place_of_the_plan(cast):
    _, series_id = planned(cast.anna, "Ann", date(2026, 3, 5))
    (ann,) = today.show(by=cast.anna).sessions
    assert (ann.planned.mg, ann.planned.mg_per_kg) == (None, Decimal("0.5"))
    set_session(series_id, planned_dose_mg=Decimal(40))
    (ann,) = today.show(by=cast.anna).sessions
    assert (ann.planned.mg, ann.planned.mg_per_kg) == (Decimal(40), None)


def test_the_day_begins_and_ends_in_the_clinics_zone(cast):
    instants = {"Yesterday": (5, 4, 59), "First": (5, 5, 0), "Last": (6, 4, 59), "Next": (6, 5, 0)}
    for name, (day, hour, minute) in instants.items():
        _, series_id = planned(cast.anna, name, date(2026, 3, 5))
        started_at = datetime(2026, 3, day, hour, minute, tzinfo=UTC)
        set_session(series_id, state="completed", started_at=started_at)
    assert names(today.show(by=cast.anna).sessions) == ["First", "Last"]


def test_a_session_held_early_is_not_todays(cast):
    _, series_id = planned(cast.anna, "Ann", date(2026, 3, 5))
    set_session(series_id, state="completed", started_at=datetime(2026, 3, 4, 15, tzinfo=UTC))
    assert today.show(by=cast.anna).sessions == ()


def test_a_session_not_held_today_is_shown_without_anything_to_do(cast):
    _, series_id = planned(cast.anna, "Ann", date(2026, 3, 5))
    set_session(series_id, state="missed")
    (ann,) = today.show(by=cast.anna).sessions
    assert ann.next_action is NextAction.OPEN


def test_an_answered_follow_up_is_no_longer_asked_for(cast):
    patient_id, series_id = planned(cast.anna, "Ann", date(2026, 3, 5))
    set_session(series_id, state="completed", started_at=datetime(2026, 3, 5, 15, tzinfo=UTC))
    (ann,) = today.show(by=cast.anna).sessions
    score = Assessment(
        clinic_id=cast.clinic_id, patient_id=patient_id, session_id=ann.line.session_id,
        instrument="mood-nrs", instrument_version="1", total=Decimal(6), taken_at=NOW,
        occasion="hours-after", recorded_at=NOW, recorded_by="Anna",
    )  # fmt: skip
    db.session.add(score)
    db.session.commit()
    assert today.show(by=cast.anna).sessions[0].next_action is NextAction.OPEN
    score.voided_at = NOW
    db.session.commit()
    assert today.show(by=cast.anna).sessions[0].next_action is NextAction.FOLLOW_UP


def test_what_was_never_recorded_is_overdue_until_it_is_settled(cast):
    _, series_id = planned(cast.anna, "Ann", date(2026, 3, 4))
    (ann,) = today.show(by=cast.anna).overdue
    assert ann.next_action is NextAction.SETTLE
    set_session(series_id, state="missed")
    assert today.show(by=cast.anna).overdue == ()


def test_more_overdue_than_fit_is_said(cast, monkeypatch):
    monkeypatch.setattr(today, "OVERDUE_MAX", 1)
    for name in ("Ann", "Abe"):
        planned(cast.anna, name, date(2026, 3, 1))
    day = today.show(by=cast.anna)
    assert names(day.overdue) == ["Abe"]
    assert day.more_overdue


def test_the_next_seven_days_are_listed_by_day(cast):
    planned(cast.anna, "Ann", date(2026, 3, 5), "six-in-two-weeks")
    planned(cast.anna, "Abe", date(2026, 3, 7))
    planned(cast.anna, "Zed", date(2026, 3, 13))
    day = today.show(by=cast.anna)
    assert [(later, names(sittings)) for later, sittings in day.ahead] == [
        (date(2026, 3, 7), ["Abe", "Ann"]),
        (date(2026, 3, 9), ["Ann"]),
        (date(2026, 3, 12), ["Ann"]),
    ]


def test_an_archived_patient_is_expected_no_more(cast):
    patient_id, _ = planned(cast.anna, "Ann", date(2026, 3, 5))
    patient_commands.archive(patient_id, "Moved away", by=cast.anna)
    assert today.show(by=cast.anna).sessions == ()


def test_another_clinic_and_an_administrator_see_nothing(cast):
    planned(cast.anna, "Ann", date(2026, 3, 6))
    elsewhere = today.show(by=cast.cleo)
    assert elsewhere.day == date(2026, 3, 6)
    assert elsewhere.sessions == elsewhere.overdue == elsewhere.ahead == ()
    with pytest.raises(ForbiddenError):
        today.show(by=cast.adam)
