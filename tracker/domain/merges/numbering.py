"""How the series of two records are counted as one person's, and how long that can be undone."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from heapq import merge

from msgspec import Struct

APART_DAYS = 30  # in which two records are taken apart again; after that others rely on them


class NumberedSeries(Struct, frozen=True):
    """A series with the number that it has in its record."""

    series_id: int
    number: int
    starts_on: date


def count_together(
    kept: Iterable[NumberedSeries], merged: Iterable[NumberedSeries]
) -> dict[int, int]:
    """Give the series of both their numbers by the days they start on, each record in its order.

    Of two that start on one day, that of the kept record comes first.
    """
    ordered = merge(_in_order(kept), _in_order(merged), key=lambda one: one.starts_on)
    return {one.series_id: number for number, one in enumerate(ordered, start=1)}


def count_apart(staying: Iterable[NumberedSeries], before: Mapping[int, int]) -> dict[int, int]:
    """Give what stays with a record its numbers: as before, and after that what was added."""
    known = {one.series_id: before[one.series_id] for one in staying if one.series_id in before}
    new = [one for one in _in_order(staying) if one.series_id not in before]
    first = max(known.values(), default=0) + 1
    return known | {one.series_id: number for number, one in enumerate(new, start=first)}


def last_day(merged_on: date) -> date:
    """Tell the last day on which a merge can be taken apart."""
    return merged_on + timedelta(days=APART_DAYS)


def _in_order(series: Iterable[NumberedSeries]) -> list[NumberedSeries]:
    return sorted(series, key=lambda one: one.number)
