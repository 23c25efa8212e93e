"""How a clinic stands with its backups: how old the newest is, whether one was ever restored."""

from datetime import datetime, timedelta

from msgspec import Struct

from tracker.domain.formatting import times

# A night's backup that is two hours late, after a day of 24 hours; one hour more in autumn.
LATE_AFTER = timedelta(hours=26)
_HOURS_UNTIL_DAYS = 48


class DrillOutcome(Struct, frozen=True):
    """What restoring a backup on trial showed; `reason` says where it failed."""

    at: datetime
    backup: str
    seconds: float
    passed: bool
    reason: str = ""

    @property
    def took(self) -> str:
        """How long it took, as `4 seconds` or `2.5 minutes`."""
        if self.seconds < 60:
            return times(max(round(self.seconds), 1), "second")
        return f"{self.seconds / 60:.1f} minutes"


class BackupStatus(Struct, frozen=True, kw_only=True):
    """What is known of the backups of an instance. `trouble` says why the folder is not read."""

    folder: str
    newest: datetime | None = None
    size_bytes: int = 0
    count: int = 0
    has_key: bool = False
    beside_database: bool = False
    drill: DrillOutcome | None = None
    trouble: str = ""

    def is_late(self, now: datetime) -> bool:
        """Say whether there is one, and it is too old."""
        return self.newest is not None and now - self.newest > LATE_AFTER

    def to_do(self, now: datetime) -> str:
        """Say what somebody must see to, or nothing."""
        if self.trouble:
            return f"{self.trouble} No backup can be seen."
        if self.newest is None:
            return "There is no backup of this clinic."
        if self.is_late(now):
            return f"The newest backup was made {how_long(now - self.newest)} ago."
        return ""


def how_long(span: timedelta) -> str:
    """Write how long ago something was: `5 minutes`, `27 hours`, `3 days`."""
    minutes = max(int(span.total_seconds() // 60), 0)
    if minutes < 60:
        return times(minutes, "minute")
    hours = minutes // 60
    return times(hours, "hour") if hours < _HOURS_UNTIL_DAYS else times(hours // 24, "day")


def size(count_bytes: int) -> str:
    """Write the size of a file: `812 KiB`, `14.2 MiB`."""
    if count_bytes < 1024**2:
        return f"{max(round(count_bytes / 1024), 1)} KiB"
    return f"{count_bytes / 1024**2:.1f} MiB"
