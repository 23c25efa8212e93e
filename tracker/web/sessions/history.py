"""What became of a session's record: each change with who, when, why and what."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from tracker.domain.sessions import diff as session_diff
from tracker.domain.sessions.diff import FieldChange
from tracker.services.sessions.commands import SessionView


class VersionStep(Struct, frozen=True):
    """From one version to the next; `whole` is everything the earlier one said."""

    version: int
    at: datetime | None
    by: str
    reason: str
    changes: list[FieldChange]
    whole: dict[str, str]


def steps(view: SessionView, zone: ZoneInfo) -> list[VersionStep]:
    """List the changes of a record, the latest first."""
    return list(_steps(view, zone))[::-1]


def _steps(view: SessionView, zone: ZoneInfo) -> Iterator[VersionStep]:
    if not view.versions:
        return
    later = [(v.record, v.saved_at, v.saved_by) for v in view.versions[1:]]
    now = (view.record, view.recorded_at, view.recorded_by)
    for version, (record, at, by) in zip(view.versions, [*later, now], strict=True):
        changes = session_diff.changes(version.record, record, zone)
        whole = session_diff.facts(version.record, zone)
        yield VersionStep(version.version, at, by, version.reason, changes, whole)
