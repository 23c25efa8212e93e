"""Kill the server while six people save, again and again: nothing that was acknowledged is lost.

`kill -9` of `tracker serve` (SQLite) and of gunicorn with its workers (PostgreSQL). Six writers
record sessions and scores and write at the chair; what a kill leaves without an answer they send
again as it was, with its one-time key. In the end every acknowledged save must be stored, once, the
trail must hold with every row that it seals, and the file must be whole.
python -m tests.reliability.crashes --help
"""

import argparse
import random
import re
import shutil
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.databases import Templates
from tests.reliability.serving import (
    KINDS,
    Comparison,
    Ledger,
    Save,
    Server,
    Writer,
    clinic,
    compare,
)

BACK_WITHIN_SECONDS = 5.0
WRITERS = 6
_SYNCS = re.compile(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?f(?:data)?sync$", re.MULTILINE)


@dataclass(frozen=True)
class Load:
    """How many kills, and so many saves acknowledged at least."""

    kills: int = 200
    saves: int = 5_000
    writers: int = WRITERS
    seed: int = 1
    counted: int = 60  # saves whose flushes are counted


@dataclass
class Outcome:
    """What came of it."""

    kind: str
    kills: int
    ledger: Ledger
    backs: list[float] = field(default_factory=list)
    resent: int = 0
    seconds: float = 0.0
    comparison: Comparison | None = None
    syncs_per_save: float | None = None

    @property
    def faults(self) -> list[str]:
        """Say what does not hold."""
        found = self.ledger.wrong[:20]
        done = self.comparison
        if done is None:
            return [*found, "nothing was compared"]
        if done.lost or done.doubled:
            found.append(f"{done.lost} lost, {done.doubled} doubled")
        if done.verify != "ok":
            found.append(f"the trail does not hold: {done.verify}")
        if done.integrity != "ok":
            found.append(f"the file is not whole: {done.integrity}")
        if max(self.backs, default=0.0) > BACK_WITHIN_SECONDS:
            found.append(f"back only after {max(self.backs):.1f} s")
        if self.syncs_per_save is not None and self.syncs_per_save < 1:
            found.append(f"{self.syncs_per_save:.2f} flushes a save")
        return found


class Writers:
    """People who save all the while."""

    def __init__(self, server: Server, outcome: Outcome, count: int) -> None:
        self.server, self.outcome = server, outcome
        self.over = threading.Event()
        self.writers = [Writer(server, number) for number in range(count)]
        self.threads = [threading.Thread(target=self._work, args=(one,)) for one in self.writers]

    def begin(self) -> None:
        """Begin to work."""
        for writer in self.writers:
            writer.sign_on()
        for thread in self.threads:
            thread.start()

    def end(self) -> None:
        """Let everybody finish what they are at."""
        self.over.set()
        for thread in self.threads:
            thread.join()

    def _work(self, writer: Writer) -> None:
        while not self.over.is_set():
            self._save(writer, writer.next_save())

    def _save(self, writer: Writer, save: Save) -> None:
        last = time.monotonic() + 60
        while time.monotonic() < last:
            answer = writer.send(save)
            if writer.is_saved(save, answer):
                self.outcome.ledger.note_saved(save)
                return
            if answer.status not in (0, 503):
                words = f"{save.kind} {save.mark}: {answer.status} {answer.text[:300]}"
                self.outcome.ledger.note_wrong(words)
                return
            self.outcome.resent += 1
            time.sleep(0.05)
        self.outcome.ledger.note_wrong(f"{save.kind} {save.mark}: never answered")


def measure(kind: str, load: Load, templates: Templates | None = None) -> Outcome:
    """Kill one kind of server so often."""
    draw = random.Random(load.seed)
    outcome = Outcome(kind, load.kills, Ledger())
    with tempfile.TemporaryDirectory() as name:
        sessions = min(load.saves // load.writers // 2 + 50, 350)
        desks = load.writers
        with clinic(
            kind, Path(name), desks=desks, sessions=sessions, templates=templates
        ) as server:
            server.start()
            writers = Writers(server, outcome, load.writers)
            began = time.monotonic()
            writers.begin()
            _kill_again_and_again(server, load, draw, outcome)
            writers.end()
            outcome.seconds = time.monotonic() - began
            server.stop()
            outcome.comparison = compare(server, outcome.ledger)
            if load.counted and shutil.which("strace") and kind == "waitress":
                outcome.syncs_per_save = _syncs_per_save(server, load)
    return outcome


def _kill_again_and_again(
    server: Server, load: Load, draw: random.Random, outcome: Outcome
) -> None:
    for number in range(1, load.kills + 1):
        due = load.saves * number // load.kills
        last = time.monotonic() + 30
        time.sleep(draw.uniform(0.2, 1.2))
        while outcome.ledger.count < due and time.monotonic() < last:
            time.sleep(0.02)
        server.kill()
        outcome.backs.append(server.start())


def _syncs_per_save(server: Server, load: Load) -> float:
    """Count flushes to the disk under strace, of so many saves of one writer."""
    counts = server.instance.parent / "syncs.txt"
    server.prefix = ("strace", "-f", "-c", "-e", "trace=fsync,fdatasync", "-o", str(counts))
    server.start()
    writer, ledger = Writer(server, 0), Ledger()
    writer.sign_on()
    writer.count = 100_000  # marks of its own; entries and scores alone
    writer._days = 700
    for _ in range(load.counted):
        save = writer.next_save()
        if writer.is_saved(save, writer.send(save)):
            ledger.note_saved(save)
    server.stop()
    found = sum(int(calls) for calls in _SYNCS.findall(counts.read_text()))
    return found / max(ledger.count, 1)


def main() -> int:
    """Measure the servers that are asked for, and say what came of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=Load.kills, help="how many (200)")
    parser.add_argument("--saves", type=int, default=Load.saves, help="acknowledged (5000)")
    parser.add_argument("--server", choices=KINDS, action="append", help="one alone")
    asked = parser.parse_args()
    failed = False
    for kind in asked.server or KINDS:
        outcome = measure(kind, Load(kills=asked.kills, saves=asked.saves))
        done, backs = outcome.comparison, sorted(outcome.backs)
        assert done is not None
        kinds = ", ".join(f"{len(marks)} of {one}" for one, marks in outcome.ledger.saved.items())
        syncs = outcome.syncs_per_save
        print(
            f"{kind}: {outcome.kills} kills in {outcome.seconds:.0f} s, {outcome.ledger.count} "
            f"saves acknowledged ({kinds}), {outcome.resent} sent again; lost {done.lost}, doubled "
            f"{done.doubled}, wrong answers {len(outcome.ledger.wrong)}; audit verify --deep "
            f"{done.verify}, integrity_check {done.integrity}; back after "
            f"{backs[len(backs) // 2]:.1f} s (median), {backs[-1]:.1f} s (slowest); flushes a save "
            f"{'not counted' if syncs is None else f'{syncs:.2f}'}",
            flush=True,
        )
        for fault in outcome.faults:
            print(f"  FAULT {fault}")
        failed = failed or bool(outcome.faults)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
