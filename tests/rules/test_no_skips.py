"""What .ci/run relies on: a skipped browser or database test fails the run there."""

import os
import subprocess
import sys

import pytest

from tests.rules.checkout import ROOT

SKIPPED = (
    "import pytest\n@pytest.mark.{marker}\n@pytest.mark.{outcome}\ndef test_it():\n    assert 0\n"
)
WHOLE = "import pytest\npytest.skip('no server', allow_module_level=True)\n"


def run(folder, source):
    (folder / "test_it.py").write_text(source)
    command = [sys.executable, "-m", "pytest", "-p", "tests.no_skips", "-p", "no:cacheprovider"]
    command += ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(folder), str(folder)]
    command += ["-p", "xdist", "-n", "0"]  # the project's own options ask for it
    alone = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    return subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, env=alone)


@pytest.mark.parametrize("marker", ["browser", "node", "postgres"])
def test_a_skipped_test_that_must_run_fails_the_run_by_name(tmp_path, marker):
    answer = run(tmp_path, SKIPPED.format(marker=marker, outcome="skip(reason='none here')"))
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert "test_it.py::test_it: Skipped: none here" in answer.stdout


def test_a_module_that_skips_itself_fails_the_run(tmp_path):
    assert run(tmp_path, WHOLE).returncode == 1


@pytest.mark.parametrize(
    ("marker", "outcome"),
    [("browser", "xfail"), ("filterwarnings('error')", "skip(reason='no data here')")],
)
def test_other_tests_may_be_skipped(tmp_path, marker, outcome):
    answer = run(tmp_path, SKIPPED.format(marker=marker, outcome=outcome))
    assert answer.returncode == 0, answer.stdout + answer.stderr
