"""What a backup is called: the moment it was begun, and nothing else that would tell something."""

from datetime import UTC, datetime

SUFFIX = ".tar.gz.age"  # what it is to anybody who finds it: age, then gzip, then tar
_PATTERN = f"%Y-%m-%dT%H-%M-%SZ{SUFFIX}"  # no colons: disks that Windows can read refuse them


def file_name(at: datetime) -> str:
    """Name the backup of an instant, in UTC."""
    return at.astimezone(UTC).strftime(_PATTERN)


def time_in(name: str) -> datetime | None:
    """Read when a backup was begun from its name; None for a file that is none of ours."""
    try:
        at = datetime.strptime(name, _PATTERN).replace(tzinfo=UTC)
    except ValueError:
        return None
    return at if file_name(at) == name else None
