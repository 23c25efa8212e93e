"""Pictures of the outcome report: prepared from its sums, or asked for from rows, and drawn."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from tracker.domain.access import Actor
from tracker.domain.codes import Route
from tracker.domain.outcomes import comparators
from tracker.domain.outcomes.figures import OutcomeFigures
from tracker.domain.outcomes.pictures import (
    before_after,
    calendar,
    courses,
    dissociation,
    of_figures,
    routes,
    waterfall,
)
from tracker.domain.outcomes.pictures.courses import Points
from tracker.domain.outcomes.pictures.picture import OutcomePicture, Scope
from tracker.domain.outcomes.selection import ALL, Selection
from tracker.domain.problems import NotFoundError
from tracker.services.outcomes import keeping, picture_rows, selection
from tracker.services.outcomes import queries as outcome_queries
from tracker.services.outcomes.keeping import Basis
from tracker.services.outcomes.queries import OutcomeReport
from tracker.services.outcomes.selection import Wanted
from tracker.services.progress import drawing
from tracker.services.progress.drawing import Picture
from tracker.services.unit_of_work import audit


@dataclass(frozen=True)
class PictureSource:
    """What pictures need beside the report; what two of them need is read once."""

    report: OutcomeReport
    basis: Basis
    scope: Scope
    treated: int

    @property
    def rows(self) -> Wanted:
        """The rows of the scale that are picked out."""
        code, chosen, basis = self.report.scale.code, self.report.chosen, self.basis
        return selection.rows_of(basis.clinic_id, code, chosen, basis.definitions)

    @cached_property
    def by_route(self) -> Mapping[Route, list[Points]]:
        """The courses that count, week by week."""
        return picture_rows.by_route(self.rows)


def scope_of(report: OutcomeReport) -> Scope:
    """Say what the pictures of a report are told of."""
    least = report.definitions.people_min
    return Scope(scale=report.scale, people_min=least, is_all=report.chosen.is_all)


def of_report(report: OutcomeReport) -> tuple[OutcomePicture, ...]:
    """Prepare what needs nothing but the report, with no query of its own."""
    figures, cut = report.figures, report.definitions.cut(report.scale)
    if figures is None:
        return ()
    highest = cut.at_most if cut else None
    published = comparators.beside(report.scale.code, highest)
    return of_figures.prepare(figures, scope_of(report), published, highest)


def _courses(source: PictureSource) -> OutcomePicture:
    every = chain.from_iterable(source.by_route.values())
    return courses.prepare(every, source.treated, source.scope)


def _waterfall(source: PictureSource) -> OutcomePicture:
    return waterfall.prepare(picture_rows.pairs(source.rows), source.treated, source.scope)


def _routes(source: PictureSource) -> OutcomePicture:
    return routes.prepare(source.by_route, source.treated, source.scope)


def _dissociation(source: PictureSource) -> OutcomePicture:
    minutes = picture_rows.dissociation(source.basis, source.rows)
    return dissociation.prepare(minutes, source.treated, source.scope)


def _before_after(source: PictureSource) -> OutcomePicture:
    mood, pain = (picture_rows.ratings(source.basis, name) for name in ("mood", "pain"))
    return before_after.prepare(mood, pain, source.scope)


def _calendar(source: PictureSource) -> OutcomePicture:
    today = source.report.today
    return calendar.prepare(picture_rows.sessions_by_day(source.basis, today), today)


# Those that read rows of courses or of sessions: they are asked for.
_OF_ROWS: Mapping[str, Callable[[PictureSource], OutcomePicture]] = {
    courses.NAME: _courses,
    waterfall.NAME: _waterfall,
    routes.NAME: _routes,
    dissociation.NAME: _dissociation,
    before_after.NAME: _before_after,
    calendar.NAME: _calendar,
}


def everything(
    code: str, chosen: Selection = ALL, *, by: Actor
) -> tuple[OutcomeReport, tuple[OutcomePicture, ...]]:
    """Prepare all pictures for a page, and leave a line that they were seen."""
    report = outcome_queries.report(code, chosen, by=by, with_places=True)
    audit(by, "outcomes.viewed", f"outcomes:{code}", detail="pictures")
    if report.figures is None:
        return report, ()
    source = _source(report, report.figures, by)
    return report, (*of_report(report), *(make(source) for make in _OF_ROWS.values()))


def _source(report: OutcomeReport, figures: OutcomeFigures, by: Actor) -> PictureSource:
    basis = keeping.of_clinic(by.clinic_id)
    return PictureSource(report, basis, scope_of(report), figures.flow.treated)


def prepare(name: str, code: str, chosen: Selection = ALL, *, by: Actor) -> OutcomePicture:
    """Prepare one picture; NotFoundError for a name that is none, or while nothing is counted."""
    if name not in _OF_ROWS and name not in of_figures.NAMES:
        raise NotFoundError
    report = outcome_queries.report(code, chosen, by=by, with_places=name not in _OF_ROWS)
    if report.figures is None:
        raise NotFoundError
    if name in _OF_ROWS:
        return _OF_ROWS[name](_source(report, report.figures, by))
    return next(one for one in of_report(report) if one.name == name)


def picture_of(
    name: str, code: str, chosen: Selection = ALL, *, by: Actor, look: Mapping[str, str]
) -> Picture:
    """Find a picture, not drawn yet; `look` gives its kind, shape and theme.

    All that is drawn is in the prepared value, so that its hash tells two pictures apart.
    """
    prepared = prepare(name, code, chosen, by=by)
    audit(by, "outcomes.viewed", f"outcomes:{code}", detail=name)
    tag = drawing.tag("outcomes", *look.values(), prepared)
    return Picture(tag, look["kind"], look["shape"], look["theme"], lambda: prepared)
