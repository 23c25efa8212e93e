"""A day and a time as typed, in the clinic's zone, where some hours come twice and some never."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import ClassVar
from zoneinfo import ZoneInfo

from tracker.domain import wall_time
from tracker.domain.problems import Problem
from tracker.domain.wall_time import Clock
from tracker.web.forms import DateText, NounForm, TimeText, WordSelect

TWICE = "This hour came twice that night, when the clocks went back. Choose which one it was."
NEVER = "The clocks went forward past this time that day. Give the time the clock showed."
NOON = time(12)  # where only the day is known


def instant(
    day: date | None, at: time | None, clock: Clock | None, zone: ZoneInfo
) -> datetime | None:
    """Find the instant; None where something is missing or the clocks never showed it."""
    if day is None or at is None:
        return None
    found = wall_time.instants(day, at, zone)
    return found[-1 if clock is Clock.SECOND else 0] if found else None


def problems(
    name: str, day: date | None, at: time | None, clock: Clock | None, zone: ZoneInfo
) -> Iterator[Problem]:
    """Yield what is wrong, for the fields `<name>_time` and `<name>_clock`."""
    if day is None or at is None:
        return
    found = wall_time.instants(day, at, zone)
    if not found:
        yield Problem(f"{name}_time", NEVER)
    elif len(found) > 1 and clock is None:
        yield Problem(f"{name}_clock", TWICE)


class TakenForm(NounForm):
    """When something was rated: a day and, where it is known, the time."""

    places: ClassVar[Mapping[str, str]] = {"taken_at": "taken_on"}

    taken_on = DateText("Day")
    taken_time = TimeText("Time")
    taken_clock = WordSelect("Which of the two", words=Clock)

    def taken_at(self, zone: ZoneInfo) -> datetime | None:
        """Say when; noon where only the day is known."""
        at = self.taken_time.data or NOON
        return instant(self.taken_on.data, at, self.taken_clock.data, zone)

    def clock_problems(self, zone: ZoneInfo) -> Iterator[Problem]:
        """Yield what is wrong with a time that the clocks never showed, or twice."""
        wall = self.taken_on.data, self.taken_time.data, self.taken_clock.data
        return problems("taken", *wall, zone)
