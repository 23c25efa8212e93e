"""Which rows were written in a transaction, and what they say now, for the trail to seal.

What the session stores by itself is noted by itself. A statement that changes rows without it has
to say which: `touch`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Integer, Select, String, Table, bindparam, event, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from tracker.domain.audit import hash_chain
from tracker.domain.stored_content import pack
from tracker.models.alerts import Alert
from tracker.models.assessments import Assessment, Edition
from tracker.models.check_ins import CheckIn, Reply
from tracker.models.clinics import Clinic
from tracker.models.database import connection, db
from tracker.models.diary import DiaryEntry
from tracker.models.eligibility import Eligibility
from tracker.models.health_lists import HealthItem
from tracker.models.imports import FileImport, SetAsideRows
from tracker.models.merges import PatientMerge
from tracker.models.patients import Patient, PatientVersion
from tracker.models.referral_letters import ReferralLetter
from tracker.models.safety_checks import SafetyCheck
from tracker.models.series import Series, SeriesVersion
from tracker.models.session_entries import SessionEntry
from tracker.models.stock import StockEntry, StockLot
from tracker.models.treatment_sessions import Reading, SessionVersion, TreatmentSession
from tracker.models.users import AccountChange
from tracker.models.worksheets import Worksheet, WorksheetVersion

SEALED: Mapping[str, type[Any]] = {
    cast("str", model.__tablename__): model
    for model in (
        AccountChange, Alert, Assessment, CheckIn, Clinic, DiaryEntry, Edition, Eligibility,
        FileImport, HealthItem, Patient, PatientMerge, PatientVersion, Reading, ReferralLetter,
        Reply, SafetyCheck, Series, SeriesVersion, SessionEntry, SessionVersion, SetAsideRows,
        StockEntry, StockLot, TreatmentSession, Worksheet, WorksheetVersion,
    )
}  # fmt: skip
# Every other table, and why the trail does not seal its rows; a test holds both to all tables.
UNSEALED = {
    "audit_event": "the trail itself",
    "audit_event_patient": "sealed with its line",
    "row_seal": "sealed with its line",
    "check_in_link": "hashes of links; what is answered by one is sealed",
    "chore": "when a timer last ran",
    "course_outcome": "made of sessions and scores, and made anew by each save of them",
    "counted_try": "how often an address tried; the trail has what of it matters",
    "draft": "typed and not saved yet",
    "known_device": "hashes of what browsers hold",
    "letter": "e-mails that are to be sent: no record of anybody",
    "outcome_basis": "by what outcomes were counted: it follows from the clinic's settings",
    "outcome_sum": "sums over outcomes",
    "passkey": "who signs in, as user: each change is a line, and each use writes it",
    "patient_merge_row": "which rows a merge moved; each of them is sealed where it stands",
    "patient_word": "made of names to find them by, and made anew at upgrades",
    "role": "a fixed list",
    "sign_in": "when a browser was last used",
    "sign_in_brake": "wrong tries; each is a line",
    "staged_file": "uploaded and not imported yet",
    "submission": "one-time keys of forms",
    "unlock_link": "hashes of links; what one does is a line",
    "user": "who signs in: each change is a line, and sign-ins write it all the time",
    "user_role": "each change is a line",
}
IDS_AT_ONCE = 1_000
_TOUCHED, _DIGESTED = "rows touched", "rows digested"

Key = tuple[int, int]
Piece = tuple[str, str, bytes]


def touch(model: type[Any], ids: Iterable[int]) -> None:
    """Note that rows of a table, by their ids, were written by a statement."""
    touch_parts(model, ((one, 0) for one in ids))


def touch_parts(model: type[Any], keys: Iterable[Key]) -> None:
    """Note rows of a table by id and part."""
    noted = _notes_of(db.session()).setdefault(model.__tablename__, set())
    noted.update((row_id, part) for row_id, part in keys)


def digest_inserted(table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Digest many rows that were just inserted, without asking for them again.

    `rows` are as SQLite's driver took them, the id first; on PostgreSQL they have to be touched.
    """
    digest = hash_chain.digest_row
    digested = [(row[0], 0, digest(row)) for row in rows]
    _note_digests(table, columns, digested)


def note_removed(model: type[Any], ids: Iterable[int]) -> None:
    """Note that rows of a table are gone, without asking for them."""
    name = model.__tablename__
    _note_digests(name, columns_of(name), [(row_id, 0, b"") for row_id in ids])


def _note_digests(
    table: str, columns: Sequence[str], digested: Sequence[hash_chain.RowDigest]
) -> None:
    # Packed at once: the digests of an import take a sixth of the room.
    pieces: list[Piece] = db.session().info.setdefault(_DIGESTED, [])
    pieces.append((table, " ".join(columns), pack(digested)))


