"""What each earlier version wrote is whole after an upgrade: the short form of the upgrades.

At length, with every version on PostgreSQL and twenty kills: python -m tests.reliability.upgrades
"""

import signal
import subprocess
import sys
import time

import pytest
from alembic.script import ScriptDirectory

from tests.reliability.upgrades import clinics, fixtures, kills, rows
from tests.reliability.upgrades.make import ROWS_MIN
from tests.reliability.upgrades.versions import NEVER_THE_NEWEST, VERSIONS
from tracker.models import schema
from tracker.services.system import database as system_database
from tracker.services.system import upgrades

OLDEST = VERSIONS[0]
KEPT_BYTES_MAX = 600_000


def test_every_revision_has_a_clinic_that_its_own_program_made_or_a_reason():
    walked = ScriptDirectory.from_config(schema.config("")).walk_revisions()
    known = {one.revision for one in walked}
    told = {one.revision for one in VERSIONS} | {*NEVER_THE_NEWEST}
    lacking = sorted(known - told - {schema.head()})
    assert not lacking, (
        f"Name the last commit of main at {lacking} in tests/reliability/upgrades/versions.py, "
        f"then run: python -m tests.reliability.upgrades --make {' '.join(lacking)}"
    )
    assert told <= known
    kept = sum(fixtures.path_of(one.revision).stat().st_size for one in VERSIONS)
    assert kept < KEPT_BYTES_MAX


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.revision)
def test_what_an_earlier_version_wrote_is_whole_after_an_upgrade(version, tmp_path):
    fixture = fixtures.load(version.revision)
    assert fixture.digest == version.digest, "run: python -m tests.reliability.upgrades --make"
    clinic = clinics.put(fixture, tmp_path / "clinic")
    before = clinic.rows()
    assert rows.digest(before) == rows.digest(fixture.tables)
    assert rows.count(before) >= ROWS_MIN
    system_database.upgrade(clinic.database_url, clinic.instance)
    assert list(clinics.faults_after(clinic, before, pages=0)) == []
    assert list(clinics.faults_of_copies(clinic, before)) == []
    assert len(clinics.copies(clinic)) == (version.revision != schema.head())


@pytest.mark.postgres
def test_so_it_is_on_postgresql_with_a_backup_first_and_pages_after(postgresql_templates, tmp_path):
    fixture = fixtures.load(OLDEST.revision)
    with clinics.another_database(postgresql_templates.url, "upgraded") as url:
        clinic = clinics.put(fixture, tmp_path / "clinic", url)
        before = clinic.rows()
        assert rows.digest(before) == rows.digest(fixture.tables)
        assert upgrades.upgrade(clinic.settings).backup in clinics.backups(clinic)
        assert list(clinics.faults_after(clinic, before, pages=3)) == []


def test_an_upgrade_that_is_killed_in_the_middle_leaves_everything_as_it_was(tmp_path):
    clinic = clinics.put(fixtures.load(OLDEST.revision), tmp_path / "clinic")
    before = clinic.rows()
    command = "import sys; from tracker.models import schema; schema.upgrade(sys.argv[1])"
    process = subprocess.Popen([sys.executable, "-c", command, clinic.database_url])
    with kills.lock_of(clinic) as is_held:
        kills.wait_for(process, is_held)
        time.sleep(0.05)
        assert is_held()
        process.send_signal(signal.SIGKILL)
    process.wait()
    assert schema.current(clinic.database_url) == OLDEST.revision
    assert rows.digest(clinic.rows()) == rows.digest(before)
