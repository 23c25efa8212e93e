"""Fill the disk of a clinic while people save and read: refused saves say so, and nothing is lost.

The database lies on a small disk in memory (tmpfs, for which one must be root) or, with
`--limit` and where none can be mounted, behind a limit on the size of the server's files. For a
minute nothing fits; then there is room again. Meanwhile people go on saving and reading.
python -m tests.reliability.full_disk --help
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.databases import Templates
from tests.reliability import reports
from tests.reliability.serving import (
    DATABASES,
    Answer,
    Comparison,
    Ledger,
    Save,
    Server,
    Writer,
    clinic,
    compare,
)  # fmt: skip

ANSWERED_WITHIN_SECONDS = 15.0
RECOVERED_WITHIN_SECONDS = 5.0
_SIZES_MB = {"waitress": 96, "gunicorn": 384}
_MB = 1024 * 1024


@dataclass(frozen=True)
class Load:
    """For how long the disk is full, and who works meanwhile; `pace_s` between their requests."""

    full_s: float = 60.0
    before_s: float = 5.0
    writers: int = 4
    readers: int = 2
    pace_s: float = 0.2


@dataclass
class Outcome:
    """What came of it."""

    kind: str
    way: str
    full_s: float
    ledger: Ledger = field(default_factory=Ledger)
    refused: int = 0
    reads: int = 0
    reads_full: int = 0
    slowest_s: float = 0.0
    recovered_s: float = -1.0
    reads_without_line: int = 0
    comparison: Comparison | None = None

    def __str__(self) -> str:
        """Say it in a line."""
        done = self.comparison
        return (
            f"{self.kind} ({self.way}): full for {self.full_s:.0f} s; {self.ledger.count} saves "
            f"acknowledged, lost {done and done.lost}, doubled {done and done.doubled}; "
            f"{self.refused} refused, wrong answers {len(self.ledger.wrong)}; {self.reads} pages "
            f"read, {self.reads_full} of them while it was full, {self.reads_without_line} without "
            f"a line; slowest answer {self.slowest_s:.1f} s; saved again after "
            f"{self.recovered_s:.1f} s; audit verify --deep {done and done.verify}, "
            f"integrity_check {done and done.integrity}"
        )

    @property
    def faults(self) -> list[str]:
        """Say what does not hold."""
        found = self.ledger.wrong[:20]
        done = self.comparison
        if done is None:
            return [*found, "nothing was compared"]
        if done.lost or done.doubled:
            found.append(f"{done.lost} lost, {done.doubled} doubled")
        if done.verify != "ok" or done.integrity != "ok":
            found.append(f"trail {done.verify}, file {done.integrity}")
        if not self.refused or not self.reads_full:
            found.append(f"{self.refused} refused and {self.reads_full} read: it was never full")
        if self.slowest_s > ANSWERED_WITHIN_SECONDS:
            found.append(f"an answer took {self.slowest_s:.1f} s")
        if not 0 <= self.recovered_s <= RECOVERED_WITHIN_SECONDS:
            found.append(f"saved again only after {self.recovered_s:.1f} s")
        if self.reads_without_line:
            found.append(f"{self.reads_without_line} pages were read without a line in the trail")
        return found


class Disk(ABC):
    """Something that runs full."""

    way: str

    @abstractmethod
    def fill(self, server: Server) -> None:
        """Leave no room."""

    @abstractmethod
    def clear(self, server: Server) -> None:
        """Make room again."""


class SmallDisk(Disk):
    """A disk in memory, filled by another file to its last byte."""

    way = "tmpfs"

    def __init__(self, place: Path) -> None:
        self.place = place

    def fill(self, server: Server) -> None:
        """Write until nothing fits."""
        with (self.place / "filler").open("wb", buffering=0) as file:
            for size in (_MB, 4096, 1):
                try:
                    while True:
                        file.write(b"\1" * size)
                except OSError:
                    continue

    def clear(self, server: Server) -> None:
        """Remove what filled it."""
        (self.place / "filler").unlink()


class SizeLimit(Disk):
    """A limit on how long a file of the server may become."""

    way = "RLIMIT_FSIZE"

    def fill(self, server: Server) -> None:
        """Let no file grow beyond what holds a few lines."""
        self._set(server, 64 * 1024)

    def clear(self, server: Server) -> None:
        """Let files grow."""
        self._set(server, resource.RLIM_INFINITY)

    @staticmethod
    def _set(server: Server, size: int) -> None:
        assert server.process is not None
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@contextmanager
def small_disk(size_mb: int) -> Iterator[Path | None]:
    """Mount a small disk in memory; None where that is not allowed."""
    with tempfile.TemporaryDirectory() as name:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m,mode=0755", "tmpfs", name]
        try:
            done = subprocess.run(mount, check=False, capture_output=True)
        except OSError:
            yield None
            return
        if done.returncode:
            yield None
            return
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", "--lazy", name], check=False)


class People:
    """Those who save and those who read, and what they are answered."""

    def __init__(self, server: Server, outcome: Outcome, load: Load) -> None:
        self.server, self.outcome, self.load = server, outcome, load
        self.over, self.is_full = threading.Event(), threading.Event()
        self.cleared_at = 0.0
        people = load.writers + load.readers
        self.writers = [Writer(server, number) for number in range(people)]
        works = [self._write] * load.writers + [self._read] * load.readers
        self.threads = [
            threading.Thread(target=work, args=(one,))
            for work, one in zip(works, self.writers, strict=True)
        ]

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Let all of them work."""
        for writer in self.writers:
            writer.sign_on()
        for thread in self.threads:
            thread.start()
        try:
            yield
        finally:
            self.over.set()
            for thread in self.threads:
                thread.join()

    def _write(self, writer: Writer) -> None:
        while not self.over.is_set():
            save = writer.next_save()
            answer = self._note(writer.send(save))
            if writer.is_saved(save, answer):
                self.outcome.ledger.note_saved(save)
                self._note_recovered()
            else:
                self._look_at_refusal(save, answer)
            self.over.wait(self.load.pace_s)

    def _note_recovered(self) -> None:
        with self.outcome.ledger.lock:
            if self.cleared_at and self.outcome.recovered_s < 0:
                self.outcome.recovered_s = time.monotonic() - self.cleared_at

    def _look_at_refusal(self, save: Save, answer: Answer) -> None:
        self.outcome.refused += 1
        typed = f"typed {save.mark}"
        # At the chair a script keeps what was typed until the server has it.
        told = save.kind == "entry" or (typed in answer.text and _says_not_saved(answer.text))
        if answer.status != 503 or not told:
            words = f"{save.kind}: {answer.status}, {answer.text[:200]!r}"
            self.outcome.ledger.note_wrong(words)

    def _read(self, writer: Writer) -> None:
        while not self.over.is_set():
            was_full = self.is_full.is_set()
            answer = self._note(writer.ask("GET", f"/patients/{writer.desk.patient_id}/"))
            if answer.status == 200:
                self.outcome.reads += 1
                self.outcome.reads_full += was_full and self.is_full.is_set()
            else:
                self.outcome.ledger.note_wrong(f"read: {answer.status} {answer.text[:200]!r}")
            self.over.wait(self.load.pace_s)

    def _note(self, answer: Answer) -> Answer:
        with self.outcome.ledger.lock:
            self.outcome.slowest_s = max(self.outcome.slowest_s, answer.seconds)
        return answer


