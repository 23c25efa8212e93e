"""Where and when invented sessions take place."""

from datetime import date, time, timedelta
from typing import Any

from msgspec.structs import replace

from tracker.domain.series import plan as series_plan
from tracker.domain.series.plan import SeriesDraft

CHAIRS = ("Chair 1", "Chair 2", "Chair 3")
# Far enough apart for the longest session, so that a chair is free when the next one begins.
TIMES = (time(9), time(14), time(16, 30))
LIVE_TIME = time(11, 30)  # of those who sit in the chairs when the demonstration is made
BEFORE_LIVE = timedelta(days=7)  # nobody sat in the chairs then
LIVE_LATER = time(11, 45)  # they do not come all at once
SLOTS = tuple((at, chair) for at in TIMES for chair in CHAIRS)
SUNDAY = 6
PREPARATION = (
    "Do not eat for 6 hours and do not drink for 2 hours before you come.\n"
    "Bring somebody who takes you home. Do not drive until the next morning, after a good sleep."
)


def weekdays(today: date) -> tuple[int, ...]:
    """Say on which weekdays the clinic treats; none is any but Sunday.

    The demonstration has sessions today on whatever day it is shown, a Sunday too.
    """
    return tuple(range(7)) if today.weekday() == SUNDAY else ()


def live_place(number: int, today: date) -> dict[str, Any]:
    """Say when and in which chair the series of somebody at the chairs takes place."""
    at = LIVE_LATER if number % len(CHAIRS) == 0 else LIVE_TIME
    chair = CHAIRS[(number + 1) % len(CHAIRS)]
    return {"planned_time": at, "chair": chair, "weekdays": weekdays(today)}


class Bookings:
    """The chairs by day and time, so that no two sessions want the same one."""

    def __init__(self) -> None:
        """Begin with a clinic in which every chair is free."""
        self._taken: set[tuple[date, time, str]] = set()

    def place(self, draft: SeriesDraft, number: int, today: date) -> SeriesDraft:
        """Give a series its weekdays, and a time and a chair that nobody else has then.

        In a clinic with more patients than its chairs hold some share one.
        """
        draft = replace(draft, weekdays=weekdays(today))
        days = series_plan.planned_days(draft)
        start = number % len(SLOTS)
        turned = [*SLOTS[start:], *SLOTS[:start]]
        if days[-1] < today - BEFORE_LIVE:
            turned += [(LIVE_TIME, chair) for chair in CHAIRS]
        free = (slot for slot in turned if all((day, *slot) not in self._taken for day in days))
        chosen = next(free, turned[0])
        self._taken |= {(day, *chosen) for day in days}
        return replace(draft, planned_time=chosen[0], chair=chosen[1])
