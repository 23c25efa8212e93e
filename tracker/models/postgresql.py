"""How long the tracker waits for PostgreSQL, and what it does about a server that is silent.

A person who saves is answered within 15 seconds, whatever has become of the server:

- a server that answers ends a statement by itself after its limit (`statement_timeout`);
- one that was stopped, or lies behind a line that swallows everything, ends nothing. Its machine
  may even acknowledge what it gets, so that no time-out of TCP helps: we stop waiting ourselves;
- who comes next in that moment is told at once, and does not wait for a connection as well.
"""

import os
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, text
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import OperationalError

from tracker.config import is_elsewhere
from tracker.database_address import hosts

CONNECT_SECONDS = 3  # for each server that the address names
STATEMENT_SECONDS = 8
LOCK_SECONDS = 5  # as long as SQLite waits
PING_SECONDS = 2
GRACE_SECONDS = 1  # beyond its limit, for the server to say that it ended a statement itself
SILENT_SECONDS = 1.0  # for so long nobody tries again to reach a server that did not answer
_READ_ONLY = "25006"  # read_only_sql_transaction: the server was demoted under an open connection


def engine_options(database_url: str, *, read_only: bool = False) -> dict[str, Any]:
    """Give what an engine of the application is made with."""
    return {
        "pool_pre_ping": True,
        "pool_timeout": LOCK_SECONDS,
        "connect_args": connect_args(database_url, read_only=read_only),
    }


def open_engine(database_url: str, *, seconds: int = STATEMENT_SECONDS) -> Engine:
    """Make an engine of its own, for a look or for work whose statements may take so long."""
    lock = seconds if seconds > STATEMENT_SECONDS else LOCK_SECONDS
    engine = create_engine(
        database_url, poolclass=NullPool, hide_parameters=True,
        connect_args=connect_args(database_url, statement_seconds=seconds, lock_seconds=lock),
    )  # fmt: skip
    configure(engine, seconds)
    return engine


def connect_args(
    database_url: str,
    *,
    statement_seconds: int = STATEMENT_SECONDS,
    lock_seconds: int = LOCK_SECONDS,
    read_only: bool = False,
) -> dict[str, Any]:
    """Give what a connection is opened with; what the address says itself goes first.

    Of a client whose machine is gone, the server learns within a minute, and frees its locks.
    """
    named: Mapping[str, Any] = make_url(database_url).query
    limits = {
        "statement_timeout": statement_seconds * 1000,
        "lock_timeout": lock_seconds * 1000,
        "tcp_keepalives_idle": 30,
        "tcp_keepalives_interval": 10,
        "tcp_keepalives_count": 3,
        **({"default_transaction_read_only": "on"} if read_only else {}),
    }
    ours = " ".join(f"-c {name}={value}" for name, value in limits.items())
    usual = {
        "connect_timeout": CONNECT_SECONDS,
        "keepalives": 1,
        "keepalives_idle": 10,
        "keepalives_interval": 3,
        "keepalives_count": 3,
        **({"sslmode": mode} if (mode := tls_mode(database_url)) else {}),
        "tcp_user_timeout": (STATEMENT_SECONDS + GRACE_SECONDS) * 1000,
    }
    given = {name: value for name, value in usual.items() if name not in named}
    return given | {"options": f"{ours} {named.get('options', '')}".strip()}


def tls_mode(database_url: str) -> str:
    """Say how a server on another machine is spoken to where nobody said it: never readable.

    libpq's own choice is to try TLS, and to go on without (postgresql.org/docs/18/libpq-ssl.html).
    """
    said = "sslmode" in make_url(database_url).query or "PGSSLMODE" in os.environ
    return "require" if not said and any(map(is_elsewhere, hosts(database_url))) else ""


def configure(engine: Engine, seconds: int = STATEMENT_SECONDS) -> None:
    """Let an engine stop waiting for a server that is silent for longer than a statement may be."""
    silent = _Silence()

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: object, _record: object, words: Any, named: Any) -> Any:
        silent.refuse()
        with silent.notice():
            opened = _kind_of_connection().connect(*words, **named)
        opened.silence, opened.usual_seconds = silent, seconds + GRACE_SECONDS
        be_usual(opened)
        return opened

    event.listen(engine, "handle_error", _tell_demoted)
    event.listen(engine, "checkin", be_usual)
    ping: Any = engine.dialect.do_ping

    def ping_soon(raw: Any) -> bool:
        raw.patience_seconds = PING_SECONDS
        try:
            return bool(ping(raw))
        finally:
            be_usual(raw)

    engine.dialect.do_ping = ping_soon  # type: ignore[method-assign, assignment]


def allow(connection: Connection, seconds: int) -> None:
    """Let the statements of a transaction take longer than those of a page."""
    connection.execute(text(f"SET LOCAL statement_timeout = {seconds * 1000:d}"))
    raw: Any = connection.connection.dbapi_connection
    raw.patience_seconds = seconds + GRACE_SECONDS


def be_usual(raw: Any, _record: object = None) -> None:
    """Wait for the answer to a statement as long as a page may."""
    if raw is not None:
        raw.patience_seconds = raw.usual_seconds


def _tell_demoted(context: ExceptionContext) -> OperationalError | None:
    """Take a server that became a standby for one that is gone: another takes saves now."""
    fault: Any = context.original_exception
    if getattr(fault, "sqlstate", None) != _READ_ONLY:
        return None
    context.is_disconnect = True
    return OperationalError(context.statement, None, fault, connection_invalidated=True)


class _Silence:
    """Remembers that a server did not answer, so that not everybody waits for it in turn."""

    def __init__(self) -> None:
        self._until = 0.0

    def begin(self) -> None:
        """Note that the server is silent."""
        self._until = time.monotonic() + SILENT_SECONDS

    def refuse(self) -> None:
        """Raise at once where the server was found silent a moment ago."""
        if time.monotonic() < self._until:
            raise _operational("the server did not answer a moment ago")

    @contextmanager
    def notice(self) -> Iterator[None]:
        """Note it where a connection took so long that nobody answered; a refusal comes at once."""
        began = time.monotonic()
        try:
            yield
        except Exception:
            if time.monotonic() - began >= CONNECT_SECONDS:
                self.begin()
            raise


def _operational(words: str) -> Exception:
    from psycopg import OperationalError as DriverError

    return DriverError(words)


@cache
def _kind_of_connection() -> Any:
    """Make a kind of connection that stops waiting; the driver is loaded where it is needed."""
    import psycopg

    class TimedConnection(psycopg.Connection[Any]):
        """Waits so many seconds for the answer to a statement, then closes itself."""

        usual_seconds: float = STATEMENT_SECONDS + GRACE_SECONDS
        patience_seconds: float = usual_seconds
        silence: _Silence | None = None

        def wait(self, gen: Any, *words: Any, **named: Any) -> Any:
            """Wait for an answer; the driver looks up ten times a second meanwhile."""
            return super().wait(self._in_time(gen), *words, **named)

        def _in_time(self, gen: Any) -> Generator[Any, Any, Any]:
            until = time.monotonic() + self.patience_seconds
            try:
                wanted = next(gen)
                while True:
                    ready = yield wanted
                    if not ready and time.monotonic() > until:
                        raise self._give_up()
                    wanted = gen.send(ready)
            except StopIteration as ended:
                return ended.value

        def _give_up(self) -> Exception:
            """Close the connection: what comes of its statement, nobody can know any more."""
            self.pgconn.finish()
            if self.silence is not None:
                self.silence.begin()
            return _operational("the server does not answer")

    return TimedConnection
