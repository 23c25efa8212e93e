"""Copy a PostgreSQL database with its own programs, and digest its rows as they are dumped."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import make_url

from tracker.models.postgresql import connect_args
from tracker.services.backups import row_digests
from tracker.services.backups.databases import postgresql_tools as tools
from tracker.services.backups.errors import BackupError, DamagedError
from tracker.services.backups.manifest import DatabaseCopy
from tracker.services.backups.row_digests import TableDigest

if TYPE_CHECKING:
    import psycopg

KIND, FILE = "postgresql", "tracker.dump"
BACKUP_SECONDS = 6 * 60 * 60  # for one statement; pg_dump sets itself no limit
# As pg_dump itself sets them, so that a row reads the same in the dump and in the database.
_AS_DUMPED = (
    "SET TIME ZONE 'UTC'",
    "SET datestyle = 'ISO'",
    "SET intervalstyle = 'postgres'",
    "SET extra_float_digits = 3",
    "SET search_path = public",
)
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
_COLUMNS = (
    "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 "
    "AND NOT attisdropped AND attgenerated = '' ORDER BY attnum"
)
_FUNCTIONS = (
    "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace "
    "AND prolang = (SELECT oid FROM pg_language WHERE lanname = 'plpgsql')"
)
_COPY = re.compile(rb'COPY public\."?(\w+)"? \(')


def copy(database_url: str, target: Path) -> DatabaseCopy:
    """Dump a database as of now, with the digests of what it held at this very moment.

    Both see the one snapshot that a transaction lends to the program.
    """
    with _open(database_url) as connection:
        found = tools.find(connection.info.server_version // 10_000)
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        (lent,) = connection.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
        schema = _schema(connection)
        tables = _digests(connection)
        tools.run(
            [
                found.dump, "--format=custom", "--no-owner", "--no-privileges",
                f"--snapshot={lent}", f"--file={target}",
            ],
            database_url,
            "pg_dump",
        )  # fmt: skip
    target.chmod(0o600)
    return DatabaseCopy(KIND, FILE, schema, tables)


def digests_of_dump(dump: Path) -> dict[str, TableDigest]:
    """Read a dump to its end, and digest the rows of its tables; no server is asked."""
    found = tools.find(0, dump=dump)
    command = [found.restore, "--data-only", "--file=-", str(dump)]
    with subprocess.Popen(  # noqa: S603 - a program that we found, without a shell
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as reading:
        lines = iter(reading.stdout or ())
        tables = {
            match[1].decode(): row_digests.digest(_rows(lines))
            for line in lines
            if (match := _COPY.match(line))
        }
        errors = (reading.stderr.read() if reading.stderr else b"").decode(errors="replace")
    if reading.returncode:
        raise DamagedError(f"The dump in this backup is damaged: {tools.first_words(errors)}")
    return tables


def digests(database_url: str) -> dict[str, TableDigest]:
    """Digest the rows of a database as it stands now."""
    with _open(database_url) as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return _digests(connection)


def restore(dump: Path, database_url: str) -> None:
    """Bring a dump into an empty database, all of it or nothing."""
    with _open(database_url) as connection:
        found = tools.find(connection.info.server_version // 10_000, dump=dump)
    name = make_url(database_url).database or ""
    tools.run(
        [
            found.restore, "--no-owner", "--no-privileges", "--single-transaction",
            "--exit-on-error", f"--dbname={name}", str(dump),
        ],
        database_url,
        "pg_restore",
    )  # fmt: skip


def is_empty(database_url: str) -> bool:
    """Say whether a database has no table yet."""
    with _open(database_url) as connection:
        return connection.execute(_TABLES).fetchone() is None


def empty(database_url: str) -> None:
    """Remove what a trial left in a database that was empty before it."""
    from psycopg import sql

    with _open(database_url) as connection:
        for (name,) in connection.execute(_TABLES).fetchall():
            table = sql.Identifier("public", name)
            connection.execute(sql.SQL("DROP TABLE {} CASCADE").format(table))
        for (signature,) in connection.execute(_FUNCTIONS).fetchall():
            connection.execute(sql.SQL("DROP FUNCTION {} CASCADE").format(sql.SQL(signature)))


@contextmanager
def scratch(database_url: str, name: str) -> Iterator[str]:
    """Make an empty database on the same server, give its address, and remove it in the end."""
    import psycopg
    from psycopg import sql

    called = sql.Identifier(name)
    try:
        with _open(database_url) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(called))
    except psycopg.errors.InsufficientPrivilege as error:
        raise BackupError(
            "The tracker may not make a database for the trial. Give it an empty one: "
            "tracker backup drill --database-url postgresql+psycopg://..."
        ) from error
    try:
        url = make_url(database_url).set(database=name)
        yield url.render_as_string(hide_password=False)
    finally:
        with _open(database_url) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(called))


@contextmanager
def _open(database_url: str) -> "Iterator[psycopg.Connection[Any]]":
    import psycopg

    limits = connect_args(
        database_url, statement_seconds=BACKUP_SECONDS, lock_seconds=BACKUP_SECONDS
    )
    named = tools.parameters(database_url) | limits
    try:
        with psycopg.connect(**named, autocommit=True) as connection:
            yield connection
    except psycopg.OperationalError as error:
        words = tools.first_words(str(error))
        raise BackupError(f"PostgreSQL does not answer as it should: {words}") from error


def _schema(connection: "psycopg.Connection[Any]") -> str:
    there = connection.execute("SELECT to_regclass('public.alembic_version')").fetchone()
    row = None
    if there and there[0]:
        row = connection.execute("SELECT version_num FROM public.alembic_version").fetchone()
    if row is None:
        raise BackupError("There is nothing to back up yet. Run: tracker init")
    return str(row[0])


def _digests(connection: "psycopg.Connection[Any]") -> dict[str, TableDigest]:
    from psycopg import sql

    for statement in _AS_DUMPED:
        connection.execute(statement)
    found = {}
    for (name,) in connection.execute(_TABLES).fetchall():
        table = sql.Identifier("public", name)
        asked = connection.execute(_COLUMNS, (table.as_string(connection),))
        columns = sql.SQL(", ").join(sql.Identifier(row[0]) for row in asked)
        taken = sql.SQL("COPY {} ({}) TO STDOUT").format(table, columns)
        with connection.cursor().copy(taken) as rows:
            found[name] = row_digests.digest(
                line for data in rows for line in bytes(data).splitlines(keepends=False)
            )
    return found


def _rows(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Give the rows of one table, up to the line that ends them."""
    for line in lines:
        if line == b"\\.\n":
            return
        yield line.rstrip(b"\n")
