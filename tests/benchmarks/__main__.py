"""Run every benchmark: `python -m tests.benchmarks [NAME ...]`.

Each figure is a ratio or an amount taken within one run, against a limit; exit status 1 when one is
beyond it. Ratios taken in one run move by 10-25 % under other load, absolute times by two or three.
"""

import importlib
import sys
from pathlib import Path

HERE = Path(__file__).parent
NAMES = sorted(p.stem for p in HERE.glob("*.py") if not p.stem.startswith("_"))


def main() -> int:
    """Print a line a figure."""
    beyond = 0
    for name in sys.argv[1:] or NAMES:
        for figure, measured, limit, ok in importlib.import_module(
            f"tests.benchmarks.{name}"
        ).run():
            beyond += not ok
            verdict = "ok    " if ok else "BEYOND"
            print(f"{verdict} {name:<10} {figure:<66} {measured:>12} (limit {limit})")
    return 1 if beyond else 0


if __name__ == "__main__":
    sys.exit(main())
