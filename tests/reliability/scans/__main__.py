"""Run every scanner over the code and over a served clinic, and hold what they raise to what is
accepted with a reason in .github/reliability.md.

Each scanner is installed into an environment of its own in a scratch folder. The clinic is one of
the tests, with every kind of record; it is put back before each role. Beside what a scanner says,
our own server counts every answer that is a crash. Ends with 1 where an alert of medium weight or
more is not explained, or a scanner could not run.

python -m tests.reliability.scans [--only bandit,semgrep] [--environments FOLDER] [--minutes 16]
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.reliability.scans import alerts, clinic, tools

ROLES = ("clinician", "patient", "administrator", "nobody")
# Of the minutes for scanners of pages; the rest need seconds.
SHARE = {"schemathesis": 0.4, "wapiti": 0.45, "sqlmap": 0.15}


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for, print a table and what is not explained."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.reliability.scans", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--only", default=",".join(tools.TOOLS), help="these scanners, by commas")
    parser.add_argument("--roles", default=",".join(ROLES), help="these roles, by commas")
    parser.add_argument("--environments", type=Path, help="keep the installed scanners here")
    parser.add_argument("--minutes", type=float, default=16, help="for those that go over pages")
    parser.add_argument("--examples", type=int, default=6, help="of schemathesis, for each page")
    parser.add_argument("--port", type=int, default=0)
    told = parser.parse_args(arguments)
    roles = tuple(told.roles.split(","))
    began, done = time.monotonic(), list[alerts.Scan]()
    with tempfile.TemporaryDirectory(prefix="scans-", ignore_cleanup_errors=True) as scratch:
        folder = (told.environments or Path(scratch)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        place = Path(scratch) / "clinic"
        place.mkdir()
        with clinic.served(place, told.port) as serving:
            for tool in told.only.split(","):
                seconds = int(told.minutes * 60 * SHARE.get(tool, 1))
                bench = tools.Bench(folder, serving, roles, seconds, told.examples)
                done.append(tools.scan(tool, bench))
                print(_row(done[-1]), flush=True)
    print(f"whole run {(time.monotonic() - began) / 60:.1f} min")
    return _tell(done)


def _row(scan: alerts.Scan) -> str:
    heavy = sum(one.matters for one in scan.alerts)
    found = scan.fault or f"{scan.words}: {heavy} of medium weight or more"
    return f"{scan.tool:13} {scan.seconds:6.0f} s  {found}"


def _tell(done: list[alerts.Scan]) -> int:
    known = alerts.accepted()
    every = [alert for scan in done for alert in scan.alerts]
    open_ones = alerts.unexplained(every, known)
    for one, times in Counter(open_ones).items():
        where = f"{one.place} {one.detail}"
        print(f"unexplained  {one.tool} {one.rule} ({one.weight}) {where} x{times}")
    for line in alerts.not_raised(done, known):
        print(f"accepted, and not raised any more  {line.tool} {line.rule} {line.place}")
    broken = [scan.tool for scan in done if scan.fault]
    if not open_ones and not broken:
        print("Nothing of medium weight or more that is not explained.")
    return 1 if open_ones or broken else 0


if __name__ == "__main__":
    sys.exit(main())
