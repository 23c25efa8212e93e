"""People who save all the while, through a served application, and what became of each save.

Each sends forms to gunicorn as a browser would: one after the other, each again until it is told
that it is saved, with the same one-time key. The database then says what is lost or doubled.
"""

import os
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import create_engine, text

from tests import databases
from tests.browsing import Browser
from tests.builders import courses
from tests.people import BEN, gather
from tests.reliability.servers import HOST, free_port
from tracker import config, create_app
from tracker.models import db, schema

ROOT = Path(__file__).resolve().parents[2]
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
PATIENCE_SECONDS = 60
ANSWERED_WITHIN_SECONDS = 15.0
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_SAVED, _AWAY = 303, 503


@dataclass(frozen=True)
class Clinic:
    """A clinic that is set up in a database: its folder, and a patient who is signed in."""

    instance: Path
    cookie: str
    path: str


@dataclass
class Tally:
    """What people were told: which words are saved, and when; how long each answer took."""

    saved: dict[str, float] = field(default_factory=dict)
    tries: int = 0
    away: int = 0
    slowest: float = 0.0
    faults: list[str] = field(default_factory=list)

    def first_after(self, moment: float) -> float:
        """Give how long after a moment something that was begun after it was saved."""
        return min((at for at in self.saved.values() if at > moment), default=float("inf")) - moment


@dataclass
class Outcome:
    """What came of a run."""

    acknowledged: int
    lost: int
    doubled: int
    tally: Tally

    @property
    def faults(self) -> list[str]:
        """Say what does not hold."""
        found = list(self.tally.faults)
        found += [f"{self.lost} acknowledged saves are lost"] if self.lost else []
        found += [f"{self.doubled} saves stand twice"] if self.doubled else []
        if self.tally.slowest > ANSWERED_WITHIN_SECONDS:
            found.append(f"an answer took {self.tally.slowest:.1f} s")
        return found

    def __str__(self) -> str:
        """Say it in a line."""
        tally = self.tally
        return (
            f"{self.acknowledged} acknowledged, {self.lost} lost, {self.doubled} doubled; "
            f"{tally.tries} tries, {tally.away} answered with 'not saved', "
            f"slowest answer {tally.slowest:.1f} s"
        )


def found_clinic(folder: Path, database_url: str) -> Clinic:
    """Set a clinic up in an empty database, with a patient who may write."""
    instance = folder / "instance"
    config.make_keys(instance)
    schema.upgrade(database_url)
    app = create_app(settings=config.read(instance, _environ(database_url)))
    with app.app_context():
        cast = gather()
        treated = courses.treat(cast.console)
        courses.account(cast.console, treated)
        db.session.remove()
    browser, path = Browser(app)(BEN), f"/diary/{treated.patient_id}/note"
    browser.open(path)  # with the form comes the cookie that its token is for
    found = browser.client.get_cookie("tracker")
    assert found is not None
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    return Clinic(instance, f"tracker={found.value}", path)


def _environ(database_url: str) -> dict[str, str]:
    # Whoever saves for an hour is not signed out meanwhile.
    return databases.ENVIRON | {
        "TRACKER_DATABASE_URL": database_url, "TRACKER_IDLE_MINUTES": "700",
    }  # fmt: skip


@contextmanager
def served(
    clinic: Clinic, database_url: str, *, workers: int = 2, by: str = "gunicorn"
) -> Iterator[int]:
    """Serve a clinic as it is printed for PostgreSQL, or by waitress; give the port."""
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRACKER_")}
    log = clinic.instance / "serve.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            _command(by, port, workers),
            env=kept | _environ(database_url) | {"TRACKER_INSTANCE": str(clinic.instance)},
            cwd=ROOT, stdout=out, stderr=out,
        )  # fmt: skip
    try:
        _wait_for(port, process, log)
        yield port
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def _command(by: str, port: int, workers: int) -> list[str]:
    if by == "waitress":
        return [sys.executable, "-m", "tracker", "serve", "--port", str(port)]
    return [
        sys.executable, "-m", "gunicorn", "tracker:create_app()", "--workers", str(workers),
        "--threads", "4", "--bind", f"{HOST}:{port}", "--log-level", "warning",
    ]  # fmt: skip


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    last = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < last:
        try:
            if ask(port, "GET", "/healthz")[0] == 200:
                return
        except (OSError, HTTPException):
            time.sleep(0.1)
    raise AssertionError(log.read_text())


