"""What is planned of one session: its day, time, chair and own dose; changed one by one or on."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.codes import SeriesState, SessionState
from tracker.domain.problems import InvalidError, Problem
from tracker.domain.series import placing
from tracker.domain.series.placing import SessionPlan
from tracker.domain.series.planned_dose import PlannedDose
from tracker.domain.sessions.life import Step
from tracker.models.database import db
from tracker.models.patients import Patient
from tracker.models.scoping import fetch, subject, visible
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import stamps
from tracker.services.check_ins.sync import sync_check_ins
from tracker.services.clinic import planning
from tracker.services.patients import formerly
from tracker.services.sessions import amendments
from tracker.services.sessions import life as life_steps
from tracker.services.unit_of_work import Unit, unit_of_work

WHY = "The plan of the session was changed."


def find(session_id: int, *, by: Actor) -> SessionPlan:
    """Read what is planned of a session, to be changed."""
    row = fetch(by, TreatmentSession, session_id)
    authorize(by, Permission.SERIES_EDIT, subject(row))
    return _plan_of(row)


def change(
    session_id: int, plan: SessionPlan, *, by: Actor, once: str = "", opened: str = ""
) -> int:
    """Change what is planned of a session, and where asked of those that follow in its series.

    One that was cancelled or missed is planned again. `opened` is the stamp of what the page
    showed; StaleError when something else is planned by now.
    """
    row = fetch(by, TreatmentSession, session_id)
    authorize(by, Permission.SERIES_EDIT, subject(row))
    chairs = planning.of_clinic(by.clinic_id).chairs
    problems = [*placing.check(plan), *placing.check_chosen(plan.chair, chairs, row.chair)]
    if problems:
        raise InvalidError(problems)
    with unit_of_work(by) as unit:
        row = life_steps.hold(by, session_id)
        unit.once(once)
        stamps.refuse_other(opened, *planned_values(_plan_of(row)))
        life_steps.way_of(Step.MOVE, row)
        life_steps.refuse_ended(db.session.get_one(Series, row.series_id))
        if wrong := life_steps.day_problems(row.series_id, plan.planned_on, "planned_on", by):
            raise InvalidError(wrong)
        before = _plan_of(row)
        amendments.keep_version(row, WHY, unit, by)
        row.planned_on = plan.planned_on
        row.state, row.state_reason = SessionState.PLANNED.value, ""
        row.cancelled_by_series = False
        _put(row, plan, place=True, dose=True)
        followed = _carry_on(unit, by, row, plan)
        changed = [
            name for name in ("planned_on", "planned_time", "chair", "planned")
            if getattr(before, name) != getattr(plan, name)
        ]  # fmt: skip
        detail = " ".join([*changed, f"and {followed} more" if followed else ""]).strip()
        about = f"session:{row.id}"
        unit.audit("session.moved", about, patient_id=row.patient_id, detail=detail)
        sync_check_ins(unit, by, row.series_id)
        unit.mark_saved(once, session_id)
    return session_id


def planned_values(plan: SessionPlan) -> tuple[object, ...]:
    """List what is planned of a session, for the stamp of its page."""
    return plan.planned_on, plan.planned_time, plan.chair, plan.planned.mg, plan.planned.mg_per_kg


def add(record_number: str, plan: SessionPlan, *, by: Actor, once: str = "") -> int:
    """Plan one more session of the series of a patient that is not over; return its id."""
    authorize(by, Permission.SERIES_EDIT)
    chairs = planning.of_clinic(by.clinic_id).chairs
    problems = [*placing.check(plan), *placing.check_chosen(plan.chair, chairs)]
    running = _running_series(record_number, by)
    if len(running) != 1:
        problems.append(Problem("record_number", _SEVERAL if running else _NO_SERIES))
    if problems:
        raise InvalidError(problems)
    place = (plan.planned_time, plan.chair)
    return life_steps.add(running[0], plan.planned_on, place=place, by=by, once=once)


_NO_SERIES = (
    "No patient of this record number has a series that goes on. Plan a series on the patient’s "
    "page first."
)


_SEVERAL = (
    "This patient has several series that go on. Plan the session on the page of the one it "
    "belongs to."
)


def _running_series(record_number: str, by: Actor) -> Sequence[int]:
    return db.session.scalars(
        select(Series.id)
        .join(Patient, Patient.id == Series.patient_id)
        .where(
            visible(by, Series),
            Patient.record_number == formerly.follow_number(record_number, by=by),
            Patient.archived_at.is_(None),
            Series.state.in_((SeriesState.PLANNED.value, SeriesState.ACTIVE.value)),
        )
    ).all()


def _plan_of(row: TreatmentSession) -> SessionPlan:
    return SessionPlan(
        planned_on=row.planned_on,
        planned_time=row.planned_time,
        chair=row.chair,
        planned=PlannedDose(row.planned_dose_mg, row.planned_dose_mg_per_kg),
    )


def _put(row: TreatmentSession, plan: SessionPlan, *, place: bool, dose: bool) -> None:
    if place:
        row.planned_time, row.chair = plan.planned_time, plan.chair
    if dose:
        series = db.session.get_one(Series, row.series_id)
        of_series = PlannedDose(series.planned_dose_mg, series.planned_dose_mg_per_kg)
        own = PlannedDose() if plan.planned == of_series else plan.planned
        row.planned_dose_mg, row.planned_dose_mg_per_kg = own.mg, own.mg_per_kg


def _carry_on(unit: Unit, by: Actor, row: TreatmentSession, plan: SessionPlan) -> int:
    """Put time and chair, or the dose, into the planned sessions that follow; say how many."""
    if not (plan.dose_onwards or plan.place_onwards):
        return 0
    following = list(_following(row))
    for one in following:
        amendments.keep_version(one, WHY, unit, by)
        _put(one, plan, place=plan.place_onwards, dose=plan.dose_onwards)
    return len(following)


def _following(row: TreatmentSession) -> Iterable[TreatmentSession]:
    return db.session.scalars(
        select(TreatmentSession)
        .where(
            TreatmentSession.series_id == row.series_id,
            TreatmentSession.number > row.number,
            TreatmentSession.state == SessionState.PLANNED.value,
        )
        .order_by(TreatmentSession.number)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
