"""Kill the server while six people save, again and again: nothing that was acknowledged is lost.

`kill -9` of `tracker serve` (SQLite) and of gunicorn with its workers (PostgreSQL). Six writers
record sessions and scores and write at the chair; what a kill leaves without an answer they send
again as it was, with its one-time key. In the end every acknowledged save must be stored, once, the
trail must hold with every row that it seals, and the file must be whole.
python -m tests.reliability.crashes --help
"""

import os
import random
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.databases import Templates
from tests.reliability.crashes import flushes
from tests.reliability.serving import (
    DATABASES,
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


@dataclass(frozen=True)
class Load:
    """How many kills, and so many saves acknowledged at least."""

    kills: int = 200
    saves: int = 5_000
    writers: int = WRITERS
    seed: int = 1
    counted: int = 120  # saves whose flushes are counted


@dataclass
class Outcome:
    """What came of it."""

    kind: str
    database: str
    kills: int
    ledger: Ledger
    backs: list[float] = field(default_factory=list)
    resent: int = 0
    seconds: float = 0.0
    busy: float = 0.0  # how many wanted a core at once, in the end
    comparison: Comparison | None = None
    syncs_per_save: float | None = None

    def __str__(self) -> str:
        """Say it in a line."""
        done, backs = self.comparison, sorted(self.backs)
        kinds = ", ".join(f"{len(marks)} of {one}" for one, marks in self.ledger.saved.items())
        syncs = self.syncs_per_save
        return (
            f"{self.kind}, {self.database}: {self.kills} kills in {self.seconds:.0f} s, "
            f"{self.ledger.count} saves acknowledged ({kinds}), {self.resent} sent again; lost "
            f"{done and done.lost}, doubled {done and done.doubled}, wrong answers "
            f"{len(self.ledger.wrong)}; audit verify --deep {done and done.verify}, "
            f"integrity_check {done and done.integrity}; back after {backs[len(backs) // 2]:.1f} s "
            f"(median), {backs[-1]:.1f} s (slowest), load of the machine "
            f"{self.busy:.0f}; flushes a save {'not counted' if syncs is None else f'{syncs:.2f}'}"
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


def measure(
    kind: str, load: Load, database: str = "", templates: Templates | None = None
) -> Outcome:
    """Kill one kind of server so often, on its own database or on another kind of one."""
    draw = random.Random(load.seed)
    database = database or DATABASES[kind]
    outcome = Outcome(kind, database, load.kills, Ledger())
    with tempfile.TemporaryDirectory() as name:
        sessions = min(load.saves // load.writers // 2 + 50, 350)
        desks = load.writers
        with clinic(
            kind, Path(name), desks=desks, sessions=sessions, templates=templates,
            database=database,
        ) as server:  # fmt: skip
            server.start()
            writers = Writers(server, outcome, load.writers)
            began = time.monotonic()
            writers.begin()
            _kill_again_and_again(server, load, draw, outcome)
            writers.end()
            outcome.seconds = time.monotonic() - began
            outcome.busy = os.getloadavg()[1]
            server.stop()
            outcome.comparison = compare(server, outcome.ledger)
            if load.counted:
                outcome.syncs_per_save = flushes.per_save(server, load.counted)
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
