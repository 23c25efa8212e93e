"""What the page at the chair and the server tell each other, as JSON values.

Every time is ISO 8601 with its offset; what is missing is absent or null.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tracker.domain.live import entry_parsing
from tracker.domain.live.monitoring import DueRow
from tracker.domain.problems import Problem
from tracker.domain.timelines import text as timeline_text
from tracker.services import clock
from tracker.services.live.commands import EntryLine, PollResult
from tracker.services.live.entry_log import AppendResult

if TYPE_CHECKING:
    from tracker.services.progress.drawing import Picture
    from tracker.services.timelines.pictures import SessionLog


def line(entry_line: EntryLine) -> dict[str, Any]:
    """Write one entry, with its words and what is unusual about it."""
    entry = entry_line.entry
    return {
        "key": entry.key,
        "sequence": entry.sequence,
        "kind": entry.kind.value,
        "at": entry.at.isoformat(),
        "received_at": entry.received_at.isoformat(),
        "by": entry.by,
        "content": entry_parsing.pack(entry.content),
        "replaces": entry.replaces,
        "is_late": entry.is_late,
        "words": entry_line.words,
        "outside": list(entry_line.outside),
        "signs": list(entry_line.signs),
    }


def due(row: DueRow | None) -> dict[str, Any] | None:
    """Write which reading is due next; before the start it has no time yet."""
    if row is None:
        return None
    return {
        "minute": row.minute,
        "at": _instant(row.at),
        "late": row.is_late,
        "minutes_late": row.minutes_late,
        "words": row.words,
    }


def poll_json(found: PollResult) -> dict[str, Any]:
    """Write the answer to a page that asks what is new."""
    return {
        "now": found.now.isoformat(),
        "state": found.state.value,
        "started_at": _instant(found.started_at),
        "sequence": found.sequence,
        "entries": [line(one) for one in found.lines],
        "due": due(found.due),
    }


def picture_json(log: "SessionLog", picture: "Picture", *, known: str) -> dict[str, Any]:
    """Write a session's picture with its words; a page that has this one gets its tag alone."""
    stamp = {"tag": picture.tag, "at": clock.now().isoformat()}
    if picture.tag == known:
        return stamp
    told = log.timeline
    return {
        **stamp,
        "svg": "" if told.empty else picture.content().decode(),
        "alt": timeline_text.alt(told),
    }


def append_json(done: AppendResult, lines: Iterable[EntryLine]) -> dict[str, Any]:
    """Write what became of the entries of one request."""
    return {
        "now": done.now.isoformat(),
        "taken": [line(one) for one in lines],
        "refused": [
            {"key": refused.key, "problems": problems(refused.problems)} for refused in done.refused
        ],
    }


def problems(found: Iterable[Problem]) -> list[dict[str, str]]:
    """Write what is wrong, field by field."""
    return [{"field": problem.field, "message": problem.message} for problem in found]


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
