"""The commands that back up, try out and restore, and the load that a backup is made under."""

import re
import shutil
import sqlite3
from contextlib import closing

import pytest
from click.testing import CliRunner

from tests.reliability import backups as bar
from tests.reliability.backups import Load
from tracker import config
from tracker.cli import backups, main
from tracker.models import schema
from tracker.services.backups import key as backup_key
from tracker.services.backups.key import BackupKey

KEY = BackupKey(bytes(range(32)))


@pytest.fixture
def place(set_up, tmp_path, monkeypatch):
    """A clinic of its own, with the key that this test knows."""
    shutil.copytree(set_up, tmp_path / "clinic")
    monkeypatch.setenv("TRACKER_INSTANCE", str(tmp_path / "clinic"))
    for name in ("TRACKER_DATABASE_URL", "TRACKER_BACKUP_KEY", "TRACKER_BACKUP_FOLDER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(backup_key, "make", lambda: KEY)
    monkeypatch.setattr(backups, "_ask_for", lambda _groups: [11, 3])
    return tmp_path / "clinic"


def run(*words, **options):
    return CliRunner().invoke(main, list(words), catch_exceptions=False, **options)


def make_key():
    told = run("backup", "key", input=f"{KEY.groups[2]}\n{KEY.groups[10].lower()}\n")
    assert told.exit_code == 0, told.output
    return told.output


def test_a_key_is_shown_once_and_kept_when_a_part_of_it_was_typed_again(place):
    told = run("backup", "key", input=f"wrong\n{KEY.groups[2]}\n{KEY.groups[10]}\n")
    assert told.exit_code == 0, told.output
    assert all(group in told.output for group in KEY.groups)
    assert "That is another" in told.output
    stored = (place / config.BACKUP_KEY_FILE).read_text()
    assert KEY.text not in stored
    assert backup_key.public_half(place) == KEY.public
    again = run("backup", "key")
    assert again.exit_code == 1
    assert "tracker backup key --new" in again.output


def test_the_instance_may_be_named_before_and_after_the_command(place, tmp_path, monkeypatch):
    monkeypatch.setenv("TRACKER_INSTANCE", str(tmp_path / "elsewhere"))
    typed = f"{KEY.groups[2]}\n{KEY.groups[10]}\n"
    assert run("backup", "key", "--instance", str(place), input=typed).exit_code == 0
    again = run("backup", "--instance", str(place), "key")
    assert "There is a backup key already" in again.output
    assert not (tmp_path / "elsewhere").exists()


def test_a_key_that_nobody_wrote_down_is_not_kept(place):
    assert run("backup", "key", input="wrong\nwrong\n").exit_code == 1
    assert not (place / config.BACKUP_KEY_FILE).exists()


def test_a_timer_that_backs_up_without_a_key_is_told_what_to_run(place):
    told = run("backup")
    assert told.exit_code == 1
    assert "Run: tracker backup key" in told.output


def test_a_backup_a_trial_and_a_restore_by_the_steps_that_are_printed(place, tmp_path):
    make_key()
    made = run("backup")
    assert made.exit_code == 0, made.output
    assert "Backed up and compared" in made.output
    assert "same disk" in made.output
    [file] = (place / config.BACKUP_FOLDER).iterdir()
    tried = run("backup", "drill", input=f"{KEY.text}\n")
    assert tried.exit_code == 0, tried.output
    assert re.search(r"It took \d+ seconds?\. Nothing of the trial is left\.", tried.output)
    assert "of the audit trail hold" in tried.output
    (tmp_path / "key.txt").write_text(f"# our key\n{' '.join(KEY.groups)}\n")
    again = str(tmp_path / "again")
    words = ("restore", str(file), "--instance", again, "--key-file", str(tmp_path / "key.txt"))
    restored = run(*words)
    assert restored.exit_code == 0, restored.output
    assert "every one holds" in restored.output
    assert "1. tracker doctor" in restored.output
    assert run("audit", "verify", "--instance", again).exit_code == 0
    assert run("doctor", "--instance", again).exit_code == 0
    assert "ada@example.org" in run("user", "list", "--instance", again).output
    assert run(*words).exit_code == 1
    told = made.output + tried.output + restored.output
    assert "Harbour" not in told
    assert "Ada" not in told


def test_the_trail_has_a_line_for_each(place, tmp_path, monkeypatch):
    make_key()
    run("backup")
    monkeypatch.setenv("TRACKER_BACKUP_KEY", KEY.text)
    run("backup", "drill")
    monkeypatch.setattr(backup_key, "make", lambda: BackupKey(bytes(32)))
    monkeypatch.setenv("TRACKER_BACKUP_KEY", BackupKey(bytes([7] * 32)).text)
    assert run("backup", "drill").exit_code == 1
    with closing(sqlite3.connect(place / config.DATABASE_FILE)) as database:
        found = database.execute(
            "SELECT action, detail FROM audit_event WHERE action LIKE 'backup%' ORDER BY sequence"
        ).fetchall()
    assert [action for action, _ in found] == ["backup.made", "backup.drilled", "backup.drilled"]
    assert re.fullmatch(r"\S+Z\.tar\.gz\.age \d+ rows", found[0][1])
    assert found[2][1].endswith(" failed")


def test_a_database_that_is_behind_is_backed_up_all_the_same(place):
    make_key()
    with closing(sqlite3.connect(place / config.DATABASE_FILE)) as database:
        database.execute("UPDATE alembic_version SET version_num = '0001'")
        database.commit()
    made = run("backup")
    assert made.exit_code == 0, made.output
    assert "could not be noted in the audit trail" in made.output
    assert "tracker db upgrade" in made.output


@pytest.mark.parametrize(
    "typed", ["", "x", KEY.text[:-1], KEY.text[:-1] + "q", KEY.text.replace("SYQ", "YSQ"), "é" * 58]
)
def test_a_key_with_a_slip_in_it_is_told_at_once(place, typed):
    make_key()
    run("backup")
    told = run("backup", "drill", input=f"{typed or ' '}\n")
    assert told.exit_code == 1
    assert "This is no backup key" in told.output


@pytest.mark.parametrize(
    "typed",
    [KEY.text.lower(), " ".join(KEY.groups), "-".join(KEY.groups), KEY.text.replace("0", "o")],
)
def test_a_key_is_read_however_it_was_written(typed):
    assert backup_key.read_typed(typed) == KEY


def test_a_key_is_never_in_a_repr():
    assert repr(KEY) == "BackupKey()"


def test_doctor_says_that_there_is_none_and_that_it_is_late(place):
    none = run("doctor")
    assert none.exit_code == 0
    assert "to do backup    none, on trial never" in none.output
    assert "There is no backup of this clinic." in none.output
    make_key()
    run("backup")
    assert "ok   backup    newest " in run("doctor").output
    [file] = (place / config.BACKUP_FOLDER).iterdir()
    file.rename(file.with_name("2026-01-01T03-00-00Z.tar.gz.age"))
    late = run("doctor")
    assert late.exit_code == 1
    assert "WRONG backup" in late.output
    assert "The newest backup was made" in late.output


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TRACKER_BACKUP_FOLDER", "backups", "Set it to a whole path"),
        ("TRACKER_BACKUP_KEEP", "7 5", "such as: 7 5 12"),
        ("TRACKER_BACKUP_KEEP", "7 5 x", "such as: 7 5 12"),
    ],
)
def test_a_setting_that_cannot_be_is_told(place, monkeypatch, name, value, said):
    monkeypatch.setenv(name, value)
    told = run("backup")
    assert told.exit_code == 1
    assert said in told.output


@pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)
def test_whatever_was_saved_before_a_backup_began_is_in_it(database):
    """The short form; the whole of it is `python -m tests.reliability.backups`."""
    outcome = bar.measure(database, Load(rounds=1))
    assert outcome.errors == []
    assert outcome.expected[0] > 0
    assert (outcome.lacking, outcome.readable) == ([0], 0)


def make_older(place):
    """Take the last step of the schema back, as if an older program had made the database."""
    url = f"sqlite:///{place / config.DATABASE_FILE}"
    schema.downgrade(url, "-1")
    return url


def test_an_upgrade_makes_a_backup_first(place, monkeypatch):
    make_key()
    url = make_older(place)
    told = run("db", "upgrade")
    assert told.exit_code == 0, told.output
    assert "Backed up: " in told.output
    assert "Kept a copy: " in told.output
    assert schema.current(url) == schema.head()
    assert len(list((place / config.BACKUP_FOLDER).glob("*.age"))) == 1
    monkeypatch.setenv("TRACKER_BACKUP_KEY", KEY.text)
    assert run("backup", "drill").exit_code == 0
    assert "Nothing to do." in run("db", "upgrade").output


def test_an_upgrade_without_a_key_keeps_a_copy_and_says_what_to_do(place):
    make_older(place)
    told = run("db", "upgrade")
    assert told.exit_code == 0
    assert "Kept a copy: " in told.output
    assert "run: tracker backup key" in told.output


def test_an_upgrade_whose_backup_fails_changes_nothing(place, monkeypatch):
    make_key()
    url = make_older(place)
    before = schema.current(url)
    monkeypatch.setenv("TRACKER_BACKUP_FOLDER", "/proc/none")
    told = run("db", "upgrade")
    assert told.exit_code == 1
    assert schema.current(url) == before
    assert run("db", "upgrade", "--without-backup").exit_code == 0
    assert schema.current(url) == schema.head()


@pytest.mark.postgres
def test_an_upgrade_of_postgresql_wants_a_key_or_to_be_told(
    place, postgresql_templates, tmp_path, monkeypatch
):
    url = postgresql_templates.copy(tmp_path, peopled=False)
    try:
        schema.downgrade(url, "-1")
        monkeypatch.setenv("TRACKER_DATABASE_URL", url)
        told = run("db", "upgrade")
        assert told.exit_code == 1
        assert "Run: tracker backup key, then: tracker db upgrade." in told.output
        assert "nothing was changed" in told.output
        assert schema.current(url) != schema.head()
        make_key()
        told = run("db", "upgrade")
        assert told.exit_code == 0, told.output
        assert "Backed up: " in told.output
        assert schema.current(url) == schema.head()
    finally:
        postgresql_templates.drop(url)
