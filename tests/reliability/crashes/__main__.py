"""Kill the server while six people save, again and again: nothing that was acknowledged is lost."""

import argparse
import sys

from tests.reliability import reports
from tests.reliability.crashes.kills import Load, measure
from tests.reliability.serving import DATABASES


def main() -> int:
    """Measure the servers that are asked for, and say what came of it."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.reliability.crashes", description=__doc__
    )
    parser.add_argument("--kills", type=int, default=Load.kills, help="how many (200)")
    parser.add_argument("--saves", type=int, default=Load.saves, help="acknowledged (5000)")
    parser.add_argument("--server", choices=DATABASES, action="append", help="one alone")
    parser.add_argument(
        "--database", choices=sorted({*DATABASES.values()}),
        help="another than the server's own: SQLite for waitress, PostgreSQL for gunicorn",
    )  # fmt: skip
    asked = parser.parse_args()
    load = Load(kills=asked.kills, saves=asked.saves)
    outcomes = (measure(kind, load, asked.database or "") for kind in asked.server or DATABASES)
    return reports.tell((str(outcome), outcome.faults) for outcome in outcomes)


if __name__ == "__main__":
    sys.exit(main())