def _says_not_saved(page: str) -> bool:
    return "Not saved" in page or "nothing was saved" in page


def measure(
    kind: str, load: Load, *, by_limit: bool = False, templates: Templates | None = None
) -> Outcome:
    """Fill the disk of one kind of server."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        place = None if by_limit else stack.enter_context(small_disk(_SIZES_MB[kind]))
        disk: Disk = SmallDisk(place) if place else SizeLimit()
        people = load.writers + load.readers
        made = clinic(kind, folder, desks=people, sessions=60, on=place, templates=templates)
        server = stack.enter_context(made)
        outcome = Outcome(kind, disk.way, load.full_s)
        server.start()
        _fill_and_clear(server, disk, outcome, load)
        server.stop()
        outcome.comparison = compare(server, outcome.ledger)
        outcome.reads_without_line = outcome.reads - _lines_of_reads(server, load)
        return outcome


def _fill_and_clear(server: Server, disk: Disk, outcome: Outcome, load: Load) -> None:
    people = People(server, outcome, load)
    with people.at_work():
        time.sleep(load.before_s)
        disk.fill(server)
        people.is_full.set()
        time.sleep(load.full_s)
        people.is_full.clear()
        disk.clear(server)
        people.cleared_at = time.monotonic()
        last = people.cleared_at + 2 * RECOVERED_WITHIN_SECONDS
        while outcome.recovered_s < 0 and time.monotonic() < last:
            time.sleep(0.05)
        time.sleep(load.before_s / 2)


def _lines_of_reads(server: Server, load: Load) -> int:
    readers = [str(desk.patient_id) for desk in server.desks[load.writers :]]
    about = ", ".join(readers)
    query = (
        "SELECT count(*) FROM audit_event WHERE action = 'patient.viewed' "
        f"AND patient_id IN ({about})"
    )
    return int(server.rows(query)[0][0])


def main() -> int:
    """Measure the servers that are asked for, and say what came of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=Load.full_s, help="full for so long (60)")
    parser.add_argument("--server", choices=DATABASES, action="append", help="one alone")
    parser.add_argument("--limit", action="store_true", help="by a limit on files, without a mount")
    asked = parser.parse_args()
    load = Load(full_s=asked.seconds)
    outcomes = (measure(kind, load, by_limit=asked.limit) for kind in asked.server or DATABASES)
    return reports.tell((str(outcome), outcome.faults) for outcome in outcomes)


if __name__ == "__main__":
    sys.exit(main())
