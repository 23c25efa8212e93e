"""The table of security requirements is whole, and what it names is there."""

import ast
import re
from collections import Counter
from functools import cache

from tests.rules.checkout import ROOT, text, tree

TABLE = ".github/asvs.md"
NOT_HERE = {"9", "10", "17"}  # self-contained tokens, OAuth, WebRTC
OF_LEVEL_3 = {
    "1.2.10", "3.4.8", "6.3.7", "6.3.8", "6.4.6", "7.5.3", "8.3.2", "13.4.6", "15.4.1", "15.4.2",
    "15.4.3",
}  # fmt: skip
STATUS = ("met", "does not apply", "not met")
NAMED = re.compile(r"`([^`\s]+)`")


def levels() -> dict[str, int]:
    """Read the level of each requirement."""
    found = {}
    for line in text(ROOT / "tests/data/asvs-5.0.0.txt").splitlines():
        if not line.startswith("#"):
            section, each = line.split()
            found |= {f"{section}.{n}": int(level) for n, level in enumerate(each, 1)}
    return found


def rows() -> list[list[str]]:
    """Read the table."""
    lines = [one for one in text(ROOT / TABLE).splitlines() if re.match(r"\| \d", one)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@cache
def names_of_tests(path: str) -> frozenset[str]:
    """List the tests of a file."""
    found = (node for node in ast.walk(tree(ROOT / path)) if isinstance(node, ast.FunctionDef))
    return frozenset(node.name for node in found)


def missing_in(page: str) -> list[str]:
    """List the tests and files that a page names and that are not there."""
    gone = []
    for named in NAMED.findall(page):
        path, _, test = named.partition("::")
        if "/" not in path or path.startswith(("/", "http", "-")):
            continue
        if not (ROOT / path).exists() or (test and test not in names_of_tests(path)):
            gone.append(named)
    return gone


def test_the_list_is_that_of_the_standard():
    assert Counter(levels().values()) == {1: 70, 2: 183, 3: 92}


def test_every_line_that_applies_is_there_once():
    wanted = {
        line
        for line, level in levels().items()
        if line.split(".")[0] not in NOT_HERE and (level < 3 or line in OF_LEVEL_3)
    }
    told = [row[0] for row in rows()]
    assert len(wanted) == 210 + len(OF_LEVEL_3)
    assert sorted(told) == sorted(wanted), set(told) ^ wanted


def test_every_line_has_a_status_and_a_test_or_a_reason():
    wrong = [row[0] for row in rows() if len(row) != 4 or row[2] not in STATUS or not row[3]]
    assert not wrong, wrong
    bare = [row[0] for row in rows() if row[2] == "met" and "`" not in row[3] and "*" not in row[3]]
    assert not bare, f"Name what shows it: {bare}"


def test_every_test_that_is_named_is_there():
    assert not missing_in(text(ROOT / TABLE))


def test_what_is_said_to_be_written_down_is():
    page = text(ROOT / TABLE)
    told = {name for row in rows() for name in re.findall(r"\*([^*]+)\*", row[3])}
    assert told
    assert not [name for name in told if f"**{name}.**" not in page]


def test_the_count_is_right():
    count = Counter(row[2] for row in rows())
    words = (
        f"{count['met']} met, {count['does not apply']} do not apply, {count['not met']} not met, "
        f"of {len(rows())}."
    )
    assert f"**Count: {words}**" in text(ROOT / TABLE), words
