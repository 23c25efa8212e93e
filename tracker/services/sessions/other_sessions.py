"""The other sessions of a patient, around an instant: what findings compare a session with."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, or_, select

from tracker.domain.codes import SessionState
from tracker.domain.sessions.other_sessions import OtherSession
from tracker.models.database import plain_rows
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession

# No session lasts longer (domain.sessions.draft: two days from start to discharge at most).
AROUND = timedelta(days=2)
_SELECT = (
    select(
        TreatmentSession.id,
        TreatmentSession.number,
        TreatmentSession.state,
        TreatmentSession.started_at,
        TreatmentSession.discharged_at,
        TreatmentSession.duration_minutes,
        Series.number.label("series_number"),
    )
    .join(Series, Series.id == TreatmentSession.series_id)
    .where(
        TreatmentSession.patient_id == bindparam("patient_id"),
        TreatmentSession.id != bindparam("other_than"),
    )
)
_UNDER_WAY = TreatmentSession.state == SessionState.UNDER_WAY.value
_HELD = TreatmentSession.state == SessionState.COMPLETED.value
_AROUND = _SELECT.where(
    or_(
        _UNDER_WAY,
        and_(_HELD, TreatmentSession.started_at.between(bindparam("first"), bindparam("last"))),
    )
).order_by(TreatmentSession.started_at, TreatmentSession.id)
_LAST = (
    _SELECT.where(_HELD, TreatmentSession.started_at <= bindparam("before"))
    .order_by(TreatmentSession.started_at.desc())
    .limit(1)
)
_GOING_ON = _SELECT.where(_UNDER_WAY).order_by(TreatmentSession.id)


def around(patient_id: int, at: datetime, *, other_than: int | None) -> tuple[OtherSession, ...]:
    """List the sessions of a patient that are under way, or were held within days of an instant.

    Who may see the patient was decided before.
    """
    values = {
        "patient_id": patient_id, "other_than": other_than or 0, "first": at - AROUND,
        "last": at + AROUND,
    }  # fmt: skip
    return tuple(_other(row) for row in plain_rows(_AROUND, values))


def before_begin(patient_id: int, at: datetime, *, other_than: int) -> tuple[OtherSession, ...]:
    """List the sessions of a patient that are under way, and the last one that was held."""
    values = {"patient_id": patient_id, "other_than": other_than}
    going_on = plain_rows(_GOING_ON, values).all()
    last = plain_rows(_LAST, values | {"before": at}).all()
    return tuple(_other(row) for row in (*going_on, *last))


def _other(row: Any) -> OtherSession:
    minutes = row.duration_minutes
    ended = row.discharged_at
    if ended is None and row.started_at is not None and minutes is not None:
        ended = row.started_at + timedelta(minutes=minutes)
    return OtherSession(
        session_id=row.id,
        series_number=row.series_number,
        number=row.number,
        state=SessionState(row.state),
        started_at=row.started_at,
        ended_at=ended,
        discharged_at=row.discharged_at,
    )
