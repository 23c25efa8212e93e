"""The picture "What is left of the gain": each course against its own baseline, from its end on."""

from decimal import Decimal
from itertools import pairwise
from math import ceil

from matplotlib.figure import Figure

from tracker.charts import legend
from tracker.charts.layout import Paper, Point, lines, marks
from tracker.charts.legend import Heading, LegendEntry
from tracker.charts.style import Shape, Theme, text_height_in, text_width_in
from tracker.charts.writing import PanelGround
from tracker.domain.formatting import number, with_sign
from tracker.domain.outcomes.person.durability import CourseGain, Durability
from tracker.domain.scores.interpretation import reliable_size

TOP_IN, BOTTOM_IN, PAD_IN = 0.1, 0.08, 0.3
TALLER = 1.25  # of a scale's panel: its axis runs to both sides of the baseline
WEEKS_MIN, WEEKS_BEFORE = 4.0, 1.0
STEPS_WEEKS = (1, 2, 4, 8, 13, 26, 52)
BETWEEN_IN, CLEAR_IN, NUMBER_GAP_IN = 0.12, 0.07, 0.06
WORSE_SHARE = 1 / 3  # of the range stands beyond the baseline, where nobody was worse than that
# Of the courses, the latest first: it is the boldest. Line and mark tell them apart without colour.
STYLES = (
    ("-", 2.2, "o"),
    ((0, (5, 2)), 1.6, "s"),
    ((0, (1.2, 1.6)), 1.6, "^"),
    ((0, (6, 2, 1.5, 2)), 1.4, "D"),
    ((0, (2.5, 2.5)), 1.2, "v"),
)


def draw(found: Durability, *, shape: Shape, theme: Theme) -> Figure:
    """Draw the change from baseline over the weeks since the last dose of each course."""
    heading = _heading(found, theme)
    below_in = 2 * text_height_in(shape.small_pt) + 0.1 + BOTTOM_IN
    panel_in = shape.scale_in * TALLER
    total_in = TOP_IN + heading.height_in(shape) + panel_in + below_in
    figure = Figure(figsize=(shape.width_in, total_in), facecolor=theme.paper)
    paper = Paper(figure, shape, theme)
    legend.draw(paper, heading, total_in - TOP_IN)
    ground = _ground(paper, found, below_in, panel_in)
    _levels(ground, found)
    _weeks(ground)
    for style, one in zip(STYLES, reversed(found.courses), strict=False):
        _course(ground, one, style)
    for one in reversed(found.courses):
        _name(ground, one)
    return figure


def _heading(found: Durability, theme: Theme) -> Heading:
    title = f"{found.instrument.short_title}: change from baseline"
    style = {"marker": "o", "color": theme.score, "markersize": 6, "markeredgewidth": 1.4}
    keys = []
    if any(one.half_lost for one in found.courses):
        keys.append(
            LegendEntry("half of the gain or more gone", {**style, "markerfacecolor": theme.paper})
        )
    side = "below" if found.instrument.higher_is_worse else "above"
    return Heading(title, f"{side} the baseline is better", tuple(keys))


def _ends(found: Durability) -> tuple[float, float]:
    """Span the whole range of the scale to the better side, less of it to the worse one."""
    span = float(found.instrument.maximum - found.instrument.minimum)
    is_falling = found.instrument.higher_is_worse
    changes = [float(s.total - one.baseline.total) for one in found.courses for s in one.scores]
    beyond = max(changes) if is_falling else -min(changes)
    third = float(ceil(span * WORSE_SHARE))
    room = third if beyond <= third else span
    return (-span, room) if is_falling else (-room, span)


def _ground(paper: Paper, found: Durability, bottom_in: float, height_in: float) -> PanelGround:
    days = [one.day(score) for one in found.courses for score in one.scores]
    starts = min(-WEEKS_BEFORE, min(days) / 7)
    ends = max(max(days) / 7, WEEKS_MIN)
    pad = PAD_IN * (ends - starts) / (paper.shape.data_in - 2 * PAD_IN)
    low, high = _ends(found)
    axes = paper.panel(bottom_in, height_in, (starts - pad, ends + pad), low, high)
    return PanelGround(paper, axes, bottom_in, height_in, low, high)


def _across_in(ground: PanelGround, week: float) -> float:
    left, right = ground.axes.get_xlim()
    shape = ground.paper.shape
    return shape.left_in + (week - left) / (right - left) * shape.data_in


