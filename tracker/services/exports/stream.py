"""Stream patients, series, sessions and what belongs to them as CSV, scoped and audited."""

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import ColumnElement, Float, Select, Text, and_, func, or_, select, type_coerce
from sqlalchemy.orm import aliased

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.codes import Mode, ReplyState
from tracker.domain.measures import SIGN_NAMES
from tracker.domain.sessions.fields import DRAFTED, Reader
from tracker.exchange import columns, read_me, tables
from tracker.exchange.csv import writer as csv_writer
from tracker.models import scoping
from tracker.models.assessments import Assessment
from tracker.models.check_ins import Reply
from tracker.models.database import ExactNumber, JsonText, db, plain_rows
from tracker.models.eligibility import Eligibility
from tracker.models.health_lists import HealthItem
from tracker.models.patients import Patient
from tracker.models.safety_checks import SafetyCheck
from tracker.models.series import Series
from tracker.models.session_entries import SessionEntry
from tracker.models.treatment_sessions import STANDS, Reading, TreatmentSession
from tracker.services.clinic import clinics
from tracker.services.exports import answer_rows, course_rows, log_rows
from tracker.services.patients import search as patient_search
from tracker.services.unit_of_work import audit

# A long SELECT would hold SQLite's write-ahead log open, and a client-side cursor every row; so
# rows are read in pieces, each all rows of a few patients.
PATIENTS_AT_ONCE = 150

_before, _after = aliased(Reading), aliased(Reading)

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
    "declined-forms": (),
    "eligibility": (),
}
_TABLES = tables.EXPORTED | tables.OWN


# Makes the rows of a table out of the rows that are read.
Spread = Callable[[Iterable[Sequence[Any]]], Iterator[Sequence[Any]]]


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


class _Source(Struct, frozen=True):
    """Where the plain values of a table's fields come from, and the key that orders its rows.

    Where `spread` makes rows of a table out of the rows that are read, `reads` names what is read
    for it, and `counted` says what those rows are.
    """

    fields: dict[str, Any]
    joined: Callable[[Select[Any]], Select[Any]]
    row: type[Any]
    key: tuple[Any, ...]
    at: Any = None
    on: Any = None
    where: tuple[ColumnElement[bool], ...] = ()
    spread: Spread | None = None
    reads: tuple[str, ...] = ()
    counted: str = "rows"


def _of(model: type[Any], *names: str, **renamed: str) -> dict[str, ColumnElement[Any]]:
    found = {name: getattr(model, name) for name in names}
    return found | {name: getattr(model, column) for name, column in renamed.items()}


def _to_patient(model: type[Any]) -> Callable[[Select[Any]], Select[Any]]:
    return lambda wanted: wanted.join(Patient, Patient.id == model.patient_id)


def _has_answers() -> ColumnElement[bool]:
    """Keep forms, even one that nobody answered a question of; a total alone has no questions."""
    asked = Assessment.mode.in_((Mode.SELF.value, Mode.STAFF.value))
    return or_(asked, type_coerce(Assessment.answers, Text()) != "{}")


def _entries(spread: Spread, kinds: tuple[str, ...]) -> _Source:
    """Read entries of sessions. A day picks whole sessions: corrections may come after midnight."""
    return _Source(
        _of(
            SessionEntry, "session_id", "sequence", "key", "kind", "at", "by", "content", "replaces"
        )
        | _of(Patient, "record_number")
        | _of(TreatmentSession, "started_at"),
        lambda wanted: wanted.join(Patient, Patient.id == SessionEntry.patient_id).join(
            TreatmentSession, TreatmentSession.id == SessionEntry.session_id
        ),
        SessionEntry,
        (Patient.record_number, SessionEntry.session_id, SessionEntry.sequence),
        at=TreatmentSession.started_at,
        on=TreatmentSession.planned_on,
        where=(SessionEntry.kind.in_(kinds),),
        spread=spread,
        reads=log_rows.FIELDS,
        counted="entries",
    )


