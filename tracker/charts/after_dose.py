"""The picture "After the last dose": each course from there on, to compare how long they last."""

from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tracker.charts import axes_frame, legend
from tracker.charts.layout import Paper, Point, lines, marks
from tracker.charts.legend import Heading, LegendEntry
from tracker.charts.style import Shape, Theme, text_height_in, text_width_in
from tracker.charts.writing import PanelGround
from tracker.domain.formatting import number
from tracker.domain.progress.after_dose import AfterLastDose, CourseAfter, points

TOP_IN, BOTTOM_IN = 0.1, 0.08
WEEKS_BEFORE = 1.0
PAD_IN = 0.3
STEPS_WEEKS = (1, 2, 4, 8, 13, 26, 52)
BETWEEN_IN = 0.12
CLEAR_IN = 0.07
# Of the courses, the latest first: it is the boldest, and those before step back.
STYLES = (
    ("-", 2.2, "o"),
    ((0, (5, 2)), 1.6, "s"),
    ((0, (1.2, 1.6)), 1.6, "^"),
    ((0, (6, 2, 1.5, 2)), 1.4, "D"),
    ((0, (2.5, 2.5)), 1.2, "v"),
)


def draw(after: AfterLastDose, *, shape: Shape, theme: Theme) -> Figure:
    """Draw one scale over the weeks since the last dose of each course."""
    heading = _heading(after, theme)
    below_in = 2 * text_height_in(shape.small_pt) + 0.1 + BOTTOM_IN
    total_in = TOP_IN + heading.height_in(shape) + shape.scale_in + below_in
    figure = Figure(figsize=(shape.width_in, total_in), facecolor=theme.paper)
    paper = Paper(figure, shape, theme)
    legend.draw(paper, heading, total_in - TOP_IN)
    ground = _ground(paper, after, below_in, shape.scale_in)
    axes_frame.draw(ground, after.instrument, after.instrument.code)
    upright = [((0.0, ground.low), (0.0, ground.high))]
    lines(ground.axes, "last-dose", upright, colors=theme.ink, linewidths=1)
    _weeks(ground)
    for (line, width, marker), one in zip(STYLES, reversed(after.courses), strict=False):
        _course(ground, one, (line, width, marker))
    for one in reversed(after.courses):
        _name(ground, one)
    axes_frame.name_bands(ground, after.instrument)
    return figure


def _heading(after: AfterLastDose, theme: Theme) -> Heading:
    title = f"{after.instrument.short_title} after the last dose"
    style = {"marker": "o", "color": theme.score, "markersize": 6, "markeredgewidth": 1.4}
    keys = [
        LegendEntry("in response", {**style, "markerfacecolor": theme.response}),
        LegendEntry("not in response", style),
    ]
    if all(verdict.response is None for one in after.courses for verdict in one.verdicts):
        keys = []
    return Heading(title, legend.direction(after.instrument), tuple(keys))


def _ground(paper: Paper, after: AfterLastDose, bottom_in: float, height_in: float) -> PanelGround:
    starts = min(0.0, *(min(one.days) / 7 for one in after.courses), -WEEKS_BEFORE)
    ends = max(after.days_max / 7, 4.0)
    pad = PAD_IN * (ends - starts) / (paper.shape.data_in - 2 * PAD_IN)
    low, high = float(after.instrument.minimum), float(after.instrument.maximum)
    axes = paper.panel(bottom_in, height_in, (starts - pad, ends + pad), low, high)
    return PanelGround(paper, axes, bottom_in, height_in, low, high)


def _across_in(paper: Paper, axes: Axes, week: float) -> float:
    left, right = axes.get_xlim()
    return paper.shape.left_in + (week - left) / (right - left) * paper.shape.data_in


def _weeks(ground: PanelGround) -> None:
    """Write round weeks below, and what they count."""
    paper, axes = ground.paper, ground.axes
    small = paper.shape.small_pt
    left, right = axes.get_xlim()
    per_week = paper.shape.data_in / (right - left)
    room = text_width_in("000", small) + BETWEEN_IN
    step = next((s for s in STEPS_WEEKS if s * per_week >= room), STEPS_WEEKS[-1])
    top = ground.bottom_in - 0.05
    for week in range(0, int(right) + 1, step):
        style = {"ha": "center", "va": "top"}
        paper.write(_across_in(paper, axes, week), top, str(week), **style)
    words = "weeks after the last dose"
    paper.write(paper.shape.left_in, top - text_height_in(small) - 0.02, words, va="top")


def _course(ground: PanelGround, one: CourseAfter, style: tuple[object, float, str]) -> None:
    (line, width, marker), colour = style, ground.paper.theme.score
    name = f"course-{one.course.number}"
    found = [*points(one)]
    places = [(week, total) for week, total, _responding in found]
    joins = [*pairwise(places)]
    lines(
        ground.axes, f"{name}-joins", joins,
        colors=colour, linewidths=width, linestyles=[line], zorder=3,
    )  # fmt: skip
    inside = [(week, total) for week, total, responding in found if responding]
    outside = [(week, total) for week, total, responding in found if not responding]
    shared = {"marker": marker, "markersize": 6, "color": colour, "markeredgewidth": 1.4}
    shade = {"markerfacecolor": ground.paper.theme.response}
    marks(ground.axes, f"{name}-in-response", inside, **shared, **shade)
    marks(ground.axes, f"{name}-not-in-response", outside, **shared)
    inches = [_place_in(ground, place) for place in places]
    ground.writing.curves += [list(join) for join in pairwise(inches)]
    ground.writing.curves += [[(x - 0.05, y), (x + 0.05, y)] for x, y in inches]


def _place_in(ground: PanelGround, place: Point) -> Point:
    return _across_in(ground.paper, ground.axes, place[0]), ground.up_in(place[1])


def _name(ground: PanelGround, one: CourseAfter) -> None:
    """Name a course at the end of its line, with its last value."""
    week, total, _responding = [*points(one)][-1]
    course, small = one.course, ground.paper.shape.small_pt
    words = f"{number(one.verdicts[-1].score.total)}: course {course.number}, {course.first_at:%Y}"
    x, y = _place_in(ground, (week, total))
    width, height = text_width_in(words, small), text_height_in(small)
    corners = [
        (x + dx, y + dy)
        for far in range(1, 6)
        for dx, dy in (
            (CLEAR_IN, -height / 2),
            (-width / 2, CLEAR_IN * far),
            (-width / 2, -height - CLEAR_IN * far),
            (-width, CLEAR_IN * far),
            (-width, -height - CLEAR_IN * far),
        )
    ]
    gid = f"course-{course.number}-name"
    ground.writing.write(words, corners, color=ground.paper.theme.score, gid=gid)
