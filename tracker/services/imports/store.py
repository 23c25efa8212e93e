"""Store many rows at once: one statement a table, no object a row, exact on both databases."""

import secrets
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice, repeat
from typing import Any, cast

from sqlalchemy import Dialect, String, Table, Text, update
from sqlalchemy import text as sql
from sqlalchemy.types import TypeEngine

from tracker.domain.access import Actor
from tracker.domain.codes import SeriesState
from tracker.domain.measures import SIGN_NAMES
from tracker.domain.sessions import fields as session_fields
from tracker.domain.sessions.fields import Kind
from tracker.instruments import library
from tracker.models.assessments import Assessment
from tracker.models.database import ID_MAX, JsonText, UtcDateTime, db
from tracker.models.patients import Patient, PatientWord
from tracker.models.series import Series
from tracker.models.treatment_sessions import Reading, TreatmentSession
from tracker.services.imports.plan import Intake, Row
from tracker.services.instruments import editions as instrument_editions

ROWS_AT_ONCE = 2_000
# Ids are drawn at random, so that a bulk insert touches pages all over: 32 MB of them stay at hand.
CACHE_KIB = 32 * 1024
USUAL_CACHE_KIB = 2_000  # SQLite's own default

PATIENT = (
    "id", "record_number", "given_name", "family_name", "name_key", "birth_date", "sex", "email",
    "phone", "indications", "notes", "archived_at", "archived_reason",
)  # fmt: skip
WORD = ("patient_id", "word")
SERIES = (
    "id", "patient_id", "number", "indication", "drug", "route", "phase", "template",
    "planned_dose_mg", "planned_dose_mg_per_kg", "starts_on", "state", "state_reason",
)  # fmt: skip
# What a file of sessions and the table call by one name.
SESSION_FIELDS = (
    "number",
    "state",
    "state_reason",
    "planned_on",
    *(one.name for one in session_fields.DRAFTED if one.kind is not Kind.SIGNS),
)
SESSION = ("id", "patient_id", "series_id", "dose_mg_per_kg", *SESSION_FIELDS)
READING = ("session_id", "moment", *SIGN_NAMES)
SCORE = (
    "id", "patient_id", "series_id", "session_id", "instrument", "instrument_version", "total",
    "taken_at", "time_known", "occasion", "hours_after", "note", "mode", "completeness",
    "stated_total", "seconds_taken", "answers",
)  # fmt: skip
_INSTRUMENT, _VERSION = SCORE.index("instrument"), SCORE.index("instrument_version")

Encoder = Callable[[Any], Any]


def store(content: Intake, *, now: datetime, by: Actor) -> None:
    """Store everything an import collected, inside a unit of work."""
    here = {"clinic_id": by.clinic_id}
    said = {"recorded_at": now, "recorded_by": by.name}
    with _roomy_cache():
        insert_rows(Patient, PATIENT, content.patients, here | {"version": 1, "created_at": now})
        insert_rows(PatientWord, WORD, content.words, here)
        insert_rows(Series, SERIES, content.series, here | {"version": 1, "created_at": now})
        # In the order of their keys rows go in at one end, and half the pages stay untouched.
        content.sessions.sort(key=_first)
        content.readings.sort(key=_first)
        insert_rows(TreatmentSession, SESSION, content.sessions, here | said | {"version": 1})
        planned = here | {"version": 1, "recorded_by": ""}
        insert_rows(TreatmentSession, SESSION, content.planned, planned)
        ids = _ids_in_order(len(content.readings))
        readings = [(key, *row) for key, row in zip(ids, content.readings, strict=True)]
        insert_rows(Reading, ("id", *READING), readings, {})
        nothing = {"voided_by": "", "voided_reason": ""}
        scores = _with_editions(content.scores)
        insert_rows(Assessment, (*SCORE, "edition_id"), scores, here | said | nothing)
        _begin(content.activated)


def _with_editions(scores: Sequence[Row]) -> list[Row]:
    """Tie scores to the words that were answered, where these are still the words of today.

    Of another version only its name is known; its words are not in the file.
    """
    if not scores:
        return []
    known = library()
    told = {(row[_INSTRUMENT], row[_VERSION]) for row in scores}
    kept = {
        (code, version): instrument_editions.keep(known[code])
        for code, version in sorted(told)
        if code in known and known[code].version == version
    }
    return [(*row, kept.get((row[_INSTRUMENT], row[_VERSION]))) for row in scores]


