"""Wall clocks and instants: what a day and a time typed in a clinic's zone can mean."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tracker.domain.codes import Word


def minute(at: datetime, start: datetime) -> int:
    """Count whole minutes from the start, rounded down; below 0 before it."""
    return int((at - start).total_seconds() // 60)


FAST = timedelta(minutes=5)  # by how much the watch of whoever types may be ahead


class Clock(Word):
    """Which of two, where clocks go back and an hour comes twice."""

    FIRST = "first", "The first, before the clocks went back"
    SECOND = "second", "The second, after the clocks went back"


def instants(day: date, at: time, zone: ZoneInfo) -> tuple[datetime, ...]:
    """List the instants, in UTC, at which a clock on the wall shows a time.

    One as a rule; two where an hour comes twice, none where clocks go forward past it.
    """
    found = []
    for fold in (0, 1):
        shown = datetime.combine(day, at, zone).replace(fold=fold)
        instant = shown.astimezone(UTC)
        back = instant.astimezone(zone).replace(tzinfo=None)
        if back == shown.replace(tzinfo=None, fold=0) and instant not in found:
            found.append(instant)
    return tuple(found)


def which(instant: datetime, zone: ZoneInfo) -> Clock | None:
    """Tell whether an instant is in the first or the second of an hour that comes twice."""
    shown = instant.astimezone(zone)
    twice = instants(shown.date(), shown.time(), zone)
    if len(twice) != 2:
        return None
    return Clock.SECOND if shown.fold else Clock.FIRST


def latest(at: time, zone: ZoneInfo, now: datetime, *, within: timedelta) -> datetime | None:
    """Find when a clock showed a time last, at most `within` before now; a minute ahead is now.

    Where it was never so long ago the instant to come is given, which a check then refuses; None
    where the clocks went forward past it.
    """
    today = now.astimezone(zone).date()
    before, shown = (instants(day, at, zone) for day in (today - timedelta(days=1), today))
    past = [found for found in (*before, *shown) if now - within <= found <= now + FAST]
    if past:
        return min(past[-1], now)
    return shown[-1] if shown else None
