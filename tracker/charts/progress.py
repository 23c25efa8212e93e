"""The progress picture: scales, mood and pain, and the sessions, above one time axis."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from msgspec import Struct

from tracker.charts import axes_frame, dates, legend, pairs, scale, session_axis
from tracker.charts.layout import CoursePaper, lines
from tracker.charts.style import Shape, Theme
from tracker.domain.formatting import full_day
from tracker.domain.progress.panels import PairPanel, ScalePanel
from tracker.domain.progress.trend import Trend

TOP_IN = 0.1
BOTTOM_IN = 0.06
BETWEEN_IN = 0.16
EMPTY_IN = 1.5
MANY = 30  # sessions from which their lines must be finer, not to hide the data


class PanelPlace(Struct, frozen=True):
    """Where one panel stands: the upper edge of its heading, and its data area, in inches."""

    heading: legend.Heading
    top_in: float
    bottom_in: float
    height_in: float


def draw(trend: Trend, *, shape: Shape, theme: Theme) -> Figure:
    """Draw a course. Panels have fixed sizes and full scales, so that pictures compare."""
    if trend.empty:
        return _empty(trend, shape, theme)
    headings = [_heading(panel, theme) for panel in trend.panels]
    headings.append(session_axis.heading(trend, theme))
    heights = [_height_in(panel, shape) for panel in trend.panels]
    heights.append(session_axis.height_in(trend, shape))
    below_in = session_axis.labels_in(trend, shape) + dates.height_in(shape.small_pt) + BOTTOM_IN
    total_in = TOP_IN + below_in + BETWEEN_IN * len(trend.panels) + sum(heights)
    total_in += sum(heading.height_in(shape) for heading in headings)
    figure = Figure(figsize=(shape.width_in, total_in), facecolor=theme.paper)
    paper = CoursePaper(figure, shape, theme, trend.starts_at, trend.ends_at)
    places = _stack(headings, heights, shape, total_in)
    for panel, place in zip(trend.panels, places, strict=False):
        axes = paper.axes(
            place.bottom_in,
            place.height_in,
            float(panel.instrument.minimum),
            float(panel.instrument.maximum),
        )
        _furnish(paper, axes, panel, place)
        _fill(paper, axes, panel, trend)
    _session_axis(paper, trend, places[-1])
    return figure


def _empty(trend: Trend, shape: Shape, theme: Theme) -> Figure:
    figure = Figure(figsize=(shape.width_in, EMPTY_IN), facecolor=theme.paper)
    paper = CoursePaper(figure, shape, theme, trend.starts_at, trend.ends_at)
    middle = {"ha": "center", "va": "center"}
    paper.write(
        shape.width_in / 2, EMPTY_IN * 0.58, "No sessions yet", fontsize=shape.text_pt + 2, **middle
    )
    if trend.ahead:
        words = f"The next is planned for {full_day(trend.ahead[0].at)}"
        paper.write(shape.width_in / 2, EMPTY_IN * 0.34, words, **middle)
    return figure


def _heading(panel: ScalePanel | PairPanel, theme: Theme) -> legend.Heading:
    if isinstance(panel, ScalePanel):
        return scale.heading(panel, theme)
    return pairs.heading(panel, theme)


def _height_in(panel: ScalePanel | PairPanel, shape: Shape) -> float:
    return shape.scale_in if isinstance(panel, ScalePanel) else shape.pair_in


def _stack(
    headings: list[legend.Heading], heights: list[float], shape: Shape, total_in: float
) -> list[PanelPlace]:
    places = []
    top = total_in - TOP_IN
    for heading, height in zip(headings, heights, strict=True):
        bottom = top - heading.height_in(shape) - height
        places.append(PanelPlace(heading, top, bottom, height))
        top = bottom - BETWEEN_IN
    return places


def _furnish(
    paper: CoursePaper, axes: Axes, panel: ScalePanel | PairPanel, place: PanelPlace
) -> None:
    """Draw what does not depend on the values, apart from the levels named in the key."""
    legend.draw(paper, place.heading, place.top_in)
    axes_frame.draw(paper, axes, panel.instrument, place.bottom_in)


def _fill(paper: CoursePaper, axes: Axes, panel: ScalePanel | PairPanel, trend: Trend) -> None:
    low, high = axes.get_ylim()
    given = [((paper.x(p.at), low), (paper.x(p.at), high)) for p in trend.treatments]
    width = 0.6 if len(given) < MANY else 0.35
    gid = f"{panel.instrument.code}-session-days"
    lines(axes, gid, given, colors=paper.theme.session_day, linewidths=width)
    _today(paper, axes, trend, panel.instrument.code)
    if isinstance(panel, ScalePanel):
        scale.data(paper, axes, panel)
    else:
        pairs.data(paper, axes, panel)


def _today(paper: CoursePaper, axes: Axes, trend: Trend, name: str) -> None:
    """Draw a thin line at today, so that a silence is seen."""
    if trend.shows_today:
        at, (low, high) = paper.x(trend.now), axes.get_ylim()
        style = {"colors": paper.theme.muted, "linewidths": 0.6}
        lines(axes, f"{name}-today", [((at, low), (at, high))], **style)


def _session_axis(paper: CoursePaper, trend: Trend, place: PanelPlace) -> None:
    legend.draw(paper, place.heading, place.top_in)
    courses_in = session_axis.courses_in(trend)
    height_in = place.height_in - courses_in
    axes = paper.axes(place.bottom_in, height_in, *session_axis.limits(trend, paper.shape))
    session_axis.draw_courses(paper, trend, place.bottom_in + height_in)
    session_axis.draw_frame(paper, axes, trend, place.bottom_in)
    session_axis.data(paper, axes, trend, place.bottom_in)
    _today(paper, axes, trend, "sessions")
    if trend.shows_today:
        session_axis.name_today(paper, axes, trend)
    dates.draw(paper, place.bottom_in - session_axis.labels_in(trend, paper.shape))
