"""Measure pages and pictures against bare Flask, on one server, in one run, in CPU time.

Wall time on a shared machine says more about the neighbours than about us. Yardstick and page take
turns, and the median of their ratios counts. Run alone: python -m tests.benchmarks pages
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from tests import databases

Result = tuple[str, float, float, bool]

ROUNDS, REQUESTS = 5, 100
PICTURES = 1000
# Fonts, glyphs and the kept pictures fill up during the first pictures; what follows is growth.
FIRST_PICTURES = 250
STARTS = 5

PAGE_MAX_X = 10.0
UNCHANGED_MAX_X = 0.1
RSS_MAX_MIB = 140.0
GROWTH_MAX_MIB = 3.0
FIRST_BYTE_MAX_X = 4.0

ROOT = Path(__file__).resolve().parents[2]
IMPORT_FLASK = [sys.executable, "-c", "import flask"]
START = """
import sys, waitress
from pathlib import Path
from tracker import config, create_app
app = create_app(settings=config.read(Path(sys.argv[1]), {"TRACKER_SECURE_COOKIES": "no"}))
server = waitress.create_server(app, host="127.0.0.1", port=0)
print(server.effective_port, flush=True)
server.run()
"""


class Server:
    """A server process with a treated patient, a signed-in clinician, and a bare page beside."""

    def __init__(self, folder: Path) -> None:
        # Here and not there: what migrates a database is no part of a server's memory.
        databases.sqlite_copy(databases.sqlite_template(folder), folder)
        command = [sys.executable, "-m", "tests.benchmarks._served", str(folder)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.facts: dict[str, Any] = json.loads(self.process.stdout.readline())
        self.connection = HTTPConnection("127.0.0.1", self.facts["port"], timeout=600)

    def get(self, path: str, expect: int = 200, **headers: str) -> bytes:
        """Ask for a page as the clinician who is signed in."""
        self.connection.request("GET", path, headers={"Cookie": self.facts["cookie"], **headers})
        answer = self.connection.getresponse()
        content = answer.read()
        assert answer.status == expect, (path, answer.status)
        self.tag = answer.headers.get("ETag", "")
        return content

    def measure(self) -> dict[str, float]:
        """Ask the process for its CPU seconds and its memory in MiB."""
        return json.loads(self.get("/bare/measure"))  # type: ignore[no-any-return]

    def cpu_of(self, ask: Callable[[], object], times: int = REQUESTS) -> float:
        """Measure the server's CPU seconds for one request."""
        before = self.measure()["cpu_s"]
        for _ in range(times):
            ask()
        return (self.measure()["cpu_s"] - before) / times

    def stop(self) -> None:
        """End the process."""
        self.connection.close()
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


def ratio(server: Server, ask: Callable[[], object], yardstick: Callable[[], object], **times: int):
    """Let a request and its yardstick take turns, and give the median ratio of their CPU."""
    ask(), yardstick()
    pairs = [
        (server.cpu_of(yardstick, times.get("yardsticks", REQUESTS)), server.cpu_of(ask))
        for _ in range(ROUNDS)
    ]
    return statistics.median(asked / stick for stick, asked in pairs)


def page(server: Server) -> list[Result]:
    """Measure the patient's page and the patient's own against a bare page of the same server."""
    bare = lambda: server.get("/bare/hello")  # noqa: E731
    found = []
    for name, path, who in (
        ("patient page / bare Flask page, CPU", server.facts["patient_page"], "cookie"),
        ("patient's own page / bare Flask page, CPU", "/my/", "patient_cookie"),
    ):
        headers = {"Cookie": server.facts[who]}
        measured = ratio(server, lambda p=path, h=headers: server.get(p, **h), bare)
        found.append((name, round(measured, 2), PAGE_MAX_X, measured <= PAGE_MAX_X))
    return found


def unchanged(server: Server) -> list[Result]:
    """Measure a picture that the browser has already against drawing it."""
    path = server.facts["picture"]
    server.get(path)
    tag = {"If-None-Match": server.tag}
    measured = ratio(
        server,
        lambda: server.get(path, 304, **tag),
        lambda: server.get("/bare/draw?times=1"),
        yardsticks=10,
    )
    ok = measured <= UNCHANGED_MAX_X
    name = "unchanged picture (304) / drawing it, CPU"
    return [(name, round(measured, 3), UNCHANGED_MAX_X, ok)]


def memory(server: Server, pictures: int = PICTURES) -> list[Result]:
    """Measure the memory of the server after pictures, and its growth while it draws more."""
    server.get(f"/bare/draw?times={FIRST_PICTURES}")
    first = server.measure()["rss_mib"]
    server.get(f"/bare/draw?times={pictures}")
    last = server.measure()["rss_mib"]
    return [
        ("server process after pictures, MiB", round(last, 1), RSS_MAX_MIB, last <= RSS_MAX_MIB),
        (
            f"growth over {pictures} more pictures, MiB",
            round(last - first, 1),
            GROWTH_MAX_MIB,
            last - first <= GROWTH_MAX_MIB,
        ),
    ]


def first_byte(instance: Path) -> list[Result]:
    """Measure a start until the sign-in page is there against `import flask`."""
    pairs = [(_cpu_of_import(), _cpu_of_start(instance)) for _ in range(STARTS)]
    measured = statistics.median(start / stick for stick, start in pairs)
    ok = measured <= FIRST_BYTE_MAX_X
    return [("first byte / import flask, CPU", round(measured, 2), FIRST_BYTE_MAX_X, ok)]


def _cpu_of_import() -> float:
    process = subprocess.Popen(IMPORT_FLASK, cwd=ROOT)
    return _cpu_of(process)


def _cpu_of_start(instance: Path) -> float:
    command = [sys.executable, "-c", START, str(instance)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    connection = HTTPConnection("127.0.0.1", int(process.stdout.readline()), timeout=60)
    connection.request("GET", "/sign-in")
    answer = connection.getresponse()
    assert (answer.status, bool(answer.read(1))) == (200, True)
    process.kill()
    connection.close()
    process.stdout.close()
    return _cpu_of(process)


def _cpu_of(process: "subprocess.Popen[Any]") -> float:
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime


def run(pictures: int = PICTURES) -> list[Result]:
    """Measure everything: (name, measured, limit, whether it holds)."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        try:
            results = [*page(server), *unchanged(server), *memory(server, pictures)]
        finally:
            server.stop()
        return [*results, *first_byte(Path(folder))]
