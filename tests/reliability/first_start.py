"""The first start of an empty instance, by everybody at once: one clinic, and all workers serve.

Each round has an empty folder and an empty database. First four workers of gunicorn find nothing:
they do not start, say what to run, and leave nothing behind. Then four people run `tracker init` at
once: one of them sets the clinic up, the others are told. Then four workers start at once, with
nothing compiled yet, and each must serve. Takes ten minutes:
python -m tests.reliability.first_start --help
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

import psutil
import psycopg

from tests import databases
from tests.reliability import saving
from tests.reliability.servers import HOST, free_port

ROOT = Path(__file__).resolve().parents[2]
DATABASES = ("sqlite", "postgresql")
WORKERS = 4
PATIENCE_SECONDS = 240  # with much else to do for the machine, too
INIT = (
    "init", "--clinic", "Harbour", "--time-zone", "America/New_York", "--country", "US",
    "--name", "Ada", "--email", "ada@example.org", "--password", "seven tired horses walk home",
)  # fmt: skip


def round_of(
    folder: Path, database_url: str = "", *, workers: int = WORKERS, people: int = WORKERS
) -> Iterator[str]:
    """Start for the first time in a folder that is not there yet; yield what went wrong.

    One person alone does not try to serve before.
    """
    instance = folder / "clinic"
    environ = {name: text for name, text in os.environ.items() if not name.startswith("TRACKER_")}
    environ |= {"TRACKER_INSTANCE": str(instance), "TRACKER_SECURE_COOKIES": "no"}
    environ |= {"TRACKER_DATABASE_URL": database_url} if database_url else {}
    if people > 1:
        yield from _refused(instance, environ, workers)
    yield from _set_up(environ, people)
    yield from _serve(instance, environ, workers)


def _refused(instance: Path, environ: dict[str, str], workers: int) -> Iterator[str]:
    done = subprocess.run(
        _gunicorn(free_port(), workers), env=environ, cwd=ROOT, capture_output=True, text=True,
        timeout=PATIENCE_SECONDS, check=False,
    )  # fmt: skip
    if not done.returncode or "Run: tracker init" not in done.stderr:
        yield f"nothing there: ended with {done.returncode}: {done.stderr[-500:]}"
    if instance.exists():
        yield f"nothing there: left {sorted(path.name for path in instance.iterdir())}"


def _set_up(environ: dict[str, str], people: int) -> Iterator[str]:
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tracker", *INIT], env=environ, cwd=ROOT,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        for _ in range(people)
    ]  # fmt: skip
    said = [_said_by(process) for process in running]
    codes = sorted(process.returncode for process in running)
    if codes != [0] + [1] * (people - 1):
        yield f"init: ended with {codes}: {said}"
    for code, words in zip((process.returncode for process in running), said, strict=True):
        if code and "set up already" not in words:
            yield f"init: said {words[-500:]}"


def _said_by(process: "subprocess.Popen[str]") -> str:
    try:
        return process.communicate(timeout=PATIENCE_SECONDS)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        return f"did not end within {PATIENCE_SECONDS} s: {process.communicate()[0]}"


def _serve(instance: Path, environ: dict[str, str], workers: int) -> Iterator[str]:
    port, log = free_port(), instance.parent / "serve.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            _gunicorn(port, workers), env=environ, cwd=ROOT, stdout=out, stderr=out
        )
    try:
        serving = _wait_for(process, port, workers)
        for path, words in (("/healthz", "ok"), ("/sign-in", "Sign in")) * workers:
            status, page = saving.ask(port, "GET", path)
            if status != 200 or words not in page:
                yield f"{path}: {status}"
        if serving != {one.pid for one in psutil.Process(process.pid).children()}:
            yield "a worker died and was replaced"
    except (OSError, HTTPException, psutil.Error) as error:
        yield f"serving: {type(error).__name__}"
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)
    if "Traceback" in (told := log.read_text()) or "ERROR" in told:
        yield f"serving: {told[-1000:]}"


def _wait_for(process: "subprocess.Popen[bytes]", port: int, workers: int) -> set[int]:
    """Wait until a worker answers; give the workers there are then."""
    last = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < last:
        found = {one.pid for one in psutil.Process(process.pid).children()}
        try:
            if len(found) == workers and saving.ask(port, "GET", "/healthz")[0] == 200:
                return found
        except (OSError, HTTPException):
            pass
        time.sleep(0.05)
    raise HTTPException


def _gunicorn(port: int, workers: int) -> list[str]:
    return [
        sys.executable, "-m", "gunicorn", "tracker:create_app()", "--workers", str(workers),
        "--threads", "2", "--bind", f"{HOST}:{port}", "--log-level", "warning",
    ]  # fmt: skip


@contextmanager
def empty_databases(kind: str, folder: Path) -> Iterator[Iterator[str]]:
    """Give the addresses of empty databases, as many as are asked for; '' is SQLite's own."""
    if kind == "sqlite":
        yield iter(lambda: "", None)
        return
    with databases.postgresql_server(folder, durable=True) as url:
        yield fresh(url)


def fresh(url: str) -> Iterator[str]:
    """Make one empty database after the other on a server, and give its address."""
    head, _, query = url.replace("postgresql://", "postgresql+psycopg://").partition("?")
    number = 0
    while True:
        number += 1
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE first_{number}")
        yield f"{head.rsplit('/', 1)[0]}/first_{number}" + (f"?{query}" if query else "")


def main() -> int:
    """Start for the first time so often, and say what went wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=20, help="first starts on each (20)")
    parser.add_argument("--database", choices=DATABASES, action="append", help="one alone")
    asked = parser.parse_args()
    failed = 0
    for kind in asked.database or DATABASES:
        began, wrong = time.monotonic(), 0
        with tempfile.TemporaryDirectory() as name, empty_databases(kind, Path(name)) as addresses:
            for number in range(asked.rounds):
                place = Path(name) / f"round-{number}"
                place.mkdir()
                faults = list(round_of(place, next(addresses)))
                wrong += bool(faults)
                took = time.monotonic() - began
                print(f"{kind}: {number + 1} begun, {wrong} failed, {took:.0f} s", flush=True)
                for fault in faults:
                    print(f"  FAULT {kind} {number}: {fault}", flush=True)
                shutil.rmtree(place)
        print(f"{kind}: {asked.rounds} first starts by {WORKERS}, {wrong} failures, {took:.0f} s")
        failed += wrong
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