def ask(port: int, method: str, path: str, body: str = "", cookie: str = "") -> tuple[int, str]:
    """Send one request and read its answer."""
    link = HTTPConnection(HOST, port, timeout=PATIENCE_SECONDS)
    try:
        headers = ({"Cookie": cookie} if cookie else {}) | (_FORM if body else {})
        link.request(method, path, body or None, headers)
        answer = link.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    finally:
        link.close()


class Writers:
    """People who save, each in a thread."""

    def __init__(self, clinic: Clinic, port: int, *, people: int = 6) -> None:
        self.clinic, self.port = clinic, port
        self.tally = Tally()
        page = ask(port, "GET", clinic.path, cookie=clinic.cookie)[1]
        token = TOKEN.search(page)
        assert token, page[:2000]
        self._token = token[1]
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._work, args=(n,)) for n in range(people)]

    @contextmanager
    def at_work(self) -> Iterator[Tally]:
        """Save all the while."""
        for thread in self._threads:
            thread.start()
        try:
            yield self.tally
        finally:
            self._stopping.set()
            for thread in self._threads:
                thread.join()

    def wait_for_saves(self, number: int = 1, seconds: float = PATIENCE_SECONDS) -> float:
        """Wait until so many more are saved; give how long it took."""
        began, before = time.monotonic(), len(self.tally.saved)
        while len(self.tally.saved) < before + number:
            if time.monotonic() - began > seconds:
                self.tally.faults.append(f"nothing was saved for {seconds:.0f} s")
                break
            time.sleep(0.02)
        return time.monotonic() - began

    def _work(self, number: int) -> None:
        count = 0
        while not self._stopping.is_set():
            words = f"W{number}-{count}-{id(self)}"
            form = {"csrf_token": self._token, "once": words.replace("-", "_"), "words": words}
            while not self._save(words, urlencode(form)) and not self._stopping.is_set():
                time.sleep(0.1)
            count += 1

    def _save(self, words: str, body: str) -> bool:
        """Send a form; say whether somebody said that it is saved."""
        began = time.monotonic()
        try:
            status, page = ask(self.port, "POST", self.clinic.path, body, self.clinic.cookie)
        except (OSError, HTTPException) as error:
            self._fault(f"no answer at all: {type(error).__name__}")
            return False
        took = time.monotonic() - began
        with self._lock:
            self.tally.tries += 1
            self.tally.slowest = max(self.tally.slowest, took)
            if status == _SAVED:
                self.tally.saved[words] = time.monotonic()
            elif status == _AWAY:
                self.tally.away += 1
        if status == _AWAY and ("Not saved" not in page or words not in page):
            self._fault("a page of a failed save lacks what was typed")
        elif status not in {_SAVED, _AWAY}:
            self._fault(f"answered with {status}: {page[:200]}")
        return status == _SAVED

    def _fault(self, words: str) -> None:
        with self._lock:
            self.tally.faults.append(words)


def compare(tally: Tally, database_url: str) -> Outcome:
    """Look in the database for everything that was acknowledged."""
    engine = create_engine(database_url)
    with engine.connect() as opened:
        kept = opened.scalars(text("SELECT words FROM diary_entry WHERE words LIKE 'W%'")).all()
    engine.dispose()
    stored = Counter(kept)
    lost = sum(words not in stored for words in tally.saved)
    doubled = sum(times > 1 for times in stored.values())
    return Outcome(len(tally.saved), lost, doubled, tally)
