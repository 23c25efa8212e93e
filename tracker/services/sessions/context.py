"""What the record says besides a session, for judging what is unusual about it."""

from datetime import datetime

from sqlalchemy import bindparam, exists, select

from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Drug, Indication, Route, SessionState
from tracker.domain.series import planned_dose
from tracker.domain.series.planned_dose import PlannedDose
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.sessions.findings import SessionContext
from tracker.models.clinics import Clinic
from tracker.models.database import plain_rows
from tracker.models.patients import Patient
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock
from tracker.services.clinic import clinics
from tracker.services.sessions import other_sessions
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
        Series.drug,
        Series.route,
        Series.planned_dose_mg,
        Series.planned_dose_mg_per_kg,
        Series.patient_id,
        Series.starts_on,
        TreatmentSession.planned_dose_mg.label("own_mg"),
        TreatmentSession.planned_dose_mg_per_kg.label("own_mg_per_kg"),
        Patient.birth_date,
        Patient.archived_at,
        TreatmentSession.state,
        TreatmentSession.planned_on,
        given_esketamine(*_BEFORE).label("had_esketamine"),
        exists().where(*_BEFORE, EARLIER.c.weight_kg.is_not(None)).label("had_weight"),
    )
    .join_from(Series, Patient, Patient.id == Series.patient_id)
    .join(Clinic, Clinic.id == Series.clinic_id)
    .outerjoin(TreatmentSession, TreatmentSession.id == bindparam("other_than"))
    .where(Series.id == bindparam("series_id"))
)


def of_session(
    series_id: int,
    session_id: int | None,
    at: datetime | None,
    last: SessionDraft | None = None,
    *,
    moved_from: int | None = None,
) -> SessionContext:
    """Read what is known besides a session of a series that starts at an instant, or now.

    `last` is the session before it. Who may see the series was decided before.
    """
    before = at or clock.now()
    values = {"series_id": series_id, "before": before, "other_than": session_id or 0}
    found = plain_rows(_FOUND, values).one()
    zone = clinics.zone(found.time_zone)
    is_new = found.archived_at is not None and found.state != SessionState.COMPLETED.value
    own = PlannedDose(found.own_mg, found.own_mg_per_kg)
    of_series = PlannedDose(found.planned_dose_mg, found.planned_dose_mg_per_kg)
    planned = planned_dose.of_session(own, of_series)
    return SessionContext(
        last=last,
        indication=Indication(found.indication),
        template=found.template,
        planned_mg=planned.mg,
        planned_mg_per_kg=planned.mg_per_kg,
        planned_for=(Drug(found.drug), Route(found.route)),
        had_esketamine=bool(found.had_esketamine),
        had_weight=bool(found.had_weight),
        birth_date=found.birth_date,
        day=before.astimezone(zone).date(),
        planned_on=found.planned_on,
        starts_on=found.starts_on,
        archived_on=found.archived_at.astimezone(zone).date() if is_new else None,
        others=tuple(
            other
            for other in other_sessions.around(found.patient_id, before, other_than=session_id)
            if other.session_id != moved_from
        ),
        zone=zone,
        settings=TreatmentSettings.read(found.settings),
    )
