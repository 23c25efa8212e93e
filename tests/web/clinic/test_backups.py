"""What administrators see of the backups: how old the newest is, and how the last trial went."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.people import ADAM, ANNA
from tests.stopping import stopped_at
from tracker.domain.backups.file_names import file_name
from tracker.domain.backups.status import DrillOutcome
from tracker.services.backups import memory
from tracker.services.backups.memory import BackupMemory

NOW = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
NONE = "There is no backup of this clinic."
stopped = stopped_at(NOW)


@pytest.fixture
def adam(browse):
    return browse(ADAM)


@pytest.fixture
def backed_up(settings):
    """Put a backup of so many hours ago into the folder."""
    settings.backup_folder.mkdir()

    def put(hours):
        path = settings.backup_folder / file_name(NOW - timedelta(hours=hours))
        path.write_bytes(b"x" * 3000)

    return put


@pytest.mark.parametrize("path", ["/people/", "/clinic/", "/clinic/backups"])
def test_a_clinic_without_a_backup_is_told_so_until_there_is_one(adam, backed_up, path):
    assert NONE in adam.open(path).text
    backed_up(2)
    assert "To do: backups" not in adam.open(path).text


@pytest.mark.parametrize("path", ["/people/", "/clinic/", "/clinic/backups"])
def test_a_backup_older_than_26_hours_is_to_do(adam, backed_up, path):
    backed_up(27)
    assert "The newest backup was made 27 hours ago." in adam.open(path).text


def test_the_page_tells_its_day_age_and_size_by_the_clinic_s_clock(adam, backed_up):
    backed_up(2)
    page = adam.open("/clinic/backups")
    assert "30 Nov 2026, 08:00, 2 hours ago" in page.text
    assert "3 KiB" in page.text
    assert "not made yet" in page.text
    assert "No backup was restored on trial yet." in page.text


def test_the_page_tells_how_the_last_trial_went(adam, settings, backed_up):
    backed_up(2)
    outcome = DrillOutcome(NOW, file_name(NOW - timedelta(hours=2)), 150.0, passed=True)
    memory.remember(settings.instance, BackupMemory(drill=outcome))
    page = adam.open("/clinic/backups")
    assert "The backup 2026-11-30T13-00-00Z was restored on 30 Nov 2026, 10:00" in page.text
    assert "It took 2.5 minutes." in page.text
    failed = DrillOutcome(NOW, outcome.backup, 3.0, passed=False, reason="It is damaged.")
    memory.remember(settings.instance, BackupMemory(drill=failed))
    page = adam.open("/clinic/backups")
    assert "The last trial failed" in page.text
    assert "It is damaged." in page.text


def test_what_is_remembered_and_broken_is_no_error(adam, settings):
    (settings.instance / memory.FILE).write_text("{broken")
    assert "No backup was restored on trial yet." in adam.open("/clinic/backups").text


def test_a_demonstration_needs_none(app, browse, settings, monkeypatch):
    import dataclasses

    monkeypatch.setitem(app.extensions, "settings", dataclasses.replace(settings, demo=True))
    assert "To do: backups" not in browse(ADAM).open("/clinic/").text


def test_only_administrators_see_the_page(browse):
    browse(ANNA).open("/clinic/backups", expect=403)
