"""What is written while a session is under way: appended under a lock, each entry stored once."""

import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import bindparam, select

from tracker.domain import measures
from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.checklists import pre_session
from tracker.domain.codes import SessionState
from tracker.domain.live import entry_parsing
from tracker.domain.live.entries import (
    OF_ANOTHER_DAY,
    Dose,
    Entry,
    EntryDraft,
    EntryKind,
    Form,
    Infusion,
    InfusionAction,
    Withdrawal,
    effective,
    latest_form,
    of_kind,
    roots,
    started_at,
)
from tracker.domain.problems import InvalidError, Problem, StaleError
from tracker.models.database import db, plain_rows
from tracker.models.scoping import fetch, subject
from tracker.models.series import Series
from tracker.models.session_entries import SessionEntry
from tracker.models.treatment_sessions import SessionVersion, TreatmentSession
from tracker.services import clock
from tracker.services.check_ins.sync import sync_check_ins
from tracker.services.live import dose_plan
from tracker.services.rows import from_row
from tracker.services.sessions import rows as session_rows
from tracker.services.stock import session_use as stock_use
from tracker.services.unit_of_work import Unit, unit_of_work

AT_ONCE_MAX = 50  # entries in one request
ENTRIES_MAX = 5000  # in one session: a reading every ten seconds, all day long
# What is true of the day on which it was asked or measured, and of no other.
_OF_A_DAY = frozenset({EntryKind.GATE, EntryKind.READING})
_FORMS = frozenset({EntryKind.GATE, EntryKind.DISCHARGE})
# What may move the start of a session, or the dose.
_OF_DOSES = frozenset({EntryKind.GIVEN, EntryKind.INFUSION, EntryKind.WITHDRAWAL})

# What `entry_of` reads.
COLUMNS = (
    SessionEntry.sequence,
    SessionEntry.key,
    SessionEntry.kind,
    SessionEntry.at,
    SessionEntry.received_at,
    SessionEntry.by,
    SessionEntry.content,
    SessionEntry.replaces,
    SessionEntry.is_late,
)
ENTRIES = (
    select(*COLUMNS)
    .where(SessionEntry.session_id == bindparam("session_id"))
    .order_by(SessionEntry.sequence)
)
_AFTER = ENTRIES.where(SessionEntry.sequence > bindparam("after"))


class RefusedEntry(Struct, frozen=True):
    """An entry that was not taken, and why."""

    key: str
    problems: tuple[Problem, ...]


class AppendResult(Struct, frozen=True):
    """What became of the entries of one request; those taken before count as taken."""

    now: datetime
    taken: tuple[Entry, ...]
    refused: tuple[RefusedEntry, ...]


def of_session(session_id: int) -> list[Entry]:
    """Read all entries of a session in the order of arrival; who may see them was decided."""
    return _read(session_id, 0)


def after(session_id: int, sequence: int) -> list[Entry]:
    """Read what arrived after an entry; who may see it was decided before."""
    return _read(session_id, sequence)


def _read(session_id: int, sequence: int) -> list[Entry]:
    values = {"session_id": session_id, "after": sequence}
    return [entry_of(row) for row in plain_rows(_AFTER, values)]


def entry_of(row: Any) -> Entry:
    """Make the domain's entry of a stored one."""
    return from_row(
        Entry,
        row,
        kind=(kind := EntryKind(row.kind)),
        content=entry_parsing.unpack(kind, row.content),
    )


def append(session_id: int, raw_entries: object, *, by: Actor) -> AppendResult:
    """Take entries as a browser sent them, in their order; each has its own fate.

    One that is known already counts as taken. Raise InvalidError where there is no list of them.
    """
    authorize(by, Permission.SESSION_WATCH, subject(fetch(by, TreatmentSession, session_id)))
    drafts, refused = _drafts(raw_entries, now=clock.now())
    known = {entry.key: entry for entry in of_session(session_id)} if drafts else {}
    taken = [known[draft.key] for draft in drafts if _is_known(known, draft)]
    if len(taken) < len(drafts):
        taken = []
        with unit_of_work(by) as unit:
            log = _Log.open(session_id, by, unit, drafts)
            for draft in drafts:
                try:
                    taken.append(log.put(draft))
                except InvalidError as error:
                    refused.append(RefusedEntry(draft.key, error.problems))
            log.close(refused=len(refused))
    return AppendResult(clock.now(), tuple(taken), tuple(refused))


def _drafts(raw_entries: object, *, now: datetime) -> tuple[list[EntryDraft], list[RefusedEntry]]:
    if not isinstance(raw_entries, list) or not 1 <= len(raw_entries) <= AT_ONCE_MAX:
        message = f"Send from 1 to {AT_ONCE_MAX} entries. Reload the page."
        raise InvalidError([Problem("entries", message)])
    drafts: list[EntryDraft] = []
    refused: list[RefusedEntry] = []
    for raw in raw_entries:
        try:
            drafts.append(entry_parsing.read(raw, now=now))
        except InvalidError as error:
            refused.append(RefusedEntry(entry_parsing.key_of(raw), error.problems))
    return drafts, refused


