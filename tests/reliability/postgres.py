"""PostgreSQL fails in every way while people save: nothing acknowledged is lost, nothing doubled.

Six people save through gunicorn. Meanwhile the server is shut down without a word, started again,
the line to it is cut, swallows everything, is slow, and the server is stopped where it stands. Who
saves is answered within 15 seconds, and saving goes on within 10 seconds after the server is back,
with no restart of the application. Takes five minutes:
python -m tests.reliability.postgres --help
"""

import argparse
import sys
import time
from dataclasses import dataclass, field

from tests.reliability import saving
from tests.reliability.saving import Clinic, Outcome, Writers
from tests.reliability.servers import Postgres, Relay, a_folder, free_port

RECOVERED_WITHIN_SECONDS = 10.0


@dataclass(frozen=True)
class Plan:
    """How often, and for how long."""

    restarts: int = 20
    cut_seconds: float = 10.0
    hang_seconds: float = 10.0
    frozen_seconds: float = 10.0
    slow_seconds: float = 20.0
    delay_seconds: float = 0.2
    people: int = 6
    saves_between: int = 10  # by each, from one restart to the next
    workers: int = 2


@dataclass
class Report:
    """How long it took to go on after each trouble, and what came of all saves."""

    recovered: dict[str, list[float]] = field(default_factory=dict)
    saved_while_slow: int = 0
    outcome: Outcome | None = None

    @property
    def faults(self) -> list[str]:
        """Say what does not hold."""
        found = list(self.outcome.faults) if self.outcome else ["no outcome"]
        for kind, times in self.recovered.items():
            if max(times) > RECOVERED_WITHIN_SECONDS:
                found.append(f"{max(times):.1f} s until it went on after: {kind}")
        return found


def run(plan: Plan) -> Report:
    """Let everything happen to a server of its own."""
    with a_folder() as folder:
        server = Postgres(folder / "server", free_port()).make().start()
        try:
            return trouble(plan, server, saving.found_clinic(folder, server.url()))
        finally:
            server.stop()


def trouble(plan: Plan, server: Postgres, clinic: Clinic) -> Report:
    """Let everything happen, one after the other, while people save."""
    report, relay = Report(), Relay(server.port)
    through = server.url().replace(f":{server.port}/", f":{relay.port}/")
    try:
        with saving.served(clinic, through, workers=plan.workers) as port:
            writers = Writers(clinic, port, people=plan.people)
            with writers.at_work():
                writers.wait_for_saves(plan.people)
                _trouble(plan, server, relay, writers, report)
                writers.wait_for_saves(plan.people)
    finally:
        relay.cut()
    report.outcome = saving.compare(writers.tally, server.url())
    return report


def _trouble(plan: Plan, server: Postgres, relay: Relay, writers: Writers, report: Report) -> None:
    def goes_on(kind: str) -> None:
        report.recovered.setdefault(kind, []).append(writers.wait_for_saves())

    for _ in range(plan.restarts):
        began = time.monotonic()
        server.restart_at_once()
        took = time.monotonic() - began
        goes_on("restart")
        report.recovered["restart"][-1] += took
        writers.wait_for_saves(plan.people * plan.saves_between)
    if plan.cut_seconds:
        relay.cut()
        time.sleep(plan.cut_seconds)
        relay.mend()
        goes_on("cut")
    if plan.hang_seconds:
        relay.swallows = True
        time.sleep(plan.hang_seconds)
        relay.swallows = False
        goes_on("hang of the line")
    if plan.frozen_seconds:
        server.freeze()
        time.sleep(plan.frozen_seconds)
        server.thaw()
        goes_on("stopped server")
    if plan.slow_seconds:
        writers.wait_for_saves(plan.people)
        before = len(writers.tally.saved)
        relay.delay_seconds = plan.delay_seconds / 2  # there, and back
        time.sleep(plan.slow_seconds)
        relay.delay_seconds = 0.0
        report.saved_while_slow = len(writers.tally.saved) - before
        goes_on("delay")


def main() -> int:
    """Run it, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--restarts", type=int, default=Plan.restarts, help="immediate ones (20)")
    parser.add_argument("--seconds", type=float, default=10.0, help="of cut and hang each (10)")
    asked = parser.parse_args()
    seconds = asked.seconds
    report = run(Plan(asked.restarts, seconds, seconds, seconds))
    print(report.outcome)
    for kind, times in report.recovered.items():
        print(f"{len(times)} x {kind}: saves go on after at most {max(times):.1f} s")
    print(f"{report.saved_while_slow} saves while each answer of the server took 200 ms")
    for fault in report.faults:
        print(f"  FAULT {fault}")
    return int(bool(report.faults))


if __name__ == "__main__":
    sys.exit(main())
