"""A backup holds all of a clinic, and is restored where none is: nothing is ever overwritten."""

import dataclasses
import fcntl
import json
import stat
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from tests.builders.patients import a_patient
from tracker import config, instruments
from tracker.domain.backups.file_names import file_name
from tracker.models import db, schema
from tracker.services import clock
from tracker.services.backups import commands, folder, restoring
from tracker.services.backups import drill as drills
from tracker.services.backups import key as backup_key
from tracker.services.backups import queries as backup_queries
from tracker.services.backups.databases import either, postgresql
from tracker.services.backups.databases import postgresql_tools as tools
from tracker.services.backups.errors import BackupError, DamagedError
from tracker.services.backups.key import BackupKey

pytestmark = pytest.mark.both_databases
KEY = BackupKey(bytes(range(32)))
AT = datetime(2026, 11, 30, 3, 0, tzinfo=UTC)
NAME = "Quillfeather"


@pytest.fixture
def clinic(app, cast, settings, instance, tmp_path):
    """A clinic with somebody in it, a key, and a disk for its backups."""
    a_patient(cast.anna, "B-1", family_name=NAME)
    db.session.remove()
    backup_key.keep(KEY.public, instance, AT)
    (tmp_path / "disk").mkdir()
    return dataclasses.replace(settings, backups=tmp_path / "disk", backup_keep=(7, 5, 12))


def make(clinic, at=AT, **more):
    return commands.make(clinic, at=at, environ={"TRACKER_ADDRESS": "https://x.example"}, **more)


@pytest.fixture
def empty_database(clinic, tmp_path):
    """Make addresses of databases that are empty, or not there yet."""

    @contextmanager
    def give(place):
        if db.engine.dialect.name == "sqlite":
            yield config.database_url(place, {})
            return
        with postgresql.scratch(clinic.database_url, f"test_{place.name}") as url:
            yield url

    return give


def restore(backup, place, url, key=KEY, **more):
    return restoring.restore(
        backup, key, instance=place, database_url=url, environ=more.pop("environ", {}), **more
    )


def scalars(url, statement):
    engine = create_engine(url)
    with engine.connect() as connection:
        found = list(connection.scalars(text(statement)))
    engine.dispose()
    return found


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_restored_is_the_clinic_with_its_keys_settings_and_questionnaires(
    clinic, instance, empty_database, tmp_path
):
    own = instance / instruments.OWN
    own.mkdir()
    (own / "mine.toml").write_text("# a scale of our own\n")
    made = make(clinic)
    place = tmp_path / "again"
    with empty_database(place) as url:
        restored = restore(made.path, place, url)
        assert scalars(url, "SELECT family_name FROM patient") == [NAME]
        assert scalars(url, "SELECT version_num FROM alembic_version") == [schema.head()]
    assert (restored.rows, restored.is_behind) == (made.rows, False)
    assert json.loads((place / config.KEYS_FILE).read_text()) == config.keys_of(clinic)
    assert (place / instruments.OWN / "mine.toml").read_text() == "# a scale of our own\n"
    assert backup_key.public_half(place) == KEY.public
    told = (place / restoring.RESTORED_SETTINGS).read_text()
    assert told == 'TRACKER_ADDRESS="https://x.example"\n'
    assert {mode(path) for path in place.rglob("*") if path.is_file()} == {0o600}
    assert not list(place.glob("restore-work-*"))


def test_a_backup_is_for_its_owner_only_says_nothing_and_leaves_nothing_beside_it(clinic):
    before = {path.name for path in clinic.instance.iterdir()}
    made = make(clinic)
    assert made.path.name == file_name(AT) == "2026-11-30T03-00-00Z.tar.gz.age"
    assert mode(made.path) == 0o600
    content = made.path.read_bytes()
    for private in (NAME, "Harbour", "anna@", clinic.audit_key, "sqlite", "tracker"):
        assert private.encode() not in content
    assert [path.name for path in clinic.backup_folder.iterdir()] == [made.path.name]
    left = {path.name for path in clinic.instance.iterdir()} - before
    assert left == {"backup.lock", "backups.json"}


