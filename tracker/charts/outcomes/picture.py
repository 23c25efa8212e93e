"""Any picture of outcomes: which file draws it."""

from collections.abc import Callable
from typing import Any

from matplotlib.figure import Figure

from tracker.charts.outcomes import (
    before_after,
    by_session,
    calendar,
    courses,
    curves,
    dissociation,
    flow,
    rates,
    routes,
    waterfall,
)
from tracker.charts.outcomes.sheet import OutcomeShape
from tracker.charts.style import Theme
from tracker.domain.outcomes.pictures.before_after import BeforeAfterPicture
from tracker.domain.outcomes.pictures.by_session import BySessionPicture
from tracker.domain.outcomes.pictures.calendar import CalendarPicture
from tracker.domain.outcomes.pictures.courses import CoursesPicture
from tracker.domain.outcomes.pictures.curves import CurvePicture
from tracker.domain.outcomes.pictures.dissociation import DissociationPicture
from tracker.domain.outcomes.pictures.flow import FlowPicture
from tracker.domain.outcomes.pictures.picture import OutcomePicture
from tracker.domain.outcomes.pictures.rates import RatesPicture
from tracker.domain.outcomes.pictures.routes import RoutesPicture
from tracker.domain.outcomes.pictures.waterfall import WaterfallPicture

_DRAW: dict[type[OutcomePicture], Callable[..., Figure]] = {
    FlowPicture: flow.draw,
    RatesPicture: rates.draw,
    CoursesPicture: courses.draw,
    WaterfallPicture: waterfall.draw,
    CurvePicture: curves.draw,
    BySessionPicture: by_session.draw,
    BeforeAfterPicture: before_after.draw,
    DissociationPicture: dissociation.draw,
    CalendarPicture: calendar.draw,
    RoutesPicture: routes.draw,
}


def draw(prepared: OutcomePicture, *, shape: OutcomeShape, theme: Theme) -> Figure:
    """Draw a prepared picture."""
    look: dict[str, Any] = {"shape": shape, "theme": theme}
    return _DRAW[type(prepared)](prepared, **look)
