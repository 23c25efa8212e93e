"""Numbers of records that were merged: each leads to the record that is kept."""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, String, bindparam, cast, func, literal_column, or_, select

from tracker.domain.access import Actor
from tracker.models.database import another, db, plain_rows
from tracker.models.merges import PatientMerge, PatientMergeRow
from tracker.models.patients import Patient
from tracker.models.series import Series

NUMBERS_AT_ONCE = 1_000
_merged, _patient = another(Patient).c, Patient.__table__.c
_PART: Any = literal_column("'|'")
_LINE: Any = literal_column("'\n'")
# About the patient of the query around it, so that their page needs no query more: the id|number of
# each record that was merged into theirs. No number has a line break.
FORMERLY = (
    select(func.aggregate_strings(cast(_merged.id, String) + _PART + _merged.record_number, _LINE))
    .where(_merged.merged_into_id == _patient.id)
    .correlate(Patient.__table__)
    .scalar_subquery()
    .label("formerly")
)
_KEPT_NUMBERS = (
    select(_merged.record_number, Patient.record_number)
    .join(Patient, Patient.id == _merged.merged_into_id)
    .where(
        _merged.clinic_id == bindparam("clinic_id"),
        _merged.record_number.in_(bindparam("numbers", expanding=True)),
    )
)


class FormerRecord(Struct, frozen=True, order=True):
    """A record that was merged into another."""

    record_number: str
    id: int


def read(text: str | None) -> tuple[FormerRecord, ...]:
    """Read what `FORMERLY` brings, in the order of the numbers."""
    parts = (line.partition("|") for line in (text or "").splitlines())
    return tuple(sorted(FormerRecord(number, int(key)) for key, _, number in parts))


class FormerNotes(Struct, frozen=True):
    """The notes about a patient that stand in a record which was merged into theirs."""

    record_number: str
    notes: str


def read_notes(patient_id: int) -> tuple[FormerNotes, ...]:
    """Read the notes of the records that were merged into one; who may see it was decided."""
    query = (
        select(Patient.record_number, Patient.notes)
        .where(Patient.merged_into_id == patient_id, Patient.notes != "")
        .order_by(Patient.record_number)
    )
    return tuple(FormerNotes(*row) for row in plain_rows(query))


def follow_numbers(numbers: Iterable[str], *, by: Actor) -> dict[str, str]:
    """Say of numbers of records that were merged which number is kept; others are not in it."""
    wanted: list[str] = list(dict.fromkeys(numbers))
    found: dict[str, str] = {}
    for at in range(0, len(wanted), NUMBERS_AT_ONCE):
        some = {"clinic_id": by.clinic_id, "numbers": wanted[at : at + NUMBERS_AT_ONCE]}
        found |= {row[0]: row[1] for row in db.session.execute(_KEPT_NUMBERS, some)}
    return found


def series_numbers(numbers: Iterable[str], *, by: Actor) -> dict[tuple[str, int], int]:
    """Say which number a series of a merged record has now, by the numbers that it had before."""
    query = (
        select(_merged.record_number, PatientMergeRow.before, Series.number)
        .join(PatientMerge, PatientMerge.merged_id == _merged.id)
        .join(PatientMergeRow, PatientMergeRow.merge_id == PatientMerge.id)
        .join(Series, Series.id == PatientMergeRow.row_id)
        .where(
            _merged.clinic_id == by.clinic_id,
            _merged.record_number.in_(list(numbers)),
            PatientMerge.apart_at.is_(None),
            PatientMergeRow.of_table == Series.__tablename__,
            PatientMergeRow.is_moved.is_(True),
        )
    )
    rows = db.session.execute(query)
    return {(record_number, said["number"]): now for record_number, said, now in rows}


def follow_number(number: str, *, by: Actor) -> str:
    """Give the number under which a record with this one stands now."""
    number = number.strip()
    return follow_numbers([number], by=by).get(number, number)


def is_of_person(patient_id: Any, number: str, *, by: Actor) -> ColumnElement[bool]:
    """Say which rows are about the person whose record has, or had, a number: all their records."""
    kept = func.coalesce(_merged.merged_into_id, _merged.id)
    person = (
        select(kept)
        .where(_merged.clinic_id == by.clinic_id, _merged.record_number == number)
        .scalar_subquery()
    )
    ids = select(Patient.id).where(or_(Patient.id == person, Patient.merged_into_id == person))
    found: ColumnElement[bool] = patient_id.in_(ids)
    return found


def unite(rows: Sequence[Any]) -> list[Any]:
    """Keep one row for each person whom a search found by the words of several records.

    What is found by their own words goes before what is found by those of a former record.
    """
    found: dict[int, Any] = {}
    for row in sorted(rows, key=lambda row: row.formerly is not None):
        found.setdefault(row.id, row)
    return list(found.values())
