"""Measure speed and memory against limits; exit status 1 when a figure is beyond its own.

A figure is a ratio or an amount taken within one run. Ratios move by 10-25 % under other load,
absolute times by two or three. Without a NAME everything is measured, which takes a quarter of an
hour on two idle cores, and the table is written to .github/performance.md.
"""

import argparse
import ast
import json
import os
import platform
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from tests.benchmarks._figures import Figure

HERE = Path(__file__).parent
NAMES = sorted(p.stem for p in HERE.glob("*.py") if not p.stem.startswith("_"))
TABLE = HERE.parents[1] / ".github" / "performance.md"
PACKAGES = ("flask", "sqlalchemy", "matplotlib", "waitress", "gunicorn")
TABLE_HEAD = """\
# Performance

What `python -m tests.benchmarks` measured, all of it in one run, against the limits that hold.
Amounts are ratios within the run, MiB, or seconds where it says so. Written by that command: do not
edit by hand.

{machine}

| What | Measured | Limit |
|---|---:|---:|
"""


def main(arguments: list[str] | None = None) -> int:
    """Measure what is asked for, saying on the way how far it is."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if unknown := set(asked.names) - set(NAMES):
        parser.error(f"There is no {', '.join(sorted(unknown))}. There are: {', '.join(NAMES)}.")
    if asked.list:
        for name in NAMES:
            print(f"{name:<10} {_summary(name)}")
        return 0
    names = asked.names or NAMES
    measured = []
    for name, figure in _measure(names):
        measured.append((name, figure))
        print(figure, file=sys.stderr if asked.json else sys.stdout, flush=True)
    if asked.json:
        figures = [{"benchmark": n, **asdict(f), "is_within": f.is_within} for n, f in measured]
        print(json.dumps({"machine": _machine(), "figures": figures}, indent=2))
    if set(names) == set(NAMES):
        TABLE.write_text(_table(measured), encoding="utf-8")
        print(f"Written to {TABLE}", file=sys.stderr)
    return 0 if all(figure.is_within for _, figure in measured) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="one of those in --list")
    parser.add_argument("--list", action="store_true", help="say what can be measured, and stop")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON at the end")
    return parser


def _measure(names: list[str]) -> Iterator[tuple[str, Figure]]:
    for number, name in enumerate(names, 1):
        began = time.monotonic()
        print(f"[{number}/{len(names)}] {name}: {_summary(name)}", file=sys.stderr, flush=True)
        for figure in import_module(f"tests.benchmarks.{name}").run():
            yield name, figure
        print(f"      {name} took {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


def _summary(name: str) -> str:
    """Read the first line of a module without loading what it measures."""
    words = ast.get_docstring(ast.parse((HERE / f"{name}.py").read_text(encoding="utf-8")))
    assert words is not None
    return words.partition("\n")[0]


def _machine() -> dict[str, str]:
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
    }


def _table(measured: list[tuple[str, Figure]]) -> str:
    machine = ", ".join(f"{name} {value}" for name, value in _machine().items())
    lines = [
        f"| {name}: {figure.what} | {figure.measured:,g}{'' if figure.is_within else ' (beyond)'} "
        f"| {figure.limit_in_words} |"
        for name, figure in measured
    ]
    return TABLE_HEAD.format(machine=machine) + "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
