"""What is told to whoever was told of an appointment that is called off since, or moved.

What somebody knows is what the last letter about it told them; what holds, the plan says. So it is
the same whether a session was cancelled, moved or struck out, alone or with its series. They are
told at the address that holds now, whichever they were told at before.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, select

from tracker.domain.clinic.planning import PlanningSettings
from tracker.domain.codes import SessionState
from tracker.domain.letters.messages import ChangedVisit
from tracker.models.database import db
from tracker.models.letters import Letter
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.letters.outbox import (
    CALLED_OFF,
    MOVED,
    OF_APPOINTMENTS,
    Due,
    NeedlessError,
    QueuedLetter,
)
from tracker.services.letters.visits import about_visit, day_and_time, visits

# The letter of the day before was sent so long ago at most, whatever the zone.
_TOLD_WITHIN = timedelta(days=3)


def due(clinic_id: int, zone: ZoneInfo, now: datetime) -> Iterator[Due]:
    """Yield what to tell where what was told is true no more.

    Nobody is told of what is over already.
    """
    told = {
        session_id: letter
        for session_id, letter in _last_told(clinic_id, now).items()
        if _is_ahead(day_and_time(letter.about), zone, now)
    }
    if not told:
        return
    for row in db.session.execute(visits().where(TreatmentSession.id.in_(told))).all():
        if found := _change(row, told[row.id], zone, now):
            yield Due(*found, row.address)


def _last_told(clinic_id: int, now: datetime) -> dict[int, Any]:
    query = (
        select(Letter.kind, Letter.about)
        .where(
            Letter.clinic_id == clinic_id,
            Letter.kind.in_(OF_APPOINTMENTS),
            Letter.sent_at >= now - _TOLD_WITHIN,
        )
        .order_by(Letter.sent_at, Letter.queued_at)
    )
    return {int(one.about.split(":")[1]): one for one in db.session.execute(query).all()}


def _change(row: Any, letter: Any, zone: ZoneInfo, now: datetime) -> tuple[str, str] | None:
    """Say what is to be told of a session whose last letter is no longer true."""
    is_planned = row.state == SessionState.PLANNED.value
    if letter.kind == CALLED_OFF:
        # On another day the letter of the day before will tell of it.
        return (MOVED, letter.about) if is_planned and about_visit(row) == letter.about else None
    if is_planned:
        return (MOVED, about_visit(row)) if about_visit(row) != letter.about else None
    return (CALLED_OFF, letter.about) if _is_off(row, letter.about, zone, now) else None


def _is_off(row: Any, about: str, zone: ZoneInfo, now: datetime) -> bool:
    """Say whether nobody is expected as was told.

    A record that was struck out may have been another person's, entered here by mistake, or the
    second one of a sitting: as long as another session of that day stands, somebody is expected.
    And so they are where one of two at the same time is cancelled: two records were put together.
    """
    day, at = day_and_time(about)
    if row.state == SessionState.CANCELLED.value:
        return not _stands(row, day, TreatmentSession.planned_time == at)
    if row.state != SessionState.VOIDED.value or (at is None and day <= _today(zone, now)):
        return False
    return not _stands(row, day)


def _stands(row: Any, day: date, *conditions: ColumnElement[bool]) -> bool:
    """Say whether another session of the person's stands on a day."""
    found = exists().where(
        TreatmentSession.patient_id == row.patient_id,
        TreatmentSession.id != row.id,
        TreatmentSession.planned_on == day,
        TreatmentSession.state.in_([SessionState.PLANNED.value, SessionState.UNDER_WAY.value,
                                    SessionState.COMPLETED.value]),
        *conditions,
    )  # fmt: skip
    return bool(db.session.scalar(select(found)))


def _is_ahead(told: tuple[date, time | None], zone: ZoneInfo, now: datetime) -> bool:
    day, at = told
    today = _today(zone, now)
    if day == today and at is not None:
        return datetime.combine(day, at, zone) > now
    return day >= today


def _today(zone: ZoneInfo, now: datetime) -> date:
    return now.astimezone(zone).date()


def find(letter: QueuedLetter, *, now: datetime) -> tuple[Any, ChangedVisit]:
    """Find whose it is and what is to be told; raise NeedlessError when that is true no more."""
    row = db.session.execute(visits().where(TreatmentSession.id == letter.about_id)).one_or_none()
    if row is None:
        raise NeedlessError("nobody to write to")
    if row.address != letter.address:
        raise NeedlessError("another address")
    if not PlanningSettings.read(row.settings).day_before:
        raise NeedlessError("these e-mails are off")
    zone = ZoneInfo(row.time_zone)
    told = _last_told(letter.clinic_id, now).get(row.id)
    if told is None or _change(row, told, zone, now) != (letter.kind, letter.about):
        raise NeedlessError("changed again")
    knows = day_and_time(told.about)
    if not _is_ahead(knows, zone, now):
        raise NeedlessError("over")
    day, at = day_and_time(letter.about)
    return row, ChangedVisit(day=day, at=at, is_off=letter.kind == CALLED_OFF, told=knows)
