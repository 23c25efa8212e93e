"""Intervals of outcomes hold a known truth as often as they say, and counts are plain SQL's.

Ten thousand simulated patients are stored in a clinic, counted as the report counts them, and
counted again by window functions over the raw scores. As many again and again are reported in
groups of fifty, and each interval of each group is held to the truth. Takes some minutes:
python -m tests.reliability.coverage --help
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests import databases
from tests.builders.outcomes import cohort, known
from tests.people import gather
from tests.reliability.coverage import intervals
from tracker import config, create_app
from tracker.domain.outcomes.figures import OutcomeFigures
from tracker.services.outcomes import commands as outcome_commands
from tracker.services.outcomes import queries as outcome_queries

CLOSE = 1e-9


def counts(people: int) -> list[str]:
    """Store people, and name each figure of the report that plain SQL counts otherwise."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = databases.sqlite_copy(databases.sqlite_template(folder), folder)
        config.make_keys(folder)
        environ = {"TRACKER_DATABASE_URL": url, "TRACKER_SECURE_COOKIES": "no"}
        app = create_app(settings=config.read(folder, environ))
        with app.app_context():
            cast = gather()
            known.store(cast.clinic_id, list(known.draw(people, seed=1)))
            outcome_commands.count_anew(by=cast.anna)
            found = outcome_queries.report("phq9", by=cast.anna).figures
            plain = cohort.by_windows(cast.clinic_id)
    assert found is not None
    return differences(found, plain)


def differences(found: OutcomeFigures, plain: dict[str, float]) -> list[str]:
    """Name each figure that plain SQL counts otherwise."""
    flow, pair = found.flow, found.entered_pair
    assert pair is not None
    assert found.pair is not None
    told = {
        "treated": flow.treated, "with_baseline": flow.with_baseline, "entered": flow.entered,
        "observed": flow.observed, "response": flow.response, "remission": flow.remission,
        "pairs": found.pair.n, "worse": found.worse.count, "change": pair.change,
    }  # fmt: skip
    print("  " + ", ".join(f"{name} {value:.6g}" for name, value in told.items()))
    return [
        f"{name}: {value} in the report, {plain[name]} by SQL"
        for name, value in told.items()
        if abs(value - plain[name]) > CLOSE
    ]


def main() -> int:
    """Run it, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--people", type=int, default=10_000, help="of each draw (10000)")
    parser.add_argument("--draws", type=int, default=10, help="how many draws (10)")
    parser.add_argument("--group", type=int, default=50, help="people of each report (50)")
    asked = parser.parse_args()
    print(f"{asked.people} people, counted by the report and by SQL")
    faults = counts(asked.people)
    drawn = [
        intervals.covered(asked.people, asked.group, seed=seed)
        for seed in range(1, asked.draws + 1)
    ]
    for one in intervals.together(drawn):
        print(f"  {one}")
        if not one.is_right:
            faults.append(f"{one.what}: {one.rate:.4f}, expected {one.expected:.4f}")
    for fault in faults:
        print(f"  FAULT {fault}")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
