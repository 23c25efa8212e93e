import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from tests.rules.checkout import ROOT
from tests.runs import machine

# Each of its tests writes down where it ran.
FOUR = """
import os, pathlib, pytest
@pytest.mark.parametrize("number", range(4))
def test_it(number):
    name = f"{pathlib.Path(__file__).stem}-{os.environ['PYTEST_XDIST_WORKER']}-{number}"
    pathlib.Path(__file__).with_name(name).touch()
"""


def test_what_begins_is_there_and_comes_in_that_order():
    assert [name for name in machine.FIRST if not (machine.TESTS / name).exists()] == []
    paths = [machine.TESTS / name for name in (*machine.FIRST, "domain/test_drugs.py")]
    places = [machine.place(SimpleNamespace(path=path)) for path in paths]
    assert places == list(range(len(paths)))


def test_a_file_goes_to_one_worker_as_a_whole(tmp_path):
    """Silently lost once: pytest 9.2 no longer tells pytest-xdist 3.8 of its groups."""
    for name in ("test_one.py", "test_other.py"):
        (tmp_path / name).write_text(FOUR)
    command = [sys.executable, "-m", "pytest", "-p", "xdist", "-n", "2", "-p", "no:cacheprovider"]
    command += ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path), str(tmp_path)]
    alone = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    answer = subprocess.run(
        command, check=False, cwd=ROOT, capture_output=True, text=True, env=alone
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    ran = [path.name.rsplit("-", 2) for path in tmp_path.glob("test_*-*-*")]
    assert len(ran) == 8
    assert len({(file, worker) for file, worker, _ in ran}) == 2


def test_there_is_one_worker_more_than_cores_unless_somebody_says(monkeypatch):
    monkeypatch.delenv("PYTEST_XDIST_AUTO_NUM_WORKERS", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert machine.workers() == 3
    monkeypatch.setenv("PYTEST_XDIST_AUTO_NUM_WORKERS", "1")
    assert machine.workers() is None


@pytest.mark.parametrize("forbidden", [True, False])
def test_what_is_compiled_is_kept_elsewhere_where_it_may_not_stand_beside(
    tmp_path, monkeypatch, forbidden
):
    monkeypatch.setattr(sys, "dont_write_bytecode", forbidden)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", "as it was")
    machine.keep_compiled(SimpleNamespace(cache=SimpleNamespace(mkdir=tmp_path.joinpath)))
    kept = str(tmp_path / "compiled") if forbidden else "as it was"
    assert os.environ["PYTHONPYCACHEPREFIX"] == kept
    assert ("PYTHONDONTWRITEBYTECODE" in os.environ) != forbidden


def test_a_checkout_that_nobody_may_write_to_is_left_as_it_is(monkeypatch):
    def refuse(_name):
        raise PermissionError

    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    machine.keep_compiled(SimpleNamespace(cache=SimpleNamespace(mkdir=refuse)))
    assert "PYTHONPYCACHEPREFIX" not in os.environ
    assert os.environ["PYTHONDONTWRITEBYTECODE"] == "1"


def test_fonts_are_listed_in_a_folder_that_outlives_every_test(tmp_path, monkeypatch):
    monkeypatch.delenv("MPLCONFIGDIR", raising=False)
    machine.keep_fonts(SimpleNamespace(cache=SimpleNamespace(mkdir=tmp_path.joinpath)))
    assert os.environ["MPLCONFIGDIR"] == str(tmp_path / "matplotlib")
    machine.keep_fonts(SimpleNamespace(cache=SimpleNamespace(mkdir=lambda _name: "another")))
    assert os.environ["MPLCONFIGDIR"] == str(tmp_path / "matplotlib")
