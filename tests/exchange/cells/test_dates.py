from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from tracker.exchange.cells.dates import add_months, noon, read_day, read_instant

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("cell", "order"),
    [
        ("2024-12-03", ""),
        ("2024/12/3", ""),
        ("12/3/2024", "mdy"),
        ("3/12/2024", "dmy"),
        ("3-12-2024", "dmy"),
        ("3.12.24", "dmy"),
        ("12/03/24", "mdy"),
        ("Dec 3, 2024", ""),
        ("December 3rd 2024", ""),
        ("3 Dec 2024", ""),
        ("3-dec-2024", ""),
        ("45629", ""),
        ("2024-12-03T00:00:00", ""),
    ],
)
def test_a_day_is_read_in_every_way_that_was_seen(cell, order):
    assert read_day(cell, order=order) == date(2024, 12, 3)


def test_a_day_above_twelve_tells_the_order_by_itself():
    assert read_day("13/4/2024") == read_day("4/13/2024") == date(2024, 4, 13)


def test_an_ambiguous_day_is_asked_about():
    with pytest.raises(ValueError, match="date_order"):
        read_day("3/4/2024")
    assert read_day("4/4/2024") == date(2024, 4, 4)


def test_a_two_digit_year_is_refused_in_a_birth_date():
    with pytest.raises(ValueError, match="four digits"):
        read_day("3/4/30", order="dmy", full_year=True)


@pytest.mark.parametrize(
    "cell",
    ["2023-02-29", "30/2/2024", "13/13/2024", "2024-00-10", "0000-01-01", "31 apr 2024"],
)
def test_a_day_that_the_calendar_does_not_have_is_refused(cell):
    with pytest.raises(ValueError, match="no such day"):
        read_day(cell)


@pytest.mark.parametrize(
    "cell",
    ["5=11-1984", "soon", "99999-01-01", "123", "990000", "20240102", "ju 3 2024", "٣/٤/٢٠٢٤"],
)
def test_what_is_no_date_is_refused(cell):
    with pytest.raises(ValueError, match="not a date"):
        read_day(cell)


def test_a_day_with_a_time_is_not_taken_for_a_day():
    with pytest.raises(ValueError, match="without a time"):
        read_day("2024-12-03 09:30")


@pytest.mark.parametrize(
    "cell",
    [
        "2024-12-03T15:00:00Z",
        "2024-12-03T10:00:00-05:00",
        "2024-12-03 10:00",
        "2024-12-03T10:00:00.000",
        "Dec 3, 2024 at 10:00 AM",
        "12/3/2024 10:00:00 am",
        "45629.4166666667",
    ],
)
def test_a_time_is_read_with_its_offset_or_in_the_zone_of_the_clinic(cell):
    instant = read_instant(cell, NEW_YORK, order="mdy")
    assert instant == (datetime(2024, 12, 3, 15, tzinfo=UTC), True)


@pytest.mark.parametrize(
    "cell", ["2024-12-03 25:00", "2024-12-03 10:61", "2024-12-03 13:00 pm", "2024-12-03 noon"]
)
def test_a_time_that_no_clock_shows_is_refused(cell):
    with pytest.raises(ValueError, match="time"):
        read_instant(cell, NEW_YORK)


@pytest.mark.parametrize(
    "cell", ["0001-01-01T00:00:00+14:00", "9999-12-31 23:00", "9999-12-31T23:00:00-05:00"]
)
def test_a_time_beyond_the_calendar_is_refused(cell):
    with pytest.raises(ValueError, match="not a date"):
        read_instant(cell, NEW_YORK)


def test_a_day_alone_stands_at_noon_and_says_so():
    assert read_instant("2024-12-03", NEW_YORK) == (datetime(2024, 12, 3, 17, tzinfo=UTC), False)


def test_an_hour_that_the_clocks_skipped_is_refused():
    with pytest.raises(ValueError, match="clocks went forward"):
        read_instant("2026-03-08 02:30", NEW_YORK)


def test_an_hour_that_comes_twice_is_the_first_of_the_two():
    instant = read_instant("2026-11-01 01:30", NEW_YORK)
    assert instant.at == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_months_end_with_the_month():
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert add_months(date(2024, 11, 30), 2) == date(2025, 1, 30)
    assert add_months(date(2024, 12, 31), 0) == date(2024, 12, 31)
    assert add_months(date(2024, 3, 31), -1) == date(2024, 2, 29)
    assert noon(date(2024, 1, 31), NEW_YORK) == datetime(2024, 1, 31, 17, tzinfo=UTC)
