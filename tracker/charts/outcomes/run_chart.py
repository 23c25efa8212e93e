"""The run chart of safety: a point a month, the median, and what the rule found."""

from datetime import date
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tracker.charts import legend
from tracker.charts.layout import Paper, boxes, lines, marks
from tracker.charts.legend import Heading, LegendEntry
from tracker.charts.style import Shape, Theme, text_height_in, text_width_in
from tracker.domain.outcomes.safety.run_chart import Run, RunChart

TOP_IN, BOTTOM_IN = 0.1, 0.08
PAD_MONTHS = 0.7
# Percent at the top of the axis: the first that holds every point, so that few pictures differ.
TOPS = (10, 25, 50, 75, 100)
STEPS = (1, 2, 3, 6, 12)
BETWEEN_IN = 0.1


def draw(chart: RunChart, *, shape: Shape, theme: Theme) -> Figure:
    """Draw the months at equal distance; one with too few sessions is a gap."""
    heading = _heading(chart, shape, theme)
    below_in = text_height_in(shape.small_pt) + 0.12 + BOTTOM_IN
    total_in = TOP_IN + heading.height_in(shape) + shape.scale_in + below_in
    figure = Figure(figsize=(shape.width_in, total_in), facecolor=theme.paper)
    paper = Paper(figure, shape, theme)
    legend.draw(paper, heading, total_in - TOP_IN)
    months = [one.month for one in chart.points]
    across = (-PAD_MONTHS, max(len(months) - 1, 1) + PAD_MONTHS)
    top = _top(chart)
    axes = paper.panel(below_in, shape.scale_in, across, 0, top)
    _grid(paper, axes, top, (below_in, shape.scale_in))
    spans = [
        (months.index(run.since) - 0.4, months.index(run.until) + 0.4, 0.0, top)
        for run in (*chart.shifts, *chart.trends)
    ]
    boxes(axes, "runs", spans, facecolor=theme.ribbon, zorder=0)
    if chart.middle is not None:
        level = chart.middle * 100
        ends = [((across[0], level), (across[1], level))]
        lines(axes, "median", ends, colors=theme.ink, linewidths=1.2, linestyles=[(0, (5, 2))])
    _points(axes, chart, theme)
    _months(paper, across, months, below_in)
    return figure


def _heading(chart: RunChart, shape: Shape, theme: Theme) -> Heading:
    style = {"marker": "o", "color": theme.score, "markersize": 6, "markeredgewidth": 1.4}
    found = {**style, "marker": "D", "markerfacecolor": theme.paper}
    keys = [LegendEntry("a month", {**style, "markerfacecolor": theme.score})]
    if chart.shifts or chart.trends:
        keys.append(LegendEntry("in a shift or trend", found))
    keys.append(LegendEntry("median", {"color": theme.ink, "linestyle": (0, (5, 2))}))
    title = "Percent of sessions by month"
    return Heading(title, "lower is safer", tuple(keys))


def _top(chart: RunChart) -> float:
    highest = max((100 * one.share for one in chart.points if one.share is not None), default=0)
    return next((float(top) for top in TOPS if highest <= top * 0.95), 100.0)


def _grid(paper: Paper, axes: Axes, top: float, place_in: tuple[float, float]) -> None:
    """Draw five steps, with their percent; `place_in` is the foot of the panel and its height."""
    left, right = axes.get_xlim()
    for part in range(6):
        level = top * part / 5
        ends = [((left, level), (right, level))]
        lines(axes, f"grid-{part}", ends, colors=paper.theme.grid, linewidths=0.7)
        up = place_in[0] + place_in[1] * part / 5
        style = {"ha": "right", "va": "center_baseline"}
        paper.write(paper.shape.left_in - 0.06, up, f"{level:g} %", **style)


def _is_in(month: date, runs: tuple[Run, ...]) -> bool:
    return any(run.since <= month <= run.until for run in runs)


def _points(axes: Axes, chart: RunChart, theme: Theme) -> None:
    places = [
        (float(place), 100 * one.share, one.month)
        for place, one in enumerate(chart.points)
        if one.share is not None
    ]
    # A line joins neighbouring months alone: what is not known is a gap.
    joins = [
        ((x, y), (later, above))
        for (x, y, _month), (later, above, _next) in pairwise(places)
        if later - x == 1
    ]
    lines(axes, "joins", joins, colors=theme.score, linewidths=1.4)
    runs = (*chart.shifts, *chart.trends)
    inside = [(x, y) for x, y, month in places if _is_in(month, runs)]
    outside = [(x, y) for x, y, month in places if not _is_in(month, runs)]
    style = {"markersize": 6, "color": theme.score, "markeredgewidth": 1.4}
    marks(axes, "points", outside, marker="o", markerfacecolor=theme.score, **style)
    marks(axes, "points-in-run", inside, marker="D", markerfacecolor=theme.paper, **style)


def _months(
    paper: Paper, across: tuple[float, float], months: list[date], bottom_in: float
) -> None:
    """Write as many months below as have room, the last one always."""
    small = paper.shape.small_pt
    per_month = paper.shape.data_in / (across[1] - across[0])
    room = text_width_in("Mar 26", small) + BETWEEN_IN
    step = next((step for step in STEPS if step * per_month >= room), STEPS[-1])
    last = len(months) - 1
    for place in range(last, -1, -step):
        x = paper.shape.left_in + (place - across[0]) * per_month
        words = f"{months[place]:%b %y}"
        # A word never leaves the paper.
        half = text_width_in(words, small) / 2
        x = min(max(x, half + 0.02), paper.shape.width_in - half - 0.02)
        paper.write(x, bottom_in - 0.06, words, ha="center", va="top")
