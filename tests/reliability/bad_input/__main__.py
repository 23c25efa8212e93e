"""Send bad input to every field of every form of every role, and bad files to the import.

python -m tests.reliability.bad_input [--database postgresql] [--forms BEGINNING,...] [--files-only]
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests import databases
from tests.reliability.bad_input import files, forms
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
    parser.add_argument("--files-only", action="store_true")
    parser.add_argument("--forms-only", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    told = parser.parse_args(arguments)
    place = databases.fastest(Path(tempfile.gettempdir()))
    faults = list[str]()
    with (
        tempfile.TemporaryDirectory(dir=place, ignore_cleanup_errors=True) as name,
        bench(Path(name), told.database) as made,
    ):
        if not told.files_only:
            begins = tuple(told.forms.split(","))
            tell = print if told.verbose else lambda _: None
            done = forms.run(made, which=lambda one: one.startswith(begins), tell=tell)
            faults += forms.shorten(done.faults)
            print(
                f"{len(done.forms)} forms and roles, {done.tried} cases {dict(done.kinds)}, "
                f"{done.taken} taken, {done.came_back} texts came back, "
                f"slowest {done.slowest:.2f} s, {len(done.faults)} faults"
            )
        if not told.forms_only:
            came = files.run(made)
            faults += came.faults
            print(came.words)
    for fault in faults:
        print(f"fault  {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
