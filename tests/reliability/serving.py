"""A clinic that is really served, to be killed, cut off from its disk and asked by slow clients.

`tracker serve` (waitress, SQLite), or gunicorn as its printed service has it (PostgreSQL).
"""

import http.client
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import create_engine, text

from tests import databases
from tests.browsing import Browser
from tests.builders.patients import a_patient, a_series, planned
from tests.databases import PostgresqlTemplates, SqliteTemplates, Templates
from tests.people import ANNA
from tracker import config, create_app
from tracker.models import db
from tracker.services import clock
from tracker.services.live import commands as live_commands

ROOT = Path(__file__).resolve().parents[2]
DATABASES = {"waitress": "sqlite", "gunicorn": "postgresql"}  # each kind, with its own
PATIENCE_SECONDS = 60
FIRST_DAY = date(2024, 1, 1)
_TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


@dataclass(frozen=True)
class Desk:
    """What one writer works on: a patient with planned sessions, and a session under way."""

    patient_id: int
    session_ids: tuple[int, ...]
    live_id: int


@dataclass
class Server:
    """A server process of a clinic, that can be killed and started again on its port."""

    kind: str
    instance: Path
    database_url: str
    desks: tuple[Desk, ...]
    cookies: tuple[str, ...]
    prefix: tuple[str, ...] = ()  # what the server is run by, such as strace
    port: int = 0
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def log(self) -> Path:
        """What the server wrote."""
        return self.instance.parent / "serve.log"

    @property
    def environ(self) -> dict[str, str]:
        """What a command of this clinic sees."""
        kept = {name: v for name, v in os.environ.items() if not name.startswith("TRACKER_")}
        return kept | databases.ENVIRON | {
            "TRACKER_INSTANCE": str(self.instance), "TRACKER_DATABASE_URL": self.database_url,
        }  # fmt: skip

    def start(self) -> float:
        """Start it, and return after how many seconds it answered."""
        self.port = self.port or _free_port()
        command = {
            "waitress": ["tracker", "serve", "--port", str(self.port)],
            "gunicorn": ["gunicorn", "tracker:create_app()", "--preload", "--workers", "2",
                         "--threads", "32",
                         "--bind", f"127.0.0.1:{self.port}", "--log-level", "warning"],
        }[self.kind]  # fmt: skip
        began = time.monotonic()
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [*self.prefix, sys.executable, "-m", *command],
                env=self.environ, cwd=ROOT, stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip
        self._wait(began + PATIENCE_SECONDS)
        return time.monotonic() - began

    def _wait(self, last: float) -> None:
        while self.process and self.process.poll() is None and time.monotonic() < last:
            with suppress(OSError, http.client.HTTPException):
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5).close()
                return
            time.sleep(0.02)
        raise AssertionError(self.log.read_text()[-4000:])

    def kill(self) -> None:
        """End every process of it at once, as a power cut would."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(PATIENCE_SECONDS)
            self.process = None

    def stop(self) -> None:
        """End it in order."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
            self.process = None

    def tracker(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of the clinic."""
        return subprocess.run(
            [sys.executable, "-m", "tracker", *words],
            env=self.environ, cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def rows(self, query: str) -> list[Any]:
        """Ask the database, by a way of its own."""
        engine = create_engine(self.database_url)
        try:
            with engine.connect() as connection:
                return list(connection.execute(text(query)).all())
        finally:
            engine.dispose()


@contextmanager
def clinic(
    kind: str,
    folder: Path,
    *,
    desks: int,
    sessions: int = 0,
    on: Path | None = None,
    database: str = "",
    templates: Templates | None = None,
) -> Iterator[Server]:
    """Furnish a clinic and give its server, not started yet.

    `on` is the disk of its database, `templates` what it is copied from where that is there.
    """
    place = on or folder
    with ExitStack() as stack:
        made = templates or stack.enter_context(
            _templates(database or DATABASES[kind], folder, place)
        )
        yield stack.enter_context(_furnished(kind, place, made, desks, sessions))


@contextmanager
def _templates(database: str, folder: Path, place: Path) -> Iterator[Templates]:
    (folder / "template").mkdir()
    if database == "sqlite":
        yield SqliteTemplates(folder / "template")
        return
    with databases.postgresql_server(place, durable=True) as url:
        yield PostgresqlTemplates(folder / "template", url)


@contextmanager
def _furnished(
    kind: str, place: Path, templates: Templates, desks: int, sessions: int
) -> Iterator[Server]:
    instance = place / "instance"
    instance.mkdir(mode=0o700)
    (instance / config.KEYS_FILE).write_bytes(templates.keys.read_bytes())
    (instance / config.KEYS_FILE).chmod(0o600)
    database_url = templates.copy(instance, peopled=True)
    if database_url.startswith("sqlite"):
        (instance / config.DATABASE_FILE).chmod(0o600)
    environ = databases.ENVIRON | {"TRACKER_DATABASE_URL": database_url}
    app = create_app(settings=config.read(instance, environ))
    with app.app_context():
        made = tuple(_desk(templates, number, sessions) for number in range(desks))
        db.session.remove()
    cookies = tuple(_cookie(app) for _ in range(desks))
    with app.app_context():
        db.engine.dispose()
    server = Server(kind, instance, database_url, made, cookies)
    try:
        yield server
    finally:
        server.stop()
        templates.drop(database_url)


def _desk(templates: Templates, number: int, sessions: int) -> Desk:
    by = templates.cast.anna
    patient_id = a_patient(by, f"K-{number:02}", given_name=f"Person {number:02}")
    series_id = a_series(by, patient_id, sessions=sessions, starts_on=FIRST_DAY)
    other = a_patient(by, f"L-{number:02}", given_name=f"Sitting {number:02}")
    [first, *_] = planned(a_series(by, other))
    live_id = live_commands.begin(first, by=by, reason="Measured")
    return Desk(patient_id, tuple(planned(series_id)), live_id)


def _cookie(app: Flask) -> str:
    client = Browser(app)(ANNA).client
    client.get("/account/")
    cookie = client.get_cookie("tracker")
    assert cookie is not None
    return f"tracker={cookie.value}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Save:
    """One thing to store: its kind, the mark that is looked for afterwards, and how it is sent."""

    kind: str
    mark: str
    path: str
    content_type: str
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What came back; status 0 where nothing did."""

    status: int
    text: str
    seconds: float


class Writer:
    """A browser that saves scores, sessions and entries at the chair, each with a mark."""

    def __init__(self, server: Server, number: int) -> None:
        self.server, self.number = server, number
        self.desk, self.cookie = server.desks[number], server.cookies[number]
        self.token = ""
        self.count = 0
        self._sessions = list(self.desk.session_ids)
        self._days = 0

    def sign_on(self) -> None:
        """Read the token that forms must carry."""
        found = _TOKEN.search(self.ask("GET", "/account/").text)
        assert found is not None
        self.token = found.group(1)

    def next_save(self) -> Save:
        """Draw the next thing to store: of four, two entries, a score and a session."""
        self.count += 1
        mark = f"mark-{self.number}-{self.count:05}"
        if self.count % 4 == 1 and self.count // 4 < len(self._sessions):
            return self._session(mark, self.count // 4)
        return self._score(mark) if self.count % 4 == 3 else self._entry(mark)

    def _entry(self, mark: str) -> Save:
        entry = {
            "key": mark, "kind": "note", "replaces": "", "at": clock.now().isoformat(),
            "content": {"text": f"typed {mark}"},
        }  # fmt: skip
        path = f"/sessions/{self.desk.live_id}/live/entries"
        body = json.dumps({"entries": [entry]}).encode()
        return Save("entry", mark, path, "application/json", body)

    def _score(self, mark: str) -> Save:
        self._days += 1
        typed = {
            "instrument": "madrs", "total": "31", "taken_time": "", "occasion": "weekly",
            "taken_on": (FIRST_DAY + timedelta(days=self._days)).isoformat(), "tie": "",
            "note": f"typed {mark}",
        }  # fmt: skip
        return self._form("score", mark, f"/patients/{self.desk.patient_id}/scores/new", typed)

    def _session(self, mark: str, place: int) -> Save:
        held = FIRST_DAY + timedelta(days=3 * place)
        typed = {
            "started_on": held.isoformat(), "started_time": "10:00", "route": "iv",
            "drug": "ketamine", "dose_mg": "35.5", "weight_kg": "71", "weight_unit": "kg",
            "duration_minutes": "40", "mood_before": "3", "mood_after": "6",
            "discharged_time": "12:00", "escort": "Sister", "private_notes": f"typed {mark}",
        }  # fmt: skip
        return self._form("session", mark, f"/sessions/{self._sessions[place]}/record", typed)

    def _form(self, kind: str, mark: str, path: str, typed: dict[str, str]) -> Save:
        sent = typed | {"csrf_token": self.token, "once": secrets.token_urlsafe(16)}
        body = urllib.parse.urlencode(sent).encode()
        return Save(kind, mark, path, "application/x-www-form-urlencoded", body)

    def send(self, save: Save) -> Answer:
        """Send it once."""
        headers = {"Content-Type": save.content_type, "X-CSRFToken": self.token}
        if save.kind == "entry":
            headers["X-Requested-With"] = "fetch"
        return self.ask("POST", save.path, save.body, headers)

    @staticmethod
    def is_saved(save: Save, answer: Answer) -> bool:
        """Say whether the answer says that it is stored."""
        if save.kind == "entry":
            taken = json.loads(answer.text)["taken"] if answer.status == 200 else []
            return any(one["key"] == save.mark for one in taken)
        return answer.status == 303

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Make a request on a connection of its own."""
        began = time.monotonic()
        named = {"Cookie": self.cookie, **(headers or {})}
        with closing(HTTPConnection("127.0.0.1", self.server.port, timeout=30)) as connection:
            try:
                connection.request(method, path, body, named)
                answer = connection.getresponse()
                said = answer.read().decode("utf-8", "replace")
                return Answer(answer.status, said, time.monotonic() - began)
            except (OSError, http.client.HTTPException) as error:
                return Answer(0, repr(error), time.monotonic() - began)


@dataclass
class Ledger:
    """What was acknowledged, by kind, and what must not have been answered."""

    saved: dict[str, list[str]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note_saved(self, save: Save) -> None:
        """Remember that somebody was told that this is stored."""
        with self.lock:
            self.saved.setdefault(save.kind, []).append(save.mark)

    def note_wrong(self, words: str) -> None:
        """Remember an answer that should not be."""
        with self.lock:
            self.wrong.append(words)

    @property
    def count(self) -> int:
        """How many saves were acknowledged."""
        return sum(map(len, self.saved.values()))


_STORED = {
    "entry": "SELECT key FROM session_entry WHERE key LIKE 'mark-%'",
    "score": "SELECT note FROM assessment WHERE note LIKE 'typed mark-%'",
    "session": (
        "SELECT private_notes FROM treatment_session WHERE private_notes LIKE 'typed mark-%'"
    ),
}


@dataclass(frozen=True)
class Comparison:
    """How what is stored differs from what was acknowledged, and whether all of it is whole."""

    lost: int
    doubled: int
    verify: str
    integrity: str


def compare(server: Server, ledger: Ledger) -> Comparison:
    """Look for every save that was acknowledged, and have the trail and the file checked."""
    lost = doubled = 0
    for kind, query in _STORED.items():
        marks = [row[0].removeprefix("typed ") for row in server.rows(query)]
        lost += len(set(ledger.saved.get(kind, ())) - set(marks))
        doubled += len(marks) - len(set(marks))
    verified = server.tracker("audit", "verify", "--deep")
    said = "ok" if verified.returncode == 0 else verified.stdout + verified.stderr
    integrity = "ok"
    if server.database_url.startswith("sqlite"):
        integrity = server.rows("PRAGMA integrity_check")[0][0]
    return Comparison(lost, doubled, said, integrity)
