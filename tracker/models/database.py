"""The database handle, how it is opened, and the column types that keep values exact."""

import json
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    Executable,
    Float,
    FromClause,
    Integer,
    MetaData,
    Numeric,
    String,
    Text,
    cast,
    event,
    func,
    literal_column,
    select,
)
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator, TypeEngine

from tracker.domain.codes import Word

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base of all tables."""

    metadata = MetaData(naming_convention=NAMING)


STANDBY = "standby"  # the name of the engine that large reads may go to
ELSEWHERE = "elsewhere"  # in a session's info: the engine that it reads from for now
LIMIT = "limit"  # and how long its statements may take, where that is longer than for a page


class RequestSession(Session):
    """The session of a request, which may for a while read from another server."""

    def get_bind(self, *words: Any, **named: Any) -> Engine | Connection:
        """Name the server to ask."""
        return self.info.get(ELSEWHERE) or super().get_bind(*words, **named)


db = SQLAlchemy(model_class=Base, session_options={"class_": RequestSession})

# The type checker cannot see through the class that Flask-SQLAlchemy makes of Base.
if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model

# 64 bits on PostgreSQL; on SQLite the only spelling that makes the key the rowid.
ID_MAX = 2**53 - 1  # the highest whole number that a browser keeps exactly
NEW_ID_MAX = 10**15 - 1  # the longest that a spreadsheet keeps
Id = BigInteger().with_variant(Integer, "sqlite")


def another(model: type[Model]) -> FromClause:
    """Name a table a second time, for statements made at import: its columns are under `.c`.

    `aliased()` would at once tie all tables to their classes, which a start need not wait for.
    """
    return model.__table__.alias()


def new_id() -> int:
    """Draw an id that tells a stranger nothing."""
    return secrets.randbelow(NEW_ID_MAX) + 1


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text + "+00:00")


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware in Python, UTC in the database. Naive values are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware instant into UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the instant back as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[Any], datetime | None] | None:
        """Read SQLite's text in one step: a page reads a hundred instants."""
        if dialect.name != "sqlite":
            return super().result_processor(dialect, coltype)
        return _instant


@lru_cache(maxsize=4096)  # totals and doses are few, and a page reads some fifty
def _exact(value: float | Decimal) -> Decimal:
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return number.quantize(Decimal(1)) if number == number.to_integral() else number.normalize()


