"""Upgrade a database that is in use elsewhere in time: with a backup of it first."""

from pathlib import Path

from msgspec import Struct

from tracker.config import ConfigurationError, Settings
from tracker.database_address import is_sqlite
from tracker.services import clock
from tracker.services.backups import commands as backup_commands
from tracker.services.backups import key as backup_key
from tracker.services.system import database as system_database
from tracker.services.system import least_rights

NO_KEY_POSTGRESQL = (
    "There is no backup key, so no backup can be made before the upgrade, and nothing was changed. "
    "Run: tracker backup key, then: tracker db upgrade. Or make a backup another way (pg_dump), "
    "then: tracker db upgrade --without-backup"
)
NO_KEY_SQLITE = (
    "There is no backup key, so the copy is all there is to go back to. Before the next upgrade, "
    "run: tracker backup key"
)


class UpgradeOutcome(Struct, frozen=True):
    """From which revision to which; the backup and the copy made before, and what is to do."""

    before: str | None
    after: str
    backup: Path | None
    copy: Path | None
    to_do: str = ""


def upgrade_schema(settings: Settings) -> tuple[str | None, str, Path | None]:
    """Upgrade as whoever owns the tables; give whoever serves the rights on them that it needs."""
    owner_url = settings.database_owner_url or settings.database_url
    done = system_database.upgrade(owner_url, settings.instance)
    if settings.database_owner_url:
        least_rights.grant(owner_url, settings.database_url)
    return done


def upgrade(settings: Settings, *, without_backup: bool = False) -> UpgradeOutcome:
    """Back the database up, then upgrade it; without a backup only a copied file, or as asked.

    Raises ConfigurationError where there is no key, NewerDatabaseError, and BackupError where a
    backup cannot be made; then nothing was changed.
    """
    url, instance = settings.database_url, settings.instance
    backup = None
    to_do = ""
    if system_database.is_behind(url) and not without_backup:
        if backup_key.public_half(instance) is not None:
            backup = backup_commands.make(settings, at=clock.now()).path
        elif is_sqlite(url):
            to_do = NO_KEY_SQLITE
        else:
            raise ConfigurationError(NO_KEY_POSTGRESQL)
    before, after, copy = upgrade_schema(settings)
    return UpgradeOutcome(before, after, backup, copy, to_do)
