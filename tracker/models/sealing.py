"""Which rows were written in a transaction, and what they say now, for the trail to seal.

What the session stores by itself is noted by itself. A statement that changes rows without it has
to say which: `touch`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import Select, Table, Text, bindparam, event, literal_column, select, type_coerce
from sqlalchemy.orm import Session

from tracker.domain.audit import hash_chain
from tracker.models.alerts import Alert
from tracker.models.assessments import Assessment, Edition
from tracker.models.check_ins import CheckIn, Reply
from tracker.models.clinics import Clinic
from tracker.models.database import JsonText, connection, db
from tracker.models.diary import DiaryEntry
from tracker.models.eligibility import Eligibility
from tracker.models.health_lists import HealthItem
from tracker.models.merges import PatientMerge
from tracker.models.patients import Patient, PatientVersion
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
        HealthItem, Patient, PatientMerge, PatientVersion, Reading, Reply, SafetyCheck, Series,
        SeriesVersion, SessionEntry, SessionVersion, StockEntry, StockLot, TreatmentSession,
        Worksheet, WorksheetVersion,
    )
}  # fmt: skip
# Every other table, and why the trail does not seal its rows; a test holds both to all tables.
UNSEALED = {
    "audit_event": "the trail itself",
    "audit_event_patient": "sealed with its line",
    "row_seal": "sealed with its line",
    "check_in_link": "hashes of links; what is answered by one is sealed",
    "chore": "when a timer last ran",
    "draft": "typed and not saved yet",
    "letter": "e-mails that are to be sent: no record of anybody",
    "patient_merge_row": "which rows a merge moved; each of them is sealed where it stands",
    "patient_word": "made of names to find them by, and made anew at upgrades",
    "role": "a fixed list",
    "sign_in": "when a browser was last used",
    "staged_file": "uploaded and not imported yet",
    "submission": "one-time keys of forms",
    "user": "who signs in: each change is a line, and sign-ins write it all the time",
    "user_role": "each change is a line",
}
IDS_AT_ONCE = 1_000
_TOUCHED = "rows touched"

Key = tuple[int, int]


def touch(model: type[Any], ids: Iterable[int]) -> None:
    """Note that rows of a table, by their ids, were written by a statement."""
    touch_parts(model, ((one, 0) for one in ids))


def touch_parts(model: type[Any], keys: Iterable[Key]) -> None:
    """Note rows of a table by id and part."""
    _touched(db.session()).setdefault(model.__tablename__, set()).update(
        (row_id, part) for row_id, part in keys
    )


def forget() -> None:
    """Forget what was noted: the transaction is over."""
    db.session().info.pop(_TOUCHED, None)


def take_digests() -> Iterator[hash_chain.SealedRow]:
    """Read every row that was noted as the database has it now, and forget that it was noted."""
    touched = db.session().info.pop(_TOUCHED, {})
    for name, keys in touched.items():
        left = set(keys)
        for row_id, part, digest in _digests(name, sorted({row_id for row_id, _ in keys})):
            if (row_id, part) in left:
                left.remove((row_id, part))
                yield hash_chain.SealedRow(name, row_id, part, digest)
        for row_id, part in sorted(left):
            yield hash_chain.SealedRow(name, row_id, part, hash_chain.REMOVED)


def digest_of(names: Sequence[str], row: Sequence[Any]) -> tuple[int, int, str]:
    """Give the key of a row that was read by `rows_of`, and its digest."""
    return row[0], row[1], hash_chain.digest_row(names, row[2:])


@cache
def rows_of(name: str) -> tuple[tuple[str, ...], Select[Any]]:
    """Write the statement that reads whole rows of a table: id, part, then columns by name.

    The names are those of the columns. A mapping stays the text that it is kept as.
    """
    table = cast("Table", SEALED[name].__table__)
    columns = sorted(table.columns, key=lambda column: column.name)
    values = (
        type_coerce(one, Text).label(one.name) if isinstance(one.type, JsonText) else one
        for one in columns
    )
    row_id, *part = table.primary_key.columns
    key = (row_id.label("_id"), *(one.label("_part") for one in part))
    query = select(*key, *([] if part else [_NO_PART]), *values)
    return tuple(one.name for one in columns), query


_NO_PART: Any = literal_column("0").label("_part")


@cache
def _rows_by_id(name: str) -> Select[Any]:
    row_id, *_ = cast("Table", SEALED[name].__table__).primary_key.columns
    return rows_of(name)[1].where(row_id.in_(bindparam("ids", expanding=True)))


def _digests(name: str, ids: Sequence[int]) -> Iterator[tuple[int, int, str]]:
    names, query = rows_of(name)[0], _rows_by_id(name)
    for at in range(0, len(ids), IDS_AT_ONCE):
        for row in connection().execute(query, {"ids": ids[at : at + IDS_AT_ONCE]}):
            yield digest_of(names, row)


def _touched(session: Session) -> dict[str, set[Key]]:
    found: dict[str, set[Key]] = session.info.setdefault(_TOUCHED, {})
    return found


@event.listens_for(db.session, "after_flush")
def _note_what_was_stored(session: Session, _context: object) -> None:
    for rows in (session.new, session.dirty, session.deleted):
        for row in rows:
            if (name := row.__tablename__) in SEALED:
                row_id, *part = row.__mapper__.primary_key_from_instance(row)
                _touched(session).setdefault(name, set()).add((row_id, *(part or (0,))))
