"""Appointments that e-mails are about: whose they are, when, and the address to write to."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select

from tracker.domain.codes import SeriesState, SessionState
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.letters.recipients import reachable

_DAY, _TIME = "%Y%m%d", "%H%M"  # of ISO 8601, without what parts them
_DAY_LENGTH = 8


def visits() -> Select[Any]:
    """Select the sessions of whoever may be written to, in whatever state, with the address."""
    return reachable(
        TreatmentSession,
        TreatmentSession.state,
        TreatmentSession.planned_on,
        TreatmentSession.planned_time,
    ).join(Series, Series.id == TreatmentSession.series_id)


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


def begins_at(about: str, zone: ZoneInfo) -> datetime:
    """Tell when the appointment of a letter begins; one without a time, with its day."""
    day, at = day_and_time(about)
    return datetime.combine(day, at or time(), zone)
