"""Times as cells: `2026-03-02T09:30:00-05:00`, quickly, for a hundred thousand rows."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_CLOCKS = tuple(f"T{hour:02}:{minute:02}:00" for hour in range(24) for minute in range(60))


class _Days(dict[int, str]):
    """The text of each day, by ordinal, made when first asked for."""

    def __missing__(self, ordinal: int) -> str:
        self[ordinal] = text = date.fromordinal(ordinal).isoformat()
        return text


class _Offsets(dict[int, tuple[timedelta, str] | None]):
    """What a UTC day adds to reach the zone, and its text; None on days when clocks change."""

    def __init__(self, zone: ZoneInfo) -> None:
        super().__init__()
        self._zone = zone

    def __missing__(self, ordinal: int) -> tuple[timedelta, str] | None:
        midnight = datetime.fromordinal(ordinal).replace(tzinfo=UTC)
        hours = [(midnight + timedelta(hours=hour)).astimezone(self._zone) for hour in range(24)]
        offsets = {hour.utcoffset() for hour in hours}
        offset = offsets.pop()
        self[ordinal] = found = (
            None if offsets or offset is None else (offset, hours[0].isoformat()[19:])
        )
        return found


def instant_writer(zone: ZoneInfo) -> Callable[[datetime | str], str]:
    """Make the function that writes a time in the zone, to the second, with its offset.

    It takes an aware datetime in UTC, or the text of a UTC time that SQLite hands over when it is
    asked without SQLAlchemy's types. `datetime.isoformat` and the zone's rules take 1.6 us a time;
    looking up the day's offset, the day's text and the minute's text takes a third of that.
    """
    days, offsets = _Days(), _Offsets(zone)

    def write(value: datetime | str) -> str:
        at = _parse(value) if isinstance(value, str) else value
        if at.tzinfo is not UTC:
            at = _in_utc(at)
        if (shift := offsets[at.toordinal()]) and not at.second:
            there = at + shift[0]
            clock = _CLOCKS[there.hour * 60 + there.minute]
            return f"{days[there.toordinal()]}{clock}{shift[1]}"
        return at.astimezone(zone).isoformat(timespec="seconds")

    return write


def _parse(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _in_utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise TypeError("a time without a zone cannot be exported")
    return at.astimezone(UTC)
