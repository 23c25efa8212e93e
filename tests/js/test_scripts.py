"""The scripts of the pages, tested by Node's own runner, and the rules of where they stand."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.rules.checkout import ROOT, TRACKER, folders, name, text

HERE = Path(__file__).parent
STATIC = TRACKER / "static"
NODE = shutil.which("node")
IMPORT = re.compile(r'(?:from |import\()"([^"]+)"')
# Beside the nouns: the frame of every page, parts of many, and what waits without a connection.
SHARED = {"layouts", "components", "offline"}
NOUNS = set(folders(TRACKER / "web"))


@pytest.mark.node
@pytest.mark.skipif(NODE is None, reason="no Node on this machine; the journeys run without it")
def test_the_scripts_hold_in_their_own_tests():
    files = sorted(str(path.relative_to(ROOT)) for path in HERE.rglob("*.test.js"))
    assert files
    done = subprocess.run(
        [NODE, "--test", *files], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped 0" in done.stdout


def test_a_script_or_style_stands_in_the_folder_of_its_page():
    assert [path.name for path in STATIC.iterdir() if path.is_file()] == ["package.json"], (
        "Move these into the folder of the page that they belong to."
    )
    unknown = set(folders(STATIC)) - SHARED - NOUNS
    assert not unknown, f"Name these as the folder in tracker/web is: {sorted(unknown)}"


def test_a_folder_of_scripts_has_at_most_15_modules():
    many = {
        folder: count
        for folder in folders(STATIC)
        if (count := len(list((STATIC / folder).glob("*.js")))) > 15
    }
    assert not many, f"Split these by what their modules are about: {many}"


def test_a_script_imports_nothing_from_elsewhere_and_only_what_is_there():
    wrong = [
        f"{name(path)}: {imported}"
        for path in STATIC.rglob("*.js")
        for imported in IMPORT.findall(text(path))
        if not imported.startswith(".") or not (path.parent / imported).is_file()
    ]
    assert not wrong, f"Import by a path that begins with a dot, and leads to a file: {wrong}"
