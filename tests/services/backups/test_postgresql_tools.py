"""PostgreSQL's own programs: which version is taken, and how they are told of a database."""

from pathlib import Path

import pytest

from tracker.services.backups.databases import postgresql_tools as tools
from tracker.services.backups.databases.postgresql_tools import Tools
from tracker.services.backups.errors import BackupError, DamagedError

URL = "postgresql+psycopg://ann:se%20cret@db.example:5433/clinic?sslmode=require"


@pytest.fixture
def installed(monkeypatch):
    """Have the programs of these versions on the machine."""

    def install(*versions):
        folders = [Path(f"/pg/{version}") for version in versions]
        monkeypatch.setattr(tools, "_folders", lambda: iter(folders))
        monkeypatch.setattr(tools, "_look", lambda folder: Tools(folder, int(folder.name)))

    return install


@pytest.mark.parametrize(("server", "found"), [(13, 14), (14, 14), (15, 16), (18, 18)])
def test_the_oldest_that_knows_the_server_is_taken(installed, server, found):
    installed(18, 14, 16)
    assert tools.find(server).major == found
    assert tools.find(server).dump == f"/pg/{found}/pg_dump"


def test_what_to_install_is_said_with_what_is_there(installed):
    installed(14, 16)
    with pytest.raises(BackupError, match=r"18 or newer.*only version 16 is here") as told:
        tools.find(18)
    assert "apt install postgresql-client-18" in str(told.value)
    installed()
    with pytest.raises(BackupError, match="none is here"):
        tools.find(18)


def test_for_a_dump_one_is_taken_that_can_read_it(installed, monkeypatch):
    installed(14, 16, 18)
    monkeypatch.setattr(tools, "_reads", lambda found, _dump: found.major >= 16)
    assert tools.find(14, dump=Path("/x")).major == 16
    monkeypatch.setattr(tools, "_reads", lambda *_: False)
    with pytest.raises(DamagedError, match="pg_restore 18 cannot read the dump"):
        tools.find(14, dump=Path("/x"))


def test_a_database_is_told_by_the_environment():
    environ = tools.environment(URL)
    told = {name: environ[name] for name in ("PGUSER", "PGPASSWORD", "PGHOST", "PGPORT", "PGTZ")}
    assert told == {
        "PGUSER": "ann", "PGPASSWORD": "se cret", "PGHOST": "db.example", "PGPORT": "5433",
        "PGTZ": "UTC",
    }  # fmt: skip
    assert (environ["PGDATABASE"], environ["PGSSLMODE"]) == ("clinic", "require")


def test_of_what_a_program_complains_the_first_line_is_told_and_no_row():
    errors = "\npg_restore: error: COPY failed\nCONTEXT:  COPY patient, line 1: Quillfeather\n"
    assert tools.first_words(errors) == "pg_restore: error: COPY failed"
    assert tools.first_words("") == "no reason was given"
