"""Import files of 100,000 rows while somebody reads pages, and undo them."""

import os
import re
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.reliability.files import rows
from tests.reliability.files.memory import Watch
from tests.reliability.serving import ROOT, Server, clinic

TOO_MUCH_MIB = 200
PAGE_SECONDS = 8.0  # what a page may take at most, as everywhere else
PAGES = ("/patients/", "/today/", "/imports/")
ANSWERS = ("--same-day", "both", "--same-person", "new", "--doses", "keep")


@dataclass
class Work:
    """A command that was run: how long it took, what it held, what it said."""

    name: str
    seconds: float
    mib: float
    code: int
    text: str
    pages: list[float] = field(default_factory=list)
    cpu: float = 0.0

    @property
    def words(self) -> str:
        """Say it in a line."""
        took = f"{self.seconds:6.1f} s ({self.cpu:5.1f} s of a core) {self.mib:5.0f} MiB"
        slowest = f"{len(self.pages)} pages, slowest {max(self.pages, default=0):.1f} s"
        return f"{self.name:28} {took}  {slowest if self.pages else ''}"


class Reader:
    """Somebody who looks at pages all the while."""

    def __init__(self, server: Server) -> None:
        """Begin to read."""
        self._server, self._over = server, threading.Event()
        self.took: list[float] = []
        self.wrong: list[str] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        number = 0
        while not self._over.is_set():
            path, began = PAGES[number % len(PAGES)], time.monotonic()
            number += 1
            address = f"http://127.0.0.1:{self._server.port}{path}"
            asked = urllib.request.Request(
                address, headers={"Cookie": f"tracker={self._server.cookies[0]}"}
            )
            try:
                with urllib.request.urlopen(asked, timeout=60) as answer:
                    answer.read()
            except (urllib.error.URLError, OSError) as error:
                self.wrong.append(f"{path}: {error}")
            self.took.append(time.monotonic() - began)
            time.sleep(0.1)

    def end(self) -> None:
        """Stop reading."""
        self._over.set()
        self._thread.join()


def command(server: Server, name: str, *words: str) -> Work:
    """Run a command of the clinic, and look at it all the while."""
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "tracker", *words], env=server.environ, cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    watch = Watch(process.pid)
    reader = Reader(server) if server.process else None
    said = process.stdout.read() if process.stdout else ""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    work = Work(name, time.monotonic() - began, 0, process.returncode, said)
    work.cpu = used.ru_utime + used.ru_stime
    watch.end()
    work.mib = watch.most
    if reader:
        reader.end()
        work.pages = reader.took
        work.text += "\n".join(reader.wrong)
        work.code = work.code or (1 if reader.wrong else 0)
    return work


def run(folder: Path, database: str, count: int) -> list[str]:
    """Import each file, look that it adds nothing again, and undo all of them, the last first."""
    written = folder / "files"
    written.mkdir()
    made = rows.write(written, count)
    kind = "waitress" if database == "sqlite" else "gunicorn"
    (folder / "clinic").mkdir()
    faults = list[str]()
    with clinic(kind, folder / "clinic", desks=1) as server:
        server.start()
        start = command(server, "start of a command", "import", "list")
        base = start.mib
        before = _digest(server)
        print(start.words, flush=True)
        for work in _in_and_out(server, made):
            work.mib -= base
            print(work.words, flush=True)
            faults += _judge(work)
        if _digest(server) != before:
            faults.append("something is left of what was undone")
        server.stop()
    return faults


def _in_and_out(server: Server, made: dict[str, Path]) -> Iterator[Work]:
    ids = list[str]()
    for name, path in made.items():
        words = ["import", str(path), *ANSWERS]
        if name == "wide":
            words += ["--mapping", str(path.with_suffix(".toml"))]
        work = command(server, f"import of {name}", *words)
        yield work
        found = re.search(r"\(import (\d+)\)", work.text)
        ids += [found.group(1)] if found else []
        if name in ("sessions", "wide"):
            yield command(server, f"{name} looked at again", *words, "--dry-run")
    for import_id, name in zip(reversed(ids), reversed([*made]), strict=False):
        undo = ("import", "undo", import_id, "--reason", "The wrong file", "--yes")
        yield command(server, f"undo of {name}", *undo)


def _judge(work: Work) -> list[str]:
    found = []
    if work.code:
        found.append(f"{work.name}: {work.text[-600:]}")
    if work.mib > TOO_MUCH_MIB:
        found.append(f"{work.name}: memory grew by {work.mib:.0f} MiB")
    if max(work.pages, default=0) > PAGE_SECONDS:
        found.append(
            f"{work.name}: a page took {max(work.pages):.1f} s, half of them "
            f"{statistics.median(work.pages):.2f} s"
        )
    return found


def _digest(server: Server) -> list[object]:
    tables = (
        "patient",
        "patient_word",
        "series",
        "treatment_session",
        "reading",
        "assessment",
        "alert",
    )
    return [server.rows(f"SELECT count(*) FROM {name}") for name in tables]
