"""The progress picture: scales, mood and pain, and the sessions, above one time axis."""

from collections.abc import Callable, Iterator
from functools import partial

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from msgspec import Struct

from tracker.charts import axes_frame, cells, dates, legend, pairs, scale, session_axis
from tracker.charts.layout import CoursePaper, Point, lines
from tracker.charts.style import Shape, Theme
from tracker.charts.writing import CourseGround
from tracker.domain.formatting import full_day
from tracker.domain.instruments.model import Instrument
from tracker.domain.progress.trend import Trend

TOP_IN = 0.1
BOTTOM_IN = 0.06
BETWEEN_IN = 0.16
EMPTY_IN = 1.5


class Row(Struct, frozen=True):
    """One panel before it has a place: its heading, its height, its range, what it shows.

    `instrument` has the bands and numbers of its axis; None where it has none.
    """

    name: str
    heading: legend.Heading
    height_in: float
    extent: Point
    draw: Callable[[CourseGround], None]
    instrument: Instrument | None = None


def draw(trend: Trend, *, shape: Shape, theme: Theme) -> Figure:
    """Draw a course. Panels have fixed sizes and full scales, so that pictures compare."""
    if trend.empty:
        return _empty(trend, shape, theme)
    rows = [*_rows(trend, shape, theme)]
    last = session_axis.heading(trend, theme)
    strip_in = session_axis.height_in(trend, shape)
    below_in = session_axis.labels_in(trend, shape) + dates.height_in(shape.small_pt) + BOTTOM_IN
    total_in = TOP_IN + last.height_in(shape) + strip_in + below_in
    total_in += sum(row.heading.height_in(shape) + row.height_in + BETWEEN_IN for row in rows)
    figure = Figure(figsize=(shape.width_in, total_in), facecolor=theme.paper)
    paper = CoursePaper(figure, shape, theme, trend.starts_at, trend.ends_at)
    top_in = total_in - TOP_IN
    for row in rows:
        bottom_in = top_in - row.heading.height_in(shape) - row.height_in
        _panel(paper, row, trend, top_in, bottom_in)
        top_in = bottom_in - BETWEEN_IN
    _session_axis(paper, trend, top_in, top_in - last.height_in(shape) - strip_in)
    return figure


def _rows(trend: Trend, shape: Shape, theme: Theme) -> Iterator[Row]:
    """List what stands above the sessions, from the top."""
    for one in trend.scales:
        fill = partial(scale.draw, panel=one, trend=trend)
        heading = scale.heading(one, theme)
        yield _row(one.instrument, heading, shape.scale_in, fill)
    for panel in (trend.mood, trend.pain):
        if panel is not None and panel.pairs and not cells.are_many(trend):
            fill = partial(pairs.draw, panel=panel)
            yield _row(panel.instrument, pairs.heading(panel, theme), shape.pair_in, fill)
        if panel is not None and panel.follow_ups:
            fill = partial(pairs.draw_between, panel=panel)
            heading = pairs.heading_between(panel)
            yield _row(panel.instrument, heading, shape.strip_in, fill, between="-between")
    if cells.are_many(trend) and (found := cells.rows(trend, theme)):
        height_in = len(found) * cells.row_in(shape)
        extent = (0.0, float(len(found)))
        fill = partial(cells.draw, trend=trend)
        yield Row("cells", cells.heading(trend, theme), height_in, extent, fill)


def _row(
    instrument: Instrument,
    heading: legend.Heading,
    height_in: float,
    fill: Callable[[CourseGround], None],
    between: str = "",
) -> Row:
    extent = (float(instrument.minimum), float(instrument.maximum))
    return Row(f"{instrument.code}{between}", heading, height_in, extent, fill, instrument)


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


def _panel(paper: CoursePaper, row: Row, trend: Trend, top_in: float, bottom_in: float) -> None:
    legend.draw(paper, row.heading, top_in)
    axes = paper.axes(bottom_in, row.height_in, *row.extent)
    ground = CourseGround(paper, axes, bottom_in, row.height_in, *row.extent)
    if row.instrument is not None:
        axes_frame.draw(ground, row.instrument, row.name)
        _session_days(paper, axes, trend, row.name)
    _today(paper, axes, trend, row.name)
    row.draw(ground)
    if row.instrument is not None:
        axes_frame.name_bands(ground, row.instrument)


def _session_days(paper: CoursePaper, axes: Axes, trend: Trend, name: str) -> None:
    """Draw a line through each session's day, but where cells show the days of many."""
    if not cells.are_many(trend):
        low, high = axes.get_ylim()
        given = [((paper.x(p.at), low), (paper.x(p.at), high)) for p in trend.treatments]
        lines(axes, f"{name}-session-days", given, colors=paper.theme.session_day, linewidths=0.5)


def _today(paper: CoursePaper, axes: Axes, trend: Trend, name: str) -> None:
    """Draw a thin line at today, so that a silence is seen."""
    if trend.shows_today:
        at, (low, high) = paper.x(trend.now), axes.get_ylim()
        style = {"colors": paper.theme.muted, "linewidths": 0.6}
        lines(axes, f"{name}-today", [((at, low), (at, high))], **style)


def _session_axis(paper: CoursePaper, trend: Trend, top_in: float, bottom_in: float) -> None:
    legend.draw(paper, session_axis.heading(trend, paper.theme), top_in)
    courses_in = session_axis.courses_in(trend)
    height_in = session_axis.height_in(trend, paper.shape) - courses_in
    axes = paper.axes(bottom_in, height_in, *session_axis.limits(trend, paper.shape))
    session_axis.draw_courses(paper, trend, bottom_in + height_in)
    session_axis.draw_frame(paper, axes, trend, bottom_in)
    session_axis.data(paper, axes, trend, bottom_in)
    _today(paper, axes, trend, "sessions")
    if trend.shows_today:
        session_axis.name_today(paper, axes, trend)
    dates.draw(paper, bottom_in - session_axis.labels_in(trend, paper.shape))
