"""The courses of each route beside each other, on the same scales."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from tracker.domain.codes import Route
from tracker.domain.instruments.model import Instrument
from tracker.domain.outcomes.pictures import courses
from tracker.domain.outcomes.pictures.courses import Points, ThinLines
from tracker.domain.outcomes.pictures.picture import OutcomePicture, Scope

NAME, TITLE = "routes", "By route of the first dose"
NOT_COMPARED = (
    "Who gets which route is chosen, not drawn by lot: a difference between routes is no effect."
)


class RouteLines(Struct, frozen=True):
    """The courses of one route."""

    label: str
    lines: ThinLines


class RoutesPicture(OutcomePicture, frozen=True, kw_only=True):
    """A panel a route, those with most courses first."""

    scale: Instrument
    panels: tuple[RouteLines, ...]


def prepare(by_route: Mapping[Route, Sequence[Points]], of: int, scope: Scope) -> RoutesPicture:
    """Prepare the routes that have a course which is ill enough to be counted."""
    found = [
        RouteLines(route.label, courses.lines(some, scope.people_min))
        for route, some in by_route.items()
        if some
    ]
    found = sorted((one for one in found if one.lines.n), key=lambda one: -one.lines.n)
    counted = sum(one.lines.n for one in found)
    missing = "" if found else "No course with a baseline that is ill enough to be counted yet."
    told = ", ".join(f"{one.label} {one.lines.n}" for one in found)
    return RoutesPicture(
        name=NAME,
        title=TITLE,
        of_whom=f"{scope.direction}; {scope.courses(counted, of)}",
        sentence=missing or f"Courses by route: {told}. {NOT_COMPARED}",
        table=courses.table(TITLE, [(one.label, one.lines) for one in found]),
        missing=missing,
        scale=scope.scale,
        panels=tuple(found),
    )
