"""An instance with the clinic of an earlier version, on either database, and its upgrade."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests import databases
from tests.browsing import Browser
from tests.reliability.upgrades import comparison, fixtures, rows
from tests.reliability.upgrades.fixtures import Fixture
from tests.reliability.upgrades.rows import Tables
from tests.reliability.upgrades.versions import VERSIONS
from tracker import config, create_app
from tracker.config import Settings
from tracker.models import db, schema
from tracker.services import clock
from tracker.services.audit import clinical_rows
from tracker.services.audit import queries as audit_queries
from tracker.services.backups import folder as backup_folder
from tracker.services.backups import key as backup_key
from tracker.services.backups import restoring
from tracker.services.backups.key import BackupKey

ROOT = Path(__file__).resolve().parents[3]
CLINICIAN, PASSWORD = "clinician@demo.example", "demo demo demo 2026"


@dataclass(frozen=True)
class Clinic:
    """An instance, where its database is, and the key that opens its backups."""

    instance: Path
    database_url: str
    key: BackupKey
    fixture: Fixture

    @property
    def environ(self) -> dict[str, str]:
        """What a command of this clinic sees."""
        kept = {name: text for name, text in os.environ.items() if not name.startswith("TRACKER_")}
        return kept | databases.ENVIRON | {
            "TRACKER_INSTANCE": str(self.instance), "TRACKER_DATABASE_URL": self.database_url,
        }  # fmt: skip

    @property
    def settings(self) -> Settings:
        """What its commands read."""
        return config.read(self.instance, self.environ)

    def rows(self) -> dict[str, rows.Table]:
        """Read all that is in its database."""
        return rows.read(self.database_url)

    def begin_upgrade(self) -> "subprocess.Popen[str]":
        """Run the command, in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "tracker", "db", "upgrade"], env=self.environ, cwd=ROOT,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip


def put(fixture: Fixture, instance: Path, database_url: str = "") -> Clinic:
    """Make an instance with a kept clinic in it, in its own file or in an empty database."""
    instance.mkdir(mode=0o700)
    keys = instance / config.KEYS_FILE
    keys.write_text(fixture.keys, encoding="utf-8")
    keys.chmod(0o600)
    url = database_url or f"sqlite:///{instance / config.DATABASE_FILE}"
    fixture.restore(url)
    if not database_url:
        (instance / config.DATABASE_FILE).chmod(0o600)
    key = backup_key.make()
    backup_key.keep(key.public, instance, clock.now())
    return Clinic(instance, url, key, fixture)


@contextmanager
def folder() -> Iterator[Path]:
    """Give a folder for instances."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def of_today(instance: Path) -> Clinic:
    """Make an instance with what the oldest kept clinic is after an upgrade."""
    clinic = put(fixtures.load(VERSIONS[0].revision), instance)
    schema.upgrade(clinic.database_url)
    return clinic


def faults_after(clinic: Clinic, before: Tables, *, pages: int = 10) -> Iterator[str]:
    """Say what is not as it should be once the upgrade is done; open the pages of so many."""
    if (found := schema.current(clinic.database_url)) != schema.head():
        yield f"stands at {found}"
        return
    yield from comparison.faults(before, clinic.rows(), clinic.fixture.revision)
    if pages:
        yield from faults_of_pages(clinic, pages)


def faults_of_pages(clinic: Clinic, pages: int) -> Iterator[str]:
    """Open the clinic as a clinician does: the trail must hold, and pages of patients open."""
    app = create_app(settings=clinic.settings)
    try:
        with app.app_context():
            if not audit_queries.verify().intact:
                yield "the trail does not verify"
            if found := clinical_rows.verify().faults:
                yield f"{len(found)} rows are not what the trail sealed"
            db.session.remove()
        browser = Browser(app)(CLINICIAN, PASSWORD)
        for row in clinic.rows()["patient"].named()[:pages]:
            answer = browser.client.get(f"/patients/{row['id']}/")
            if answer.status_code != 200:
                yield f"the page of a patient answers with {answer.status_code}"
    finally:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def faults_of_copies(clinic: Clinic, before: Tables) -> Iterator[str]:
    """Say which backup or copy of the clinic does not hold what was there before the upgrade."""
    for copy in copies(clinic):
        with closing(sqlite3.connect(copy)) as connection:
            if connection.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
                yield f"{copy.name} is not whole"
        if rows.digest(rows.read(f"sqlite:///{copy}")) != rows.digest(before):
            yield f"{copy.name} has other rows"
    for path in backups(clinic):
        yield from _faults_of_backup(clinic, path, before)


def copies(clinic: Clinic) -> list[Path]:
    """List the copies of a SQLite file."""
    return sorted((clinic.instance / "copies").glob("*.sqlite3"))


def backups(clinic: Clinic) -> list[Path]:
    """List the backups that count."""
    return list(backup_folder.backups_in(clinic.settings.backup_folder).values())


def _faults_of_backup(clinic: Clinic, path: Path, before: Tables) -> Iterator[str]:
    place = clinic.instance.with_name(f"{clinic.instance.name}-restored")
    with _empty_like(clinic, place) as url:
        restoring.restore(path, clinic.key, instance=place, database_url=url, environ={})
        if rows.digest(rows.read(url)) != rows.digest(before):
            yield f"{path.name} has other rows"
    shutil.rmtree(place)


@contextmanager
def _empty_like(clinic: Clinic, place: Path) -> Iterator[str]:
    if clinic.database_url.startswith("sqlite"):
        yield f"sqlite:///{place / config.DATABASE_FILE}"
        return
    with another_database(clinic.database_url, "restored") as url:
        yield url


@contextmanager
def another_database(server: str, name: str) -> Iterator[str]:
    """Make an empty database on a server of PostgreSQL, and remove it in the end."""
    plain = server.replace("+psycopg", "")
    head, _, query = plain.partition("?")
    named = f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    try:
        yield named.replace("postgresql://", "postgresql+psycopg://")
    finally:
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