def test_two_of_the_same_second_have_names_of_their_own(clinic):
    first, second = make(clinic), make(clinic)
    assert second.path.name == file_name(AT + timedelta(seconds=1))
    assert first.path.exists()


def test_without_a_key_nothing_is_backed_up(clinic, instance):
    (instance / config.BACKUP_KEY_FILE).unlink()
    with pytest.raises(BackupError, match="tracker backup key"):
        make(clinic)
    assert not any(clinic.backup_folder.iterdir())


def test_another_key_restores_nothing(clinic, empty_database, tmp_path):
    made = make(clinic)
    place = tmp_path / "again"
    with (
        empty_database(place) as url,
        pytest.raises(BackupError, match="does not open this backup"),
    ):
        restore(made.path, place, url, backup_key.make())
    assert not any(place.iterdir())


def test_a_clinic_is_never_overwritten(clinic, instance, empty_database, tmp_path):
    made = make(clinic)
    with pytest.raises(BackupError, match="never overwritten"):
        restore(made.path, instance, clinic.database_url)
    with pytest.raises(BackupError, match="There is a clinic here already"):
        restore(made.path, tmp_path / "again", clinic.database_url)
    assert scalars(clinic.database_url, "SELECT family_name FROM patient") == [NAME]


def test_a_backup_of_a_newer_program_is_refused_and_of_an_older_one_is_told(
    clinic, empty_database, tmp_path, monkeypatch
):
    made = make(clinic)
    place = tmp_path / "older"
    with empty_database(place) as url, monkeypatch.context() as patch:
        patch.setattr(schema, "head", lambda: "9998")
        assert restore(made.path, place, url).is_behind
    place = tmp_path / "newer"
    with empty_database(place) as url, monkeypatch.context() as patch:
        patch.setattr(schema, "knows", lambda revision: False)
        with pytest.raises(BackupError, match="made by a newer one: install that"):
            restore(made.path, place, url)
    assert not any(place.iterdir())


def test_keys_of_this_machine_that_are_others_are_named(clinic, empty_database, tmp_path):
    made = make(clinic)
    place = tmp_path / "again"
    other = {"TRACKER_AUDIT_KEY": "f" * 64, "TRACKER_TOTP_KEY": clinic.totp_key}
    with (
        empty_database(place) as url,
        pytest.raises(BackupError, match=r"TRACKER_AUDIT_KEY\. Unset") as told,
    ):
        restore(made.path, place, url, environ=other)
    assert "TOTP" not in str(told.value)


