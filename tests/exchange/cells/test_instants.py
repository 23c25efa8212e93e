from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exchange.records import UNZONED
from tracker.exchange.cells.instants import instant_writer

ZONES = ["America/New_York", "Europe/Vienna", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]


@pytest.mark.parametrize("zone", ZONES)
@given(
    at=st.datetimes(*UNZONED, timezones=st.just(UTC)),
    full_minute=st.booleans(),
)
def test_the_quick_way_writes_what_the_standard_library_writes(zone, at, full_minute):
    at = at.replace(second=0) if full_minute else at
    expected = at.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")
    assert instant_writer(ZoneInfo(zone))(at) == expected


@pytest.mark.parametrize("zone", ZONES)
def test_every_quarter_of_an_hour_of_a_year_is_right(zone):
    write, there = instant_writer(ZoneInfo(zone)), ZoneInfo(zone)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for quarter in range(4 * 24 * 365):
        at = start + timedelta(minutes=15 * quarter)
        assert write(at) == at.astimezone(there).isoformat()


def test_a_time_of_another_zone_and_the_text_of_sqlite_are_understood():
    write = instant_writer(ZoneInfo("America/New_York"))
    expected = "2026-03-02T09:30:00-05:00"
    assert write(datetime(2026, 3, 2, 15, 30, tzinfo=timezone(timedelta(hours=1)))) == expected
    assert write("2026-03-02 14:30:00.000000") == expected
    assert write("2026-03-02 14:30:00+00:00") == expected


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(TypeError, match="without a zone"):
        instant_writer(ZoneInfo("UTC"))(datetime.fromisoformat("2026-03-02"))
