"""The one place that asks what time it is."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """Tell the time, aware and in UTC."""
    return datetime.now(UTC)


def today(zone: ZoneInfo) -> date:
    """Tell the day in a zone."""
    return now().astimezone(zone).date()
