"""Outcomes from the command line: counted anew, and held to the records."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner

from tracker import config
from tracker.cli import main


@pytest.fixture
def place(set_up, tmp_path):
    return Path(shutil.copytree(set_up, tmp_path / "clinic"))


def run(place, *words):
    return CliRunner().invoke(main, [*words, "--instance", str(place)])


def change(place, statement):
    with sqlite3.connect(place / config.DATABASE_FILE) as database:
        database.execute(statement)


def test_all_is_counted_anew_and_then_agrees_with_the_records(place):
    told = run(place, "db", "rebuild-outcomes")
    assert (told.exit_code, "Counted: 0 patients." in told.output) == (0, True)
    assert "ok   outcomes  0 of what is kept differ" in run(place, "doctor", "--deep").output


def test_sums_that_nobody_saved_are_wrong(place):
    change(
        place, "INSERT INTO outcome_sum SELECT id, '', 'treated', 1, 7, 0, 0, 0, 0, 0 FROM clinic"
    )
    told = run(place, "doctor", "--deep")
    assert (told.exit_code, "WRONG outcomes  1 of what is kept differ" in told.output) == (1, True)
    run(place, "db", "rebuild-outcomes")
    assert "ok   outcomes" in run(place, "doctor", "--deep").output


def test_a_clinic_that_was_not_counted_yet_has_it_to_do_until_the_timer_runs(place, monkeypatch):
    change(place, "DELETE FROM outcome_basis")
    assert "to do outcomes  not counted yet" in run(place, "doctor", "--deep").output
    monkeypatch.setenv("TRACKER_ADDRESS", "https://tracker.example.org")
    assert run(place, "remind").exit_code == 0
    assert "ok   outcomes" in run(place, "doctor", "--deep").output
