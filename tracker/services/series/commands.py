"""Series: plan one with its sessions, change what is planned, and end it."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import InstrumentedAttribute

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.codes import SeriesState, SessionState
from tracker.domain.parsing import TEXT_MAX, check_reason
from tracker.domain.problems import InvalidError, Problem, StaleError
from tracker.domain.series import placing, planned_dose
from tracker.domain.series import plan as series_plan
from tracker.domain.series.plan import SeriesChange, SeriesDraft
from tracker.models import sealing
from tracker.models.database import db, new_id
from tracker.models.patients import Patient
from tracker.models.scoping import fetch, subject
from tracker.models.series import Series, SeriesVersion
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.check_ins.sync import sync_check_ins
from tracker.services.clinic import planning
from tracker.services.patients import births
from tracker.services.series import plan_context
from tracker.services.series import start_rules as series_start
from tracker.services.sessions import amendments
from tracker.services.sessions import rows as session_rows
from tracker.services.unit_of_work import Unit, refuse_second, unit_of_work

_KEPT = (
    "indication", "drug", "route", "phase", "course_role", "planned_dose_mg",
    "planned_dose_mg_per_kg", "state", "state_reason", "schedule",
)  # fmt: skip


def plan(
    patient_id: int,
    draft: SeriesDraft,
    *,
    by: Actor,
    once: str = "",
    eligibility_reason: str = "",
    seen: Collection[str] | None = None,
) -> int:
    """Plan a series with all its sessions and return its id.

    `eligibility_reason` says ahead why it will start without an eligibility assessment. `seen`,
    where given, holds what the page has said to be unusual: raise UnseenError for anything more.
    """
    authorize(by, Permission.SERIES_EDIT, subject(fetch(by, Patient, patient_id)))
    draft = series_plan.fill(draft)
    rules = planning.of_clinic(by.clinic_id)
    if problems := _problems(draft, patient_id, eligibility_reason, by):
        raise InvalidError(problems)
    if seen is not None:
        refuse_second(once)  # a second click is not a second plan to be read
        plan_context.ask_to_read(plan_context.of_plan(patient_id, draft, by=by), seen)
    series_id = new_id()
    with unit_of_work(by) as unit:
        unit.once(once)
        patient = session_rows.lock_patient(by, patient_id)
        row = _series_row(series_id, patient, draft)
        row.eligibility_reason, row.created_at = eligibility_reason.strip(), unit.now
        db.session.add(row)
        db.session.flush()
        db.session.add_all(_planned_sessions(draft, series_id, patient, rules.closed_days))
        unit.audit("series.planned", f"series:{series_id}", patient_id=patient_id)
        sync_check_ins(unit, by, series_id)
        unit.mark_saved(once, series_id)
    return series_id


def _series_row(series_id: int, patient: Patient, draft: SeriesDraft) -> Series:
    return Series(
        id=series_id,
        clinic_id=patient.clinic_id,
        patient_id=patient.id,
        number=_next_number(patient.id),
        template=draft.template,
        starts_on=draft.starts_on,
        state=SeriesState.PLANNED.value,
        planned_time=draft.planned_time,
        chair=draft.chair,
        weekdays=list(draft.weekdays),
        **_columns(draft),
    )


def _problems(
    draft: SeriesDraft, patient_id: int, eligibility_reason: str, by: Actor
) -> list[Problem]:
    return [
        *series_plan.check(draft),
        *check_reason(
            eligibility_reason, needed=False, field="eligibility_reason", longest=TEXT_MAX
        ),
        *births.problems(patient_id, {"starts_on": draft.starts_on}, by=by),
        *placing.check_chosen(draft.chair, planning.of_clinic(by.clinic_id).chairs),
    ]


def _next_number(patient_id: int) -> int:
    """Count on from the last series of a patient, who is held until the commit."""
    last = db.session.scalar(select(func.max(Series.number)).where(Series.patient_id == patient_id))
    return (last or 0) + 1


def change(
    series_id: int, draft: SeriesChange, *, version: int, by: Actor, keep_own_doses: bool = False
) -> int:
    """Change what is planned; sessions still to come follow, those that were held stay.

    Those with a planned dose of their own follow too, unless `keep_own_doses` says otherwise; what
    was planned of another drug is never kept.
    """
    patient_id = authorize_change(by, series_id)
    if problems := series_plan.check_change(draft):
        raise InvalidError(problems)
    with unit_of_work(by) as unit:
        columns = _columns(draft)
        before = claim(series_id, version, unit)
        write(series_id, columns | {"version": version + 1})
        keeps = keep_own_doses or not _is_another_dose(before, columns)
        keeps = keeps and before["drug"] == columns["drug"]
        for row in _to_come(series_id):
            amendments.keep_version(row, "The plan of the series was changed.", unit, by)
            row.drug, row.route = columns["drug"], columns["route"]
            if not keeps:
                row.planned_dose_mg = row.planned_dose_mg_per_kg = None
        names = " ".join(name for name in columns if before[name] != columns[name])
        unit.audit("series.changed", f"series:{series_id}", patient_id=patient_id, detail=names)
        sync_check_ins(unit, by, series_id)
    return series_id


def _is_another_dose(before: dict[str, Any], after: dict[str, Any]) -> bool:
    return any(before[name] != after[name] for name in planned_dose.FIELDS)


def set_state(
    series_id: int,
    state: SeriesState,
    reason: str,
    *,
    version: int,
    by: Actor,
    eligibility_reason: str = "",
) -> None:
    """Move a series on in its life; ending it cancels the sessions still planned.

    Taking it up again plans those again that its end cancelled.

    One that starts needs an eligibility assessment that says eligible, or `eligibility_reason`.
    """
    patient_id = authorize_change(by, series_id)
    with unit_of_work(by) as unit:
        before = claim(series_id, version, unit)
        if problems := series_plan.check_state(SeriesState(before["state"]), state, reason):
            raise InvalidError(problems)
        if state is SeriesState.ACTIVE and series_start.starts_now(series_id):
            row = session_rows.lock(by, Series, series_id)
            series_start.begin(unit, by, row, eligibility_reason)
        columns = {"state": state.value, "state_reason": reason.strip()}
        detail = state.value
        if state is SeriesState.ACTIVE:
            detail += f", {_give_back(series_id, unit, by)} sessions planned again"
        write(series_id, columns | {"version": version + 1})
        if state in (SeriesState.COMPLETED, SeriesState.STOPPED):
            detail += f", {_cancel_the_rest(series_id, state, unit, by)} sessions cancelled"
        unit.audit("series.state-set", f"series:{series_id}", patient_id=patient_id, detail=detail)
        sync_check_ins(unit, by, series_id)


def authorize_change(by: Actor, series_id: int) -> int:
    """Say whose series it is to somebody who may change it."""
    row = fetch(by, Series, series_id)
    authorize(by, Permission.SERIES_EDIT, subject(row))
    return row.patient_id


def _columns(draft: SeriesDraft | SeriesChange) -> dict[str, Any]:
    """Name the columns of a checked draft."""
    words = {name: getattr(draft, name) for name in ("indication", "drug", "route", "phase")}
    return {name: word.value for name, word in words.items()} | {
        "course_role": draft.course_role and draft.course_role.value,
        "planned_dose_mg": draft.planned_dose_mg,
        "planned_dose_mg_per_kg": draft.planned_dose_mg_per_kg,
    }


def _planned_sessions(
    draft: SeriesDraft, series_id: int, patient: Patient, closed: Collection[date]
) -> Iterable[TreatmentSession]:
    words = _columns(draft)
    for number, day in enumerate(series_plan.planned_days(draft, closed), start=1):
        own = draft.own_dose(number)
        yield TreatmentSession(
            clinic_id=patient.clinic_id,
            patient_id=patient.id,
            series_id=series_id,
            number=number,
            state=SessionState.PLANNED.value,
            planned_on=day,
            planned_time=draft.planned_time,
            chair=draft.chair,
            planned_dose_mg=own.mg,
            planned_dose_mg_per_kg=own.mg_per_kg,
            drug=words["drug"],
            route=words["route"],
        )


def claim(series_id: int, version: int, unit: Unit) -> dict[str, Any]:
    """Keep what stands and count the version up; a second writer of the same version fails.

    Returns what stood there before.
    """
    row = db.session.execute(
        select(Series.version, *(getattr(Series, name) for name in _KEPT))
        .where(Series.id == series_id)
        .with_for_update()
    ).one()
    if row.version != version:
        raise StaleError(row.version)
    before = {name: getattr(row, name) for name in _KEPT}
    doses = {name: str(value) for name, value in before.items() if isinstance(value, Decimal)}
    db.session.add(
        SeriesVersion(
            series_id=series_id,
            version=version,
            content=before | doses,
            changed_at=unit.now,
            changed_by=unit.by.name if unit.by else "",
        )
    )
    return before


def write(series_id: int, columns: dict[str, Any]) -> None:
    """Put columns of a series that was claimed."""
    db.session.execute(update(Series).where(Series.id == series_id).values(columns))
    sealing.touch(Series, [series_id])


def _to_come(series_id: int) -> Sequence[TreatmentSession]:
    """Fetch the sessions still planned and hold them until the commit."""
    return _lock_sessions(series_id, TreatmentSession.state == SessionState.PLANNED.value)


def _lock_sessions(
    series_id: int, *conditions: ColumnElement[bool] | InstrumentedAttribute[bool]
) -> Sequence[TreatmentSession]:
    return db.session.scalars(
        select(TreatmentSession)
        .where(TreatmentSession.series_id == series_id, *conditions)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _give_back(series_id: int, unit: Unit, by: Actor) -> int:
    """Plan again what was cancelled because the series ended, and nothing else."""
    rows = _lock_sessions(
        series_id,
        TreatmentSession.state == SessionState.CANCELLED.value,
        TreatmentSession.cancelled_by_series,
    )
    for row in rows:
        amendments.keep_version(row, "The series was taken up again.", unit, by)
        row.state, row.state_reason = SessionState.PLANNED.value, ""
        row.cancelled_by_series = False
    return len(rows)


def _cancel_the_rest(series_id: int, state: SeriesState, unit: Unit, by: Actor) -> int:
    rows = _to_come(series_id)
    for row in rows:
        amendments.keep_version(row, f"Series {state.label.lower()}.", unit, by)
        row.state, row.cancelled_by_series = SessionState.CANCELLED.value, True
        row.state_reason = f"Series {state.label.lower()}"
    return len(rows)