_SESSION_FIELDS = tuple(
    column.field
    for column in tables.TABLES["sessions"].columns
    if hasattr(TreatmentSession, column.field) and column.field not in {"record_number"}
)
SOURCES = {
    "patients": _Source(
        _of(
            Patient, "record_number", "given_name", "family_name", "birth_date", "sex", "email",
            "phone", "indications", "notes", "other_number", archived_on="archived_at",
        ),
        lambda wanted: wanted,
        Patient,
        (Patient.record_number,),
    ),
    "series": _Source(
        _of(
            Series, "number", "indication", "drug", "route", "phase", "template",
            "planned_dose_mg", "planned_dose_mg_per_kg", "starts_on", "state", "state_reason",
            "course_role",
        )
        | _of(Patient, "record_number"),
        _to_patient(Series),
        Series,
        (Patient.record_number, Series.number),
        on=Series.starts_on,
    ),
    "sessions": _Source(
        _of(TreatmentSession, *_SESSION_FIELDS, session_id="id")
        | _of(Patient, "record_number")
        | _of(Series, series_number="number")
        | _of(_before, **{f"before_{name}": name for name in SIGN_NAMES})
        | _of(_after, **{f"after_{name}": name for name in SIGN_NAMES}),
        lambda wanted: wanted.join(Patient, Patient.id == TreatmentSession.patient_id)
        .join(Series, Series.id == TreatmentSession.series_id)
        .outerjoin(
            _before, and_(_before.session_id == TreatmentSession.id, _before.moment == "before")
        )
        .outerjoin(
            _after, and_(_after.session_id == TreatmentSession.id, _after.moment == "after")
        ),
        TreatmentSession,
        (Patient.record_number, Series.number, TreatmentSession.number, TreatmentSession.id),
        at=TreatmentSession.started_at,
        on=TreatmentSession.planned_on,
    ),
    "scores": _Source(
        _of(
            Assessment, "session_id", "instrument", "total", "taken_at", "time_known", "occasion",
            "hours_after", "note", "instrument_version", "mode", "completeness", "stated_total",
            "seconds_taken", "answers", score_id="id",
        )
        | _of(Patient, "record_number")
        | _of(Series, series_number="number"),
        lambda wanted: wanted.join(Patient, Patient.id == Assessment.patient_id).outerjoin(
            Series, Series.id == Assessment.series_id
        ),
        Assessment,
        (Patient.record_number, Assessment.taken_at, Assessment.id),
        at=Assessment.taken_at,
        where=(Assessment.voided_at.is_(None),),
    ),
    "answers": _Source(
        _of(
            Assessment, "instrument", "instrument_version", "edition_id", "answers", "taken_at",
            "time_known", score_id="id",
        )
        | _of(Patient, "record_number"),
        _to_patient(Assessment),
        Assessment,
        (Patient.record_number, Assessment.taken_at, Assessment.id),
        at=Assessment.taken_at,
        where=(Assessment.voided_at.is_(None), _has_answers()),
        spread=answer_rows.spread,
        reads=answer_rows.FIELDS,
        counted="forms",
    ),
    "safety-checks": _Source(
        _of(
            SafetyCheck, "kind", "checked_on", "value", "note", "recorded_at", "recorded_by",
            check_id="id",
        )
        | _of(Patient, "record_number"),
        _to_patient(SafetyCheck),
        SafetyCheck,
        (Patient.record_number, SafetyCheck.checked_on, SafetyCheck.id),
        on=SafetyCheck.checked_on,
        where=(SafetyCheck.voided_at.is_(None),),
    ),
    "health-lists": _Source(
        _of(
            HealthItem, "kind", "name", "detail", "noted_on", "recorded_at", "recorded_by",
            "ended_on", "ended_by", "ended_reason", item_id="id",
        )
        | _of(Patient, "record_number"),
        _to_patient(HealthItem),
        HealthItem,
        (Patient.record_number, HealthItem.noted_on, HealthItem.id),
        on=HealthItem.noted_on,
    ),
    "declined-forms": _Source(
        _of(Reply, "check_in_id", "instrument", "reason", declined_at="saved_at")
        | _of(Patient, "record_number"),
        _to_patient(Reply),
        Reply,
        (Patient.record_number, Reply.saved_at, Reply.id),
        at=Reply.saved_at,
        where=(Reply.state == ReplyState.DECLINED.value,),
    ),
    "eligibility": _Source(
        _of(
            Eligibility, "assessed_on", "drug", "decision", "reason", "decided_at", "decided_by",
            assessment_id="id",
        )
        | _of(Patient, "record_number"),
        _to_patient(Eligibility),
        Eligibility,
        (Patient.record_number, Eligibility.assessed_on, Eligibility.id),
        on=Eligibility.assessed_on,
    ),
    "readings": _entries(log_rows.readings, log_rows.READING_KINDS),
    "adverse-events": _entries(log_rows.adverse_events, log_rows.EVENT_KINDS),
    # Whole, whatever the days asked for: part of a course would have another baseline.
    "courses": _Source(
        _of(Patient, "record_number") | _of(Series, "patient_id", "clinic_id"),
        _to_patient(Series),
        Series,
        (Patient.record_number, Series.number),
        spread=course_rows.spread,
        reads=course_rows.FIELDS,
        counted="series",
    ),
}  # fmt: skip


