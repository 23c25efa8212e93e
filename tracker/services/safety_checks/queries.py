"""What is due and what was found: of one patient, and of the whole clinic."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta

from msgspec import Struct
from sqlalchemy import bindparam, func, or_, select

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import SessionState
from tracker.domain.patients import draft as patient_draft
from tracker.domain.safety_checks import schedule as check_schedule
from tracker.domain.safety_checks.kinds import CheckKind
from tracker.domain.safety_checks.schedule import DueCheck, Exposure
from tracker.models.clinics import Clinic
from tracker.models.database import db, plain_rows
from tracker.models.patients import Patient
from tracker.models.safety_checks import SafetyCheck
from tracker.models.scoping import fetch, subject, visible
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock
from tracker.services.clinic import clinics
from tracker.services.safety_checks import rows as check_rows
from tracker.services.safety_checks.rows import CheckResult
from tracker.services.unit_of_work import audit

LISTED_MAX = 200
_HELD = TreatmentSession.state == SessionState.COMPLETED.value
_PLANNED = TreatmentSession.state == SessionState.PLANNED.value
_TIMES = (
    func.min(TreatmentSession.started_at).filter(_HELD).label("first_at"),
    func.max(TreatmentSession.started_at).filter(_HELD).label("last_at"),
    func.min(TreatmentSession.planned_on)
    .filter(_PLANNED, TreatmentSession.planned_on >= bindparam("today"))
    .label("next_on"),
)
_, _last_at, _next_on = (one.element for one in _TIMES)
# A day more, as the schedule counts days of the clinic's calendar.
_TREATED_WITHIN = check_schedule.TREATED_WITHIN + timedelta(days=1)
_TREATED = (
    select(Patient.id, Patient.given_name, Patient.family_name, Patient.record_number, *_TIMES)
    .join(TreatmentSession, TreatmentSession.patient_id == Patient.id)
    .where(Patient.archived_at.is_(None))
    .group_by(Patient.id)
    .having(or_(_last_at >= bindparam("since"), _next_on.is_not(None)))
)
_of_clinic = Clinic.id == bindparam("clinic_id")
_OF_ONE = select(
    *_TIMES,
    select(Clinic.settings).where(_of_clinic).scalar_subquery().label("settings"),
    select(Clinic.time_zone).where(_of_clinic).scalar_subquery().label("time_zone"),
).where(TreatmentSession.patient_id == bindparam("patient_id"))
_LAST = (
    select(SafetyCheck.patient_id, SafetyCheck.kind, func.max(SafetyCheck.checked_on).label("on"))
    .where(SafetyCheck.voided_at.is_(None))
    .group_by(SafetyCheck.patient_id, SafetyCheck.kind)
)
_LAST_OF_ONE = _LAST.where(SafetyCheck.patient_id == bindparam("patient_id"))
_GIVEN = select(TreatmentSession.drug, TreatmentSession.dose_mg).where(
    TreatmentSession.patient_id == bindparam("patient_id"),
    TreatmentSession.started_at >= bindparam("since"),
    _HELD,
)


class PatientChecks(Struct, frozen=True, kw_only=True):
    """What is due for a patient, what was given in 12 months, and every result, newest first."""

    due: tuple[DueCheck, ...]
    exposures: tuple[Exposure, ...]
    results: tuple[CheckResult, ...]

    @property
    def exposure_words(self) -> str:
        """What was given in 12 months, in words."""
        return check_schedule.in_words(self.exposures)


class DuePatient(Struct, frozen=True):
    """A patient of the clinic's list with what is due, the longest due first."""

    patient_id: int
    label: str
    record_number: str
    due: tuple[DueCheck, ...]


def of_patient(patient_id: int, *, by: Actor) -> PatientChecks:
    """Show the checks of a patient; leaves the audit line of the page that shows them."""
    authorize(by, Permission.SAFETY_CHECK_VIEW, subject(fetch(by, Patient, patient_id)))
    values = {"patient_id": patient_id, "since": clock.now() - check_rows.YEAR}
    found = db.session.scalars(
        select(SafetyCheck)
        .where(SafetyCheck.patient_id == patient_id, visible(by, SafetyCheck))
        .order_by(SafetyCheck.checked_on.desc(), SafetyCheck.id.desc())
    )
    results = tuple(check_rows.result_of(row) for row in found)
    audit(by, "safety-checks.viewed", f"patient:{patient_id}", patient_id=patient_id)
    return PatientChecks(
        due=due_of(patient_id, by=by),
        exposures=check_rows.exposures(plain_rows(_GIVEN, values)),
        results=results,
    )


