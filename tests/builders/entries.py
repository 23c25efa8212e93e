"""A session under way, and entries as a browser sends them."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.builders.patients import a_patient, a_series, planned
from tracker.domain.access import Actor
from tracker.services import clock
from tracker.services.live import commands as live_commands
from tracker.services.live import entry_log
from tracker.services.live.entry_log import AppendResult

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def under_way(by: Actor, record_number: str = "B-17", **values: Any) -> int:
    """Begin the first session of a new patient's series, and return its id."""
    series_id = a_series(by, a_patient(by, record_number), **values)
    return live_commands.begin(planned(series_id)[0], by=by, reason="Moved by telephone.")


def sent(key: str, kind: str = "reading", minute: float = 0, **content: Any) -> dict[str, Any]:
    """Write an entry of a minute after NOW; `replaces` is the key of what it corrects."""
    replaces = content.pop("replaces", "")
    at = (NOW + timedelta(minutes=minute)).isoformat()
    return {
        "key": f"key-{key:0>6}", "kind": kind, "at": at, "content": content,
        "replaces": f"key-{replaces:0>6}" if replaces else "",
    }  # fmt: skip


def put(session_id: int, *written: dict[str, Any], by: Actor) -> AppendResult:
    """Send entries in one request."""
    return entry_log.append(session_id, list(written), by=by)


def told(done: AppendResult) -> list[str]:
    """Say why entries were refused."""
    return [problem.message for one in done.refused for problem in one.problems]


def write(
    by: Actor,
    session_id: int,
    kind: str,
    content: dict[str, object],
    *,
    replaces: str = "",
    key: str = "",
    at: datetime | None = None,
) -> str:
    """Write one entry, now or at a time, and return its key."""
    key, when = key or secrets.token_urlsafe(16), (at or clock.now()).isoformat()
    raw = {"key": key, "kind": kind, "at": when, "content": content, "replaces": replaces}
    done = put(session_id, raw, by=by)
    assert not done.refused, done.refused
    return key