def add(
    session_id: int,
    draft: EntryDraft,
    *,
    by: Actor,
    opened: int | None = None,
    also: Sequence[EntryDraft] = (),
) -> int:
    """Take one entry that a page of ours has read and checked, and return its sequence.

    `opened` is the sequence of the checklist that the page showed, 0 for none; StaleError tells
    that somebody filled it in meanwhile. `also` are stored with it, before it, or not at all.
    """
    authorize(by, Permission.SESSION_WATCH, subject(fetch(by, TreatmentSession, session_id)))
    with unit_of_work(by) as unit:
        log = _Log.open(session_id, by, unit, [*also, draft])
        last = latest_form(log.entries, draft.kind)
        stands = last.sequence if last else 0
        if opened is not None and opened != stands and not log.knows(draft.key):
            raise StaleError(stands)
        for other in also:
            log.put(other)
        entry = log.put(draft)
        log.close()
    return entry.sequence


def take_back(unit: Unit, by: Actor, row: TreatmentSession, reason: str) -> None:
    """Withdraw everything that stands in the log of a session that is held, checklists too."""
    log = _Log(row, by, unit)
    for entry in effective(log.entries):
        log.take_back(entry, reason)
        if entry.kind is EntryKind.GATE:
            row.weight_kg = row.weight_unit = None  # it was somebody else's


def ask_again(unit: Unit, by: Actor, row: TreatmentSession, zone: ZoneInfo) -> None:
    """Withdraw the checks and the readings of another day from the log of a session that begins.

    Nobody measured or asked that today: it stays readable, and holds no more.
    """
    log, today = _Log(row, by, unit), unit.now.astimezone(zone).date()
    for entry in effective(log.entries):
        if entry.kind in _OF_A_DAY and entry.at.astimezone(zone).date() != today:
            log.take_back(entry, OF_ANOTHER_DAY)
            if entry.kind is EntryKind.GATE:
                row.weight_kg = row.weight_unit = None


class _Log:
    """The entries of one session while more are put to them; its row is held until the commit."""

    def __init__(self, row: TreatmentSession, by: Actor, unit: Unit) -> None:
        self.row, self._by, self._unit = row, by, unit
        self.entries = of_session(row.id)
        self._known = {entry.key: entry for entry in self.entries}
        self._new: list[Entry] = []

    @classmethod
    def open(cls, session_id: int, by: Actor, unit: Unit, drafts: Iterable[EntryDraft]) -> "_Log":
        if any(draft.kind in _OF_DOSES for draft in drafts):
            # The series first, as whoever records a session does: its check-ins may have to move.
            session_rows.lock(by, Series, fetch(by, TreatmentSession, session_id).series_id)
        return cls(session_rows.lock(by, TreatmentSession, session_id), by, unit)

    def knows(self, key: str) -> bool:
        return key in self._known

    def put(self, draft: EntryDraft) -> Entry:
        """Store an entry, once; raise InvalidError where it cannot be."""
        if known := self._known.get(draft.key):
            return _same_or_refuse(known, draft)
        if draft.replaces:
            self._check_correction(draft)
        dose_plan.ask(self.row, self.entries, draft.content)
        return self._store(draft)

    def _store(self, draft: EntryDraft) -> Entry:
        entry = Entry(
            sequence=len(self.entries) + 1,
            key=draft.key,
            kind=draft.kind,
            at=draft.at,
            received_at=self._unit.now,
            by=self._by.name,
            content=draft.content,
            replaces=draft.replaces,
            is_late=self._is_late(draft),
        )
        db.session.add(self._row_of(entry))
        stock_use.update_stock(self._unit, self._by, self.row, entry, self.entries)
        self.entries.append(entry)
        self._known[entry.key] = entry
        self._new.append(entry)
        return entry

    def take_back(self, entry: Entry, reason: str) -> None:
        """Withdraw an entry, also a checklist, which a page could only fill in again."""
        draft = EntryDraft(
            key=secrets.token_urlsafe(16),
            kind=EntryKind.WITHDRAWAL,
            at=self._unit.now,
            content=Withdrawal(reason=reason),
            replaces=entry.key,
        )
        self._store(draft)

    def _check_correction(self, draft: EntryDraft) -> None:
        """Refuse a correction of what is not there, or of another kind."""
        if draft.replaces not in self._known:
            raise _refusal("replaces", "The entry that this corrects is not there.")
        links = roots((one.key, one.replaces) for one in self.entries)
        first = self._known[links[draft.replaces]]
        if first.kind in _FORMS:
            raise _refusal("replaces", "Fill the checklist in again: the last one holds.")
        if draft.kind not in (first.kind, EntryKind.WITHDRAWAL):
            raise _refusal("kind", f"This corrects an entry of another kind: {first.kind.label}.")

    def _is_late(self, draft: EntryDraft) -> bool:
        """Say whether the session was over when the entry arrived, though not when it was made."""
        if len(self.entries) >= ENTRIES_MAX:
            raise _refusal("", f"There are {ENTRIES_MAX} entries already. Sign the session.")
        if self.row.state == SessionState.UNDER_WAY.value:
            return False
        if not _has_begun(self.row):
            raise _refusal("", "Begin the session first.")
        if self.row.state == SessionState.VOIDED.value:
            raise _refusal("", "This session was struck out. Nothing more is written into its log.")
        if draft.at <= _closed_at(self.row):
            return True
        if self.row.state == SessionState.COMPLETED.value:
            raise _refusal("at", "The session was signed before that. Amend its record instead.")
        raise _refusal(
            "at", "The session was cancelled or missed before that. Begin it again to write more."
        )

    def _row_of(self, entry: Entry) -> SessionEntry:
        return SessionEntry(
            clinic_id=self.row.clinic_id,
            patient_id=self.row.patient_id,
            session_id=self.row.id,
            sequence=entry.sequence,
            key=entry.key,
            kind=entry.kind.value,
            at=entry.at,
            received_at=entry.received_at,
            by=entry.by,
            by_id=self._by.user_id,
            content=entry_parsing.pack(entry.content),
            replaces=entry.replaces,
            is_late=entry.is_late,
        )

    def close(self, *, refused: int = 0) -> None:
        """Bring the row of the session in step, and leave the audit line: counts, no content."""
        started = self.row.started_at
        if self._new and self.row.state == SessionState.UNDER_WAY.value:
            _project(self.row, self.entries)
        counts = Counter(entry.kind.value for entry in self._new)
        counts["late"] = sum(entry.is_late for entry in self._new)
        counts["refused"] = refused
        self._unit.audit(
            "entries.added",
            f"session:{self.row.id}",
            patient_id=self.row.patient_id,
            detail=", ".join(f"{n} {what}" for what, n in counts.items() if n) or "none new",
        )
        if self.row.started_at != started:
            sync_check_ins(self._unit, self._by, self.row.series_id)


