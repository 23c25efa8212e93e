"""Day, time, chair and own dose of planned sessions: laid out, then changed one by one or on."""

from datetime import date, time
from decimal import Decimal

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from tests.builders.clinics import set_planning
from tests.builders.patients import HELD, START, planned
from tests.services.series.test_commands import change, draft
from tracker.domain.codes import Drug, Route, SessionState
from tracker.domain.problems import ForbiddenError, InvalidError, NotFoundError
from tracker.domain.series.placing import SessionPlan
from tracker.domain.series.planned_dose import PlannedDose
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.series import commands as series_commands
from tracker.services.series import queries as series_queries
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions import planning

TITRATED = {
    "drug": Drug.ESKETAMINE, "route": Route.NASAL, "planned_dose_mg_per_kg": None,
    "planned_dose_mg": Decimal(84), "first_dose": Decimal(56), "planned_time": time(10),
    "chair": "Chair 2", "weekdays": (0, 3),
}  # fmt: skip


@pytest.fixture
def titrated(anna, patient):
    set_planning(anna.clinic_id, chairs_text="Chair 1\nChair 2", holidays_text="2026-03-09 Closed")
    reason = "Assessed elsewhere"
    return series_commands.plan(patient, draft(**TITRATED), by=anna, eligibility_reason=reason)


def lines(series_id, by):
    return series_queries.find(series_id, by=by).sessions


def doses(series_id, by):
    view = series_queries.find(series_id, by=by)
    return [view.planned_dose(line).mg for line in view.sessions]


@pytest.mark.both_databases
def test_a_plan_lays_out_days_time_chair_and_doses(anna, titrated):
    found = lines(titrated, anna)
    assert [one.planned_on.day for one in found] == [2, 5, 12, 16, 19, 23]  # closed on the 9th
    assert {(one.planned_time, one.chair) for one in found} == {(time(10), "Chair 2")}
    assert doses(titrated, anna) == [56, 84, 84, 84, 84, 84]
    view = session_commands.find(found[0].session_id, by=anna)
    assert (view.planned, view.of_series) == (PlannedDose(Decimal(56)), PlannedDose(Decimal(84)))


@pytest.mark.both_databases
def test_one_session_is_moved_with_time_chair_and_dose(anna, titrated):
    one = planned(titrated)[2]
    told = SessionPlan(
        planned_on=date(2026, 3, 13), planned_time=time(14, 30), chair="Chair 1",
        planned=PlannedDose(Decimal(28)),
    )  # fmt: skip
    planning.change(one, told, by=anna)
    assert planning.find(one, by=anna) == told
    view = session_commands.find(one, by=anna)
    assert view.versions[-1].record.planned_time == time(10)
    assert doses(titrated, anna) == [56, 84, 28, 84, 84, 84]
    [detail] = db.session.scalars(
        select(AuditEvent.detail).where(AuditEvent.action == "session.moved")
    )
    assert detail == "planned_on planned_time chair planned"


@pytest.mark.both_databases
def test_a_dose_from_here_on_reaches_those_that_follow_and_no_other(anna, titrated):
    ids = planned(titrated)
    given = replace(HELD, drug=Drug.ESKETAMINE, route=Route.NASAL, dose_mg=Decimal(56))
    session_commands.record(given, series_id=titrated, session_id=ids[0], by=anna)
    stands = planning.find(ids[2], by=anna)
    told = replace(
        stands, planned=PlannedDose(Decimal(56)), planned_time=time(9), dose_onwards=True
    )
    planning.change(ids[2], told, by=anna)
    assert doses(titrated, anna) == [56, 84, 56, 56, 56, 56]
    assert [one.planned_time.hour for one in lines(titrated, anna)] == [10, 10, 9, 10, 10, 10]
    planning.change(ids[3], replace(told, dose_onwards=False, place_onwards=True), by=anna)
    assert [one.planned_time.hour for one in lines(titrated, anna)] == [10, 10, 9, 9, 9, 9]
    assert lines(titrated, anna)[0].state is SessionState.COMPLETED


def test_a_dose_as_the_series_plans_is_none_of_its_own(anna, titrated):
    first = planned(titrated)[0]
    stands = planning.find(first, by=anna)
    planning.change(first, replace(stands, planned=PlannedDose(Decimal(84))), by=anna)
    assert db.session.get_one(TreatmentSession, first).planned_dose_mg is None


def test_a_changed_plan_takes_own_doses_along_unless_they_are_kept(anna, titrated):
    spray = {"drug": Drug.ESKETAMINE, "route": Route.NASAL}
    kept = change(**spray, planned_dose_mg=Decimal(70))
    series_commands.change(titrated, kept, version=1, by=anna, keep_own_doses=True)
    assert doses(titrated, anna) == [56, 70, 70, 70, 70, 70]
    same = change(**spray, planned_dose_mg=Decimal(70))
    series_commands.change(titrated, same, version=2, by=anna)
    assert doses(titrated, anna)[0] == 56  # the dose was not what changed
    series_commands.change(
        titrated, change(**spray, planned_dose_mg=Decimal(28)), version=3, by=anna
    )
    assert doses(titrated, anna) == [28] * 6


def test_what_was_planned_of_another_drug_is_never_kept(anna, titrated):
    told = change(planned_dose_mg=Decimal(35))
    series_commands.change(titrated, told, version=1, by=anna, keep_own_doses=True)
    assert doses(titrated, anna) == [35] * 6


def test_a_chair_that_the_clinic_does_not_have_is_refused(anna, patient, titrated):
    first = planned(titrated)[0]
    stands = planning.find(first, by=anna)
    with pytest.raises(InvalidError) as caught:
        planning.change(first, replace(stands, chair="Bed", planned_on=None), by=anna)
    assert [p.field for p in caught.value.problems] == ["planned_on", "chair"]
    with pytest.raises(InvalidError):
        series_commands.plan(patient, draft(**TITRATED | {"chair": "Bed"}), by=anna)
    set_planning(anna.clinic_id, chairs_text="")
    planning.change(first, replace(stands, planned_time=time(11)), by=anna)  # it stands


def test_a_session_that_was_held_stays_as_it_was_planned(anna, titrated):
    first = planned(titrated)[0]
    given = replace(HELD, drug=Drug.ESKETAMINE, route=Route.NASAL, dose_mg=Decimal(56))
    session_commands.record(given, series_id=titrated, session_id=first, by=anna)
    with pytest.raises(InvalidError, match=r"recorded"):
        planning.change(first, SessionPlan(planned_on=START.date()), by=anna)


def test_administrators_plan_nothing(anna, cast, titrated):
    first = planned(titrated)[0]
    with pytest.raises((ForbiddenError, NotFoundError)):
        planning.find(first, by=cast.adam)
