"""Measure the memory of a server, on waitress and on gunicorn, while it draws and serves pages.

Each picture has a tag of its own, so that every one is drawn: SVG and PNG by turns, of a course and
of a session. Run alone: python -m tests.benchmarks memory
"""

import tempfile
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path
from urllib.parse import urlencode

from tests.benchmarks._figures import Figure
from tests.benchmarks._server import SERVERS, Server, furnish, tracker

LARGE = ("course", "session")
SMALL = ("first session of a course", "session with one reading")
AMOUNT = 1000
# Fonts, glyphs, templates and caches fill up during the first ones; what follows is growth.
FIRST = 250
# What is there and a little room; 115 is wanted. By steps (Python 3.11, matplotlib 3.11, numpy
# 2.4): Flask and SQLAlchemy 50, the application started 85, every page served 96, matplotlib with
# numpy and PIL imported 139, four pictures 147, 250 more 150. It is code of what is imported, and
# neither a cache nor a leak: giving free memory back, as each picture does, saves 2; one thread of
# BLAS and fewer arenas save nothing; Python without docstrings and asserts saves 2 to 5. A server
# that draws nothing stays below 100.
RSS_MAX_MIB = 155.0
GROWTH_MAX_MIB = 1.0
Work = Callable[[Server, int], None]


def draw(server: Server, amount: int, subjects: tuple[str, str] = LARGE, **look: str) -> None:
    """Let a server draw so many pictures that it has not drawn before, a quarter of each kind."""
    wanted = {"times": amount, "subject": subjects, "kind": ["svg", "png"], **look}
    server.get(f"/bare/draw?{urlencode(wanted, doseq=True)}")


def ask(server: Server, amount: int) -> None:
    """Ask a server for so many pages, each address in its turn."""
    for page in islice(cycle(server.facts["pages"]), amount):
        who = "patient_cookie" if page.startswith("/my/") else "cookie"
        server.get(page, Cookie=server.facts[who])


def take(server: Server, amount: int) -> None:
    """Let a patient take the copy of their record away so often."""
    for _ in range(amount):
        server.get(server.facts["copy"], Cookie=server.facts["patient_cookie"])


def run(amount: int = AMOUNT, first: int = FIRST) -> Iterator[Figure]:
    """Measure each server in turn."""
    for kind in SERVERS:
        # Furnished for each: who is signed in and asks for no page is signed out after a while.
        with tempfile.TemporaryDirectory() as name:
            furnish(Path(name))
            server = tracker(Path(name), kind)
            try:
                yield from _figures(server, kind, amount, first)
            finally:
                server.stop()


def _figures(server: Server, kind: str, amount: int, first: int) -> Iterator[Figure]:
    yield _growth(server, f"{kind}: growth over {amount:,} pages, MiB", ask, amount, first)
    pictures = f"{kind}: growth over {amount:,} pictures, SVG and PNG, MiB"
    yield _growth(server, pictures, draw, amount, first)
    held = round(server.measure()["rss_mib"], 1)
    yield Figure(f"{kind}: the process after pages and pictures, MiB", held, RSS_MAX_MIB)
    # A copy is many pages in one: the first of them fill what later ones use again.
    copies = amount // 5
    name = f"{kind}: growth over {copies:,} copies of a record, MiB"
    yield _growth(server, name, take, copies, first)


def _growth(server: Server, name: str, work: Work, times: int, first: int) -> Figure:
    work(server, first)
    before = server.measure()["own_mib"]
    work(server, times)
    return Figure(name, round(server.measure()["own_mib"] - before, 1), GROWTH_MAX_MIB)
