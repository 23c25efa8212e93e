"""Stream patients, series, sessions and what belongs to them as CSV, scoped and audited."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Float, Select, Text, and_, func, select, type_coerce

from tracker.domain.access import Actor, Permission, Role, Subject, authorize
from tracker.domain.problems import NotFoundError
from tracker.domain.sessions.fields import DRAFTED, Reader
from tracker.exchange import columns, read_me, tables
from tracker.exchange.csv import writer as csv_writer
from tracker.models import scoping, standby
from tracker.models.database import ExactNumber, JsonText, db
from tracker.models.patients import Patient
from tracker.models.session_entries import SessionEntry
from tracker.models.standby import EXPORT_SECONDS, large_reads
from tracker.models.treatment_sessions import STANDS, TreatmentSession
from tracker.services.clinic import clinics
from tracker.services.exports import whole_record
from tracker.services.exports.sources import SOURCES, Spread, TableSource
from tracker.services.patients import search as patient_search
from tracker.services.unit_of_work import audit

# A long SELECT would hold SQLite's write-ahead log open, and a client-side cursor every row; so
# rows are read in pieces, each all rows of a few patients.
PATIENTS_AT_ONCE = 150

# What a patient's own copy leaves out: the clinic's working notes, which are not part of it.
NOT_FOR_PATIENTS = {
    "patients": ("notes",),
    "series": (),
    "sessions": tuple(one.name for one in DRAFTED if one.reader is Reader.STAFF),
    "scores": ("note",),
    "answers": (),
    "readings": ("note",),
    "adverse-events": ("note",),
    "courses": (),
    "safety-checks": ("note",),
    "health-lists": (),
    "diary": ("read_by",),
    "declined-forms": (),
    "eligibility": (),
}
PAGE = "my-record.html"
_TABLES = tables.EXPORTED | tables.OWN


class ExportChoice(Struct, frozen=True):
    """What is wanted: `kind` is a table's name, `first` and `last` are days of the clinic.

    `voided` asks for sessions that are struck out as well.
    """

    kind: str
    record_number: str = ""
    first: date | None = None
    last: date | None = None
    safe: bool = True
    bom: bool = False
    voided: bool = False


def stream(choice: ExportChoice, *, by: Actor) -> Iterator[bytes]:
    """Check, audit with the number of rows, and give the CSV a piece at a time."""
    authorize(by, Permission.CLINIC_EXPORT, Subject(by.clinic_id))
    zone = clinics.view(by.clinic_id).zone
    with large_reads(EXPORT_SECONDS):
        wanted, patient_id = _statement(choice, zone, by=by)
        count = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
        patients = () if patient_id else _patients_of(choice.kind, wanted)
    detail = f"{count} {SOURCES[choice.kind].counted}"
    audit(by, "exported", choice.kind, patient_id=patient_id, patients=patients, detail=detail)
    table = tables.EXPORTED[choice.kind]
    made = csv_writer.write_csv(
        table, _rows(choice.kind, wanted, zone, by=by), zone=zone, safe=choice.safe, bom=choice.bom
    )
    return standby.pieces(made, EXPORT_SECONDS)


def own_archive(*, by: Actor) -> Iterator[bytes]:
    """Pack everything held about the patient who asks, without the clinic's working notes."""
    if by.patient_id is None:
        raise NotFoundError
    authorize(by, Permission.OWN_RECORD_EXPORT, Subject(by.clinic_id, by.patient_id))
    with large_reads(EXPORT_SECONDS):
        packed, counts = _pack(by.patient_id, by=by)
    audit(by, "exported", "own record", patient_id=by.patient_id, detail=", ".join(counts))
    return iter((packed,))


def archive_of(patient_id: int, *, by: Actor) -> Iterator[bytes]:
    """Pack for a clinician what the patient would get, to be handed to them."""
    authorize(by, Permission.CLINIC_EXPORT, scoping.subject(scoping.fetch(by, Patient, patient_id)))
    # What is read is what the patient may read; who took it stands in the trail.
    reader = replace(by, user_id=None, roles=frozenset({Role.PATIENT}), patient_id=patient_id)
    with large_reads(EXPORT_SECONDS):
        packed, counts = _pack(patient_id, by=reader)
    audit(by, "exported", "whole record", patient_id=patient_id, detail=", ".join(counts))
    return iter((packed,))


def _pack(patient_id: int, *, by: Actor) -> tuple[bytes, list[str]]:
    """Pack the copy of the patient who is the reader, and count its rows."""
    zone = clinics.view(by.clinic_id).zone
    packed = io.BytesIO()
    counts = []
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", read_me.own_copy(_own_tables()))
        with archive.open(PAGE, "w") as page:
            for piece in whole_record.write(patient_id, by=by):
                page.write(piece.encode())
        for table in _own_tables():
            kind = table.name
            wanted, _ = _statement(ExportChoice(kind), zone, by=by, table=table)
            rows = list(_rows(kind, wanted, zone, by=by, table=table))
            pieces = csv_writer.write_csv(table, rows, zone=zone, bom=True)
            archive.writestr(f"{kind}.csv", b"".join(pieces))
            counts.append(f"{len(rows)} {kind}")
    return packed.getvalue(), counts


