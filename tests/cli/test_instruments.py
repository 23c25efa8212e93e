import shutil
import sqlite3

import pytest
from click.testing import CliRunner

from tests.cli.conftest import INIT
from tracker import config, instruments
from tracker.cli import main
from tracker.instruments import FOLDER
from tracker.services.instruments import editions


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command on an instance that was never set up: none is needed to check a file."""
    monkeypatch.setenv("TRACKER_INSTANCE", str(tmp_path))
    yield lambda *words: CliRunner().invoke(main, ["instruments", *map(str, words)])
    instruments.use(None)


def test_a_sound_file_is_said_to_be_so_with_what_it_holds(run):
    result = run("check", FOLDER / "peg.toml")
    assert result.exit_code == 0
    assert result.output == (
        "OK: Pain, Enjoyment of life, General activity (peg, version 1): 3 questions, 0 to 10, "
        "5 examples passed.\n"
    )


def test_every_fault_is_a_line_that_an_editor_can_jump_to(run, tmp_path):
    text = (FOLDER / "peg.toml").read_text(encoding="utf-8")
    text = text.replace("maximum = 10", 'maximum = "10"').replace("total = 5.3", "totl = 5.3")
    (tmp_path / "peg.toml").write_text(text, encoding="utf-8")
    result = run("check", tmp_path / "peg.toml")
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert lines[0].startswith("peg.toml:7: maximum: must be a plain number")
    at = text.splitlines().index("totl = 5.3") + 1
    assert lines[1] == (
        f"peg.toml:{at}: examples 2, totl: is no key that is known here. Did you mean total?"
    )
    assert lines[-1] == "Error: 2 to put right in peg.toml."


def test_an_example_that_does_not_come_out_is_a_fault(run, tmp_path):
    text = (FOLDER / "peg.toml").read_text(encoding="utf-8").replace("total = 5.3", "total = 5.4")
    (tmp_path / "peg.toml").write_text(text, encoding="utf-8")
    result = run("check", tmp_path / "peg.toml")
    assert result.exit_code == 1
    assert "examples 2, total: says 5.4, but its answers come to 5.3." in result.output


def test_a_file_that_is_not_there_is_said_plainly(run, tmp_path):
    result = run("check", tmp_path / "nothing.toml")
    assert result.exit_code == 1
    assert "nothing.toml:1: file: is no file." in result.output


def test_a_wording_file_is_checked_against_its_instrument(run, tmp_path):
    path = tmp_path / "c-ssrs-screener.wording.toml"
    path.write_text('[wording.items]\ncssrs_1 = "Words"\n', encoding="utf-8")
    result = run("check", path)
    assert result.exit_code == 1
    assert f"{path.name}:1: wording, items, cssrs_2: is missing." in result.output
    codes = ["1", "2", "3", "4", "5", "6_lifetime", "6_recent"]
    words = "".join(f'cssrs_{code} = "Words"\n' for code in codes)
    path.write_text(f"[wording.items]\n{words}", encoding="utf-8")
    assert run("check", path).output == f"OK: {path.name} gives every question its words.\n"


def test_the_list_names_all_with_the_way_in_which_they_are_answered(run, tmp_path):
    folder = tmp_path / instruments.OWN
    folder.mkdir()
    text = (FOLDER / "peg.toml").read_text(encoding="utf-8")
    (folder / "peg.toml").write_text(text.replace('version = "1"', 'version = "2"'))
    shutil.copy(FOLDER / "gad7.toml", folder)
    result = run("list")
    assert result.exit_code == 0
    lines = {line.split()[0]: " ".join(line.split()) for line in result.stdout.splitlines()}
    assert lines["phq9"] == "phq9 1 10 questions Patient Health Questionnaire-9"
    assert lines["madrs"].startswith("madrs 1 total only ")
    assert lines["c-ssrs-screener"].startswith("c-ssrs-screener 1 needs your wording ")
    assert lines["peg"].startswith("peg 2 3 questions ")
    assert lines["peg"].endswith(" (your own)")
    assert result.stderr.startswith("Not used: gad7.toml:1: version: is not used: ")


def test_doctor_names_the_files_that_are_not_used(run, tmp_path):
    config.make_keys(tmp_path)
    folder = tmp_path / instruments.OWN
    folder.mkdir()
    sound = CliRunner().invoke(main, ["doctor"])
    assert "ok   scales    38, 0 faults in files of your own" in sound.output
    (folder / "sleep.toml").write_text('code = "sleep"', encoding="utf-8")
    found = CliRunner().invoke(main, ["doctor"])
    assert "WRONG scales    38, " in found.output
    assert "sleep.toml:1: version: is missing." in found.output
    assert found.exit_code == 1


def test_a_file_changed_after_its_version_was_answered_is_refused(run, tmp_path, monkeypatch):
    monkeypatch.delenv("TRACKER_DATABASE_URL", raising=False)
    assert CliRunner().invoke(main, INIT).exit_code == 0
    text = (FOLDER / "peg.toml").read_text(encoding="utf-8").replace('"1"', '"2"', 1)
    url = f"sqlite:///{tmp_path / config.DATABASE_FILE}"
    with sqlite3.connect(tmp_path / config.DATABASE_FILE) as database:
        row = (1, "peg", "2", "en", "0" * 64, text, "2026-03-02 12:00:00.000000")
        database.execute("INSERT INTO edition VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    database.close()
    assert list(editions.all_texts(url)) == [("peg", "2")]
    folder = tmp_path / instruments.OWN
    folder.mkdir()
    (folder / "peg.toml").write_text(text, encoding="utf-8")
    assert run("check", folder / "peg.toml").exit_code == 0
    (folder / "peg.toml").write_text(text.replace("enjoyment of life", "joy"), encoding="utf-8")
    result = run("check", folder / "peg.toml")
    assert result.exit_code == 1
    assert result.output.startswith("peg.toml:3: version: is not used: the file was changed after")
    assert "Not used: peg.toml:3: version: is not used: the file was" in run("list").stderr
    found = CliRunner().invoke(main, ["doctor"])
    assert "peg.toml:3: version: is not used: the file was changed after" in found.output
    assert found.exit_code == 1
