"""What the record says besides the plan of a series: age, earlier esketamine, other series."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from msgspec.structs import replace
from sqlalchemy import bindparam, func, select

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.codes import Drug, Indication, Phase, Route, SeriesState, SessionState
from tracker.domain.problems import Finding, UnseenError
from tracker.domain.series import plan as series_plan
from tracker.domain.series import planned_dose
from tracker.domain.series import remarks as plan_remarks
from tracker.domain.series.placing import SessionPlan
from tracker.domain.series.plan import SeriesChange, SeriesDraft
from tracker.domain.series.planned_dose import PlannedDose
from tracker.domain.series.remarks import OtherSeries, PlanContext
from tracker.models.clinics import Clinic
from tracker.models.database import db, plain_rows
from tracker.models.patients import Patient
from tracker.models.scoping import fetch, subject
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.clinic import clinics, planning
from tracker.services.series.queries import SeriesView
from tracker.services.sessions.dose_history import EARLIER, given_esketamine

_PATIENT = (
    select(
        Patient.birth_date,
        Clinic.settings,
        given_esketamine(EARLIER.c.patient_id == Patient.id).label("had_esketamine"),
    )
    .join(Clinic, Clinic.id == Patient.clinic_id)
    .where(Patient.id == bindparam("patient_id"))
)
_OTHERS = (
    select(
        Series.number,
        Series.drug,
        func.min(TreatmentSession.planned_on).label("first"),
        func.max(TreatmentSession.planned_on).label("last"),
    )
    .join(TreatmentSession, TreatmentSession.series_id == Series.id)
    .where(
        Series.patient_id == bindparam("patient_id"),
        Series.id != bindparam("series_id"),
        Series.state.in_((SeriesState.PLANNED.value, SeriesState.ACTIVE.value)),
        TreatmentSession.state == SessionState.PLANNED.value,
        TreatmentSession.planned_on.is_not(None),
    )
    .group_by(Series.id, Series.number, Series.drug)
    .order_by(Series.number)
)


def of_plan(patient_id: int, draft: SeriesDraft, *, by: Actor) -> list[Finding]:
    """List what is unusual about a series that is about to be planned."""
    authorize(by, Permission.SERIES_EDIT, subject(fetch(by, Patient, patient_id)))
    days = series_plan.planned_days(draft, planning.of_clinic(by.clinic_id).closed_days)
    doses = [draft.own_dose(n) or draft.planned_dose for n in range(1, len(days) + 1)]
    context = replace(_context(patient_id), before=_last_given(patient_id, draft))
    return plan_remarks.remarks(draft, draft.template, days, context, doses)


def of_change(
    view: SeriesView, change: SeriesChange, *, keeps_own_doses: bool = False
) -> list[Finding]:
    """List what is unusual about another plan for a series; who may see it was decided before."""
    of_series = PlannedDose(change.planned_dose_mg, change.planned_dose_mg_per_kg)
    doses = [one.planned_dose(of_series) for one in view.to_come] if keeps_own_doses else []
    days = [one.planned_on for one in view.to_come if one.planned_on is not None]
    stands = view.record
    context = _context(view.patient_id, view.id)
    if (stands.drug, stands.route) == (change.drug, change.route):
        before = PlannedDose(stands.planned_dose_mg, stands.planned_dose_mg_per_kg)
        context = replace(context, before=before)
    return plan_remarks.remarks(change, view.record.template, sorted(days), context, doses)


def of_series(view: SeriesView) -> list[Finding]:
    """List what is unusual about the plan of a series, as long as sessions are to come."""
    if not view.to_come:
        return []
    names = SeriesChange.__struct_fields__
    stands = SeriesChange(**{name: getattr(view.record, name) for name in names})
    return of_change(view, stands, keeps_own_doses=True)


def ask_to_read(found: Iterable[Finding], seen: Collection[str] | None) -> None:
    """Raise UnseenError while there is a remark that whoever plans has not been shown.

    `seen` holds the remarks of the page; None where nobody looks at one, as in a file.
    """
    remarks: Sequence[Finding] = list(found)
    if seen is not None and any(remark.message not in seen for remark in remarks):
        raise UnseenError(remarks)


def of_session(plan: SessionPlan, session_id: int, *, by: Actor) -> list[Finding]:
    """List what is unusual about the dose that is planned for one session."""
    row = fetch(by, TreatmentSession, session_id)
    authorize(by, Permission.SERIES_EDIT, subject(row))
    series = db.session.get_one(Series, row.series_id)
    of_series = PlannedDose(series.planned_dose_mg, series.planned_dose_mg_per_kg)
    stands = PlannedDose(row.planned_dose_mg, row.planned_dose_mg_per_kg)
    if plan.planned in (stands, of_series, PlannedDose()):
        return []
    change = SeriesChange(
        indication=Indication(series.indication),
        drug=Drug(row.drug),
        route=Route(row.route),
        phase=Phase(series.phase),
        planned_dose_mg=plan.planned.mg,
        planned_dose_mg_per_kg=plan.planned.mg_per_kg,
    )
    labels = ClinicSettings.read(clinics.view(row.clinic_id).settings).labels
    return plan_remarks.of_one_session(change, planned_dose.of_session(stands, of_series), labels)


_LAST_GIVEN = (
    select(EARLIER.c.dose_mg, EARLIER.c.dose_mg_per_kg)
    .where(
        EARLIER.c.patient_id == bindparam("patient_id"),
        EARLIER.c.state == SessionState.COMPLETED.value,
        EARLIER.c.drug == bindparam("drug"),
        EARLIER.c.route == bindparam("route"),
        EARLIER.c.dose_mg.is_not(None),
    )
    .order_by(EARLIER.c.started_at.desc())
    .limit(1)
)


def _last_given(patient_id: int, draft: SeriesDraft) -> PlannedDose:
    """Say what was given last of the drug by the route, in mg and by weight: to compare with."""
    values = {"patient_id": patient_id, "drug": draft.drug, "route": draft.route}
    found = plain_rows(_LAST_GIVEN, values).one_or_none()
    return PlannedDose(found.dose_mg, found.dose_mg_per_kg) if found else PlannedDose()


def _context(patient_id: int, series_id: int = 0) -> PlanContext:
    values = {"patient_id": patient_id, "series_id": series_id}
    patient = plain_rows(_PATIENT, values).one()
    return PlanContext(
        birth_date=patient.birth_date,
        labels=ClinicSettings.read(patient.settings).labels,
        had_esketamine=bool(patient.had_esketamine),
        others=tuple(
            OtherSeries(row.number, Drug(row.drug), _day(row.first), _day(row.last))
            for row in plain_rows(_OTHERS, values)
        ),
    )


def _day(value: date | str) -> date:
    # SQLite gives the least and the last of days as text.
    return date.fromisoformat(value) if isinstance(value, str) else value
