"""Sessions of a day in their chairs: how long each takes, and what stands in another's way."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, time, timedelta
from itertools import combinations

from msgspec import Struct

from tracker.domain.checklists import items as checklist_items
from tracker.domain.checklists.sources import DRINK_BEFORE_DEVICE, FOOD_BEFORE_DEVICE
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Drug, Route
from tracker.domain.drugs import is_nasal_esketamine
from tracker.domain.formatting import time_of_day
from tracker.domain.live import monitoring

# Clinic default, no published source: setting up, the dose, and being watched until one may leave.
USUAL_MINUTES = 120
SETTING_UP_MINUTES = 15  # the reading before the first dose, and the checks


class ChairSlot(Struct, frozen=True, kw_only=True):
    """A session in its chair. `label` says whose; `begins` is None while only the day is known."""

    session_id: int
    patient_id: int
    label: str
    day: date
    begins: time | None
    minutes: int
    chair: str = ""

    @property
    def from_minute(self) -> int | None:
        """The minute of the day at which it begins."""
        return None if self.begins is None else self.begins.hour * 60 + self.begins.minute

    @property
    def ends(self) -> time | None:
        """When it is over; the end of the day where it runs past midnight."""
        start = self.from_minute
        if start is None:
            return None
        end = min(start + self.minutes, 24 * 60 - 1)
        return time(end // 60, end % 60)

    def overlaps(self, other: "ChairSlot") -> bool:
        """Say whether both take place at the same time."""
        one, two = self.from_minute, other.from_minute
        if one is None or two is None or self.day != other.day:
            return False
        return one < two + other.minutes and two < one + self.minutes


def minutes(drug: Drug, route: Route, settings: TreatmentSettings) -> int:
    """Say how long a session takes: to the last reading that is fixed, else as is usual."""
    fixed = monitoring.schedule(drug, route, settings).minutes
    if is_nasal_esketamine(drug, route) and fixed:
        return max(SETTING_UP_MINUTES + max(fixed), USUAL_MINUTES)
    return USUAL_MINUTES


def fasting(drug: Drug, route: Route, settings: TreatmentSettings) -> str:
    """Say how long before a session nothing is eaten and drunk; '' where nothing is asked."""
    food, drink = timedelta(hours=settings.food_hours), timedelta(hours=settings.drink_hours)
    if is_nasal_esketamine(drug, route):
        food, drink = FOOD_BEFORE_DEVICE, DRINK_BEFORE_DEVICE
    if not food and not drink:
        return ""
    return f"no food {checklist_items.gap(food)}, no drink {checklist_items.gap(drink)} before"


def conflicts(
    slots: Iterable[ChairSlot], closed: Collection[date]
) -> Mapping[int, tuple[str, ...]]:
    """Say of each session, by its id, what stands in its way; nothing is refused for it."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    by_day: defaultdict[date, list[ChairSlot]] = defaultdict(list)
    for slot in slots:
        by_day[slot.day].append(slot)
        if slot.day in closed:
            found[slot.session_id].append("The clinic is closed on this day.")
    for of_day in by_day.values():
        for one, other in combinations(of_day, 2):
            for about, words in _between(one, other):
                found[about].append(words)
    return {session_id: tuple(words) for session_id, words in found.items()}


def _between(one: ChairSlot, other: ChairSlot) -> Iterator[tuple[int, str]]:
    for mine, theirs in ((one, other), (other, one)):
        if mine.patient_id == theirs.patient_id:
            yield mine.session_id, "The patient has another session on this day."
        elif theirs.begins and mine.chair == theirs.chair != "" and mine.overlaps(theirs):
            until = f" to {time_of_day(theirs.ends)}" if theirs.ends else ""
            yield (
                mine.session_id,
                f"{mine.chair} is taken by {theirs.label}, {time_of_day(theirs.begins)}{until}.",
            )
