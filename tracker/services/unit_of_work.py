"""The unit of work: one transaction, its audit lines inside it, one commit."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import Table, bindparam, insert, select, text
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from tracker.domain.access import Actor
from tracker.domain.audit import hash_chain
from tracker.domain.problems import MergedError
from tracker.models import sealing
from tracker.models.audit import AuditEvent, AuditEventPatient, RowSeal
from tracker.models.database import begin_writing, connection, db, plain_rows
from tracker.models.drafts import Draft, Submission
from tracker.models.patients import Patient
from tracker.services import clock, disk
from tracker.services.audit import waiting

# The database is full, locked or gone: nothing was saved, and trying again later may work.
UNAVAILABLE = (OperationalError, InterfaceError, NoConnectionError, disk.DiskFullError)

_LINES = cast("Table", AuditEvent.__table__)
_HEAD = select(_LINES.c.sequence, _LINES.c.seal).order_by(_LINES.c.sequence.desc()).limit(1)
_APPEND = insert(_LINES)
_NAME_PATIENTS = insert(cast("Table", AuditEventPatient.__table__))
_SEAL_ROWS = insert(cast("Table", RowSeal.__table__))
# Any number will do, as long as nothing else in the database locks by it.
_CHAIN_LOCK = text("SELECT pg_advisory_xact_lock(7041776)")
_FORM_LOCK = text("SELECT pg_advisory_xact_lock(7041778, hashtext(:key))")
_SUBMITTED = select(Submission.key, Submission.result_id).where(
    Submission.key.in_(bindparam("keys", expanding=True))
)
_PATIENTS = cast("Table", Patient.__table__).c
# On PostgreSQL it waits until a merge of the record is stored, and then finds it.
_MERGED_INTO = (
    select(_PATIENTS.merged_into_id)
    .where(_PATIENTS.id.in_(bindparam("ids", expanding=True)))
    .with_for_update(read=True, key_share=True)
)
_IDS_AT_ONCE = _LINES_AT_ONCE = 1_000
# The tables that outcomes rest on, by name: most saves are of others, and load nothing for it.
_IS_COUNTED = frozenset(
    {"assessment", "clinic", "eligibility", "patient", "series", "treatment_session"}
)
# Of the newest lines, those that say who did what at the same instant.
_NEWEST_LINES = 20_000
_TAKEN_UP = select(_LINES.c.at, _LINES.c.user_id, _LINES.c.action, _LINES.c.subject).where(
    _LINES.c.sequence > bindparam("after"), _LINES.c.at >= bindparam("since")
)
DIGEST = "."  # between a one-time key and the digest of what was sent with it


class SentForm(Struct, frozen=True):
    """What comes with a form: its one-time key, and what its page has asked so far.

    `seen` is None where nobody looks at a page that could ask.
    """

    once: str = ""
    seen: Collection[str] | None = None


NO_FORM = SentForm()


class UnauditedError(Exception):
    """A unit of work ended without an audit line; nothing was stored."""


class AlreadySavedError(Exception):
    """This very form was saved before; `result_id` is what that made."""

    def __init__(self, result_id: int) -> None:
        """Keep what the first submission made."""
        self.result_id = result_id
        super().__init__(f"already saved as {result_id}")


class OtherContentError(Exception):
    """A form with this one-time key was saved before, with other content; that stands."""

    def __init__(self, result_id: int) -> None:
        """Keep what the first submission made."""
        self.result_id = result_id
        super().__init__(f"saved with other content as {result_id}")


def one_time_key(once: str) -> str:
    """Take the key alone from what a form sends: a key, and after a dot a digest of its content."""
    return once.partition(DIGEST)[0]


def refuse_second(once: str) -> None:
    """Raise AlreadySavedError when this very form was saved before.

    Raise OtherContentError when it was saved with other content, as far as a digest tells.
    """
    if not once:
        return
    keys = {once, one_time_key(once)}
    made = {row.key: row.result_id for row in db.session.execute(_SUBMITTED, {"keys": [*keys]})}
    if not made:
        return
    result_id = next(iter(made.values()))
    raise AlreadySavedError(result_id) if once in made else OtherContentError(result_id)


def hold_form(once: str) -> None:
    """Let whoever else sends or keeps this very form wait until this transaction has ended."""
    if once and connection().dialect.name == "postgresql":
        db.session.execute(_FORM_LOCK, {"key": one_time_key(once)})


def hold_trail() -> None:
    """Let nobody else save until this transaction has ended; on SQLite nobody does anyway."""
    taken = connection()
    if taken.dialect.name == "postgresql":
        taken.execute(_CHAIN_LOCK)


class Unit:
    """What is done in one transaction, and the audit lines that say so."""

    def __init__(self, by: Actor | None) -> None:
        """Start with nothing done."""
        self.by = by
        self.now = clock.now()
        self.admits_merged = False  # whether it may be about a record that was merged
        # Patients of whom rows went: nobody can ask the rows any more whom they were about.
        self.lost_rows_of: set[int] = set()
        self._lines: list[dict[str, Any]] = []
        self._each: list[tuple[str, str, int, str]] = []

    def audit(
        self,
        action: str,
        subject: str = "",
        *,
        patient_id: int | None = None,
        patients: Iterable[int] = (),
        detail: str = "",
    ) -> None:
        """Add an audit line. `detail` names fields and counts, never clinical content.

        `patients` are those whom a page of several showed.
        """
        self._lines.append(self._line(action, subject, patient_id, detail, sorted(set(patients))))

    def audit_each(self, action: str, subject: str, told: Iterable[tuple[int, str]]) -> None:
        """Add an audit line for each of very many patients, by id, with its detail.

        They come after all other lines, and each is made when it is appended.
        """
        self._each += ((action, subject, patient_id, detail) for patient_id, detail in told)

    def _line(
        self,
        action: str,
        subject: str,
        patient_id: int | None,
        detail: str,
        patients: Collection[int] = (),
    ) -> dict[str, Any]:
        by = self.by
        return {
            "clinic_id": by.clinic_id if by else None,
            "user_id": by.user_id if by else None,
            "actor": by.name if by else "",
            "roles": " ".join(sorted(by.roles)) if by else "",
            "address": by.address if by else "",
            "action": action,
            "patient_id": patient_id,
            "subject": subject,
            "detail": detail,
            hash_chain.PATIENTS: patients,
        }

    def _lines_at_once(self) -> Iterator[list[dict[str, Any]]]:
        yield self._lines
        for at in range(0, len(self._each), _LINES_AT_ONCE):
            yield [self._line(*one) for one in self._each[at : at + _LINES_AT_ONCE]]

    def once(self, key: str) -> None:
        """Raise AlreadySavedError when a form with this one-time key was saved before.

        SQLite has one writer at a time. On PostgreSQL a second click of the same instant waits here
        until the first is stored, and then finds it.
        """
        hold_form(key)
        refuse_second(key)

    def mark_saved(self, key: str, result_id: int, *, form: str = "") -> None:
        """Remember the one-time key of a form, and drop the draft that was kept for it."""
        if key:
            for one in {key, one_time_key(key)}:
                db.session.add(Submission(key=one, result_id=result_id, saved_at=self.now))
        if form and self.by and self.by.user_id:
            draft = db.session.get(Draft, (self.by.user_id, form))
            if draft is not None:
                db.session.delete(draft)

    def append_lines(self) -> None:
        """Seal the audit lines onto the chain; called once, just before the commit."""
        if not self._lines:
            raise UnauditedError
        db.session.flush()
        taken = connection()
        if not self.admits_merged:
            self._refuse_merged()
        hold_trail()
        key = taken.engine.get_execution_options()["audit_key"]
        head = taken.execute(_HEAD).first()
        sequence, previous = head or (0, hash_chain.FIRST)
        self._seal_rows(sequence + 1)
        # A statement for many: an import leaves a line for each of thousands of patients.
        for lines in self._lines_at_once():
            sequence, previous = self._append(key, sequence, previous, lines)

    def _append(
        self, key: bytes, sequence: int, previous: str, lines: list[dict[str, Any]]
    ) -> tuple[int, str]:
        """Append some lines after a line; give the sequence and the seal of the last of them."""
        named: list[dict[str, int]] = []
        for line in lines:
            sequence += 1
            if shown := line.pop(hash_chain.PATIENTS):
                line[hash_chain.PATIENTS] = shown
                named += ({"sequence": sequence, "patient_id": one} for one in shown)
            at = line.get("at") or self.now  # one that waited has a time of its own
            line |= {"sequence": sequence, "at": at.isoformat(timespec="microseconds")}
            seal = hash_chain.seal(key, previous, line)
            line |= {"at": at, "previous": previous, "seal": seal}
            line.pop(hash_chain.PATIENTS, None)
            line.pop(hash_chain.ROWS, None)
            previous = seal
        taken = connection()
        taken.execute(_APPEND, lines)
        if named:
            taken.execute(_NAME_PATIENTS, named)
        return sequence, previous

    def _seal_rows(self, sequence: int) -> None:
        """Let the first line seal what every row says that was written with it."""
        if pieces := sealing.take_pieces():
            self._lines[0][hash_chain.ROWS] = hash_chain.digest_pieces(pieces)
            rows = [{"sequence": sequence} | asdict(one) for one in pieces]
            taken = connection()
            taken.execute(_SEAL_ROWS, rows)

    def _refuse_merged(self) -> None:
        """Raise MergedError for a record that was merged, maybe while this was under way."""
        about = {line["patient_id"] for line in self._lines} | {one[2] for one in self._each}
        ids = sorted(about - {None})
        for at in range(0, len(ids), _IDS_AT_ONCE):
            found = plain_rows(_MERGED_INTO, {"ids": ids[at : at + _IDS_AT_ONCE]})
            if any(found.scalars()):
                raise MergedError

    def keep_line(self) -> bool:
        """Let the only line wait beside the database; False where it cannot."""
        (line,) = self._lines
        return waiting.keep(Path(_instance()), line | {"at": self.now.isoformat()})

    def take_up(self, lines: Iterable[dict[str, Any]]) -> None:
        """Add lines that waited beside the database, each with its own time, but none twice."""
        found = [one | {"at": datetime.fromisoformat(one["at"])} for one in lines]
        taken = connection()
        newest = (taken.execute(_HEAD).first() or (0, ""))[0]
        since = min(one["at"] for one in found)
        asked = {"after": newest - _NEWEST_LINES, "since": since}
        # Should the server have stopped between the commit and the end of their waiting.
        there = {tuple(row) for row in taken.execute(_TAKEN_UP, asked)}
        self._lines += (
            one
            for one in found
            if (one["at"], one["user_id"], one["action"], one["subject"]) not in there
        )


def _instance() -> str:
    """Tell where the instance is; like the key of the trail, it travels with the engine."""
    return str(db.engine.get_execution_options()["instance"])


@contextmanager
def unit_of_work(by: Actor | None, *, needs_room: bool = True) -> Iterator[Unit]:
    """Do one thing: everything inside is stored together with its audit lines, or not at all.

    `by` is None only for what nobody does: a sign-in that failed, a set-up. `needs_room` is False
    for what goes on with the last of the disk: a look at a record, signing in and out.
    """
    unit, engine = Unit(by), db.engine
    try:
        if needs_room:
            disk.refuse_without_room(engine)
        begin_writing()
        yield unit
        db.session.flush()
        changed = sealing.note_ids(_IS_COUNTED.__contains__)
        if unit.lost_rows_of:
            changed.setdefault("patient", set()).update(unit.lost_rows_of)
        unit.append_lines()
        if changed:
            _keep_outcomes(changed)
        db.session.commit()
    except BaseException as error:
        sealing.forget()
        db.session.rollback()
        if disk.is_full(error) and not isinstance(error, disk.DiskFullError):
            disk.note_full(engine)
        raise
    disk.note_room(engine)
    if waiting.is_any(_instance()):
        _take_up_waiting()


def _keep_outcomes(changed: Mapping[str, Set[int]]) -> None:
    """Count the outcomes of whom it is about again: in this transaction, the lock held."""
    from tracker.services.outcomes import keeping

    keeping.keep(changed)


def _take_up_waiting() -> None:
    """Append the lines that waited; where that fails they wait on, and nothing else is lost."""
    with suppress(*UNAVAILABLE, OSError), waiting.taking(Path(_instance())) as lines:
        if not lines:  # another process was faster
            return
        unit = Unit(None)
        unit.admits_merged = True
        try:
            begin_writing()
            unit.take_up(lines)
            with suppress(UnauditedError):  # all of them were there
                unit.append_lines()
            db.session.commit()
        except BaseException:
            db.session.rollback()
            raise


def audit(
    by: Actor | None,
    action: str,
    subject: str = "",
    *,
    patient_id: int | None = None,
    patients: Iterable[int] = (),
    detail: str = "",
) -> None:
    """Leave one audit line about something that stored nothing else: a view, a refusal.

    On a full disk it waits in a file that has its room; where it cannot, what it is about fails.
    """
    patients = tuple(patients)
    try:
        with unit_of_work(by, needs_room=db.engine.dialect.name != "sqlite") as unit:
            unit.admits_merged = True
            unit.audit(action, subject, patient_id=patient_id, patients=patients, detail=detail)
    except UNAVAILABLE as error:
        if not disk.is_full(error):
            raise
        told = Unit(by)
        told.audit(action, subject, patient_id=patient_id, patients=patients, detail=detail)
        if not told.keep_line():
            raise


@contextmanager
def housekeeping(*, needs_room: bool = True) -> Iterator[None]:
    """Store what is no record of anybody: when a browser was last used, a draft being typed."""
    try:
        if needs_room:
            disk.refuse_without_room(db.engine)
        begin_writing()
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
