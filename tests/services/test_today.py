from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import update

from tests.stopping import stopped_at
from tracker.domain.codes import Drug, Indication, Phase, Route
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
    assert (day.count("completed"), day.count("planned")) == (2, 1)


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
    assert day.ahead_count == 4


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
