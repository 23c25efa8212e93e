"""What is told on the day before a session: to whom, once for each day and time of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select

from tracker.domain.clinic.planning import PlanningSettings
from tracker.domain.letters.messages import ExpectedVisit
from tracker.models.database import db
from tracker.models.letters import Letter
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.clinic import clinics
from tracker.services.letters import visit_changes
from tracker.services.letters.outbox import DAY_BEFORE, MOVED, Due, NeedlessError, QueuedLetter
from tracker.services.letters.visits import about_visit, begins_at, planned_visits

JUST_TOLD = timedelta(days=1)  # who was told just now of the day that they come on, knows


def due(clinic_id: int, now: datetime) -> Iterator[Due]:
    """Yield what to tell: first what takes back or changes what was told.

    Then sessions of tomorrow that nobody was told of yet. Who was told another time is told again,
    or would come when it holds no more. What waits for an address that was changed since is queued
    for the new one.
    """
    clinic = clinics.view(clinic_id)
    if not PlanningSettings.read(clinic.settings).day_before:
        return
    changes = list(visit_changes.due(clinic_id, clinic.zone, now))
    yield from changes
    tomorrow = now.astimezone(clinic.zone).date() + timedelta(days=1)
    query = planned_visits().where(
        TreatmentSession.clinic_id == clinic_id, TreatmentSession.planned_on == tomorrow
    )
    rows = {about_visit(row): row.address for row in db.session.execute(query).all()}
    lie_there = select(Letter.about, Letter.address, Letter.sent_at).where(
        Letter.about.in_(rows),
        Letter.dropped_at.is_(None),
        or_(
            Letter.kind == DAY_BEFORE,
            and_(Letter.kind == MOVED, Letter.queued_at >= now - JUST_TOLD),
        ),
    )
    known = {change.about for change in changes}
    if rows:
        known |= {
            one.about
            for one in db.session.execute(lie_there).all()
            if one.sent_at is not None or one.address == rows[one.about]
        }
    yield from (
        Due(DAY_BEFORE, about, address) for about, address in rows.items() if about not in known
    )


def find(letter: QueuedLetter, *, now: datetime) -> tuple[Any, ExpectedVisit]:
    """Find whose it is and what is to be told; raise NeedlessError when its time is over."""
    row = db.session.execute(
        planned_visits().where(TreatmentSession.id == letter.about_id)
    ).one_or_none()
    if row is None:
        raise NeedlessError("not expected any more")
    if letter.about != about_visit(row):
        raise NeedlessError("another day or time")
    if row.address != letter.address:
        raise NeedlessError("another address")
    if not PlanningSettings.read(row.settings).day_before:
        raise NeedlessError("these e-mails are off")
    zone = ZoneInfo(row.time_zone)
    is_today = row.planned_on == now.astimezone(zone).date()
    # What could not leave on the day before is told while it helps.
    if is_today and (row.planned_time is None or begins_at(letter.about, zone) <= now):
        raise NeedlessError("over")
    if not is_today and row.planned_on != now.astimezone(zone).date() + timedelta(days=1):
        raise NeedlessError("another day")
    return row, ExpectedVisit(day=row.planned_on, at=row.planned_time, is_today=is_today)
