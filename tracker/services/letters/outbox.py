"""What is to be told by e-mail: queued with its cause, claimed by one process, sent, marked.

Who is written to, and what, is decided when it is sent: `mail` makes one e-mail of a person's then.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select, text, update
from sqlalchemy.engine import Connection

from tracker.domain.access import Actor
from tracker.models.database import UtcDateTime, db, new_id
from tracker.models.letters import Chore, Letter
from tracker.services import clock
from tracker.services.check_ins import links as check_in_links
from tracker.services.unit_of_work import Unit, housekeeping, unit_of_work

INVITATION, REMINDER, ESCALATION = "invitation", "reminder", "escalation"
DAY_BEFORE, UNSENT = "day-before", "unsent"
# Each one is a kind of its own: the table refuses a second letter of a kind about the same thing.
AGAIN = "again-{}"
# What takes back or changes what the one of the day before has told.
CALLED_OFF, MOVED = "called-off", "moved"
OF_APPOINTMENTS = frozenset({DAY_BEFORE, CALLED_OFF, MOVED})
# Whoever waits for these would be harmed by a wait: a way to the clinic for nothing.
AT_ONCE = frozenset({CALLED_OFF, MOVED})
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


class NeedlessError(Exception):
    """Nobody needs this letter any more; the message says why, in a word or two."""


class Due(Struct, frozen=True):
    """A letter to be queued."""

    kind: str
    about: str
    address: str


class QueuedLetter(Struct, frozen=True, kw_only=True):
    """One thing to be told to one person, and the address it was queued for.

    `about` is `check-in:<id>`, `alert:<id>` or `session:<id>:<day and time>`.
    """

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

    @property
    def noun(self) -> str:
        """What kind of thing it is about."""
        return self.about.split(":", maxsplit=1)[0]

    @property
    def is_again(self) -> bool:
        """Whether staff sent a link once more."""
        return self.kind.startswith(AGAIN.format(""))


class PatientLetter(Struct, frozen=True):
    """A letter that an e-mail tells, and whom it is about."""

    letter: QueuedLetter
    patient_id: int


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
    """List what waits and nobody sends just now, alerts first."""
    now = clock.now()
    names = ("clinic_id", "kind", "about", "address", "attempts")
    query = (
        select(Letter.id, *(getattr(Letter, name) for name in names))
        .where(_is_unsent(), Letter.not_before <= now, _is_unclaimed(now))
        .order_by(Letter.kind != ESCALATION, Letter.not_before, Letter.id)
    )
    return [
        QueuedLetter(letter_id=row.id, **{name: getattr(row, name) for name in names})
        for row in db.session.execute(query).all()
    ]


def claim(letters: Sequence[QueuedLetter]) -> bool:
    """Claim what one e-mail tells for this process: all of it, or nothing.

    False when another process has any of it, or has sent it.
    """
    now = clock.now()
    ids = [letter.letter_id for letter in letters]
    # In one order: on PostgreSQL two processes with the same letters would wait for each other.
    free = (
        select(Letter.id)
        .where(Letter.id.in_(ids), _is_unsent(), _is_unclaimed(now))
        .order_by(Letter.id)
        .with_for_update()
    )
    with housekeeping():
        if len(db.session.scalars(free).all()) < len(ids):
            return False
        _set(letters, claimed_at=now, attempts=Letter.attempts + 1)
        return True


def mark_sent(told: Iterable[PatientLetter], *, by: Actor) -> None:
    """Mark what an e-mail has told; the links in it end those that were mailed before."""
    with unit_of_work(by) as unit:
        unit.admits_merged = True  # it is on its way, whatever became of the record meanwhile
        for one in told:
            letter = one.letter
            if letter.noun == "check-in":
                check_in_links.end_earlier(unit, letter.about_id)
            _set([letter], sent_at=unit.now, claimed_at=None, last_error="")
            unit.audit("letter.sent", letter.about, patient_id=one.patient_id, detail=letter.kind)


def drop(letter: QueuedLetter, reason: str, *, by: Actor) -> None:
    """Give a letter up that nobody needs any more."""
    with unit_of_work(by) as unit:
        _set([letter], dropped_at=unit.now, claimed_at=None, last_error=reason)
        unit.audit("letter.dropped", letter.about, detail=f"{letter.kind}: {reason}")


def release(letters: Sequence[QueuedLetter], error: str) -> None:
    """Give claimed letters back, with what went wrong, for the next run to send."""
    with housekeeping():
        _set(letters, claimed_at=None, last_error=error[:80])


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


def _set(letters: Sequence[QueuedLetter], **values: object) -> None:
    db.session.execute(
        update(Letter)
        .where(Letter.id.in_([letter.letter_id for letter in letters]))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
