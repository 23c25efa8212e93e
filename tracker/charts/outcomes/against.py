"""The picture of one comparison: a mark a session, what was given or felt against what changed."""

from collections import Counter
from decimal import Decimal

from matplotlib.figure import Figure

from tracker.charts import legend
from tracker.charts.layout import Paper, lines, marks
from tracker.charts.legend import Heading, LegendEntry
from tracker.charts.style import Frame, Shape, Theme, text_height_in
from tracker.charts.writing import PanelGround
from tracker.domain.formatting import number, with_sign
from tracker.domain.outcomes.person.comparisons import SessionComparison

TOP_IN, BOTTOM_IN, GAP_IN = 0.1, 0.08, 0.06
ROOM_SHARE = 0.12  # of the span stays free at both ends
SIZE, MORE = 5.5, 2.2  # of the mark of one session, and for each further one at its place


def draw(found: SessionComparison, *, shape: Shape, theme: Theme) -> Figure:
    """Draw the sessions of one comparison, and its line where it may have one."""
    heading = _heading(found, theme)
    below_in = 2 * text_height_in(shape.small_pt) + 0.1 + BOTTOM_IN
    total_in = TOP_IN + heading.height_in(shape) + shape.scale_in + below_in
    figure = Figure(figsize=(shape.width_in, total_in), facecolor=theme.paper)
    paper = Paper(figure, shape, theme)
    legend.draw(paper, heading, total_in - TOP_IN)
    ground = _ground(paper, found, below_in, shape.scale_in)
    _frame(ground, found)
    if found.line is not None:
        style = {"colors": theme.score, "linewidths": 1.2, "linestyles": [(0, (5, 3))]}
        lines(ground.axes, "line", [found.line], **style)
    places = Counter((float(one.x), float(one.change)) for one in found.sessions)
    for times, at in sorted((count, place) for place, count in places.items()):
        marks(
            ground.axes, f"session-{at[0]:g}-{at[1]:g}", [at], marker="o", color=theme.score,
            markersize=SIZE + MORE * (times - 1) ** 0.5, markeredgewidth=1.4,
        )  # fmt: skip
    return figure


def _heading(found: SessionComparison, theme: Theme) -> Heading:
    mark = {"marker": "o", "color": theme.score, "markersize": SIZE}
    keys = [LegendEntry("a session; larger: several", mark)]
    if found.line is not None:
        line = {"color": theme.score, "linewidth": 1.2, "linestyle": (0, (5, 3))}
        keys.append(LegendEntry("their middle line", line))
    side = "below" if found.effect.instrument.higher_is_worse else "above"
    title = f"{found.effect.instrument.short_title}, change by {found.key}, n = {found.n}"
    return Heading(title, f"{side} 0 is better", tuple(keys))


def _ground(
    paper: Paper, found: SessionComparison, bottom_in: float, height_in: float
) -> PanelGround:
    """Lay out both axes: values from 0, changes to both sides of no change alike."""
    ends = max(float(one.x) for one in found.sessions) or 1.0
    most = max(*(abs(float(one.change)) for one in found.sessions), 1.0) * (1 + ROOM_SHARE)
    across = (-ends * ROOM_SHARE / 2, ends * (1 + ROOM_SHARE))
    axes = paper.panel(bottom_in, height_in, across, -most, most)
    return PanelGround(paper, axes, bottom_in, height_in, -most, most)


def _frame(ground: PanelGround, found: SessionComparison) -> None:
    """Draw no change, the ends of both axes in numbers, and what the lower one counts."""
    paper, axes, theme = ground.paper, ground.axes, ground.paper.theme
    (left, right), small = axes.get_xlim(), paper.shape.small_pt
    lines(axes, "no-change", [((left, 0.0), (right, 0.0))], colors=theme.ink, linewidths=1)
    lines(axes, "zero", [((left, ground.low), (left, ground.high))], colors=theme.grid)
    style = {"ha": "right", "va": "center_baseline"}
    most = max(abs(one.change) for one in found.sessions)
    for level in sorted({-most, Decimal(0), most}):
        place = ground.up_in(float(level))
        paper.write(paper.shape.left_in - GAP_IN, place, with_sign(level), **style)
    top = ground.bottom_in - 0.05
    for value in sorted({one.x for one in found.sessions} & _apart(found, paper.shape)):
        x = paper.shape.left_in + (float(value) - left) / (right - left) * paper.shape.data_in
        paper.write(x, top, number(value), ha="center", va="top")
    paper.write(paper.shape.left_in, top - text_height_in(small) - 0.02, found.x_words, va="top")


def _apart(found: SessionComparison, shape: Frame) -> set[Decimal]:
    """Pick the values whose numbers have room beside each other."""
    values = sorted({one.x for one in found.sessions})
    least = float(values[-1]) * 0.45 / shape.data_in
    kept = [values[-1]]
    for value in reversed(values[:-1]):
        if float(kept[-1] - value) >= least:
            kept.append(value)
    return set(kept)
