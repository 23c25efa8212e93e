"""iCalendar files (RFC 5545): events in UTC, folded lines, nothing that other programs guess at."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

LINE_OCTETS = 75  # RFC 5545, 3.1: without the line break
PRODUCT = "-//Treatment session tracker//EN"


class Event(Struct, frozen=True, kw_only=True):
    """An event. It begins at an instant, or is of a whole day where no time is known.

    `uid` never changes; `sequence` rises with each change; `changed_at` is when it changed last.
    """

    uid: str
    begins: datetime | date
    minutes: int
    summary: str
    changed_at: datetime
    sequence: int = 0
    location: str = ""
    is_cancelled: bool = False


def write(name: str, events: Iterable[Event]) -> str:
    """Write a calendar with its events."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escape(name)}",
        *(line for event in events for line in _event(event)),
        "END:VCALENDAR",
    ]
    return "".join(f"{fold(line)}\r\n" for line in lines)


def _event(event: Event) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{event.uid}"
    yield f"DTSTAMP:{_instant(event.changed_at)}"
    yield f"LAST-MODIFIED:{_instant(event.changed_at)}"
    yield f"SEQUENCE:{event.sequence}"
    yield from _times(event)
    yield f"SUMMARY:{escape(event.summary)}"
    if event.location:
        yield f"LOCATION:{escape(event.location)}"
    yield f"STATUS:{'CANCELLED' if event.is_cancelled else 'CONFIRMED'}"
    yield "CLASS:PRIVATE"
    yield "END:VEVENT"


def _times(event: Event) -> Iterator[str]:
    if isinstance(event.begins, datetime):
        yield f"DTSTART:{_instant(event.begins)}"
        yield f"DTEND:{_instant(event.begins + timedelta(minutes=event.minutes))}"
    else:
        yield f"DTSTART;VALUE=DATE:{event.begins:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{event.begins + timedelta(days=1):%Y%m%d}"


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def escape(text: str) -> str:
    """Write a text as a value (RFC 5545, 3.3.11); what no line may hold is left out."""
    escaped = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    escaped = escaped.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")
    return "".join(one for one in escaped if one >= " " and one != "\x7f")


def fold(line: str) -> str:
    """Fold a line so that none is longer than 75 octets, and no character is cut in two."""
    pieces, piece, room = [], "", LINE_OCTETS
    for one in line:
        size = len(one.encode())
        if size > room:
            pieces.append(piece)
            piece, room = "", LINE_OCTETS - 1  # the space before a folded part counts
        piece += one
        room -= size
    return "\r\n ".join([*pieces, piece])
