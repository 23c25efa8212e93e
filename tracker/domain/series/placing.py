"""When and where planned sessions take place: weekdays, days the clinic is closed, time, chair."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, time, timedelta
from itertools import combinations, groupby

from msgspec import Struct

from tracker.domain.problems import Problem
from tracker.domain.series import planned_dose
from tracker.domain.series.planned_dose import PlannedDose

CHAIR_MAX = 60  # characters of a chair's name
WEEK = 7
WEEKDAYS = range(WEEK)  # Monday is 0, as Python counts
SUNDAY = 6
SEARCHED_DAYS = 366  # no clinic is closed for longer


class PlacedDay(Struct, frozen=True):
    """A day on which a session is planned; `moved_from` is where it would be.

    That is the day the template has it on, or, of later ones, that of the chosen weekdays.
    """

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
    """Put each day on one that is chosen and open, and never two on the same.

    Where weekdays are chosen it stays in its own week as far as there is room: twice a week is
    twice a week from the first one on. Where none is, it moves on to the next open day.
    """
    days = tuple(wanted)
    usual = days
    if weekdays and days:
        found = new_days(days, weekdays, closed, days[0])
        # Nobody asked for the days between the chosen ones; the first was typed.
        usual = (days[0], *new_days(days, weekdays, (), days[0])[1:])
    else:
        found = tuple(_next_days(days, closed))
    return tuple(
        PlacedDay(new) if new == day else PlacedDay(new, day, day in closed)
        for new, day in zip(found, usual, strict=True)
    )


def _next_days(days: Iterable[date], closed: Collection[date]) -> Iterator[date]:
    on, before = treatment_weekdays(()), date.min
    for day in days:
        before = next_open(max(day, before + timedelta(days=1)), on, closed)
        yield before


def new_days(
    days: Sequence[date], weekdays: Collection[int], closed: Collection[date], earliest: date
) -> tuple[date, ...]:
    """Find a day for each of some days in their order: in its own week where there is room.

    Only chosen weekdays, none before `earliest`, none that is closed, and never two on one day.
    """
    allowed = treatment_weekdays(weekdays)
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
        after = next_open(max(day, after + timedelta(days=1)), allowed, closed)
        yield after


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
