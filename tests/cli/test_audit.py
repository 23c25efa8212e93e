"""The trail verified deeply, anchored outside the machine and held to what was anchored."""

import json
import re
import shutil
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tracker.cli import main
from tracker.services.audit import clinical_rows

LINE = re.compile(r"\d+ [0-9a-f]{64} \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00\n")


@pytest.fixture
def instance(set_up, tmp_path, monkeypatch):
    """A copy of an instance that a newcomer has set up."""
    folder = tmp_path / "clinic"
    shutil.copytree(set_up, folder)
    monkeypatch.setenv("TRACKER_INSTANCE", str(folder))
    return folder


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def alter(instance: Path, *statements: str) -> None:
    """Write into the database as whoever owns it can."""
    with sqlite3.connect(instance / "tracker.sqlite3") as database:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (name,) in database.execute(query).fetchall():
            database.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            database.execute(statement)


def test_an_anchor_is_printed_and_added_to_a_file(instance, tmp_path, monkeypatch):
    kept = tmp_path / "anchors.txt"
    first = run("audit", "anchor", "--file", str(kept))
    assert first.exit_code == 0, first.output
    assert LINE.fullmatch(first.output)
    monkeypatch.setenv("TRACKER_ANCHOR_FILE", str(kept))
    assert run("audit", "anchor").exit_code == 0
    assert len(kept.read_text().splitlines()) == 2
    verified = run("audit", "verify", "--anchor", str(kept))
    assert verified.exit_code == 0, verified.output
    assert "1 anchors, every one is in it." in verified.output


def test_an_anchor_is_mailed_and_names_nobody(instance, monkeypatch):
    monkeypatch.setenv("TRACKER_ANCHOR_MAIL", "auditor@example.org")
    line = run("audit", "anchor")
    assert line.exit_code == 0, line.output
    [mail] = (instance / "mail").iterdir()
    text = mail.read_text()
    assert "To: auditor@example.org" in text
    assert line.output.strip() in text
    assert "Ada" not in text


def test_a_cut_tail_is_found_by_an_anchor_and_by_nothing_else(instance, tmp_path):
    kept = tmp_path / "anchors.txt"
    assert run("audit", "anchor", "--file", str(kept)).exit_code == 0
    last = int(kept.read_text().split()[0])
    alter(instance, f"DELETE FROM audit_event WHERE sequence = {last}",
          f"DELETE FROM row_seal WHERE sequence = {last}")  # fmt: skip
    assert run("audit", "verify").exit_code == 0
    found = run("audit", "verify", "--anchor", str(kept))
    assert found.exit_code == 1
    assert f"broken at line {last}: it is not the line that was anchored" in found.output


@pytest.mark.parametrize(
    "text", ["", "\x9d\x00", "12 abc now\n", f"1 {'a' * 64} x\n1 {'b' * 64} x\n"]
)
def test_a_file_that_holds_no_anchors_is_refused(instance, tmp_path, text):
    kept = tmp_path / "anchors.txt"
    kept.write_text(text, encoding="latin-1")
    found = run("audit", "verify", "--anchor", str(kept))
    assert found.exit_code == 1
    assert "anchor" in found.output


def test_a_place_that_cannot_be_written_is_told(instance, tmp_path):
    found = run("audit", "anchor", "--file", str(tmp_path / "no" / "anchors.txt"))
    assert found.exit_code == 1
    assert "cannot be written" in found.output
    assert "not anchored" in found.output


def test_a_deep_look_finds_what_was_changed_past_the_tracker(instance):
    whole = run("audit", "verify", "--deep")
    assert whole.exit_code == 0, whole.output
    assert "none differs" in whole.output
    alter(instance, "UPDATE clinic SET name = 'Other'")
    assert run("audit", "verify").exit_code == 0
    found = run("audit", "verify", "--deep")
    assert found.exit_code == 1
    assert re.search(r"clinic \d+: it was changed after line 1, past the tracker\.", found.output)
    assert "Not what the trail says: 1 row." in found.output


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("at = 'yesterday'", "line 2: its content was changed"),
        ("at = at || '0'", "line 2: its content was changed"),
        ("seal = 'é'", "line 2: it cannot be read"),
    ],
)
def test_what_cannot_be_read_is_told_as_broken(instance, change, told):
    alter(instance, f"UPDATE audit_event SET {change} WHERE sequence = 2")
    found = run("audit", "verify")
    assert found.exit_code == 1
    assert f"broken at {told}" in found.output


def test_to_seal_what_is_sealed_already_changes_nothing(instance):
    sealed = run("audit", "seal")
    assert sealed.exit_code == 0
    assert "0 rows sealed." in sealed.output
    assert run("audit", "verify", "--deep").exit_code == 0


def test_rows_that_nobody_sealed_are_not_counted_as_right(instance, monkeypatch):
    """After an upgrade nothing is sealed: "none differs" is then said of no row."""
    found = clinical_rows.RowsCheck(13, {"clinic": 1, "patient": 12}, ())
    monkeypatch.setattr(clinical_rows, "verify", lambda: found)
    said = run("audit", "verify", "--deep")
    assert said.exit_code == 0, said.output
    assert "clinic: 1 row from before rows were sealed; nothing is known." in said.output
    assert "patient: 12 rows from before rows were sealed; nothing is known." in said.output
    assert "0 sealed rows, none differs from what the trail says." in said.output


def test_a_new_key_seals_from_now_on_and_the_trail_and_its_anchors_hold(instance, tmp_path):
    anchor = tmp_path / "anchors"
    run("audit", "anchor", "--file", str(anchor))
    before = json.loads((instance / "keys.json").read_text())
    assert run("audit", "new-key", "--yes").exit_code == 0
    after = json.loads((instance / "keys.json").read_text())
    assert after["audit_key"] != before["audit_key"] == after["earlier_audit_keys"]
    assert run("audit", "seal").exit_code == 0, "another line, by the new key"
    verified = run("audit", "verify", "--deep", "--anchor", str(anchor))
    assert verified.exit_code == 0, verified.output
    (instance / "keys.json").write_text(json.dumps(before))
    assert "its key is not here" in run("audit", "verify").output
