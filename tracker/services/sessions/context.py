"""What the record says besides a session, for judging what is unusual about it."""

from datetime import datetime

from sqlalchemy import bindparam, exists, select

from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Indication
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.sessions.findings import SessionContext
from tracker.models.clinics import Clinic
from tracker.models.database import plain_rows
from tracker.models.patients import Patient
from tracker.models.series import Series
from tracker.services import clock
from tracker.services.clinic import clinics
from tracker.services.sessions.dose_history import EARLIER, given_esketamine

_BEFORE = (
    EARLIER.c.patient_id == Series.patient_id,
    EARLIER.c.started_at < bindparam("before"),
    EARLIER.c.id != bindparam("other_than"),
)
_FOUND = (
    select(
        Clinic.settings,
        Clinic.time_zone,
        Series.indication,
        Series.template,
        Series.planned_dose_mg_per_kg,
        Patient.birth_date,
        given_esketamine(*_BEFORE).label("had_esketamine"),
        exists().where(*_BEFORE, EARLIER.c.weight_kg.is_not(None)).label("had_weight"),
    )
    .join_from(Series, Patient, Patient.id == Series.patient_id)
    .join(Clinic, Clinic.id == Series.clinic_id)
    .where(Series.id == bindparam("series_id"))
)


def of_session(
    series_id: int, session_id: int | None, at: datetime | None, last: SessionDraft | None = None
) -> SessionContext:
    """Read what is known besides a session of a series that starts at an instant, or now.

    `last` is the session before it. Who may see the series was decided before.
    """
    before = at or clock.now()
    values = {"series_id": series_id, "before": before, "other_than": session_id or 0}
    found = plain_rows(_FOUND, values).one()
    return SessionContext(
        last=last,
        indication=Indication(found.indication),
        template=found.template,
        planned_mg_per_kg=found.planned_dose_mg_per_kg,
        had_esketamine=bool(found.had_esketamine),
        had_weight=bool(found.had_weight),
        birth_date=found.birth_date,
        day=before.astimezone(clinics.zone(found.time_zone)).date(),
        settings=TreatmentSettings.read(found.settings),
    )
