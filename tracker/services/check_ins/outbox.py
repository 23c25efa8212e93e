"""E-mails still to be sent: queued with their cause, claimed by one process, sent, marked.

Who is written to, and what, is decided when a letter is sent: `letter_texts` makes it then.
"""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select, text, update
from sqlalchemy.engine import Connection

from tracker.domain.access import Actor
from tracker.domain.clinic.settings import ClinicSettings
from tracker.models.clinics import Clinic
from tracker.models.database import UtcDateTime, db, new_id
from tracker.models.letters import Chore, Letter
from tracker.services import clock
from tracker.services.check_ins import links as check_in_links
from tracker.services.unit_of_work import Unit, housekeeping, unit_of_work

INVITATION, REMINDER, ESCALATION = "invitation", "reminder", "escalation"
DAY_BEFORE, UNSENT = "day-before", "unsent"
# What takes back or changes what the one of the day before has told.
CALLED_OFF, MOVED = "called-off", "moved"
OF_APPOINTMENTS = frozenset({DAY_BEFORE, CALLED_OFF, MOVED})
# Whoever waits for these would be harmed by a wait: an alert, a way to the clinic for nothing.
_AT_ONCE = frozenset({ESCALATION, CALLED_OFF, MOVED})
# Whoever claimed a letter so long ago is dead: a mail server gets ten seconds for each answer.
CLAIM_LASTS = timedelta(minutes=10)
REMIND = "remind"  # the chore

# Both databases know these spellings. The table's unique key decides: nothing is queued twice.
# One that was given up, because nobody needed it then, is taken up again.
_QUEUE = text(
    "INSERT INTO letter (id, clinic_id, kind, about, address, queued_at, not_before, attempts, "
    "last_error) VALUES (:id, :clinic_id, :kind, :about, :address, :queued_at, :not_before, 0, '') "
    "ON CONFLICT (about, kind, address) DO UPDATE SET dropped_at = NULL, "
    "queued_at = excluded.queued_at, not_before = excluded.not_before, last_error = '' "
    "WHERE letter.dropped_at IS NOT NULL AND letter.sent_at IS NULL"
).bindparams(bindparam("queued_at", type_=UtcDateTime), bindparam("not_before", type_=UtcDateTime))
_RAN = text(
    "INSERT INTO chore (name, ran_at) VALUES (:name, :ran_at) "
    "ON CONFLICT (name) DO UPDATE SET ran_at = excluded.ran_at"
).bindparams(bindparam("ran_at", type_=UtcDateTime))


class QueuedLetter(Struct, frozen=True, kw_only=True):
    """A letter that waits; `about` is `check-in:<id>`, `alert:<id>` or `session:<id>:<day>`."""

    letter_id: int
    clinic_id: int
    kind: str
    about: str
    address: str
    attempts: int

    @property
    def about_id(self) -> int:
        """The id of what it is about."""
        return int(self.about.split(":")[1])


class Outbox(Struct, frozen=True):
    """How the letters stand: how many wait, and when the command that sends them last ran."""

    waiting: int
    ran_at: datetime | None


def queue(
    unit: Unit, *, clinic_id: int, kind: str, about: str, address: str, not_before: datetime
) -> bool:
    """Queue a letter unless it was queued before; say whether it is new."""
    done: Any = db.session.execute(
        _QUEUE,
        {
            "id": new_id(), "clinic_id": clinic_id, "kind": kind, "about": about,
            "address": address, "queued_at": unit.now, "not_before": not_before,
        },
    )  # fmt: skip
    return bool(done.rowcount == 1)


def ready() -> list[QueuedLetter]:
    """List what may be sent now, alerts first; most letters wait for the quiet hours to end."""
    now = clock.now()
    query = (
        select(
            Letter.id, Letter.clinic_id, Letter.kind, Letter.about, Letter.address,
            Letter.attempts, Clinic.time_zone, Clinic.settings,
        )
        .join(Clinic, Clinic.id == Letter.clinic_id)
        .where(_is_unsent(), Letter.not_before <= now, _is_unclaimed(now))
        .order_by(Letter.kind != ESCALATION, Letter.not_before, Letter.id)
    )  # fmt: skip
    return [
        QueuedLetter(
            letter_id=row.id,
            clinic_id=row.clinic_id,
            kind=row.kind,
            about=row.about,
            address=row.address,
            attempts=row.attempts,
        )
        for row in db.session.execute(query).all()
        if row.kind in _AT_ONCE or not _is_quiet(row, now)
    ]


def claim(letter: QueuedLetter) -> bool:
    """Claim a letter for this process; False when another has it, or has sent it."""
    now = clock.now()
    with housekeeping():
        done: Any = db.session.execute(
            update(Letter)
            .where(Letter.id == letter.letter_id, _is_unsent(), _is_unclaimed(now))
            .values(claimed_at=now, attempts=Letter.attempts + 1)
            .execution_options(synchronize_session=False)
        )
        return bool(done.rowcount == 1)


def mark_sent(letter: QueuedLetter, *, patient_id: int, by: Actor) -> None:
    """Mark a claimed letter as sent; the link in it ends those that were mailed before."""
    with unit_of_work(by) as unit:
        if letter.kind not in {ESCALATION, *OF_APPOINTMENTS}:
            check_in_links.end_earlier(unit, letter.about_id)
        _set(letter, sent_at=unit.now, claimed_at=None, last_error="")
        unit.audit("letter.sent", letter.about, patient_id=patient_id, detail=letter.kind)


def drop(letter: QueuedLetter, reason: str, *, by: Actor) -> None:
    """Give a letter up that nobody needs any more."""
    with unit_of_work(by) as unit:
        _set(letter, dropped_at=unit.now, claimed_at=None, last_error=reason)
        unit.audit("letter.dropped", letter.about, detail=f"{letter.kind}: {reason}")


def release(letter: QueuedLetter, error: str) -> None:
    """Give a claimed letter back, with what went wrong, for the next run to send."""
    with housekeeping():
        _set(letter, claimed_at=None, last_error=error[:80])


def note_run() -> None:
    """Write down that the command went through."""
    with housekeeping():
        db.session.execute(_RAN, {"name": REMIND, "ran_at": clock.now()})


def outbox() -> Outbox:
    """Say how the letters stand."""
    return outbox_of(db.session.connection())


def outbox_of(connection: Connection) -> Outbox:
    """Say the same of a database that no application has opened."""
    waiting = connection.scalar(select(func.count()).select_from(Letter).where(_is_unsent())) or 0
    return Outbox(waiting, connection.scalar(select(Chore.ran_at).where(Chore.name == REMIND)))


def _is_unsent() -> ColumnElement[bool]:
    return and_(Letter.sent_at.is_(None), Letter.dropped_at.is_(None))


def _is_unclaimed(now: datetime) -> ColumnElement[bool]:
    return or_(Letter.claimed_at.is_(None), Letter.claimed_at < now - CLAIM_LASTS)


def _is_quiet(row: Any, now: datetime) -> bool:
    here = now.astimezone(ZoneInfo(row.time_zone)).time()
    return ClinicSettings.read(row.settings).is_quiet(here)


def _set(letter: QueuedLetter, **values: object) -> None:
    db.session.execute(
        update(Letter)
        .where(Letter.id == letter.letter_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
