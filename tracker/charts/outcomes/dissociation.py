"""The picture of minutes of dissociation against change: a dot a course, means of groups."""

from math import ceil, floor
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tracker.charts.layout import lines, marks
from tracker.charts.legend import LegendEntry
from tracker.charts.outcomes import sheet as sheets
from tracker.charts.outcomes.sheet import OutcomeShape, Sheet
from tracker.charts.style import Theme
from tracker.domain.formatting import number
from tracker.domain.outcomes.pictures.dissociation import DissociationPicture
from tracker.domain.outcomes.text import tenths

PHONE_DOT = 0.7  # as large there
# From so many courses in one place on, a dot of so many points.
SIZES = ((1, 3.0), (3, 4.5), (10, 6.0), (30, 8.0))
LEAST_MINUTES = 60
PAD_MINUTES = 4


def draw(prepared: DissociationPicture, *, shape: OutcomeShape, theme: Theme) -> Figure:
    """Draw the courses; a change below the line of none is a fall of the scale."""
    if prepared.missing:
        return sheets.say_what_is_missing(prepared, shape, theme)
    below_in = 2 * shape.line_in + 0.12
    most = max(dot.n for dot in prepared.dots)
    dot = PHONE_DOT if shape.is_narrow else 1.0
    shown = [(n, size * dot) for n, size in SIZES if n <= most]
    keys = [
        LegendEntry("1 course" if n == 1 else f"{n} or more", _dot(theme, size))
        for n, size in shown
    ]
    if prepared.groups:
        keys.append(LegendEntry("mean of a group", {"color": theme.score, "linewidth": 3}))
    sheet = sheets.begin(prepared, shape, theme, shape.plot_in + below_in, keys)
    sheet = sheet.between(0.5, shape.width_in - (0.12 if shape.is_narrow else 0.4))
    bottom_in = sheet.top_in - shape.plot_in
    changes = [dot.change for dot in prepared.dots]
    low, high = min([0.0, *changes]), max([0.0, *changes])
    step = sheets.round_step(max(high - low, 1), 8)
    low, high = floor((low - 0.5) / step) * step, ceil((high + 0.5) / step) * step
    last = max(LEAST_MINUTES, *(dot.minutes for dot in prepared.dots)) + PAD_MINUTES
    axes = sheet.panel(bottom_in, shape.plot_in, (-PAD_MINUTES, last), low, high)
    levels = range(int(low), int(high) + 1, step)
    sheets.grid(sheet, axes, levels, "change-grid")
    words = [(level, f"+{level}" if level > 0 else number(level)) for level in levels]
    sheets.write_beside(sheet, axes, bottom_in, shape.plot_in, words)
    zero = [((-PAD_MINUTES, 0), (last, 0))]
    lines(axes, "no-change", zero, colors=theme.ink, linewidths=1.1)
    for place, (n, size) in enumerate(shown):
        below = shown[place + 1][0] if place + 1 < len(shown) else most + 1
        dots = [(dot.minutes, dot.change) for dot in prepared.dots if n <= dot.n < below]
        marks(axes, f"dots-{n}", dots, **_dot(theme, size))
    _groups(sheet, axes, prepared, last)
    minutes = range(0, int(last), 30 if last < 240 else 60)
    sheets.write_below(sheet, axes, bottom_in - 0.05, [(one, str(one)) for one in minutes])
    words_below = "minutes of dissociation a session, mean of the course"
    if shape.is_narrow:
        words_below = "minutes a session, mean of the course"
    left = sheet.shape.left_in
    sheet.write(left, bottom_in - 0.05 - shape.line_in, words_below, va="top")
    return sheet.figure


def _dot(theme: Theme, size: float) -> dict[str, Any]:
    edge = {"color": theme.muted, "markeredgewidth": 0.9}
    return {"marker": "o", "markersize": size, "markerfacecolor": theme.paper, **edge}


def _groups(sheet: Sheet, axes: Axes, prepared: DissociationPicture, last: float) -> None:
    """Draw the mean of each group over its minutes, and tell it."""
    theme = sheet.theme
    ends = [(one, one.low, min(one.high or last, last)) for one in prepared.groups]
    means = [((low + 1, one.mean), (high - 1, one.mean)) for one, low, high in ends]
    lines(axes, "group-edges", means, colors=theme.paper, linewidths=5.5, zorder=5)
    lines(axes, "group-means", means, colors=theme.score, linewidths=3, zorder=6)
    low_y, high_y = axes.get_ylim()
    ground = {"facecolor": theme.paper, "edgecolor": "none", "pad": 0.8, "alpha": 0.85}
    for one, low, high in ends:
        middle = sheets.across_in(sheet, axes, (low + high) / 2)
        bottom = sheet.top_in - sheet.shape.plot_in
        up = bottom + (one.mean - low_y) / (high_y - low_y) * sheet.shape.plot_in + 0.06
        style = {"ha": "center", "va": "bottom", "color": theme.ink, "weight": "bold"}
        sheet.write(middle, up, tenths(one.mean), bbox=ground, zorder=7, **style)
