"""The rule of the house for what is loaded at the start: starting must be quick and small."""

import subprocess
import sys

import pytest

from tests.rules.checkout import ROOT

DRAWING = ("matplotlib", "numpy", "scipy", "statsmodels", "fpdf", "fhir", "PIL")
SERVING = ("flask", "sqlalchemy", "alembic", "werkzeug", "waitress")

LOADED = """
import sys
__import__(sys.argv[1])
print(*sorted(set(sys.argv[2:]) & set(sys.modules)))
"""


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("tracker", (*SERVING, *DRAWING, "click")),
        ("tracker.domain", (*SERVING, *DRAWING, "click")),
        ("tracker.cli", (*SERVING, *DRAWING)),
        ("tracker.app", (*DRAWING, "tomllib", "tracker.instruments.shelf")),
    ],
)
def test_a_start_loads_nothing_heavy(module, heavy):
    answer = subprocess.run(
        [sys.executable, "-c", LOADED, module, *heavy],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stderr
    loaded = answer.stdout.split()
    assert not loaded, f"Import these inside the functions that need them, not on top: {loaded}"
