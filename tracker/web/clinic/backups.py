"""The page of the backups; the notes on other pages: no backup, or one that is late, no room."""

from flask import current_app, render_template
from flask.typing import ResponseReturnValue

from tracker.config import Settings
from tracker.domain.backups.status import BackupStatus, how_long, size
from tracker.services import clock, disk
from tracker.services.backups import queries as backup_queries


def page() -> ResponseReturnValue:
    """Show how the clinic stands with its backups."""
    status, settings = _status(), _settings()
    return render_template(
        "clinic/backups.html",
        status=status,
        kept=settings.backup_keep,
        newest_ago=how_long(clock.now() - status.newest) if status.newest else "",
        newest_size=size(status.size_bytes),
        to_do=note(),
        disk_note=disk_note(),
    )


def note() -> str:
    """Say what an administrator must see to, or nothing; a demonstration needs no backup."""
    return "" if _settings().demo else _status().to_do(clock.now())


def disk_note() -> str:
    """Say that the server's disk runs full, and what then happens, or nothing."""
    settings = _settings()
    low = disk.note(settings.instance, settings.backup_folder)
    return f"{low} {disk.advice()}" if low else ""


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _status() -> BackupStatus:
    return backup_queries.status(_settings(), clock.now())
