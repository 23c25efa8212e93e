"""SQLite is locked while people save: each is told in time, with what was typed, and none is lost.

Another program holds the lock of the file for twelve seconds, as a careless look into it may.
Six people save meanwhile, through `tracker serve`. Takes half a minute:
python -m tests.reliability.locked --help
"""

import argparse
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.reliability import saving
from tests.reliability.saving import Outcome, Writers
from tracker import config

RECOVERED_WITHIN_SECONDS = 5.0


@dataclass
class Report:
    """How long it took to go on after the lock, and what came of all saves."""

    recovered_seconds: float
    outcome: Outcome

    @property
    def faults(self) -> list[str]:
        """Say what does not hold."""
        found = list(self.outcome.faults)
        if self.recovered_seconds > RECOVERED_WITHIN_SECONDS:
            found.append(f"{self.recovered_seconds:.1f} s until it went on")
        return found


def run(seconds: float, *, people: int = 6) -> Report:
    """Lock the file for so long, while people save."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "instance" / config.DATABASE_FILE
        file.parent.mkdir(mode=0o700)
        url = f"sqlite:///{file}"
        clinic = saving.found_clinic(folder, url)
        with saving.served(clinic, url, by="waitress") as port:
            writers = Writers(clinic, port, people=people)
            with writers.at_work():
                writers.wait_for_saves(people)
                with closing(sqlite3.connect(file, isolation_level=None, timeout=30)) as other:
                    other.execute("BEGIN IMMEDIATE")
                    time.sleep(seconds)
                recovered = writers.wait_for_saves()
                writers.wait_for_saves(people)
        return Report(recovered, saving.compare(writers.tally, url))


def main() -> int:
    """Run it, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=12.0, help="how long it is locked (12)")
    asked = parser.parse_args()
    report = run(asked.seconds)
    print(report.outcome)
    print(f"locked for {asked.seconds:.0f} s: saves go on after {report.recovered_seconds:.1f} s")
    for fault in report.faults:
        print(f"  FAULT {fault}")
    return int(bool(report.faults))


if __name__ == "__main__":
    sys.exit(main())
