"""The servers that tests/benchmarks/chairs.py measures, each a process with a clinic of its own.

`tracker serve` (waitress, SQLite) and gunicorn with two workers of four threads (PostgreSQL).
"""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from tests import databases
from tests.browsing import Browser
from tests.builders.patients import a_patient, a_series, planned
from tests.people import ANNA
from tracker import config, create_app
from tracker.models import db
from tracker.services.live import commands as live_commands

PATIENCE_SECONDS = 60
SERVERS = ("waitress", "gunicorn")


@dataclass(frozen=True)
class Clinic:
    """A clinic that is served: its sessions under way, and the cookies of so many browsers."""

    url: str
    port: int
    database_url: str
    session_ids: tuple[int, ...]
    cookies: tuple[str, ...]
    log: Path


@contextmanager
def served(kind: str, folder: Path, *, sessions: int, browsers: int) -> Iterator[Clinic]:
    """Furnish a clinic in a folder and serve it by one of `SERVERS` until the block ends."""
    if kind == "waitress":
        templates = databases.SqliteTemplates(folder / "template")
        with _served(kind, folder, templates, sessions, browsers) as clinic:
            yield clinic
        return
    # On a disk, and durable: what is measured is what a clinic would have.
    with databases.postgresql_server(folder, durable=True) as url:
        templates = databases.PostgresqlTemplates(folder / "template", url)
        with _served(kind, folder, templates, sessions, browsers) as clinic:
            yield clinic


@contextmanager
def _served(
    kind: str, folder: Path, templates: databases.Templates, sessions: int, browsers: int
) -> Iterator[Clinic]:
    instance = folder / "instance"
    instance.mkdir()
    (instance / config.KEYS_FILE).write_bytes(templates.keys.read_bytes())
    (instance / config.KEYS_FILE).chmod(0o600)
    database_url = templates.copy(instance, peopled=True)
    environ = databases.ENVIRON | {"TRACKER_DATABASE_URL": database_url}
    app = create_app(settings=config.read(instance, environ))
    with app.app_context():
        begun = tuple(_begin(templates, number) for number in range(sessions))
        db.session.remove()
    # Outside of that context, which the sign-ins would share.
    cookies = tuple(_cookie(app) for _ in range(browsers))
    with app.app_context():
        db.engine.dispose()
    port = _free_port()
    log = folder / "serve.log"
    process = _start(kind, instance, port, environ, log)
    try:
        _wait_for(f"http://127.0.0.1:{port}/healthz", process, log)
        yield Clinic(f"http://127.0.0.1:{port}", port, database_url, begun, cookies, log)
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)
        templates.drop(database_url)


def _begin(templates: databases.Templates, number: int) -> int:
    by = templates.cast.anna
    series_id = a_series(by, a_patient(by, f"L-{number:03}", given_name=f"Person {number:03}"))
    return live_commands.begin(planned(series_id)[0], by=by, reason="Measured")


def _cookie(app: Flask) -> str:
    client = Browser(app)(ANNA).client
    client.get("/account/")
    cookie = client.get_cookie("tracker")
    assert cookie is not None
    return f"tracker={cookie.value}"


def _start(
    kind: str, instance: Path, port: int, environ: dict[str, str], log: Path
) -> "subprocess.Popen[bytes]":
    command = {
        "waitress": ["tracker", "serve", "--instance", str(instance), "--port", str(port)],
        "gunicorn": ["gunicorn", "tracker:create_app()", "--workers", "2", "--threads", "4",
                     "--bind", f"127.0.0.1:{port}"],
    }[kind]  # fmt: skip
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRACKER_")}
    with log.open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-m", *command],
            env=kept | environ | {"TRACKER_INSTANCE": str(instance)},
            cwd=Path(__file__).resolve().parents[2],
            stdout=out,
            stderr=out,
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    last = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < last:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())
