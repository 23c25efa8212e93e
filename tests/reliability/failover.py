"""The server that takes saves dies, and its standby is promoted: no acknowledged save is lost.

Six people save through gunicorn, whose address names two servers. Each round kills every process
of the one that takes saves (SIGKILL), promotes the other, and makes the dead one anew as the
standby of the next round. The application goes on by itself. Takes two minutes:
python -m tests.reliability.failover --help
"""

import argparse
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.reliability import saving
from tests.reliability.saving import Clinic, Outcome, Writers
from tests.reliability.servers import HOST, ROLE, Postgres, a_folder, free_port

GOES_ON_WITHIN_SECONDS = 10.0


@dataclass
class Report:
    """How long nothing was saved, from each death on, and what came of all saves."""

    away_seconds: list[float] = field(default_factory=list)
    outcome: Outcome | None = None

    @property
    def faults(self) -> list[str]:
        """Say what does not hold."""
        found = list(self.outcome.faults) if self.outcome else ["no outcome"]
        if max(self.away_seconds, default=0.0) > GOES_ON_WITHIN_SECONDS:
            found.append(f"nothing was saved for {max(self.away_seconds):.1f} s")
        return found


def address(*servers: Postgres) -> str:
    """Name several servers, as the guide says."""
    hosts = "&".join(f"host={HOST}:{server.port}" for server in servers)
    return f"postgresql+psycopg://{ROLE}@/{ROLE}?{hosts}&target_session_attrs=read-write"


@contextmanager
def pair_of_servers(*, quick: bool = False) -> Iterator[tuple[list[Postgres], Clinic]]:
    """Run a server with a clinic in it, and have a place for its standby."""
    with a_folder(quick=quick) as folder:
        pair = [Postgres(folder / name, free_port(), quick=quick) for name in ("one", "other")]
        try:
            pair[0].make().start()
            yield pair, saving.found_clinic(folder, pair[0].url())
        finally:
            for server in pair:
                server.stop()


def run(rounds: int) -> Report:
    """Kill and promote so often, with a pair of servers of its own."""
    with pair_of_servers() as (pair, clinic):
        pair_up(*pair)
        return fail_over(pair, clinic, rounds)


def fail_over(
    pair: list[Postgres], clinic: Clinic, rounds: int = 1, *, people: int = 6, workers: int = 2
) -> Report:
    """Kill and promote so often, while people save; the second server follows the first."""
    report = Report()
    main, standby = pair
    with saving.served(clinic, address(*pair), workers=workers) as port:
        writers = Writers(clinic, port, people=people)
        with writers.at_work():
            for number in range(rounds):
                writers.wait_for_saves(people * 5)
                report.away_seconds.append(_fail_over(main, standby, writers))
                writers.wait_for_saves(people)
                main, standby = standby, main
                if number + 1 < rounds:
                    # It may hold what nobody was told is saved.
                    shutil.rmtree(standby.data)
                    pair_up(main, standby)
    report.outcome = saving.compare(writers.tally, main.url())
    return report


def pair_up(main: Postgres, standby: Postgres) -> None:
    """Let one follow the other, and every save wait for both."""
    standby.follow(main).start()
    main.wait_for_follower()


def _fail_over(main: Postgres, standby: Postgres, writers: Writers) -> float:
    """Kill one and promote the other; give how long nothing was saved."""
    died = time.monotonic()
    main.kill()
    standby.promote()
    writers.wait_for_saves()
    return time.monotonic() - died


def main() -> int:
    """Run it, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=8, help="deaths (8)")
    asked = parser.parse_args()
    report = run(asked.rounds)
    print(report.outcome)
    times = sorted(report.away_seconds)
    print(
        f"{len(times)} deaths of the main server: saves go on after {times[len(times) // 2]:.1f} s "
        f"(median), {times[-1]:.1f} s at most"
    )
    for fault in report.faults:
        print(f"  FAULT {fault}")
    return int(bool(report.faults))


if __name__ == "__main__":
    sys.exit(main())