class ExactNumber(TypeDecorator[Decimal]):
    """A decimal number of few digits: NUMERIC on PostgreSQL, REAL on SQLite, Decimal in Python.

    SQLite has no decimal type. A double holds every number of up to 15 digits exactly enough that
    its shortest text is the number that was typed, and that text is what comes back.
    """

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column type of the database."""
        kind: TypeEngine[Any] = Float() if dialect.name == "sqlite" else Numeric(12, 4)
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Decimal | float | None:
        """Hand the number over in the database's own type."""
        if value is None:
            return None
        return float(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Give the number back as the Decimal that was stored, without trailing zeros."""
        return None if value is None else _exact(value)

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[Any], Decimal | None] | None:
        """Read SQLite's double in one step, too."""
        if dialect.name != "sqlite":
            return super().result_processor(dialect, coltype)
        return lambda value: None if value is None else _exact(value)


class JsonText(TypeDecorator[Mapping[str, Any]]):
    """A small mapping or list as JSON text; sorted keys, so that equal values are equal text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Write the JSON."""
        if value is None:
            return None
        return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Read the JSON."""
        return None if value is None else json.loads(value)


def write_out(word: Word) -> ColumnElement[str]:
    """Write a code into a statement as it stands, where a bound one would hide a partial index.

    Once for all: SQLAlchemy's `literal_execute` writes it into the text at each execution.
    """
    return literal_column(f"'{word.value}'", String)


# What is read is mapped; the cache keeps what was written, by itself up to 2 MiB a connection.
CACHE_KIB = 256


def configure(engine: Engine) -> None:
    """Open the application's engine our way; migrations use a plain one (migrations/env.py)."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _open_sqlite)
        event.listen(engine, "before_cursor_execute", _begin_sqlite)
    else:
        from tracker.models import postgresql

        postgresql.configure(engine)
        if not event.contains(db.session, "after_begin", _allow_long):
            event.listen(db.session, "after_begin", _allow_long)


COMMAND_SECONDS = 60 * 60  # for one statement of a command that somebody, or a timer, gave


@contextmanager
def long_work(seconds: int) -> Iterator[None]:
    """Let statements take so long: for work that may be long, and says so."""
    asked = db.session()
    before = asked.info.get(LIMIT)
    asked.info[LIMIT] = max(seconds, before or 0)
    if asked.in_transaction():
        _allow_long(asked, None, connection())
    try:
        yield
    finally:
        asked.info[LIMIT] = before
        taken = asked.info.get("connection")
        if taken is not None and not taken.closed and not taken.invalidated:
            _be_usual(taken)


def _be_usual(taken: Connection) -> None:
    """Have what comes next on a connection answered as soon as for a page."""
    if taken.dialect.name != "sqlite":
        from tracker.models import postgresql

        postgresql.be_usual(taken.connection.dbapi_connection)


def _allow_long(asked: Any, _transaction: object, taken: Connection) -> None:
    if (seconds := asked.info.get(LIMIT)) and taken.dialect.name != "sqlite":
        from tracker.models import postgresql

        postgresql.allow(taken, seconds)


def _open_sqlite(connection: Any, _record: object) -> None:
    """Set what SQLite keeps per connection. FULL: an acknowledged save survives power loss."""
    connection.isolation_level = None  # we say BEGIN ourselves, see _begin_sqlite
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.execute("PRAGMA mmap_size=1073741824")
    cursor.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    cursor.close()


def _begin_sqlite(connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
    """Begin a write with BEGIN IMMEDIATE, and leave reads alone.

    A deferred transaction that has read cannot start to write when another has written meanwhile
    (SQLITE_BUSY_SNAPSHOT, which no time-out cures). So reads stand alone, and the first statement
    that is not a SELECT takes the write lock before it runs.
    """
    if not statement.lstrip()[:6].upper().startswith(("SELECT", "WITH", "PRAGMA", "BEGIN")):
        _take_write_lock(connection)


def _take_write_lock(connection: Connection) -> None:
    raw: Any = connection.connection.dbapi_connection
    if isinstance(raw, sqlite3.Connection) and not raw.in_transaction:
        try:
            raw.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:  # locked or full; told as SQLAlchemy tells it
            raise OperationalError("BEGIN IMMEDIATE", None, error) from error


def plain_rows(
    statement: Executable, values: Mapping[str, Any] | None = None
) -> "CursorResult[*tuple[Any, ...]]":
    """Run a statement for its rows alone, in a third of the time that a session's own way takes.

    For columns of what is stored already: objects that wait in the session are not stored first.
    """
    return connection().execute(statement, values)


def connection() -> Connection:
    """Give the connection of the session, which it takes when it is first asked in a transaction.

    To find it by way of the session each time is slower. It is closed when it goes back.
    """
    asked = db.session()
    taken: Connection | None = asked.info.get("connection")
    if taken is None or taken.closed:
        taken = asked.info["connection"] = asked.connection()
    return taken


def among(column: Any, ids: Iterable[int]) -> ColumnElement[bool]:
    """Say that a column is one of very many ids: one bound value, however many there are."""
    listed = json.dumps([*ids])
    one_of: ColumnElement[bool]
    if connection().dialect.name == "sqlite":
        each = func.json_each(listed).table_valued("value")
        one_of = column.in_(select(each.c.value))
    else:
        each = func.json_array_elements_text(func.json(listed)).table_valued("value")
        one_of = column.in_(select(cast(each.c.value, Id)))
    return one_of


def begin_writing() -> None:
    """Take the write lock now, so that what is read next cannot change before it is written."""
    _take_write_lock(connection())
