"""Appointments that e-mails are about: whose they are, when, and the address to write to."""

from datetime import date, time
from typing import Any

from sqlalchemy import Select, func, select

from tracker.domain.codes import SeriesState, SessionState
from tracker.models.clinics import Clinic
from tracker.models.patients import Patient
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.models.users import User

ADDRESS = func.coalesce(func.nullif(Patient.email, ""), User.email)
_DAY, _TIME = "%Y%m%d", "%H%M"  # of ISO 8601, without what parts them
_DAY_LENGTH = 8


def visits() -> Select[Any]:
    """Select the sessions of whoever may be written to, in whatever state, with the address."""
    return (
        select(
            TreatmentSession.id,
            TreatmentSession.patient_id,
            TreatmentSession.state,
            TreatmentSession.planned_on,
            TreatmentSession.planned_time,
            Patient.user_id,
            ADDRESS.label("address"),
            Clinic.name,
            Clinic.time_zone,
            Clinic.settings,
        )
        .join(Clinic, Clinic.id == TreatmentSession.clinic_id)
        .join(Series, Series.id == TreatmentSession.series_id)
        .join(Patient, Patient.id == TreatmentSession.patient_id)
        .outerjoin(User, User.id == Patient.user_id)
        .where(
            Patient.archived_at.is_(None),
            Patient.mail_stopped_at.is_(None),
            ADDRESS.is_not(None),
        )
    )


def planned_visits() -> Select[Any]:
    """Select those to which somebody is expected."""
    return visits().where(
        TreatmentSession.state == SessionState.PLANNED.value,
        Series.state != SeriesState.STOPPED.value,
    )


def about_visit(row: Any) -> str:
    """Name the day and the time in what a letter is about: moved, it is another letter."""
    at = f"{row.planned_time:{_TIME}}" if row.planned_time else ""
    return f"session:{row.id}:{row.planned_on:{_DAY}}{at}"


def day_and_time(about: str) -> tuple[date, time | None]:
    """Read from what a letter is about which day and time it told."""
    told = about.rpartition(":")[2]
    day, at = told[:_DAY_LENGTH], told[_DAY_LENGTH:]
    return date.fromisoformat(day), time.fromisoformat(at) if at else None
