"""Sessions still to come on other weekdays: each in its own week where there is room."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.series import rescheduling
from tracker.domain.series.placing import new_days

MONDAY = date(2026, 3, 2)


def march(*days):
    return tuple(date(2026, 3, day) for day in days)


MONDAYS_AND_THURSDAYS = march(2, 5, 9, 12)


@pytest.mark.parametrize(
    ("weekdays", "found"),
    [
        ((0, 3), MONDAYS_AND_THURSDAYS),
        ((1, 4), march(3, 6, 10, 13)),
        ((0, 2), march(2, 4, 9, 11)),  # earlier in the same week, not a week later
        ((2,), march(4, 11, 18, 25)),  # one a week: the second of each week goes on
        ((), MONDAYS_AND_THURSDAYS),
    ],
)
def test_each_stays_in_its_week_where_there_is_room(weekdays, found):
    assert new_days(MONDAYS_AND_THURSDAYS, weekdays, (), MONDAY) == found


def test_a_closed_day_and_a_day_that_is_over_are_passed_by():
    assert new_days(march(2, 5), (0, 3), march(5), MONDAY) == march(2, 9)
    assert new_days(march(3, 5), (0, 3), (), date(2026, 3, 4)) == march(5, 9)
    assert new_days((), (0, 3), (), MONDAY) == ()


@given(
    st.lists(st.integers(0, 60), unique=True, max_size=12),
    st.sets(st.integers(0, 6)),
    st.sets(st.integers(0, 60), max_size=12),
    st.integers(0, 20),
)
def test_new_days_are_allowed_open_in_order_and_never_two_on_one(days, weekdays, shut, first):
    wanted = [MONDAY + timedelta(days=day) for day in sorted(days)]
    closed = {MONDAY + timedelta(days=day) for day in shut}
    earliest = MONDAY + timedelta(days=first)
    found = new_days(wanted, weekdays, closed, earliest)
    assert len(found) == len(wanted)
    assert list(found) == sorted(set(found))
    for day in found:
        assert day >= earliest
        assert day not in closed
        assert day.weekday() in (weekdays or range(6))


def test_a_chair_is_one_of_the_clinic_or_one_that_stands():
    pattern = rescheduling.SeriesPattern(chair="Chair 9")
    assert rescheduling.check(pattern, ["Chair 1"], []) != []
    assert rescheduling.check(pattern, ["Chair 1"], ["Chair 9"]) == []
