"""Other weekdays for the sessions of a series that are still to come, all of them at once."""

from collections.abc import Collection
from datetime import date, time

from msgspec import Struct

from tracker.domain.problems import Problem
from tracker.domain.series import placing


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


def check(
    pattern: SeriesPattern, chairs: Collection[str], stands: Collection[str]
) -> list[Problem]:
    """List what cannot be of a pattern; a chair that stands may stay."""
    stays = pattern.chair if pattern.chair in stands else ""
    return [
        *placing.check_place(pattern.chair),
        *placing.check_chosen(pattern.chair, chairs, stays),
    ]