def note_ids(wanted: Callable[[str], bool]) -> dict[str, set[int]]:
    """Give the ids of the rows that were noted so far, of the tables that are wanted."""
    info, found = db.session().info, dict[str, set[int]]()
    for name, keys in info.get(_TOUCHED, {}).items():
        if wanted(name):
            found.setdefault(name, set()).update(row_id for row_id, _part in keys)
    for name, _columns, content in info.get(_DIGESTED, ()):
        if wanted(name):
            digested = hash_chain.read_piece(content)
            found.setdefault(name, set()).update(row[0] for row in digested)
    return found


def forget() -> None:
    """Forget what was noted: the transaction is over."""
    for noted in (_TOUCHED, _DIGESTED):
        db.session().info.pop(noted, None)


def take_pieces() -> list[hash_chain.SealedPiece]:
    """Digest every row that was noted as the database has it now, and forget what was noted."""
    info = db.session().info
    if not info:
        return []
    pieces: list[Piece] = info.pop(_DIGESTED, [])
    for name, keys in info.pop(_TOUCHED, {}).items():
        pieces.append((name, " ".join(columns_of(name)), pack(_digest_touched(name, keys))))
    return [
        hash_chain.SealedPiece(name, number, columns, content)
        for number, (name, columns, content) in enumerate(pieces)
    ]


@cache
def columns_of(name: str) -> tuple[str, ...]:
    """Name the columns of a table in the order in which `rows_of` reads them."""
    return tuple(column.name for column in cast("Table", SEALED[name].__table__).columns)


@cache
def rows_of(name: str) -> Select[Any]:
    """Write the statement that reads whole rows of a table as the driver has them."""
    table = cast("Table", SEALED[name].__table__)
    columns: list[Any] = [type_coerce(one, NullType()).label(one.name) for one in table.columns]
    return select(*columns)


def plain(name: str, dialect: str) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """Give what turns a row that was read by `rows_of` into what SQLite would hold."""
    if dialect == "sqlite":
        return tuple

    columns = cast("Table", SEALED[name].__table__).columns
    kinds = [columns[one].type for one in columns_of(name)]
    changed = [at for at, kind in enumerate(kinds) if not isinstance(kind, String | Integer)]

    def turn(row: Sequence[Any]) -> Sequence[Any]:
        values = list(row)
        for at in changed:
            values[at] = _as_in_sqlite(values[at])
        return values

    return turn


def key_of(name: str) -> Callable[[Sequence[Any]], Key]:
    """Give what finds the id and the part of a row that was read by `rows_of`."""
    columns = columns_of(name)
    row_id, *part = (
        columns.index(one.name) for one in cast("Table", SEALED[name].__table__).primary_key.columns
    )
    if part:
        return itemgetter(row_id, part[0])
    return lambda row: (row[row_id], 0)


def _as_in_sqlite(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
        case time():
            return value.isoformat("microseconds")
        case date():
            return value.isoformat()
        case Decimal():
            return float(value)
        case bool():
            return int(value)
    return value


@cache
def _rows_by_id(name: str) -> Select[Any]:
    row_id, *_ = cast("Table", SEALED[name].__table__).primary_key.columns
    return rows_of(name).where(row_id.in_(bindparam("ids", expanding=True)))


def _digest_touched(name: str, keys: Set[Key]) -> list[hash_chain.RowDigest]:
    taken, query = connection(), _rows_by_id(name)
    turn, key_in, left = plain(name, taken.dialect.name), key_of(name), set(keys)
    ids = sorted({row_id for row_id, _ in keys})
    digested = list[hash_chain.RowDigest]()
    for at in range(0, len(ids), IDS_AT_ONCE):
        for row in taken.execute(query, {"ids": ids[at : at + IDS_AT_ONCE]}):
            if (key := key_in(row)) in left:
                left.remove(key)
                digested.append((*key, hash_chain.digest_row(turn(row))))
    return digested + [(*key, b"") for key in sorted(left)]


def _notes_of(unit: Session) -> dict[str, set[Key]]:
    found: dict[str, set[Key]] = unit.info.setdefault(_TOUCHED, {})
    return found


@event.listens_for(db.session, "after_flush")
def _note_what_was_stored(unit: Session, _context: object) -> None:
    for rows in (unit.new, unit.dirty, unit.deleted):
        for row in rows:
            if (name := row.__tablename__) in SEALED:
                row_id, *part = row.__mapper__.primary_key_from_instance(row)
                _notes_of(unit).setdefault(name, set()).add((row_id, *(part or (0,))))