def _own_tables() -> list[columns.Table]:
    return [table.without(*NOT_FOR_PATIENTS[kind]) for kind, table in _TABLES.items()]


def _statement(
    choice: ExportChoice, zone: ZoneInfo, *, by: Actor, table: columns.Table | None = None
) -> tuple[Select[Any], int | None]:
    source = SOURCES[choice.kind]
    fields = _fields(choice.kind, table)
    query = source.joined(select(*(_plain(source.fields[name]) for name in fields)))
    # By the patient and not by the row: SQLite then walks the patients in order and finds the rows
    # of each, where by the row it would read all of the clinic's for every piece.
    query = query.where(scoping.visible(by, Patient), *source.where)
    if source.row in (TreatmentSession, SessionEntry) and not choice.voided:
        query = query.where(STANDS)
    patient_id = None
    if choice.record_number:
        patient_id = patient_search.find(choice.record_number, by=by)
        own = source.row.id if source.row is Patient else source.row.patient_id
        query = query.where(own == patient_id)
    return _between(query, source, choice, zone), patient_id


def _patients_of(kind: str, wanted: Select[Any]) -> Sequence[int]:
    """List whom a file names."""
    row = SOURCES[kind].row
    own = row.id if row is Patient else row.patient_id
    return db.session.scalars(wanted.with_only_columns(own).distinct()).all()


def _plain(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Leave numbers and JSON as the driver gives them: the writer knows how to write them."""
    if isinstance(column.type, ExactNumber):
        return type_coerce(column, Float())
    return type_coerce(column, Text()) if isinstance(column.type, JsonText) else column


def _between(
    query: Select[Any], source: TableSource, choice: ExportChoice, zone: ZoneInfo
) -> Select[Any]:
    """Keep what happened, or was planned where nothing happened yet, on the days asked for."""
    for day, after in ((choice.first, True), (choice.last, False)):
        if day is None or (source.at is None and source.on is None):
            continue
        midnight = datetime.combine(day if after else day + timedelta(days=1), time(), tzinfo=zone)
        tests = []
        if source.at is not None:
            tests.append(source.at >= midnight if after else source.at < midnight)
        if source.on is not None:
            planned = source.on >= day if after else source.on <= day
            tests.append(planned if source.at is None else and_(source.at.is_(None), planned))
        query = query.where(tests[0] if len(tests) == 1 else tests[0] | tests[1])
    return query


def _rows(
    kind: str,
    query: Select[Any],
    zone: ZoneInfo,
    *,
    by: Actor,
    table: columns.Table | None = None,
) -> Iterator[Sequence[Any]]:
    fields, spread = _fields(kind, table), _spread(kind, table)
    ordered = query.order_by(*SOURCES[kind].key)
    day_at = fields.index("archived_on") if "archived_on" in fields else None
    for first, last in _pieces(by):
        piece = ordered.where(Patient.record_number >= first, Patient.record_number <= last)
        rows = standby.rows(piece)
        if day_at is None:
            yield from spread(rows) if spread else rows
        else:
            yield from (_with_day(row, day_at, zone) for row in rows)


def _spread(kind: str, table: columns.Table | None) -> Spread | None:
    """Find what makes the rows of a table that is not read as it is written."""
    spread = SOURCES[kind].spread
    if spread is None or table is None:
        return spread
    whole = _TABLES[kind].plain_fields
    kept = [whole.index(field) for field in table.plain_fields]
    return lambda rows: ([row[at] for at in kept] for row in spread(rows))


def _fields(kind: str, table: columns.Table | None) -> tuple[str, ...]:
    """List what is read, in the order in which the rows are made of it."""
    if SOURCES[kind].spread:
        return SOURCES[kind].reads
    return (table or _TABLES[kind]).plain_fields


def _pieces(by: Actor) -> Iterator[tuple[str, str]]:
    """Yield the first and the last record number of a few patients at a time, in order."""
    numbers = (
        select(Patient.record_number)
        .where(scoping.visible(by, Patient))
        .order_by(Patient.record_number)
        .limit(PATIENTS_AT_ONCE)
    )
    found = standby.rows(numbers)
    while found:
        (first,), (last,) = found[0], found[-1]
        yield first, last
        found = standby.rows(numbers.where(Patient.record_number > last))


def _with_day(row: Sequence[Any], at: int, zone: ZoneInfo) -> Sequence[Any]:
    if row[at] is None:
        return row
    return [*row[:at], row[at].astimezone(zone).date(), *row[at + 1 :]]
