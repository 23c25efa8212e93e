"""The commands about people, access and the trail."""

import re
import shutil
import sqlite3

import pytest
from click.testing import CliRunner

from tracker import config
from tracker.cli import main


@pytest.fixture
def run(set_up, tmp_path, monkeypatch):
    """Run a command on an instance that is set up."""
    instance = shutil.copytree(set_up, tmp_path / "clinic")
    monkeypatch.setenv("TRACKER_INSTANCE", str(instance))
    for name in ("TRACKER_DATABASE_URL", "TRACKER_SMTP_HOST", "TRACKER_ADDRESS"):
        monkeypatch.delenv(name, raising=False)

    def command(*words):
        return CliRunner().invoke(main, list(words), catch_exceptions=False)

    return command


INVITE = ("user", "invite", "Anna Clinician", "anna@example.org", "--role", "clinician")


def test_an_invitation_is_written_to_a_file_and_its_link_shown(run, tmp_path, monkeypatch):
    monkeypatch.setenv("TRACKER_ADDRESS", "https://tracker.example.org")
    result = run(*INVITE)
    assert result.exit_code == 0, result.output
    link = re.search(r"https://tracker\.example\.org/welcome/\S+", result.output).group()
    (mail,) = (tmp_path / "clinic" / config.MAIL_FOLDER).iterdir()
    assert link in mail.read_text().replace("=\n", "").replace("=3D", "=")
    assert re.search(
        r"invited +anna@example\.org +clinician +Anna Clinician", run("user", "list").output
    )


def test_an_invitation_that_cannot_be_right_is_refused_with_every_reason(run):
    result = run("user", "invite", " ", "nobody", "--role", "patient")
    assert result.exit_code == 1
    for words in ("Give the person's name.", "Give an e-mail address", "Give the patient's record"):
        assert words in result.output


def test_disabling_enabling_and_a_lost_phone(run):
    run(*INVITE)
    assert "signed out everywhere" in run("user", "disable", "anna@example.org").output
    assert re.search(r"disabled +anna", run("user", "list").output)
    assert run("user", "enable", "anna@example.org").exit_code == 0
    assert run("user", "unlock", "anna@example.org").exit_code == 0
    assert run("user", "reset-second-factor", "anna@example.org").exit_code == 0


def test_the_only_administrator_cannot_be_disabled(run):
    result = run("user", "disable", "ada@example.org")
    assert result.exit_code == 1
    assert "only administrator" in result.output


def test_nobody_of_that_address_is_one_line(run):
    result = run("user", "disable", "nobody@example.org")
    assert (result.exit_code, result.output.count("\n")) == (1, 1)
    assert "nobody here has the e-mail address" in result.output


def test_a_new_invitation_ends_the_earlier_link(run):
    first = run(*INVITE).output
    second = run("user", "send-again", "anna@example.org").output
    link = re.compile(r"/welcome/\S+")
    assert link.search(first).group() != link.search(second).group()


def test_the_matrix_is_that_of_the_policy():
    result = CliRunner().invoke(main, ["access"])
    lines = {
        line.split("  ")[0]: line.split()[1:] for line in result.output.splitlines() if ":" in line
    }
    assert lines["session:record"] == ["-", "yes", "-", "-", "yes"]
    assert lines["people:manage"] == ["yes", "-", "-", "-", "yes"]
    assert lines["own-record:view"] == ["-", "-", "their", "own", "-", "-"]
    assert lines["patient:invite"] == ["-", "yes", "-", "-", "yes"]


def test_the_trail_verifies_and_its_head_can_be_noted(run):
    result = run("audit", "verify")
    assert result.exit_code == 0, result.output
    head = re.search(r"Head: (\w{64})", result.output).group(1)
    run(*INVITE)
    assert run("audit", "verify", "--head", head).exit_code == 0
    lost = run("audit", "verify", "--head", "0" * 64)
    assert lost.exit_code == 1
    assert "noted head" in lost.output


def test_one_changed_byte_is_found_and_named(run, tmp_path):
    database = sqlite3.connect(tmp_path / "clinic" / config.DATABASE_FILE)
    database.execute("DROP TRIGGER audit_event_no_update")
    database.execute("UPDATE audit_event SET actor = actor || '.' WHERE sequence = 2")
    database.commit()
    database.close()
    result = run("audit", "verify")
    assert result.exit_code == 1
    assert "broken at line 2: its content was changed" in result.output
