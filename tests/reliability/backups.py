"""Backups while the application saves: each holds whatever was acknowledged before it began.

The application saves so many patients a second, all the time. Meanwhile `tracker backup` runs as it
would at night, again and again; each backup is then restored by `tracker restore` into a place of
its own, where every row is compared with what was backed up, and looked through for what was saved.
python -m tests.reliability.backups --help
"""

import argparse
import dataclasses
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import psycopg
from sqlalchemy import create_engine, text

from tests import databases
from tests.databases import PostgresqlTemplates, SqliteTemplates, Templates
from tracker import config, create_app
from tracker.domain.access import Actor
from tracker.domain.patients.draft import PatientDraft
from tracker.models import db
from tracker.services import clock
from tracker.services.backups import folder
from tracker.services.backups import key as backup_key
from tracker.services.patients import commands as patient_commands

ROOT = Path(__file__).resolve().parents[2]
DATABASES = ("sqlite", "postgresql")
PRIVATE = "Quillfeather"  # the family name of everybody who is saved
RESTORED_WITHIN_SECONDS = 15 * 60
_LIVELY_SHARE = 0.8  # of the saves asked for: with fewer the machine was too slow to say anything


@dataclass(frozen=True)
class Load:
    """How many backups, and how many saves a second by how many people at once meanwhile."""

    rounds: int = 20
    saves: float = 20.0
    writers: int = 4


@dataclass
class Outcome:
    """What came of it: per backup how many saves it had to have, and how many it lacks."""

    database: str
    asked: float
    saved: int = 0
    seconds: float = 0.0
    errors: list[str] = field(default_factory=list)
    expected: list[int] = field(default_factory=list)
    lacking: list[int] = field(default_factory=list)
    restore_seconds: list[float] = field(default_factory=list)
    backup_seconds: list[float] = field(default_factory=list)
    readable: int = 0

    @property
    def rate(self) -> float:
        """Saves a second."""
        return self.saved / self.seconds if self.seconds else 0.0

    @property
    def faults(self) -> list[str]:
        """Say what does not hold."""
        found = list(self.errors)
        if self.rate < self.asked * _LIVELY_SHARE:
            found.append(f"only {self.rate:.1f} saves a second")
        if missing := sum(self.lacking):
            found.append(f"{missing} saves are missing from backups that began after them")
        if self.readable:
            found.append(f"a name can be read in {self.readable} files")
        if max(self.restore_seconds, default=0) > RESTORED_WITHIN_SECONDS:
            found.append("a restore took longer than 15 minutes")
        return found


