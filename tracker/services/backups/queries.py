"""How an instance stands with its backups, read from files alone."""

from datetime import datetime, timedelta

from tracker.config import BACKUP_KEY_FILE, Settings
from tracker.domain.backups.status import BackupStatus
from tracker.services.backups import folder, memory

_CLOCKS_DIFFER = timedelta(hours=1)
_MISSING = "The folder of the backups is not there."


def status(settings: Settings, now: datetime) -> BackupStatus:
    """Look into the folder for the newest backup; what seems to be of tomorrow is passed over."""
    place = settings.backup_folder
    drill = memory.recall(settings.instance).drill
    has_key = (settings.instance / BACKUP_KEY_FILE).is_file()
    try:
        found = folder.backups_in(place)
        past = [at for at in found if at <= now + _CLOCKS_DIFFER]
        newest = max(past, default=None)
        size = found[newest].stat().st_size if newest else 0
        beside = place.is_dir() and place.stat().st_dev == settings.instance.stat().st_dev
        trouble = "" if place.is_dir() or place.parent == settings.instance else _MISSING
    except OSError:
        return BackupStatus(
            folder=str(place), has_key=has_key, drill=drill, trouble=f"{place} cannot be read."
        )
    return BackupStatus(
        folder=str(place), newest=newest, size_bytes=size, count=len(found), has_key=has_key,
        beside_database=beside, drill=drill, trouble=trouble,
    )  # fmt: skip
