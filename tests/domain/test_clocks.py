from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain import clocks
from tracker.domain.clocks import Clock

ZONES = ("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu")


@given(st.integers(0, 60 * 24 * 365 * 35), st.sampled_from(ZONES))
def test_every_instant_is_found_again_by_what_the_clock_shows(minutes, name):
    zone, instant = ZoneInfo(name), datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    here = instant.astimezone(zone)
    found = clocks.instants(here.date(), here.time(), zone)
    clock = clocks.which(instant, zone)
    assert found[-1 if clock is Clock.SECOND else 0] == instant
    assert (len(found) == 2) == (clock is not None)


@pytest.mark.parametrize(
    ("name", "day", "at", "count"),
    [
        ("America/New_York", date(2026, 3, 8), time(2, 30), 0),
        ("America/New_York", date(2026, 11, 1), time(1, 30), 2),
        ("Europe/Berlin", date(2026, 3, 29), time(2, 0), 0),
        ("Europe/Berlin", date(2026, 10, 25), time(2, 59), 2),
        ("Australia/Lord_Howe", date(2026, 4, 5), time(1, 45), 2),
        ("Asia/Kathmandu", date(2026, 3, 8), time(2, 30), 1),
    ],
)
def test_an_hour_may_come_never_or_twice(name, day, at, count):
    assert len(clocks.instants(day, at, ZoneInfo(name))) == count