def _ids_in_order(count: int) -> list[int]:
    """Draw many ids at once; one by one takes ten times as long."""
    drawn = array("Q", secrets.token_bytes(8 * count))
    return sorted(1 + number % ID_MAX for number in drawn)


def _first(row: Row) -> Any:
    return row[0]


def _begin(series_ids: Iterable[int]) -> None:
    """Set series that were only planned going, as recording a session does."""
    for series_id in series_ids:
        db.session.execute(
            update(Series)
            .where(Series.id == series_id, Series.state == SeriesState.PLANNED.value)
            .values(state=SeriesState.ACTIVE.value, version=Series.version + 1)
        )


def insert_rows(
    model: type[Any], names: Sequence[str], rows: Sequence[Row], same: Mapping[str, Any]
) -> None:
    """Insert rows that hold the values of `names`; `same` are columns equal in every row.

    Each column is turned into the driver's values by its own type, as SQLAlchemy would do, but a
    column at a time and each distinct value once.
    """
    if not rows:
        return
    table = cast("Table", model.__table__)
    connection = db.session.connection()
    dialect = connection.dialect
    encoders = [_encoder(table.c[name].type, dialect) for name in names]
    constants = [_encoded(table.c[name].type, dialect, value) for name, value in same.items()]
    mark = "?" if dialect.paramstyle == "qmark" else "%s"
    quote = dialect.identifier_preparer.quote
    listed = ", ".join(quote(name) for name in (*names, *same))
    marks = ", ".join([mark] * (len(names) + len(same)))
    # Names come from the tables' own declarations; every value is bound.
    statement = f"INSERT INTO {quote(table.name)} ({listed}) VALUES ({marks})"  # noqa: S608
    for piece in _pieces(rows):
        columns = zip(*piece, strict=True)
        encoded = [
            map(encode, column) if encode else column
            for encode, column in zip(encoders, columns, strict=True)
        ]
        bound = list(zip(*encoded, *map(repeat, constants), strict=False))  # repeat() never ends
        connection.exec_driver_sql(statement, bound)


def _pieces(rows: Iterable[Row]) -> Iterator[list[Row]]:
    waiting = iter(rows)
    while piece := list(islice(waiting, ROWS_AT_ONCE)):
        yield piece


class _Memo(dict[Any, Any]):
    """Remembers what each distinct value became."""

    def __init__(self, encode: Encoder) -> None:
        super().__init__({None: None})
        self._encode = encode

    def __missing__(self, value: Any) -> Any:
        self[value] = encoded = self._encode(value)
        return encoded


def _encoded(kind: TypeEngine[Any], dialect: Dialect, value: Any) -> Any:
    encode = _encoder(kind, dialect)
    return encode(value) if encode else value


def _encoder(kind: TypeEngine[Any], dialect: Dialect) -> Encoder | None:
    if isinstance(kind, UtcDateTime) and dialect.name == "sqlite":
        return _instant_text
    if isinstance(kind, Text):
        return None
    if isinstance(kind, String):
        return str.__str__  # codes as plain text: drivers have their own ideas about enumerations
    encode = kind.dialect_impl(dialect).bind_processor(dialect)
    if encode is None:
        return None
    if isinstance(kind, JsonText):
        memo = _Memo(lambda items: encode(dict(items)))
        return lambda value: memo[(*value.items(),)] if isinstance(value, dict) else encode(value)
    return _Memo(encode).__getitem__


def _instant_text(value: datetime | None) -> str | None:
    """Write an instant as SQLAlchemy keeps it in SQLite, in a fifth of the time."""
    if value is None:
        return None
    text = str(value if value.tzinfo is UTC else value.astimezone(UTC))
    return text[:-6] if value.microsecond else f"{text[:19]}.000000"


@contextmanager
def _roomy_cache() -> Iterator[None]:
    connection = db.session.connection()
    if connection.dialect.name != "sqlite":
        yield
        return
    connection.execute(sql(f"PRAGMA cache_size = -{CACHE_KIB}"))
    try:
        yield
    finally:
        connection.execute(sql(f"PRAGMA cache_size = -{USUAL_CACHE_KIB}"))
