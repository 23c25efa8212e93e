"""Measure pages and pictures against bare Flask, on one server, in one run, in CPU time.

Wall time on a shared machine says more about the neighbours than about us. Yardstick and page take
turns, and the median of their ratios counts. Each is served by waitress as it is, in a process of
its own, and asked by the same client: what a server costs is on both sides.
Run alone: python -m tests.benchmarks pages
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

Result = tuple[str, float, float, bool]

ROUNDS, REQUESTS = 5, 100
TURNS, TURN = 40, 25
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
# What `tracker serve` does until it listens.
START = """
import sys
from pathlib import Path
from tracker.cli import instance
app = instance.fit_to_serve(Path(sys.argv[1]))
import waitress
server = waitress.create_server(app, host="127.0.0.1", port=0)
print(server.effective_port, flush=True)
server.run()
"""


class Server:
    """A server process, asked over one connection."""

    def __init__(self, module: str, *arguments: str) -> None:
        command = [sys.executable, "-m", f"tests.benchmarks.{module}", *arguments]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.facts: dict[str, Any] = json.loads(self.process.stdout.readline())
        self.connection = HTTPConnection("127.0.0.1", self.facts["port"], timeout=600)

    def get(self, path: str, expect: int = 200, **headers: str) -> bytes:
        """Ask for a page, as the clinician where one is signed in."""
        known = {"Cookie": self.facts.get("cookie", "")}
        self.connection.request("GET", path, headers={**known, **headers})
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


def application(folder: Path) -> Server:
    """Serve a treated patient, with a clinician and the patient signed in."""
    furnish = [sys.executable, "-m", "tests.benchmarks._furnished", str(folder)]
    subprocess.run(furnish, cwd=ROOT, check=True)
    return Server("_served", str(folder))


def page(server: Server) -> list[Result]:
    """Measure the patient's page and the patient's own against a bare page."""
    bare = Server("_bare")
    found = []
    try:
        for name, path, who in (
            ("patient page / bare Flask page, CPU", server.facts["patient_page"], "cookie"),
            ("patient's own page / bare Flask page, CPU", "/my/", "patient_cookie"),
        ):
            headers = {"Cookie": server.facts[who]}
            ask = lambda p=path, h=headers: server.get(p, **h)  # noqa: E731
            hello = lambda h=headers: bare.get("/hello", **h)  # noqa: E731
            bare.cpu_of(hello), server.cpu_of(ask)
            # Short turns: what else runs on the machine then meets both sides alike.
            pairs = [(bare.cpu_of(hello, TURN * 2), server.cpu_of(ask, TURN)) for _ in range(TURNS)]
            measured = statistics.median(asked / stick for stick, asked in pairs)
            found.append((name, round(measured, 2), PAGE_MAX_X, measured <= PAGE_MAX_X))
    finally:
        bare.stop()
    return found


def unchanged(server: Server) -> list[Result]:
    """Measure a picture that the browser has already against drawing it."""
    path = server.facts["picture"]
    server.get(path)
    tag = {"If-None-Match": server.tag}
    draw, ask = (lambda: server.get("/bare/draw?times=1")), (lambda: server.get(path, 304, **tag))
    draw(), ask()
    pairs = [(server.cpu_of(draw, 10), server.cpu_of(ask)) for _ in range(ROUNDS)]
    measured = statistics.median(asked / stick for stick, asked in pairs)
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
    """Measure a start until the sign-in page is there against `import flask`.

    Of an instance that was started before, by a program whose modules are compiled, as pip leaves
    them: what a first start compiles is kept in a folder of the measurement's own.
    """
    environ = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | {
        "PYTHONPYCACHEPREFIX": str(instance / "compiled"),
        "TRACKER_SECURE_COOKIES": "no",
    }
    _cpu_of_import(environ), _cpu_of_start(instance, environ)
    pairs = [(_cpu_of_import(environ), _cpu_of_start(instance, environ)) for _ in range(STARTS)]
    measured = statistics.median(start / stick for stick, start in pairs)
    ok = measured <= FIRST_BYTE_MAX_X
    return [("first byte / import flask, CPU", round(measured, 2), FIRST_BYTE_MAX_X, ok)]


def _cpu_of_import(environ: dict[str, str]) -> float:
    process = subprocess.Popen(IMPORT_FLASK, cwd=ROOT, env=environ)
    return _cpu_of(process)


def _cpu_of_start(instance: Path, environ: dict[str, str]) -> float:
    command = [sys.executable, "-c", START, str(instance)]
    process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True)
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
        server = application(Path(folder))
        try:
            results = [*page(server), *unchanged(server), *memory(server, pictures)]
        finally:
            server.stop()
        return [*results, *first_byte(Path(folder))]
