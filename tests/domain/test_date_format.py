from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain import date_format
from tracker.domain.date_format import DateFormat, DayOrder, HourFormat

DAY_FIRST = DateFormat()
MONTH_FIRST = DateFormat(days=DayOrder.MONTH_FIRST, hours=HourFormat.TO_12)
DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))


def test_a_day_is_written_in_the_order_of_the_clinic():
    assert DAY_FIRST.full_day(date(2026, 3, 9)) == "9 Mar 2026"
    assert MONTH_FIRST.full_day(date(2026, 3, 9)) == "Mar 9, 2026"
    assert (DAY_FIRST.short_day(date(2026, 3, 9)), MONTH_FIRST.short_day(date(2026, 3, 9))) == (
        "9 Mar", "Mar 9",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("at", "written"),
    [
        (time(0, 5), "12:05 AM"), (time(9, 30), "9:30 AM"), (time(12), "12:00 PM"),
        (time(13, 7, 59), "1:07 PM"), (time(23, 59), "11:59 PM"),
    ],
)  # fmt: skip
def test_a_time_is_written_as_the_clinic_counts_its_hours(at, written):
    assert MONTH_FIRST.time_of_day(at) == written
    assert DAY_FIRST.time_of_day(at) == f"{at:%H:%M}"


@given(DAYS)
def test_what_is_written_is_read_as_the_same_day(day):
    for chosen in (DAY_FIRST, MONTH_FIRST):
        assert chosen.read_day(chosen.full_day(day)) == day
        assert chosen.read_day(day.isoformat()) == day


@given(st.times())
def test_a_time_that_is_written_is_read_as_the_same(at):
    for chosen in (DAY_FIRST, MONTH_FIRST):
        assert date_format.read_time(chosen.time_of_day(at)) == at.replace(second=0, microsecond=0)


@pytest.mark.parametrize(
    "text", ["27/03/1980", "27.3.1980", "27-3-1980", "27/3/80", " 27  March 1980 "]
)
def test_a_day_is_read_day_first(text):
    assert DAY_FIRST.read_day(text, latest=date(2026, 3, 1)) == date(1980, 3, 27)


def test_two_digits_alone_are_no_year():
    with pytest.raises(ValueError, match="such as"):
        DAY_FIRST.read_day("27/3/80")


@pytest.mark.parametrize("text", ["3/27/1980", "03/27/80", "Mar 27, 1980", "March 27 1980"])
def test_a_day_is_read_month_first(text):
    assert MONTH_FIRST.read_day(text, latest=date(2026, 3, 1)) == date(1980, 3, 27)


@given(DAYS)
def test_what_is_typed_is_read_as_the_same_day(day):
    for chosen in (DAY_FIRST, MONTH_FIRST):
        assert chosen.read_day(chosen.typed_day(day)) == day


def test_what_a_clinic_set_is_read_and_what_it_did_not_is_usual():
    assert DateFormat.read({}) == DAY_FIRST
    assert DateFormat.read({"day_order": "month-first", "hour_format": "12-hour"}) == MONTH_FIRST
    assert DateFormat.read({"day_order": "sideways", "hour_format": None}) == DAY_FIRST


def test_two_digits_of_a_year_to_come_are_refused_with_what_is_missing():
    with pytest.raises(ValueError, match="Write all four digits of the year, such as 27/03/1980"):
        DAY_FIRST.read_day("1.12.26", near=date(2026, 11, 30))


def test_two_digits_are_the_last_such_year():
    latest = date(2026, 3, 1)
    assert DAY_FIRST.read_day("1/2/26", latest=latest).year == 2026
    assert DAY_FIRST.read_day("1/2/27", latest=latest).year == 1927


@pytest.mark.parametrize(
    "text", ["27/27/1980", "31/02/1980", "1980", "27/3-1980", "27 Foo 1980", "", "3/27/1980"]
)
def test_what_is_no_day_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match="such as 27/03/1980 or 1980-03-27"):
        DAY_FIRST.read_day(text)


def test_a_day_too_far_off_is_refused():
    with pytest.raises(ValueError, match="between the years 1900 and 2200"):
        DAY_FIRST.read_day("1/1/1899")


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("14:30", time(14, 30)), ("1430", time(14, 30)), ("930", time(9, 30)), ("9.05", time(9, 5)),
        ("2:30 pm", time(14, 30)), ("2pm", time(14)), ("12 AM", time()),
        ("12:15 p.m.", time(12, 15)),
        ("14:30:15", time(14, 30, 15)),
    ],
)  # fmt: skip
def test_a_time_is_read_both_ways(text, at):
    assert date_format.read_time(text) == at


@pytest.mark.parametrize("text", ["24:00", "14:60", "14", "13 pm", "0 am", "noon", "", "1430 h"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ValueError, match="time of day"):
        date_format.read_time(text)


@pytest.mark.parametrize(
    ("text", "near", "day"),
    [
        ("3 Apr", date(2026, 3, 1), date(2026, 4, 3)),
        ("April 3", date(2026, 3, 1), date(2026, 4, 3)),
        ("3 Jan", date(2026, 12, 20), date(2027, 1, 3)),
        ("30 Dec", date(2027, 1, 2), date(2026, 12, 30)),
    ],
)
def test_a_day_without_its_year_is_the_nearest(text, near, day):
    assert DAY_FIRST.read_day(text, near=near) == MONTH_FIRST.read_day(text, near=near) == day
    with pytest.raises(ValueError, match="such as"):
        DAY_FIRST.read_day(text)


@pytest.mark.parametrize("text", ["3 Foo", "31 Feb", "3/4", "29 Feb", "3", "April"])
def test_what_names_no_day_of_these_years_is_none(text):
    with pytest.raises(ValueError, match="such as"):
        DAY_FIRST.read_day(text, near=date(2026, 3, 1))


@given(st.times().map(lambda at: at.replace(microsecond=0)))
def test_a_time_as_it_is_typed_is_read_as_the_same(at):
    for chosen in (DAY_FIRST, MONTH_FIRST):
        assert chosen.read_time(chosen.typed_time(at)) == at
        assert chosen.read_time(at.isoformat()) == at
        assert chosen.read_time(f"{at:%H:%M}") == at.replace(second=0)


@pytest.mark.parametrize("text", ["2:30", "230", "9.15"])
def test_the_half_of_the_day_is_never_guessed(text):
    with pytest.raises(ValueError, match="Say AM or PM"):
        MONTH_FIRST.read_time(text)
    assert DAY_FIRST.read_time(text).hour < 12
