"""When and where planned sessions take place: weekdays, days the clinic is closed, time, chair."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, time, timedelta

from msgspec import Struct

from tracker.domain.problems import Problem
from tracker.domain.series import planned_dose
from tracker.domain.series.planned_dose import PlannedDose

CHAIR_MAX = 60  # characters of a chair's name
WEEKDAYS = range(7)  # Monday is 0, as Python counts
SUNDAY = 6
SEARCHED_DAYS = 366  # no clinic is closed for longer


class PlacedDay(Struct, frozen=True):
    """A day on which a session is planned; `moved_from` is the day the template has it on."""

    day: date
    moved_from: date | None = None
    is_closed_then: bool = False


class SessionPlan(Struct, frozen=True, kw_only=True):
    """What is planned of one session. `planned` is its own dose; none follows the series.

    `dose_onwards` and `place_onwards` say whether dose, and time and chair, hold from here on.
    """

    planned_on: date | None
    planned_time: time | None = None
    chair: str = ""
    planned: PlannedDose = PlannedDose()
    dose_onwards: bool = False
    place_onwards: bool = False


def place(
    wanted: Iterable[date], weekdays: Collection[int], closed: Collection[date]
) -> tuple[PlacedDay, ...]:
    """Move each day on to the next one that is chosen and open, and never two to the same day."""
    on = treatment_weekdays(weekdays)
    placed: list[PlacedDay] = []
    for day in wanted:
        earliest = max(day, placed[-1].day + timedelta(days=1)) if placed else day
        found = next_open(earliest, on, closed)
        placed.append(PlacedDay(found) if found == day else PlacedDay(found, day, day in closed))
    return tuple(placed)


def treatment_weekdays(weekdays: Collection[int]) -> frozenset[int]:
    """Say on which weekdays sessions may be: those chosen; any but Sunday where none is."""
    return frozenset(weekdays) or frozenset(WEEKDAYS) - {SUNDAY}


def next_open(day: date, weekdays: Collection[int], closed: Collection[date]) -> date:
    """Find the first day from this one on that is one of some weekdays and not closed."""
    for later in range(SEARCHED_DAYS):
        found = day + timedelta(days=later)
        if found.weekday() in weekdays and found not in closed:
            return found
    return day


def check_place(chair: str) -> Iterator[Problem]:
    """Yield what is wrong with the name of a chair."""
    if len(chair) > CHAIR_MAX:
        yield Problem("chair", f"Give at most {CHAIR_MAX} characters.")


def check_chosen(chair: str, chairs: Collection[str], stands: str = "") -> Iterator[Problem]:
    """Yield a problem where a chair is none of the clinic's; what stands may stay."""
    if chair and chair != stands and chair not in chairs:
        yield Problem("chair", "Choose a chair of the clinic's list.")


def check(plan: SessionPlan) -> list[Problem]:
    """List what cannot be of the plan of one session."""
    problems = planned_dose.check(plan.planned)
    if plan.planned_on is None:
        problems.append(Problem("planned_on", "Give the day it is planned for."))
    return [*problems, *check_place(plan.chair)]
