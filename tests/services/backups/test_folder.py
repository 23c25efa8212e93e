"""What in a folder is a backup."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from tracker.domain.backups.file_names import file_name
from tracker.services.backups import folder, memory
from tracker.services.backups.errors import BackupError
from tracker.services.backups.memory import BackupMemory

AT = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)


def test_a_folder_or_a_link_to_nowhere_is_no_backup_whatever_it_is_called(tmp_path):
    (tmp_path / file_name(AT)).write_bytes(b"age")
    assert list(folder.backups_in(tmp_path)) == [AT]
    (tmp_path / file_name(AT + timedelta(days=2))).mkdir()
    (tmp_path / file_name(AT + timedelta(days=1))).symlink_to("nowhere")
    assert list(folder.backups_in(tmp_path)) == [AT]


def test_what_a_first_backup_left_that_was_killed_shows_that_the_disk_is_there(tmp_path):
    instance, place = tmp_path / "instance", tmp_path / "disk"
    instance.mkdir()
    place.mkdir()
    settings = SimpleNamespace(instance=instance, backup_folder=place)
    memory.remember(instance, BackupMemory(folder=str(place)))
    (place / f"{file_name(AT)}.part").touch()
    assert folder.ready(settings) == place
    assert not list(place.iterdir())
    with pytest.raises(BackupError, match="had backups before"):
        folder.ready(settings)