class Application:
    """The tracker at work: people who save patients, and what they were told is saved."""

    def __init__(self, settings: config.Settings, by: Actor, load: Load) -> None:
        self.app = create_app(settings=settings)
        self.by, self.load = by, load
        self.acknowledged: dict[str, float] = {}
        self.errors: list[str] = []
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=(number,)) for number in range(load.writers)
        ]

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Save all the while."""
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            for thread in self._threads:
                thread.join()
            with self.app.app_context():
                db.engine.dispose()

    def _work(self, number: int) -> None:
        every = self.load.writers / self.load.saves
        due = time.monotonic()
        count = 0
        while not self._stopping.is_set():
            name = f"W{number}-{count}"
            draft = PatientDraft(
                record_number=name, family_name=PRIVATE, birth_date=date(1980, 1, 1)
            )
            try:
                with self.app.app_context():
                    patient_commands.add(draft, by=self.by)
                self.acknowledged[name] = time.monotonic()
            except Exception as error:  # noqa: BLE001 - told at the end, whatever it is
                self.errors.append(f"save {name}: {type(error).__name__}: {error}")
            count += 1
            due += every
            self._stopping.wait(max(due - time.monotonic(), 0))


def measure(database: str, load: Load) -> Outcome:
    """Back up and restore so often, and compare."""
    with tempfile.TemporaryDirectory() as name, _templates(database, Path(name)) as templates:
        place = Path(name)
        instance = place / "clinic"
        instance.mkdir()
        shutil.copy(templates.keys, instance)
        url = templates.copy(instance, peopled=True)
        key = backup_key.make()
        backup_key.keep(key.public, instance, clock.now())
        environ = databases.ENVIRON | {
            "TRACKER_DATABASE_URL": url, "TRACKER_BACKUP_KEY": key.text,
            "TRACKER_BACKUP_KEEP": "99 99 99",
        }  # fmt: skip
        settings = dataclasses.replace(config.read(instance, environ), testing=True)
        outcome = Outcome(database, load.saves)
        application = Application(settings, templates.cast.anna, load)
        began = time.monotonic()
        with application.at_work():
            time.sleep(1.0)
            for _ in range(load.rounds):
                _one_round(application, instance, place, environ, outcome, templates)
        outcome.seconds = time.monotonic() - began
        outcome.saved = len(application.acknowledged)
        outcome.errors += application.errors
        return outcome


def _one_round(
    application: Application, instance: Path, place: Path, environ: dict[str, str],
    outcome: Outcome, templates: Templates,
) -> None:  # fmt: skip
    before = set(application.acknowledged)
    began = time.monotonic()
    if not _tracker(outcome, environ, "backup", "--instance", str(instance)):
        return
    outcome.backup_seconds.append(time.monotonic() - began)
    made = folder.backups_in(instance / config.BACKUP_FOLDER)
    newest = made[max(made)]
    outcome.readable += PRIVATE.encode() in newest.read_bytes()
    with tempfile.TemporaryDirectory(dir=place) as elsewhere, _empty(templates, elsewhere) as url:
        there = environ | {"TRACKER_DATABASE_URL": url}
        began = time.monotonic()
        if _tracker(outcome, there, "restore", str(newest), "--instance", f"{elsewhere}/clinic"):
            outcome.restore_seconds.append(time.monotonic() - began)
            outcome.expected.append(len(before))
            outcome.lacking.append(len(before - _record_numbers(url)))


def _tracker(outcome: Outcome, environ: dict[str, str], *words: str) -> bool:
    """Run a command as somebody would; remember what it complains of."""
    done = subprocess.run(
        [sys.executable, "-m", "tracker", *words],
        cwd=ROOT, env=os.environ | environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode or "could not be noted" in done.stdout:
        outcome.errors.append(f"tracker {words[0]}: {done.stderr or done.stdout}")
    return done.returncode == 0


@contextmanager
def _templates(database: str, place: Path) -> Iterator[Templates]:
    made = place / "templates"
    made.mkdir()
    if database == "sqlite":
        yield SqliteTemplates(made)
        return
    with databases.postgresql_server(place, durable=True) as url:
        yield PostgresqlTemplates(made, url)


@contextmanager
def _empty(templates: Templates, elsewhere: str) -> Iterator[str]:
    """Give the address of a database that is empty, or not there yet."""
    if not isinstance(templates, PostgresqlTemplates):
        yield config.database_url(Path(elsewhere) / "clinic", {})
        return
    name = f"restored_{time.monotonic_ns()}"
    with psycopg.connect(templates.url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield templates._sqlalchemy(name)
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _record_numbers(url: str) -> set[str]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = set(connection.scalars(text("SELECT record_number FROM patient")))
    engine.dispose()
    return found


def main() -> int:
    """Measure on the databases that are asked for, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=Load.rounds, help="backups (20)")
    parser.add_argument("--saves", type=float, default=Load.saves, help="saves a second (20)")
    parser.add_argument("--database", choices=DATABASES, action="append", help="one alone")
    asked = parser.parse_args()
    failed = False
    for database in asked.database or DATABASES:
        outcome = measure(database, Load(rounds=asked.rounds, saves=asked.saves))
        good = sum(not lacking for lacking in outcome.lacking)
        print(
            f"{database}: {good} of {asked.rounds} backups restored with every save from before "
            f"({sum(outcome.expected)} looked for, {sum(outcome.lacking)} missing); "
            f"{outcome.rate:.1f} saves a second, {len(outcome.errors)} errors; backup at most "
            f"{max(outcome.backup_seconds, default=0):.1f} s, restore at most "
            f"{max(outcome.restore_seconds, default=0):.1f} s"
        )
        for fault in outcome.faults:
            print(f"  FAULT {fault}")
        failed = failed or bool(outcome.faults) or good != asked.rounds
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
