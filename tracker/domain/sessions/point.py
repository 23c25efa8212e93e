"""A session as one point of a course, and how its dose and route read on a tick."""

from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from tracker.domain.codes import CourseRole, Drug, Indication, Phase, Route, SessionState
from tracker.domain.drugs import is_nasal_esketamine
from tracker.domain.formatting import number

# The codes of the two ratings that every session carries before and after.
MOOD = "mood-nrs"


PAIN = "pain-nrs"


class SessionPoint(Struct, frozen=True, kw_only=True):
    """A treatment session as a picture needs it; `at` is aware and in the clinic's zone.

    Missing is None, never 0. A session of which only the day is known stands at noon. It is a shape
    of its own because a picture is made of hundreds, each with a place in time, and hashed. It has
    what its series is, for series make courses.
    """

    session_id: int
    number: int
    state: SessionState
    at: datetime
    route: Route
    drug: Drug
    dose_mg: Decimal | None = None
    dose_mg_per_kg: Decimal | None = None
    mood_before: int | None = None
    mood_after: int | None = None
    pain_before: int | None = None
    pain_after: int | None = None
    dissociation_peak: int | None = None
    dissociation_resolved: bool | None = None
    series_number: int = 1
    phase: Phase | None = None
    indication: Indication | None = None
    course_role: CourseRole | None = None

    @property
    def was_given(self) -> bool:
        """Whether treatment was given, or is being given."""
        return self.state in (SessionState.COMPLETED, SessionState.UNDER_WAY)

    def ratings(self, code: str) -> tuple[int | None, int | None]:
        """Pick the rating before and after, of mood or of pain."""
        if code == MOOD:
            return self.mood_before, self.mood_after
        return self.pain_before, self.pain_after


ROUTES_SHORT = {Route.NASAL: "Nasal", Route.ORAL: "Oral", Route.SUBLINGUAL: "SL"}


def dose(point: SessionPoint) -> str:
    """Write what was given in as few characters as a tick has: `0.5`, or `56 mg`; '' if unknown.

    Nasal esketamine is dosed in fixed milligrams; elsewhere mg/kg is what compares.
    """
    fixed = is_nasal_esketamine(point.drug, point.route)
    if point.dose_mg_per_kg is not None and not (fixed and point.dose_mg is not None):
        return number(point.dose_mg_per_kg)
    return "" if point.dose_mg is None else f"{number(point.dose_mg)} mg"


def route(point: SessionPoint) -> str:
    """Write the route as shortly as it stays clear."""
    return ROUTES_SHORT.get(point.route, point.route.value.upper())
