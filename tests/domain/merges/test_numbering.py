"""Series of two records counted as one person's, and apart again."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.merges import numbering
from tracker.domain.merges.numbering import NumberedSeries

DAY = date(2026, 3, 2)


def some(first_id, *days):
    return [
        NumberedSeries(first_id + n, n, DAY + timedelta(days=day))
        for n, day in enumerate(days, start=1)
    ]


def test_they_are_counted_by_the_days_they_start_on():
    kept, merged = some(10, 0, 400), some(20, 200, 600)
    assert numbering.count_together(kept, merged) == {11: 1, 21: 2, 12: 3, 22: 4}


def test_of_one_day_the_kept_record_comes_first():
    assert numbering.count_together(some(10, 5), some(20, 5)) == {11: 1, 21: 2}
    assert numbering.count_together(some(20, 5), some(10, 5)) == {21: 1, 11: 2}


LISTS = st.lists(st.integers(0, 900), max_size=6)


@given(LISTS, LISTS)
def test_each_record_keeps_its_order_and_every_number_is_given_once(mine, theirs):
    kept, merged = some(100, *mine), some(200, *theirs)
    numbers = numbering.count_together(kept, merged)
    assert sorted(numbers.values()) == list(range(1, len(kept) + len(merged) + 1))
    for record in (kept, merged):
        given_numbers = [numbers[one.series_id] for one in record]
        assert given_numbers == sorted(given_numbers)


@given(LISTS, LISTS, LISTS)
def test_apart_each_has_its_own_numbers_and_new_ones_follow(mine, theirs, new):
    kept, merged = some(100, *mine), some(200, *theirs)
    before = {one.series_id: one.number for one in (*kept, *merged)}
    numbers = numbering.count_together(kept, merged)
    added = [
        NumberedSeries(300 + n, len(numbers) + n, DAY + timedelta(days=day))
        for n, day in enumerate(new, start=1)
    ]
    together = [NumberedSeries(one.series_id, numbers[one.series_id], DAY) for one in kept]
    apart = numbering.count_apart([*together, *added], before)
    assert {key: apart[key] for key in apart if key in before} == {
        one.series_id: one.number for one in kept
    }
    assert [apart[one.series_id] for one in added] == [
        len(kept) + n for n in range(1, len(added) + 1)
    ]


def test_the_last_day_is_thirty_days_on():
    assert numbering.last_day(DAY) == date(2026, 4, 1)
