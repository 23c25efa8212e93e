import ast
from itertools import product
from pathlib import Path

import pytest

import tracker
from tracker.domain.codes import Drug, Route
from tracker.domain.drugs import is_nasal_esketamine

TRACKER = Path(tracker.__file__).parent


@pytest.mark.parametrize(("drug", "route"), [*product(Drug, Route)])
def test_of_all_drugs_and_routes_one_comes_in_devices(drug, route):
    expected = f"{drug.value} {route.value}" == "esketamine nasal"
    assert is_nasal_esketamine(drug, route) is expected
    assert is_nasal_esketamine(drug.value, route.value) is expected  # as a row has them


def questions(path: Path) -> list[int]:
    """Name the lines that compare a drug with esketamine and a route with the nose at once."""
    wanted = {"ESKETAMINE", "NASAL"}
    return [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.BoolOp | ast.Compare)
        and wanted <= {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}
    ]


def test_nobody_else_asks_for_nasal_esketamine():
    found = {path.name: lines for path in TRACKER.rglob("*.py") if (lines := questions(path))}
    assert not found, f"Ask domain.drugs.is_nasal_esketamine: {found}"


def test_the_rule_above_sees_a_question(tmp_path):
    asked = tmp_path / "asked.py"
    asked.write_text("fixed = drug is Drug.ESKETAMINE and route is Route.NASAL\n")
    assert questions(asked) == [1]
