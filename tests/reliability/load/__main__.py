"""Hold a load: 50 of the staff and 200 patients over 10,000 patients and a million check-ins.

python -m tests.reliability.load --minutes 30 --database sqlite

Each opens pages, looks at pictures and saves, and thinks between that as people do. Said are the
times of nineteen of twenty answers, how much the server's memory grew after the first third, and
whether everything that was acknowledged is there in the end. Saved without the session, the clinic
to begin with has no seals; what is saved meanwhile has them, and the trail is verified.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from sqlalchemy import create_engine, text

from tests.reliability.load.clinic import Clinic, Size, served
from tests.reliability.load.people import Times, play

LIMITS = {"read": 0.3, "save": 0.5, "chart": 1.5}
GROWTH_MAX = 0.10
PLACES = (
    "SELECT count(*) FROM assessment WHERE note = :it",
    "SELECT count(*) FROM patient WHERE record_number = :it",
    "SELECT count(*) FROM diary_entry WHERE words = :it",
)


def memory_mib(process_id: int) -> float:
    """Add up the memory of a server and of its workers, each page once."""
    total = 0
    for one in (process_id, *_children(process_id)):
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="utf-8").splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def _children(process_id: int) -> list[int]:
    told = Path(f"/proc/{process_id}/task/{process_id}/children")
    return [int(one) for one in told.read_text(encoding="utf-8").split()] if told.exists() else []


class Watch(threading.Thread):
    """Notes memory and how busy the machine is, every few seconds."""

    def __init__(self, process_id: int) -> None:
        super().__init__(daemon=True)
        self.process_id, self.seen, self.loads = process_id, list[float](), list[float]()
        self.over = threading.Event()

    def run(self) -> None:
        """Look until it is over."""
        while not self.over.wait(5):
            self.seen.append(memory_mib(self.process_id))
            self.loads.append(os.getloadavg()[0])

    @property
    def busy(self) -> str:
        """Say how many wanted to run, beside and with what is measured."""
        return f"{min(self.loads, default=0):.1f} to {max(self.loads, default=0):.1f}"

    @property
    def growth(self) -> float:
        """Say by what share memory grew after the first third."""
        if len(self.seen) < 6:
            return 0.0
        third = len(self.seen) // 3
        early, late = self.seen[third : third + 3], self.seen[-3:]
        return sum(late) / sum(early) - 1


def lost(clinic: Clinic, times: Times) -> list[str]:
    """List what was acknowledged and is not there, or is there more than once."""
    engine = create_engine(clinic.database_url)
    with engine.connect() as connection:
        found = {
            one: sum(connection.scalar(text(query), {"it": one}) or 0 for query in PLACES)
            for one in times.saved
        }
    engine.dispose()
    return [f"{one}: {count}" for one, count in found.items() if count != 1]


def verified(clinic: Clinic) -> bool:
    """Ask for the verdict on the trail."""
    command = [sys.executable, "-m", "tracker", "audit", "verify"]
    environ = os.environ | clinic.environ | {"TRACKER_INSTANCE": str(clinic.instance)}
    return subprocess.run(command, env=environ, check=False, capture_output=True).returncode == 0


def run(kind: str, size: Size, minutes: float, pace: float, folder: Path) -> list[str]:
    """Play it, print the figures and give what does not hold."""
    began = time.monotonic()
    faults = []
    with served(kind, folder, size) as clinic:
        print(f"{kind}: filled and served after {time.monotonic() - began:.0f} s", flush=True)
        watch = Watch(clinic.process_id)
        watch.start()
        times = play(clinic, minutes, pace=pace)
        watch.over.set()
        for what, most in LIMITS.items():
            p95, many = times.p95(what), len(times.taken.get(what, ()))
            print(f"{what}: {many} answers, 95 % within {p95:.3f} s (limit {most} s)")
            faults += [f"{what}: {p95:.3f} s"] if p95 > most else []
        print(
            f"{len(times.errors)} errors, {len(times.saved)} saves acknowledged, memory "
            f"{watch.seen[-1] if watch.seen else 0:.0f} MiB, grew {watch.growth:.1%}, "
            f"load of the machine {watch.busy}"
        )
        faults += sorted({f"{times.errors.count(one)} x {one}" for one in times.errors})
        faults += [f"memory grew by {watch.growth:.1%}"] if watch.growth > GROWTH_MAX else []
        faults += [f"lost or doubled: {one}" for one in lost(clinic, times)]
        faults += [] if verified(clinic) else ["the trail does not verify"]
    return faults


def main(arguments: list[str] | None = None) -> int:
    """Print what was measured; end with 1 if something does not hold."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.reliability.load", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--patients", type=int, default=10_000)
    parser.add_argument("--staff", type=int, default=50)
    parser.add_argument("--signed-in", type=int, default=200)
    parser.add_argument("--pace", type=float, default=1.0, help="2 halves the time people think")
    told = parser.parse_args(arguments)
    size = Size(patients=told.patients, staff=told.staff, signed_in=told.signed_in)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        faults = run(told.database, size, told.minutes, told.pace, Path(name))
    for fault in faults:
        print(f"fault  {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
