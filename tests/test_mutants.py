import ast
from pathlib import Path

import pytest

from tests import mutants

SOURCE = """\
def fits(dose: int | None = 5, *, limit=True) -> bool:
    \"\"\"Say whether 5 fits.\"\"\"
    if not limit or dose <= 7:
        return dose + 1 in (1, 2)
    print(f"é {dose + 3}")
    raise ValueError
"""


def changed(tmp_path, monkeypatch, source):
    """Every changed version of a source that is one file of a checkout."""
    monkeypatch.setattr(mutants, "ROOT", tmp_path)
    (tmp_path / "one.py").write_text(source)
    return [one.source(source.encode()).decode() for one in mutants.mutants(Path("one.py"))]


def test_every_change_is_python_and_changes_one_thing(tmp_path, monkeypatch):
    versions = changed(tmp_path, monkeypatch, SOURCE)
    assert len(versions) == len(set(versions)) > 15
    for version in versions:
        ast.parse(version)
        lines = zip(version.splitlines(), SOURCE.splitlines(), strict=True)
        assert sum(one != other for one, other in lines) == 1


@pytest.mark.parametrize(
    "line",
    [
        "def fits(dose: int | None = (6), *, limit=True) -> bool:",
        "def fits(dose: int | None = 5, *, limit=(False)) -> bool:",
        "    if (not limit and dose <= 7):",
        "    if (limit) or dose <= 7:",
        "    if not limit or (dose < 7):",
        "    if not limit or (dose > 7):",
        "        return (dose + 1 not in (1, 2))",
        "        return (dose - 1) in (1, 2)",
        "        return None",
        "    pass",
    ],
)
def test_a_change_of_each_kind_is_made(tmp_path, monkeypatch, line):
    assert any(line in each.splitlines() for each in changed(tmp_path, monkeypatch, SOURCE))


@pytest.mark.parametrize(
    ("source", "fate"), [("LIMIT = 3\n", "died"), ("LIMIT = 3  # or 4\nUNUSED = 1\n", "lived")]
)
def test_a_change_that_a_test_notices_dies(tmp_path, monkeypatch, capsys, source, fate):
    for name, text in {
        "pyproject.toml": "",
        "templates/empty.html": "",
        "tracker/__init__.py": "",
        "tracker/domain/__init__.py": "",
        "tracker/domain/rules.py": source,
        "tests/domain/test_rules.py": "from tracker.domain.rules import LIMIT\n"
        "def test_the_limit():\n    assert LIMIT == 3\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(mutants, "ROOT", tmp_path)
    assert mutants.main(["rules", "--jobs", "2"]) == 0
    told = capsys.readouterr().out
    assert (
        told.splitlines()[-1]
        == {
            "died": "2 died, 0 timed out, 0 lived",
            "lived": "2 died, 0 timed out, 2 lived",
        }[fate]
    )
    assert ("tracker/domain/rules.py:2  1  ->  2" in told) == (fate == "lived")


def test_a_noun_that_is_not_there_is_said_so():
    with pytest.raises(SystemExit, match="There is no tracker/unicorns"):
        mutants.main(["unicorns"])
