"""The list of what the tracker is made of, held to what is installed."""

import json
import re
import sys
from importlib.metadata import distributions, requires, version
from pathlib import Path

from click.testing import CliRunner

from tests.rules.checkout import ROOT
from tracker.cli import main


def told(*words: str) -> str:
    """What the command prints."""
    done = CliRunner().invoke(main, ["packages", *words])
    assert done.exit_code == 0, done.output
    return done.output


def test_every_package_that_is_installed_is_listed_with_its_version():
    listed = dict(line.split()[:2] for line in told().splitlines())
    folders = [path for name in sys.path for path in Path(name or ".").glob("*.dist-info")]
    installed = {tuple(path.stem.rsplit("-", 1)) for path in folders}
    assert len(installed) > 20
    for name, number in installed:
        assert listed[re.sub(r"[-_.]+", "-", name).lower()] == number
    named = {re.match(r"[\w-]+", one)[0].lower() for one in requires("ketamine-session-tracker")
             if "extra" not in one}  # fmt: skip
    assert named <= listed.keys()


def test_what_is_no_package_of_python_is_listed_too():
    css = (ROOT / "tracker/static/layouts/bootstrap.css").read_text(encoding="utf-8")
    listed = dict(line.split()[:2] for line in told().splitlines())
    assert f"Bootstrap  v{listed['bootstrap']} " in css
    icons = (ROOT / "tracker/static/layouts/icons.svg").read_text(encoding="utf-8")
    assert f"Bootstrap Icons {listed['bootstrap-icons']}," in icons


def test_the_list_can_be_read_by_programs_that_know_of_weaknesses():
    made = json.loads(told("--cyclonedx"))
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    assert made["metadata"]["component"]["name"] == "ketamine-session-tracker"
    purls = {one["purl"] for one in made["components"]}
    assert f"pkg:pypi/flask@{version('flask')}" in purls
    assert any(purl.startswith("pkg:npm/bootstrap@5.") for purl in purls)
    assert len({one["bom-ref"] for one in made["components"]}) == len(made["components"])
    assert len(made["components"]) >= len({one.metadata["Name"] for one in distributions()}) - 2
