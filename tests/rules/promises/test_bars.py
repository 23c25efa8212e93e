"""The bars of reliability are all there, and each names what shows it."""

import importlib.util
import re

from tests.rules.checkout import ROOT, text
from tests.rules.promises.test_asvs import missing_in

TABLE = ".github/reliability.md"
BARS = [f"B{number}" for number in range(1, 19)]
PASSED = {"yes", "no", "in part", "not measured"}
COMMAND = re.compile(r"`python -m (tests(?:\.[a-z_]+)+)\b(?!\.)")


def rows() -> list[list[str]]:
    """Read the table."""
    lines = [one for one in text(ROOT / TABLE).splitlines() if re.match(r"\| B\d", one)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_no_bar_is_missing():
    assert [row[0] for row in rows()] == BARS


def test_each_says_what_passes_what_shows_it_what_was_measured_and_whether_it_passed():
    wrong = [row[0] for row in rows() if len(row) != 5 or not all(row)]
    assert not wrong, f"bar, what passes, what shows it, measured, passed: {wrong}"
    assert {row[4] for row in rows()} <= PASSED
    bare = [
        row[0] for row in rows() if row[4] == "yes" and not re.search(r"\d{4}-\d\d-\d\d", row[3])
    ]
    assert not bare, f"Say on which day that was measured: {bare}"
    bare = [row[0] for row in rows() if row[4] != "not measured" and not re.search("[`*]", row[2])]
    assert not bare, f"Name a command or a test: {bare}"


def test_a_part_that_is_named_is_there():
    page = text(ROOT / TABLE)
    told = {name for row in rows() for name in re.findall(r"\*([^*]+)\*", row[2])}
    assert not [name for name in told if f"\n## {name}\n" not in page]


def test_every_command_and_every_test_that_is_named_is_there():
    page = text(ROOT / TABLE)
    gone = [name for name in COMMAND.findall(page) if importlib.util.find_spec(name) is None]
    assert not gone, gone
    assert not missing_in(page)


def test_every_long_run_stands_in_the_table():
    page = text(ROOT / TABLE)
    folder = ROOT / "tests/reliability"
    runs = [path.stem for path in folder.glob("*.py") if "__main__" in text(path)]
    runs += [path.parent.name for path in folder.glob("*/__main__.py")]
    missing = [name for name in runs if f"tests.reliability.{name}" not in page]
    assert not missing, f"Say in {TABLE} which bar these are for: {missing}"
