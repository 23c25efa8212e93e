from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain import wall_time
from tracker.domain.wall_time import Clock

ZONES = ("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu")


@given(st.integers(0, 60 * 24 * 365 * 35), st.sampled_from(ZONES))
def test_every_instant_is_found_again_by_what_the_clock_shows(minutes, name):
    zone, instant = ZoneInfo(name), datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    here = instant.astimezone(zone)
    found = wall_time.instants(here.date(), here.time(), zone)
    clock = wall_time.which(instant, zone)
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
    assert len(wall_time.instants(day, at, ZoneInfo(name))) == count


DAY = timedelta(hours=24)


@pytest.mark.parametrize(
    ("at", "within", "found"),
    [
        (time(22, 30), DAY, datetime(2026, 3, 2, 3, 30, tzinfo=UTC)),  # the evening before
        (time(9, 50), DAY, datetime(2026, 3, 2, 14, 50, tzinfo=UTC)),
        (time(10, 4), DAY, datetime(2026, 3, 2, 15, 0, tzinfo=UTC)),  # a fast watch: now
        (time(10, 6), DAY, datetime(2026, 3, 1, 15, 6, tzinfo=UTC)),
        (time(10, 6), timedelta(hours=12), datetime(2026, 3, 2, 15, 6, tzinfo=UTC)),  # to come
    ],
)
def test_a_time_of_day_is_the_last_one_that_a_clock_showed(at, within, found):
    now = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
    assert wall_time.latest(at, ZoneInfo("America/New_York"), now, within=within) == found


def test_of_an_hour_that_came_twice_it_is_the_later_and_of_none_there_is_none():
    zone = ZoneInfo("America/New_York")
    autumn = datetime(2026, 11, 1, 15, 0, tzinfo=UTC)
    later = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    assert wall_time.latest(time(1, 30), zone, autumn, within=DAY) == later
    spring = datetime(2026, 3, 8, 15, 0, tzinfo=UTC)
    assert wall_time.latest(time(2, 30), zone, spring, within=DAY) is None
