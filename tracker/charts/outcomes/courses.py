"""The picture of every course: thin lines, with the mean and the middle half over them."""

from collections.abc import Sequence
from typing import Any

from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from tracker.charts import axes_frame
from tracker.charts.layout import marks
from tracker.charts.legend import LegendEntry
from tracker.charts.outcomes import sheet as sheets
from tracker.charts.outcomes.sheet import EDGE_IN, OutcomeShape, Sheet
from tracker.charts.style import Theme, text_width_in
from tracker.charts.writing import PanelGround
from tracker.domain.instruments.model import Instrument
from tracker.domain.outcomes.pictures.courses import CoursesPicture, ThinLines, WeekSpread

PAD_WEEKS = 0.4
LEAST_WEEKS = 4
STEPS_WEEKS = (1, 2, 4, 8, 13, 26)
# Of many lines each is drawn so lightly that where a twentieth of them meet the paper is full.
FULL_SHARE = 20.0
LIGHTEST, DARKEST = 0.05, 0.85
VECTORS_MAX = 400  # more stretches are drawn by dots: an SVG of 10,000 of them has a megabyte
ALONE_MAX = 20  # totals without a line to the next, beyond which their marks are left out
DASHES = (0, (3, 2))


def draw(prepared: CoursesPicture, *, shape: OutcomeShape, theme: Theme) -> Figure:
    """Draw the courses over the weeks since their first dose."""
    if prepared.missing:
        return sheets.say_what_is_missing(prepared, shape, theme)
    below_in = 4 * shape.line_in + 0.16 if shape.is_narrow else 2 * shape.line_in + 0.14
    found = prepared.lines
    sheet = sheets.begin(prepared, shape, theme, shape.plot_in + below_in, keys(theme, [found]))
    bottom_in = sheet.top_in - shape.plot_in
    ground = panel(sheet, (bottom_in, shape.plot_in), prepared.scale, weeks_max([found]))
    if not shape.is_narrow:
        axes_frame.name_bands(ground, prepared.scale)
    draw_lines(ground, found)
    write_weeks(sheet, ground, found.weeks)
    return sheet.figure


def keys(theme: Theme, drawn: Sequence[ThinLines]) -> tuple[LegendEntry, ...]:
    """Name the lines that are there."""
    mean = {"color": theme.score, "linewidth": 2.2}
    half = {"color": theme.score, "linewidth": 1.3, "linestyle": DASHES}
    is_told = any(one.middle for found in drawn for one in found.weeks)
    return (
        LegendEntry("one course", {"color": theme.muted, "linewidth": 0.8}),
        *(
            (LegendEntry("mean", mean), LegendEntry("middle half of the courses", half))
            if is_told
            else ()
        ),
    )


def weeks_max(drawn: Sequence[ThinLines]) -> int:
    """Give the last week of an axis."""
    return max(LEAST_WEEKS, *(one.week for found in drawn for one in found.weeks))


def panel(sheet: Sheet, place: tuple[float, float], scale: Instrument, last: int) -> PanelGround:
    """Lay out a panel over the whole scale, at a lower edge and with a height."""
    low, high = float(scale.minimum), float(scale.maximum)
    axes = sheet.panel(*place, (-PAD_WEEKS, last + PAD_WEEKS), low, high)
    ground = PanelGround(sheet, axes, *place, low, high)
    axes_frame.draw(ground, scale, scale.code)
    return ground


def draw_lines(ground: PanelGround, found: ThinLines) -> None:
    """Draw the courses, then their mean and middle half on top."""
    axes, theme = ground.axes, ground.paper.theme
    one = min(DARKEST, FULL_SHARE / found.n)
    red, green, blue, _ = to_rgba(theme.muted)
    colours = [
        (red, green, blue, max(LIGHTEST, 1 - (1 - one) ** stretch.n)) for stretch in found.stretches
    ]
    segments = [((s.week, s.total), (s.next_week, s.next_total)) for s in found.stretches]
    if segments:
        dotted = len(segments) > VECTORS_MAX
        thin = LineCollection(
            segments, gid="courses", colors=colours, linewidths=0.8, zorder=2, rasterized=dotted
        )
        axes.add_collection(thin, autolim=False)
    if len(found.alone) <= ALONE_MAX and len(segments) <= VECTORS_MAX:
        style = {"marker": ".", "markersize": 4, "color": theme.muted}
        marks(axes, "courses-alone", [*found.alone], zorder=2, **style)
    _over(ground, "mean", [(w.week, w.mean) for w in found.weeks if w.mean is not None], width=2.2)
    spread = [week for week in found.weeks if week.middle]
    for place, gid in enumerate(("lower-quarter", "upper-quarter")):
        ends = [(week.week, week.middle[place]) for week in spread if week.middle]
        _over(ground, gid, ends, width=1.3, linestyle=DASHES)


def _over(
    ground: PanelGround, gid: str, points: list[tuple[int, float]], *, width: float, **style: Any
) -> None:
    """Draw a line that stays visible upon thousands: with an edge of paper around it."""
    if not points:
        return
    xs, ys = zip(*points, strict=True)
    theme = ground.paper.theme
    edge: dict[str, Any] = {"color": theme.paper, "linewidth": width + 2, "alpha": 0.75}
    ground.axes.add_artist(Line2D(xs, ys, zorder=4, **edge))
    single = {"marker": "o", "markersize": 5} if len(points) == 1 else {}
    line: dict[str, Any] = {"color": theme.score, "linewidth": width, **single, **style}
    ground.axes.add_artist(Line2D(xs, ys, gid=gid, zorder=5, clip_on=False, **line))


def week_step(sheet: Sheet, ground: PanelGround, widest: str) -> int:
    """Choose the weeks to name: the smallest step that has room."""
    left, right = ground.axes.get_xlim()
    per_week = sheet.shape.data_in / (right - left)
    room = text_width_in(widest, sheet.shape.small_pt) + 0.12
    return next((step for step in STEPS_WEEKS if step * per_week >= room), STEPS_WEEKS[-1])


def write_weeks(sheet: Sheet, ground: PanelGround, weeks: Sequence[WeekSpread]) -> None:
    """Write the weeks below, and how many courses have a score in each."""
    shape, counts = sheet.shape, {one.week: one.n for one in weeks}
    widest = max((str(n) for n in counts.values()), key=len)
    step = week_step(sheet, ground, widest)
    named = [*range(0, int(ground.axes.get_xlim()[1]) + 1, step)]
    line, top = shape.line_in, ground.bottom_in - 0.05
    sheets.write_below(sheet, ground.axes, top, [(week, str(week)) for week in named])
    numbers = [(week, str(counts.get(week, 0))) for week in named]
    axis, of_whom = "weeks after the first dose", "courses with a score"
    if shape.is_narrow:
        sheet.write(EDGE_IN, top - line - 0.01, axis, va="top")
        sheet.write(EDGE_IN, top - 2 * line - 0.05, f"{of_whom}:", va="top")
        sheets.write_below(sheet, ground.axes, top - 3 * line - 0.05, numbers, "week-counts")
        return
    left = shape.left_in - 0.36
    sheet.write(left, top, axis.removesuffix(" after the first dose"), ha="right", va="top")
    sheet.write(left, top - line - 0.03, of_whom.removeprefix("courses "), ha="right", va="top")
    sheets.write_below(sheet, ground.axes, top - line - 0.03, numbers, "week-counts")