def test_a_backup_that_is_cut_short_restores_nothing(clinic, empty_database, tmp_path):
    made = make(clinic)
    content = made.path.read_bytes()
    made.path.write_bytes(content[: len(content) // 2])
    place = tmp_path / "again"
    with empty_database(place) as url, pytest.raises(DamagedError, match="cut short"):
        restore(made.path, place, url)
    assert not any(place.iterdir())


def test_a_restore_that_fails_at_the_end_leaves_no_keys_behind(
    clinic, empty_database, tmp_path, monkeypatch
):
    made = make(clinic)
    place = tmp_path / "again"

    def fail(*_):
        raise BackupError("The server went away.")

    monkeypatch.setattr(restoring, "_put_database", fail)
    with empty_database(place) as url, pytest.raises(BackupError, match="went away"):
        restore(made.path, place, url)
    assert not any(path.is_file() for path in place.rglob("*"))


def test_a_full_disk_leaves_the_earlier_backups_and_says_so(clinic, monkeypatch):
    first = make(clinic)

    def full(_file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder, "flush_to_disk", full)
    with pytest.raises(BackupError, match=r"no room for a backup.*earlier backups stand"):
        make(clinic, AT + timedelta(days=1))
    assert list(clinic.backup_folder.iterdir()) == [first.path]


def test_a_backup_that_reads_back_otherwise_is_not_kept(clinic, monkeypatch):
    first = make(clinic)

    def break_disk(file):
        file.flush()
        file.seek(-20, 2)
        file.write(b"\0")
        file.flush()

    monkeypatch.setattr(folder, "flush_to_disk", break_disk)
    with pytest.raises(DamagedError):
        make(clinic, AT + timedelta(days=1))
    assert list(clinic.backup_folder.iterdir()) == [first.path]


def test_rows_that_differ_from_what_was_backed_up_are_named_by_table(clinic, monkeypatch):
    real = either.digests

    def one_less(copied, place):
        return {name: one for name, one in real(copied, place).items() if name != "patient"}

    monkeypatch.setattr(either, "digests", one_less)
    with pytest.raises(DamagedError, match="1 table differ from what was backed up: patient"):
        make(clinic)
    assert not any(clinic.backup_folder.iterdir())


def test_an_empty_folder_that_had_backups_is_taken_for_a_disk_that_is_not_mounted(clinic):
    make(clinic).path.unlink()
    with pytest.raises(BackupError, match="Is its disk mounted"):
        make(clinic)
    assert make(clinic, accepted=True).path.exists()
    make(clinic)


def test_a_folder_with_backups_of_another_clinic_is_not_taken(clinic, instance):
    theirs = clinic.backup_folder / file_name(AT - timedelta(days=400))
    theirs.touch()
    with pytest.raises(BackupError, match="A folder is for one clinic alone"):
        make(clinic)
    assert theirs.exists()
    make(clinic, accepted=True)
    make(clinic)


def test_a_folder_that_is_not_there_is_not_made(clinic, tmp_path):
    away = dataclasses.replace(clinic, backups=tmp_path / "away")
    with pytest.raises(BackupError, match="There is no folder"):
        make(away)
    assert backup_queries.status(away, AT).trouble


def test_two_at_once_do_not_meet(clinic, instance):
    with (instance / "backup.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(BackupError, match="under way"):
            make(clinic)
    make(clinic)


def test_what_a_killed_backup_left_goes_with_the_next_and_nothing_else_does(clinic, instance):
    part = clinic.backup_folder / f"{file_name(AT - timedelta(days=1))}.part"
    notes = clinic.backup_folder / "notes.part"
    for left in (part, notes):
        left.write_bytes(b"x")
    (instance / "backup-work-abc").mkdir()
    (instance / "backup-work-abc" / "tracker.sqlite3").touch()
    made = make(clinic)
    assert set(clinic.backup_folder.iterdir()) == {made.path, notes}
    assert not (instance / "backup-work-abc").exists()


def test_a_first_one_that_was_killed_is_not_taken_for_anothers(clinic, monkeypatch):
    monkeypatch.setattr(folder, "sync_folder", lambda _place: 1 / 0)  # it has its name by then
    with pytest.raises(ZeroDivisionError):
        make(clinic)
    monkeypatch.undo()
    assert make(clinic, AT + timedelta(hours=1)).kept == 2


def test_older_ones_go_by_the_rule_and_other_files_stay(clinic):
    few = dataclasses.replace(clinic, backup_keep=(2, 0, 0))
    (clinic.backup_folder / "notes.txt").touch()
    made = [make(few, AT + timedelta(days=n)) for n in range(4)]
    assert [one.removed for one in made] == [0, 0, 1, 1]
    names = {file_name(AT + timedelta(days=n)) for n in (2, 3)} | {"notes.txt"}
    assert {path.name for path in clinic.backup_folder.iterdir()} == names


def test_the_status_tells_the_newest_and_passes_over_one_of_tomorrow(clinic):
    assert backup_queries.status(clinic, AT).newest is None
    made = make(clinic)
    make(clinic, AT + timedelta(days=2))
    status = backup_queries.status(clinic, AT + timedelta(hours=3))
    assert (status.newest, status.count, status.size_bytes) == (AT, 2, made.size_bytes)
    assert status.has_key
    assert status.to_do(AT) == ""


def verify(restored):
    from tracker import create_app

    with create_app(settings=dataclasses.replace(restored, testing=True)).app_context():
        return drills.verify_trail()


def test_a_trial_restores_verifies_remembers_and_leaves_nothing(clinic, cast):
    make(clinic)
    before = sorted(clinic.instance.iterdir())
    done = drills.drill(clinic, drills.newest(clinic), KEY, at=AT, verify=verify)
    assert done.trail_lines > 0
    assert done.upgraded_from is None
    assert sorted(clinic.instance.iterdir()) == before
    told = backup_queries.status(clinic, AT).drill
    assert told == done.outcome
    assert (told.passed, told.backup) == (True, file_name(AT))


def test_a_trial_of_a_backup_from_an_older_program_upgrades_it(clinic):
    script = ScriptDirectory.from_config(schema.config(""))
    older = script.get_revision(schema.head()).down_revision
    db.engine.dispose()
    schema.downgrade(clinic.database_url, older)
    make(clinic)

    done = drills.drill(clinic, drills.newest(clinic), KEY, at=AT, verify=verify)
    assert done.upgraded_from == older
    assert scalars(clinic.database_url, "SELECT version_num FROM alembic_version") == [older]


def test_a_trial_that_fails_is_remembered_too(clinic):
    make(clinic)
    with pytest.raises(BackupError):
        drills.drill(clinic, drills.newest(clinic), backup_key.make(), at=AT, verify=verify)
    told = backup_queries.status(clinic, AT).drill
    assert not told.passed
    assert "does not open" in told.reason


def test_a_trial_takes_a_database_that_it_is_given_and_empties_it(clinic, tmp_path):
    if db.engine.dialect.name == "sqlite":
        return
    make(clinic)
    with postgresql.scratch(clinic.database_url, "given_for_trial") as url:
        for _ in range(2):
            drills.drill(clinic, drills.newest(clinic), KEY, at=AT, verify=verify, database_url=url)
        assert postgresql.is_empty(url)
    with pytest.raises(BackupError, match="There is a clinic here already"):
        drills.drill(
            clinic, drills.newest(clinic), KEY, at=AT, verify=verify,
            database_url=clinic.database_url,
        )  # fmt: skip
    assert scalars(clinic.database_url, "SELECT family_name FROM patient") == [NAME]


def test_a_backup_of_one_database_is_not_restored_into_the_other(clinic, tmp_path):
    made = make(clinic)
    sqlite = db.engine.dialect.name == "sqlite"
    other = (
        "postgresql+psycopg://nobody@127.0.0.1:1/none" if sqlite else "sqlite:////none/x.sqlite3"
    )
    with pytest.raises(BackupError) as told:
        either.refuse_other_kind(either.copy(clinic.database_url, tmp_path)[0], other)
    assert "TRACKER_DATABASE_URL" in str(told.value)
    assert made.path.exists()


def test_without_the_programs_of_postgresql_it_is_said_what_to_install(clinic, monkeypatch):
    monkeypatch.setattr(tools, "_folders", lambda: iter(()))
    if db.engine.dialect.name == "sqlite":
        make(clinic)
        return
    with pytest.raises(BackupError, match="apt install postgresql-client-"):
        make(clinic)
    assert not any(clinic.backup_folder.iterdir())


def test_the_trail_says_which_backup_and_how_many_rows(app, cast):
    commands.note("backup.made", "2026-11-30T03-00-00Z.tar.gz.age 12 rows", by=cast.console)
    from tracker.services.audit import queries as audit_queries

    [line] = [one for one in audit_queries.read(by=cast.adam).lines if "backup" in one.action]
    assert (line.what, line.detail) == ("Backup made", "2026-11-30T03-00-00Z.tar.gz.age 12 rows")
    assert clock.now() >= line.at
