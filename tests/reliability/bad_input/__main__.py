"""Send bad input to every field of every form of every role; files are `tests.reliability.files`.

python -m tests.reliability.bad_input [--database postgresql] [--forms BEGINNING,...]
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests import databases
from tests.reliability.bad_input import forms
from tests.reliability.bad_input.bench import bench


def main(arguments: list[str] | None = None) -> int:
    """Print what was tried and what does not hold; end with 1 if there is any."""
    parser = argparse.ArgumentParser(prog="python -m tests.reliability.bad_input")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument(
        "--forms",
        default="",
        help="only those whose endpoint begins with one of these, parted by commas",
    )
    parser.add_argument("--verbose", action="store_true")
    told = parser.parse_args(arguments)
    place = databases.fastest(Path(tempfile.gettempdir()))
    faults = list[str]()
    with (
        tempfile.TemporaryDirectory(dir=place, ignore_cleanup_errors=True) as name,
        bench(Path(name), told.database) as made,
    ):
        begins = tuple(told.forms.split(","))
        tell = print if told.verbose else lambda _: None
        done = forms.run(made, which=lambda one: one.startswith(begins), tell=tell)
        faults += forms.shorten(done.faults)
        print(
            f"{len(done.forms)} forms and roles, {done.tried} cases {dict(done.kinds)}, "
            f"{done.taken} taken, {done.came_back} texts came back, "
            f"slowest {done.slowest:.2f} s, {len(done.faults)} faults"
        )
    for fault in faults:
        print(f"fault  {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
