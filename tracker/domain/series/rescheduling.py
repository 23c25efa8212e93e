"""Other weekdays for the sessions of a series that are still to come, all of them at once."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, time, timedelta
from itertools import combinations, groupby

from msgspec import Struct

from tracker.domain.problems import Problem
from tracker.domain.series import placing

WEEK = 7


class SeriesPattern(Struct, frozen=True, kw_only=True):
    """When and where the sessions of a series take place from now on; Monday is 0, none is any."""

    weekdays: tuple[int, ...] = ()
    planned_time: time | None = None
    chair: str = ""


class Move(Struct, frozen=True, kw_only=True):
    """One session still to come, and the day it goes to; None where it is left where it is.

    `by_hand` says what was set for it alone, and so speaks against moving it with the others;
    `changes` whether day, time or chair would be another.
    """

    session_id: int
    number: int
    day: date
    planned_time: time | None
    chair: str
    to: date | None
    by_hand: str = ""
    changes: bool = True


def new_days(
    days: Sequence[date], weekdays: Collection[int], closed: Collection[date], earliest: date
) -> tuple[date, ...]:
    """Find a day for each of some days in their order: in its own week where there is room.

    Only chosen weekdays, none before `earliest`, none that is closed, and never two on one day.
    """
    allowed = placing.treatment_weekdays(weekdays)
    found: list[date] = []
    for monday, of_week in groupby(days, key=_monday):
        after = max([earliest - timedelta(days=1), *found[-1:]])
        week = (monday + timedelta(days=n) for n in range(WEEK))
        free = [d for d in week if d.weekday() in allowed and d not in closed and d > after]
        found += _in_week(list(of_week), free) or _onwards(days, len(found), after, allowed, closed)
    return tuple(found[: len(days)])


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _in_week(wanted: Sequence[date], free: Sequence[date]) -> tuple[date, ...]:
    """Choose the nearest days of a week; none where it has not enough. Of two, the later one."""

    def far(chosen: tuple[date, ...]) -> tuple[int, int]:
        apart = [(new - old).days for new, old in zip(chosen, wanted, strict=True)]
        return sum(map(abs, apart)), sum(days < 0 for days in apart)

    return min(combinations(free, len(wanted)), key=far, default=())


def _onwards(
    days: Sequence[date],
    done: int,
    after: date,
    allowed: Collection[int],
    closed: Collection[date],
) -> Iterator[date]:
    """Put the days of a week without room for them onto the next free ones."""
    for day in days[done:]:
        if _monday(day) != _monday(days[done]):
            return
        after = placing.next_open(max(day, after + timedelta(days=1)), allowed, closed)
        yield after


def check(
    pattern: SeriesPattern, chairs: Collection[str], stands: Collection[str]
) -> list[Problem]:
    """List what cannot be of a pattern; a chair that stands may stay."""
    stays = pattern.chair if pattern.chair in stands else ""
    return [
        *placing.check_place(pattern.chair),
        *placing.check_chosen(pattern.chair, chairs, stays),
    ]
