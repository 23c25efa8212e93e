"""Measure pages and pictures against bare Flask, on one server, in one run, in CPU time.

Wall time on a shared machine says more about the neighbours than about us. Yardstick and page take
turns, and the median of their ratios counts. Each is served by waitress as it is, in a process of
its own, and asked by the same client: what a server costs is on both sides. The database lies in
memory: each look leaves a line, and what a disk takes of the kernel to sync it is not ours.
Run alone: python -m tests.benchmarks pages
"""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from tests.benchmarks._figures import Figure
from tests.benchmarks._server import ROOT, Server, bare, furnish, tracker
from tests.databases import fastest

ROUNDS, REQUESTS = 5, 100
TURNS, TURN = 40, 25
STARTS = 5

PAGE_MAX_X = 9.0
UNCHANGED_MAX_X = 0.05
FIRST_BYTE_MAX_X = 4.0

IMPORT_FLASK = [sys.executable, "-c", "import flask"]
# What `tracker serve` does until it listens.
START = """
import sys
from pathlib import Path
from tracker.cli import instance
app = instance.start(Path(sys.argv[1]))
import waitress
server = waitress.create_server(app, host="127.0.0.1", port=0)
print(server.effective_port, flush=True)
server.run()
"""


def page(server: Server) -> Iterator[Figure]:
    """Measure the patient's page and the patient's own against a bare page."""
    hello_server = bare()
    try:
        for name, path, who in (
            ("patient page / bare Flask page, CPU", server.facts["patient_page"], "cookie"),
            ("patient's own page / bare Flask page, CPU", "/my/", "patient_cookie"),
        ):
            headers = {"Cookie": server.facts[who]}
            ask = lambda p=path, h=headers: server.get(p, **h)  # noqa: E731
            hello = lambda h=headers: hello_server.get("/hello", **h)  # noqa: E731
            hello_server.cpu_of(hello, REQUESTS), server.cpu_of(ask, REQUESTS)
            # Short turns: what else runs on the machine then meets both sides alike.
            pairs = [
                (hello_server.cpu_of(hello, TURN * 2), server.cpu_of(ask, TURN))
                for _ in range(TURNS)
            ]
            measured = statistics.median(asked / stick for stick, asked in pairs)
            yield Figure(name, round(measured, 2), PAGE_MAX_X)
    finally:
        hello_server.stop()


def unchanged(server: Server) -> Figure:
    """Measure a picture that the browser has already against drawing it."""
    path = server.facts["picture"]
    server.get(path)
    tag = {"If-None-Match": server.tag}
    draw, ask = (
        (lambda: server.get("/bare/draw?subject=course&kind=svg")),
        (lambda: server.get(path, 304, **tag)),
    )
    draw(), ask()
    pairs = [(server.cpu_of(draw, 10), server.cpu_of(ask, REQUESTS)) for _ in range(ROUNDS)]
    measured = statistics.median(asked / stick for stick, asked in pairs)
    name = "unchanged picture (304) / drawing it, CPU"
    return Figure(name, round(measured, 3), UNCHANGED_MAX_X)


def first_byte(instance: Path) -> Figure:
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
    return Figure("first byte / import flask, CPU", round(measured, 2), FIRST_BYTE_MAX_X)


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


def run() -> Iterator[Figure]:
    """Measure the pages, then what a start costs."""
    with tempfile.TemporaryDirectory(dir=fastest(Path(tempfile.gettempdir()))) as folder:
        furnish(Path(folder))
        server = tracker(Path(folder))
        try:
            yield from page(server)
            yield unchanged(server)
        finally:
            server.stop()
        yield first_byte(Path(folder))