def _is_known(known: dict[str, Entry], draft: EntryDraft) -> bool:
    """Say whether an entry was taken before as it is: another one under its key was not."""
    there = known.get(draft.key)
    return there is not None and _says_the_same(there, draft)


def _says_the_same(there: Entry, draft: EntryDraft) -> bool:
    told = (there.kind, there.content, there.replaces)
    return told == (draft.kind, draft.content, draft.replaces)


def _same_or_refuse(there: Entry, draft: EntryDraft) -> Entry:
    """Give the entry that was taken under a key; refuse one that says something else."""
    if _says_the_same(there, draft):
        return there
    raise _refusal("", "This was saved before with other content, and that stands. Write it anew.")


def _refusal(field: str, message: str) -> InvalidError:
    return InvalidError([Problem(field, message)])


def _has_begun(row: TreatmentSession) -> bool:
    """Say whether a session was ever under way; one that was set aside may never have been."""
    if row.state == SessionState.COMPLETED.value:
        return True
    earlier = select(SessionVersion.content).where(SessionVersion.session_id == row.id)
    under_way = SessionState.UNDER_WAY.value
    return any(content["state"] == under_way for content in db.session.scalars(earlier))


def _closed_at(row: TreatmentSession) -> datetime:
    """Say when a session was signed, or set aside; amendments of the record came later."""
    versions = select(SessionVersion.content, SessionVersion.saved_at).where(
        SessionVersion.session_id == row.id
    )
    for content, saved_at in db.session.execute(versions.order_by(SessionVersion.version)):
        if content["state"] == SessionState.COMPLETED.value == row.state:
            return saved_at
    return row.recorded_at or row.started_at or clock.now()


def _project(row: TreatmentSession, entries: Sequence[Entry]) -> None:
    """Let the row say what the log says so far: the start, the dose, the weight.

    One that was imported under way keeps what it came with until the log knows better.
    """
    if of_kind(entries, EntryKind.GIVEN, EntryKind.INFUSION):
        start = started_at(entries)
        row.started_at = None if start is None else session_rows.to_the_second(start)
        row.dose_mg = sum(_doses(entries), start=Decimal(0)) or None
    checks = latest_form(entries, EntryKind.GATE)
    if checks is not None and isinstance(checks.content, Form):
        found = pre_session.read(checks.content.fields)
        row.weight_kg = found.weight_kg
        row.weight_unit = found.weight_unit.value if found.weight_unit else None
    row.dose_mg_per_kg = measures.mg_per_kg(row.dose_mg, row.weight_kg)


def _doses(entries: Sequence[Entry]) -> Iterable[Decimal]:
    """List what was given so far; an infusion counts once it is stopped."""
    for entry in effective(entries):
        match entry.content:
            case Dose(dose_mg=dose_mg):
                yield dose_mg
            case Infusion(action=InfusionAction.STOP, dose_mg=Decimal() as dose_mg):
                yield dose_mg
