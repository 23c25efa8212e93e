"""Check-ins that people are told of: opened, overdue, or answered to the end and not sent."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, exists, literal, or_, select

from tracker.domain.access import Actor
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.codes import CheckInState, ReplyState, SeriesState
from tracker.domain.letters.hours import TIME_TO_ACT
from tracker.models.check_ins import CheckIn, Reply
from tracker.models.database import db
from tracker.models.letters import Letter
from tracker.models.series import Series
from tracker.services.check_ins import unsent
from tracker.services.letters.outbox import (
    INVITATION,
    REMINDER,
    UNSENT,
    Due,
    NeedlessError,
    QueuedLetter,
)
from tracker.services.letters.recipients import ADDRESS, reachable
from tracker.services.people.logins import ClinicView

# Nobody is reminded of what they were told of, or answered some of, just now: a new link would
# end the one in their hands.
REMIND_AFTER = timedelta(hours=4)
# Answered to the end and not sent: nobody who puts the phone away for a meal is written to.
UNSENT_AFTER = timedelta(hours=2)


def askable(now: datetime) -> Select[Any]:
    """Select the check-ins that somebody may be asked to answer now, with the address to ask at.

    Nobody is asked whose series was stopped.
    """
    return (
        reachable(CheckIn, CheckIn.due_at, CheckIn.closes_at)
        .outerjoin(Series, Series.id == CheckIn.series_id)
        .where(
            CheckIn.state == CheckInState.OPEN.value,
            CheckIn.opens_at <= now,
            CheckIn.closes_at > now,
            or_(CheckIn.series_id.is_(None), Series.state != SeriesState.STOPPED.value),
        )
    )


def due(clinic: ClinicView, now: datetime, *, by: Actor) -> Iterator[Due]:
    """Yield what to tell of a clinic's check-ins."""
    settings = ClinicSettings.read(clinic.settings)
    if not settings.reminders:
        return
    here = askable(now).where(CheckIn.clinic_id == clinic.id)
    yield from _to_be_sent(here, now, by)
    yield from _due(INVITATION, here.where(~lies_there(CheckIn.id, "check-in", INVITATION)))
    yield from _due(REMINDER, _overdue(here, clinic, settings, now))
    yield from _for_new_address(here)


def find(letter: QueuedLetter, *, now: datetime) -> Any:
    """Find the check-in of a letter; raise NeedlessError when nobody is asked it any more."""
    row = db.session.execute(askable(now).where(CheckIn.id == letter.about_id)).one_or_none()
    if row is None:
        raise NeedlessError("no longer asked")
    if not ClinicSettings.read(row.settings).reminders:
        raise NeedlessError("reminders are off")
    if row.address != letter.address:
        raise NeedlessError("another address")
    return row


def lies_there(
    of: Any, noun: str, kind: str, *conditions: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Say whether a letter of this kind about a row was queued, and not given up since."""
    return exists().where(
        Letter.about == _about(of, noun),
        Letter.kind == kind,
        Letter.dropped_at.is_(None),
        *conditions,
    )


def _about(of: Any, noun: str) -> ColumnElement[str]:
    return literal(f"{noun}:") + cast(of, String)


def _due(kind: str, query: Select[Any]) -> Iterator[Due]:
    for row in db.session.execute(query).all():
        yield Due(kind, f"check-in:{row.id}", row.address)


def _for_new_address(here: Select[Any]) -> Iterator[Due]:
    """Queue what waits for an address that was changed since for the one that holds."""
    query = (
        here.add_columns(Letter.kind)
        .join(Letter, Letter.about == _about(CheckIn.id, "check-in"))
        .where(
            Letter.sent_at.is_(None),
            Letter.dropped_at.is_(None),
            Letter.claimed_at.is_(None),
            Letter.address != ADDRESS,
        )
    )
    for row in db.session.execute(query).all():
        yield Due(row.kind, f"check-in:{row.id}", row.address)


def _overdue(
    here: Select[Any], clinic: ClinicView, settings: ClinicSettings, now: datetime
) -> Select[Any]:
    """Remind once, when it is overdue and the invitation went out a while ago.

    And on another day, unless it closes before anybody is written to then.
    """
    today = datetime.combine(now.astimezone(clinic.zone).date(), time(), clinic.zone)
    next_mails = datetime.combine(
        today.date() + timedelta(days=1), settings.morning_from, clinic.zone
    )
    answering = exists().where(Reply.check_in_id == CheckIn.id, Reply.saved_at > now - REMIND_AFTER)

    def was_invited(before: datetime) -> ColumnElement[bool]:
        return lies_there(CheckIn.id, "check-in", INVITATION, Letter.sent_at <= before)

    return here.where(
        CheckIn.due_at < now,
        or_(
            was_invited(min(today, now - REMIND_AFTER)),
            (CheckIn.closes_at <= next_mails + TIME_TO_ACT) & was_invited(now - REMIND_AFTER),
        ),
        ~answering,
        ~lies_there(CheckIn.id, "check-in", REMINDER),
        ~lies_there(CheckIn.id, "check-in", UNSENT),
    )


def _to_be_sent(here: Select[Any], now: datetime, by: Actor) -> Iterator[Due]:
    """Tell whoever answered to the end, and did not send it, that it waits; once."""
    resting = select(Reply.check_in_id).where(
        Reply.check_in_id == CheckIn.id,
        Reply.state == ReplyState.OPEN.value,
        Reply.answers != {},
        Reply.saved_at <= now - UNSENT_AFTER,
    )
    query = here.where(
        resting.exists(),
        ~lies_there(CheckIn.id, "check-in", UNSENT),
        ~lies_there(CheckIn.id, "check-in", REMINDER),
    )
    rows = db.session.execute(query).all()
    begun = unsent.of_check_ins((row.id for row in rows), by=by)
    for row in rows:
        if any(form.is_whole for form in begun.get(row.id, ())):
            yield Due(UNSENT, f"check-in:{row.id}", row.address)
