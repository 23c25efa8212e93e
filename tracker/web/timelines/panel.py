"""What a page shows of one session's day: the sentence, the picture, the numbers, the log."""

from flask import url_for
from msgspec import Struct

from tracker.domain import wall_time
from tracker.domain.live import entries, entry_text
from tracker.domain.live.entries import Entry, LogLine
from tracker.domain.progress.trend import Audience
from tracker.domain.timelines import tables as timeline_tables
from tracker.domain.timelines import text as timeline_text
from tracker.domain.timelines.timeline import Timeline
from tracker.services.timelines.pictures import SessionLog
from tracker.web.filters import day, moment, time_of_day
from tracker.web.progress.panel import Numbers, looks, numbers

# Pixels that a browser reserves until the picture is there; then the picture decides: its width,
# and the heights of what was given, of pressure, of a strip, and of minutes with notes.
_SIZES = {
    "desktop": (883, 47, 134, 58, 55),
    "tablet": (538, 47, 134, 58, 69),
    "phone": (294, 66, 172, 80, 97),
}
_EVENT = 18


class TimelinePanel(Struct, frozen=True):
    """Everything that templates/timelines/_panel.html needs.

    `urls` has an address for each shape and, as `phone_dark`, one on dark paper; `sizes` are pixels
    by shape.
    """

    sentence: str
    alt: str
    tables: tuple[Numbers, ...]
    sources: tuple[str, ...]
    urls: dict[str, str]
    png_url: str
    sizes: dict[str, tuple[int, int]]


class LogRow(Struct, frozen=True):
    """One line of the log: what holds, with everything that was written before it."""

    line: LogLine
    minute: str
    words: str
    arrived: str
    earlier: tuple[tuple[str, Entry], ...]
    withdrawn: tuple[tuple[str, Entry], ...]


def panel(log_of_session: SessionLog) -> TimelinePanel | None:
    """Lay a session out for a page; None where nothing was written minute by minute."""
    timeline = log_of_session.timeline
    if timeline.empty:
        return None
    clinician = timeline.audience is Audience.CLINICIAN
    address = {"session_id": log_of_session.row.id}
    return TimelinePanel(
        sentence=timeline_text.sentence(timeline),
        alt=timeline_text.alt(timeline),
        tables=tuple(map(numbers, timeline_tables.tables(timeline))),
        sources=timeline_tables.limit_sources(timeline) if clinician else (),
        urls=_looks(url_for("timelines.of_session", kind="svg", **address)),
        png_url=url_for("timelines.of_session", kind="png", **address),
        sizes={shape: _size(timeline, *sizes) for shape, sizes in _SIZES.items()},
    )


def _looks(address: str) -> dict[str, str]:
    tablets = {
        "tablet": f"{address}?shape=tablet&theme=light",
        "tablet_dark": f"{address}?shape=tablet&theme=dark",
    }
    return looks(address) | tablets


def _size(
    timeline: Timeline, width: int, given: int, pressure: int, strip: int, rest: int
) -> tuple[int, int]:
    height = given + (pressure if timeline.pressures else 0) + strip * len(timeline.scales) + rest
    return width, height + _EVENT * len(timeline.events)


def log(log_of_session: SessionLog) -> list[LogRow]:
    """Lay the whole log out: corrections and withdrawals with what was written first."""
    return [_row(line, log_of_session) for line in entries.log(log_of_session.entries)]


def _row(line: LogLine, log_of_session: SessionLog) -> LogRow:
    start = log_of_session.row.started_at
    minute = "" if start is None else f"{wall_time.minute(line.visible_entry.at, start)}"
    return LogRow(
        line=line,
        minute=minute.replace("-", "\N{MINUS SIGN}"),
        words=entry_text.words(line.visible_entry),
        arrived=_arrival(line.first),
        earlier=tuple((entry_text.words(entry), entry) for entry in line.earlier),
        withdrawn=tuple((entry_text.words(entry), entry) for entry in line.withdrawals),
    )


def _arrival(entry: Entry) -> str:
    """Say when an entry arrived, where that was notably later; with the day, if it was another."""
    if not entries.arrived_later(entry):
        return ""
    later_day = day(entry.received_at) != day(entry.at)
    return moment(entry.received_at) if later_day else time_of_day(entry.received_at)