def due_of(patient_id: int, *, by: Actor) -> tuple[DueCheck, ...]:
    """List what is due for a patient, for a page that was allowed and leaves its own line."""
    # In UTC a session may be planned for a day that is over or ahead by one: it is planned still.
    values = {"patient_id": patient_id, "clinic_id": by.clinic_id, "today": clock.now().date()}
    treated = plain_rows(_OF_ONE, values).one()
    zone = clinics.zone(treated.time_zone)
    settings = TreatmentSettings.read(treated.settings)
    treatment = check_rows.treatment_of(treated, zone)
    found = plain_rows(_LAST_OF_ONE, values)
    last = {CheckKind(row.kind): row.on for row in found}
    return tuple(check_schedule.due(treatment, last, settings, today=clock.today(zone)))


def due_of_many(patient_ids: Collection[int], *, by: Actor) -> Mapping[int, tuple[DueCheck, ...]]:
    """Say by patient what is due for some, for a page that was allowed and leaves its own line."""
    if not patient_ids:
        return {}
    clinic = clinics.view(by.clinic_id)
    today, settings = clock.today(clinic.zone), TreatmentSettings.read(clinic.settings)
    last: dict[int, dict[CheckKind, date]] = {}
    tested = _LAST.where(visible(by, SafetyCheck), SafetyCheck.patient_id.in_(patient_ids))
    for row in db.session.execute(tested):
        last.setdefault(row.patient_id, {})[CheckKind(row.kind)] = row.on
    values = {"today": today, "since": clock.now() - _TREATED_WITHIN}
    treated = _TREATED.where(visible(by, Patient), Patient.id.in_(patient_ids))
    return {
        one.id: tuple(
            check_schedule.due(
                check_rows.treatment_of(one, clinic.zone), last.get(one.id, {}), settings,
                today=today,
            )
        )
        for one in db.session.execute(treated, values)
    }  # fmt: skip


def due_list(*, by: Actor) -> tuple[list[DuePatient], int]:
    """List the clinic's patients for whom something is due, the longest due first, and count them.

    Who is archived, or in treatment no more, has nothing due. At most LISTED_MAX are listed. Leaves
    the audit line of the page.
    """
    authorize(by, Permission.SAFETY_CHECK_VIEW)
    clinic = clinics.view(by.clinic_id)
    today, settings = clock.today(clinic.zone), TreatmentSettings.read(clinic.settings)
    last: dict[int, dict[CheckKind, date]] = {}
    for row in db.session.execute(_LAST.where(visible(by, SafetyCheck))):
        last.setdefault(row.patient_id, {})[CheckKind(row.kind)] = row.on
    values = {"today": today, "since": clock.now() - _TREATED_WITHIN}
    listed = []
    for one in db.session.execute(_TREATED.where(visible(by, Patient)), values):
        treatment = check_rows.treatment_of(one, clinic.zone)
        due = check_schedule.due(treatment, last.get(one.id, {}), settings, today=today)
        if due:
            label = patient_draft.label(one.given_name, one.family_name, one.record_number)
            listed.append(DuePatient(one.id, label, one.record_number, tuple(due)))
    listed.sort(key=lambda one: (one.due[0].due_on, one.label))
    shown = listed[:LISTED_MAX]
    patients = [one.patient_id for one in shown]
    audit(by, "safety-checks.listed", patients=patients, detail=f"{len(listed)} patients")
    return shown, len(listed)


def find(check_id: int, *, by: Actor) -> tuple[CheckResult, int]:
    """Look a result up, with the id of its patient, for whoever may void it."""
    row = fetch(by, SafetyCheck, check_id)
    authorize(by, Permission.SAFETY_CHECK_RECORD, subject(row))
    about = f"safety-check:{check_id}"
    audit(by, "safety-checks.viewed", about, patient_id=row.patient_id)
    return check_rows.result_of(row), row.patient_id