def _levels(ground: PanelGround, found: Durability) -> None:
    """Draw the baseline, the smallest real change on both sides, and the numbers of the axis."""
    left, right = ground.axes.get_xlim()
    theme, shape = ground.paper.theme, ground.paper.shape
    upright = [((0.0, ground.low), (0.0, ground.high))]
    lines(ground.axes, "last-dose", upright, colors=theme.ink, linewidths=1)
    lines(ground.axes, "baseline", [((left, 0.0), (right, 0.0))], colors=theme.ink, linewidths=1.2)
    size = reliable_size(found.instrument)
    real = [] if size is None else [float(-size), float(size)]
    real = [level for level in real if ground.low < level < ground.high]
    lines(
        ground.axes, "real-change", [((left, level), (right, level)) for level in real],
        colors=theme.ribbon_edge, linewidths=1, linestyles=[(0, (4, 3))],
    )  # fmt: skip
    across = shape.left_in - NUMBER_GAP_IN
    style = {"ha": "right", "va": "center_baseline"}
    for level in sorted({ground.low, ground.high}):
        ground.paper.write(across, ground.up_in(level), _with_sign(level), **style)
    ground.paper.write(across, ground.up_in(0.0), "0", **style)
    apart = text_height_in(shape.small_pt)
    for level in real:
        others = (ground.low, 0.0, ground.high)
        if min(abs(ground.up_in(level) - ground.up_in(other)) for other in others) > apart:
            ground.paper.write(across, ground.up_in(level), _with_sign(level), **style)
    _words(ground, real, found)


def _words(ground: PanelGround, real: list[float], found: Durability) -> None:
    """Say what the lines mean, beside them; a phone has no room, there the key and text do."""
    shape = ground.paper.shape
    if shape.inside:
        return
    left = shape.left_in + shape.data_in + 0.08
    ground.paper.write(left, ground.up_in(0.0), "baseline", va="center")
    for level in real:
        is_better = (level < 0) == found.instrument.higher_is_worse
        words = "real from here on" if is_better else "worse, and real"
        ground.paper.write(left, ground.up_in(level), words, va="center")


def _with_sign(level: float) -> str:
    return with_sign(Decimal(level))


def _weeks(ground: PanelGround) -> None:
    """Write round weeks below, and what they count."""
    paper, small = ground.paper, ground.paper.shape.small_pt
    left, right = ground.axes.get_xlim()
    per_week = paper.shape.data_in / (right - left)
    room = text_width_in("000", small) + BETWEEN_IN
    step = next((s for s in STEPS_WEEKS if s * per_week >= room), STEPS_WEEKS[-1])
    top = ground.bottom_in - 0.05
    for week in range(0, int(right) + 1, step):
        paper.write(_across_in(ground, week), top, str(week), ha="center", va="top")
    words = "weeks after the last dose"
    paper.write(paper.shape.left_in, top - text_height_in(small) - 0.02, words, va="top")


def _course(ground: PanelGround, one: CourseGain, style: tuple[object, float, str]) -> None:
    (line, width, marker), theme = style, ground.paper.theme
    places = _places(one)
    name = f"course-{one.course.number}"
    lines(
        ground.axes, f"{name}-joins", [*pairwise(places)],
        colors=theme.score, linewidths=width, linestyles=[line], zorder=3,
    )  # fmt: skip
    lost = None if one.half_lost is None else one.scores.index(one.half_lost)
    whole = [place for number, place in enumerate(places) if number != lost]
    shared = {"marker": marker, "markersize": 6, "color": theme.score, "markeredgewidth": 1.4}
    marks(ground.axes, name, whole, **shared)
    if lost is not None:
        hollow = {**shared, "markerfacecolor": theme.paper}
        marks(ground.axes, f"{name}-half-gone", [places[lost]], **hollow)
    inches = [_place_in(ground, place) for place in places]
    ground.writing.curves += [list(join) for join in pairwise(inches)]
    ground.writing.curves += [[(x - 0.05, y), (x + 0.05, y)] for x, y in inches]


def _places(one: CourseGain) -> list[Point]:
    return [(one.day(score) / 7, float(score.total - one.baseline.total)) for score in one.scores]


def _place_in(ground: PanelGround, place: Point) -> Point:
    return _across_in(ground, place[0]), ground.up_in(place[1])


def _name(ground: PanelGround, one: CourseGain) -> None:
    """Name a course at the end of its line, with its last change."""
    last = one.scores[-1]
    change, course = with_sign(last.total - one.baseline.total), one.course
    words = f"{change} ({number(last.total)}): course {course.number}, {course.first_at:%Y}"
    small = ground.paper.shape.small_pt
    x, y = _place_in(ground, _places(one)[-1])
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