def stream(choice: ExportChoice, *, by: Actor) -> Iterator[bytes]:
    """Check, audit with the number of rows, and give the CSV a piece at a time."""
    authorize(by, Permission.CLINIC_EXPORT, Subject(by.clinic_id))
    zone = clinics.view(by.clinic_id).zone
    wanted, patient_id = _statement(choice, zone, by=by)
    count = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    detail = f"{count} {SOURCES[choice.kind].counted}"
    audit(by, "exported", choice.kind, patient_id=patient_id, detail=detail)
    table = tables.EXPORTED[choice.kind]
    return csv_writer.write_csv(
        table, _rows(choice.kind, wanted, zone, by=by), zone=zone, safe=choice.safe, bom=choice.bom
    )


def own_archive(*, by: Actor) -> Iterator[bytes]:
    """Pack everything held about the patient who asks, without the clinic's working notes."""
    authorize(by, Permission.OWN_RECORD_EXPORT, Subject(by.clinic_id, by.patient_id))
    zone = clinics.view(by.clinic_id).zone
    packed = io.BytesIO()
    counts = []
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", read_me.own_copy(_own_tables()))
        for table in _own_tables():
            kind = table.name
            wanted, _ = _statement(ExportChoice(kind), zone, by=by, table=table)
            rows = list(_rows(kind, wanted, zone, by=by, table=table))
            pieces = csv_writer.write_csv(table, rows, zone=zone, bom=True)
            archive.writestr(f"{kind}.csv", b"".join(pieces))
            counts.append(f"{len(rows)} {kind}")
    audit(by, "exported", "own record", patient_id=by.patient_id, detail=", ".join(counts))
    return iter((packed.getvalue(),))


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


def _plain(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Leave numbers and JSON as the driver gives them: the writer knows how to write them."""
    if isinstance(column.type, ExactNumber):
        return type_coerce(column, Float())
    return type_coerce(column, Text()) if isinstance(column.type, JsonText) else column


def _between(
    query: Select[Any], source: _Source, choice: ExportChoice, zone: ZoneInfo
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
        rows: Sequence[Any] = plain_rows(piece).all()
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
    found = db.session.scalars(numbers).all()
    while found:
        yield found[0], found[-1]
        found = db.session.scalars(numbers.where(Patient.record_number > found[-1])).all()


def _with_day(row: Sequence[Any], at: int, zone: ZoneInfo) -> Sequence[Any]:
    if row[at] is None:
        return row
    return [*row[:at], row[at].astimezone(zone).date(), *row[at + 1 :]]
