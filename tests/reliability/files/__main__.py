"""Send odd files, very large ones, and kill the import in the middle: all of a file, or nothing.

python -m tests.reliability.files [--database postgresql] [--every 5] [odd] [large] [kills]

`odd` brings more than a hundred files in by the pages, twice each, and undoes them; `large` imports
100,000 rows of each kind while somebody reads pages, and undoes them; `kills` ends an import and an
undo of many rows by `kill -9`, twenty times, and does it again.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests import databases
from tests.reliability.bad_input.bench import bench
from tests.reliability.files import kills, large, uploads

PARTS = ("odd", "large", "kills")


def main(arguments: list[str] | None = None) -> int:
    """Print what was tried and what does not hold; end with 1 if there is any."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.reliability.files",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "parts", nargs="*", choices=[*PARTS, []], help="what to do; all of it if not said"
    )
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--every", type=int, default=1, help="every so many of the odd files")
    parser.add_argument("--rows", type=int, default=100_000, help="of the large files")
    parser.add_argument("--kills", type=int, default=20)
    told = parser.parse_args(arguments)
    place = databases.fastest(Path(tempfile.gettempdir()))
    faults = list[str]()
    for part in told.parts or PARTS:
        with tempfile.TemporaryDirectory(dir=place, ignore_cleanup_errors=True) as name:
            faults += _do(part, Path(name), told)
    for fault in faults:
        print(f"fault  {fault}")
    return 1 if faults else 0


def _do(part: str, folder: Path, told: argparse.Namespace) -> list[str]:
    if part == "odd":
        with bench(folder, told.database) as made:
            done = uploads.run(made, every=told.every, tell=lambda line: print(line, flush=True))
            print(done.words)
            return done.faults
    if part == "large":
        return large.run(folder, told.database, told.rows)
    return kills.run(folder, told.database, told.kills)


if __name__ == "__main__":
    sys.exit(main())
