"""What in a folder is a backup."""

from datetime import UTC, datetime, timedelta

from tracker.domain.backups.file_names import file_name
from tracker.services.backups import folder

AT = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)


def test_a_folder_or_a_link_to_nowhere_is_no_backup_whatever_it_is_called(tmp_path):
    (tmp_path / file_name(AT)).write_bytes(b"age")
    assert list(folder.backups_in(tmp_path)) == [AT]
    (tmp_path / file_name(AT + timedelta(days=2))).mkdir()
    (tmp_path / file_name(AT + timedelta(days=1))).symlink_to("nowhere")
    assert list(folder.backups_in(tmp_path)) == [AT]
