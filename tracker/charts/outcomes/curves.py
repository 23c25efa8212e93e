"""The picture of time to response and of how long it is kept: Kaplan-Meier with numbers at risk."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tracker.charts.layout import boxes, lines, marks
from tracker.charts.legend import LegendEntry
from tracker.charts.outcomes import sheet as sheets
from tracker.charts.outcomes.sheet import EDGE_IN, OutcomeShape, Sheet
from tracker.charts.style import Theme
from tracker.domain.outcomes.pictures.curves import WEEK, CurvePicture, CurvePoint

LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)
CENSORED_MAX = 120  # ticks for more days would be a second line


def draw(prepared: CurvePicture, *, shape: OutcomeShape, theme: Theme) -> Figure:
    """Draw the steps, their interval, who was lost from view, and who was still followed."""
    if prepared.missing:
        return sheets.say_what_is_missing(prepared, shape, theme)
    below_in = (4 if shape.is_narrow else 2) * shape.line_in + 0.22
    censored = [one for one in prepared.points if one.censored]
    keys = [
        LegendEntry(prepared.heading.lower(), {"color": theme.score, "linewidth": 2.2}),
        LegendEntry("95 % interval", {"facecolor": theme.ribbon, "edgecolor": theme.ribbon_edge}),
    ]
    if len(censored) <= CENSORED_MAX:
        keys.append(LegendEntry("followed no further", _tick_style(theme)))
    sheet = sheets.begin(prepared, shape, theme, shape.plot_in + below_in, keys)
    if shape.is_narrow:
        sheet = sheet.between(0.56, shape.width_in - shape.right_in)
    bottom_in = sheet.top_in - shape.plot_in
    last = max(prepared.last_day, WEEK)
    axes = sheet.panel(bottom_in, shape.plot_in, (0, last), 0, 1)
    sheets.grid(sheet, axes, LEVELS, "curve-grid")
    words = [(level, f"{level * 100:.0f} %") for level in LEVELS]
    sheets.write_beside(sheet, axes, bottom_in, shape.plot_in, words)
    _steps(axes, prepared, theme)
    if len(censored) <= CENSORED_MAX:
        points = [(float(one.day), one.share) for one in censored]
        marks(axes, "followed-no-further", points, **_tick_style(theme))
    _risk_table(sheet, axes, prepared, bottom_in)
    return sheet.figure


def _tick_style(theme: Theme) -> dict[str, Any]:
    return {"marker": "|", "markersize": 7, "color": theme.ink, "markeredgewidth": 0.9}


def _steps(axes: Axes, prepared: CurvePicture, theme: Theme) -> None:
    """Draw the curve and its interval from each step to the next."""
    start = 0.0 if prepared.rises else 1.0
    first = CurvePoint(0, start, (start, start), 0)
    points = [first, *prepared.points]
    ends = [*(float(one.day) for one in points[1:]), float(prepared.last_day)]
    reach = [
        (float(one.day), end, *one.ends)
        for one, end in zip(points, ends, strict=True)
        if end > one.day
    ]
    boxes(axes, "interval", reach, facecolor=theme.ribbon, zorder=2)
    edges = [
        [(x, value) for one, end in zip(points, ends, strict=True)
         for x, value in ((one.day, one.ends[side]), (end, one.ends[side]))]
        for side in (0, 1)
    ]  # fmt: skip
    lines(axes, "interval-ends", edges, colors=theme.ribbon_edge, linewidths=0.8, zorder=2)
    curve = [
        place
        for one, end in zip(points, ends, strict=True)
        for place in ((float(one.day), one.share), (end, one.share))
    ]
    lines(axes, "curve", [curve], colors=theme.score, linewidths=2.2, zorder=4)


def _risk_table(sheet: Sheet, axes: Axes, prepared: CurvePicture, bottom_in: float) -> None:
    shape, line = sheet.shape, sheet.shape.line_in
    top = bottom_in - 0.09
    weeks = [(one.week * WEEK, str(one.week)) for one in prepared.ticks]
    followed = [(one.week * WEEK, str(one.at_risk)) for one in prepared.ticks]
    sheets.write_below(sheet, axes, top, weeks)
    if shape.is_narrow:
        sheet.write(EDGE_IN, top - line - 0.01, prepared.since, va="top")
        sheet.write(EDGE_IN, top - 2 * line - 0.06, "still followed:", va="top")
        sheets.write_below(sheet, axes, top - 3 * line - 0.06, followed, "at-risk")
        return
    left = shape.left_in - 0.36
    sheet.write(left, top, "weeks", ha="right", va="top")
    sheet.write(left, top - line - 0.05, "still followed", ha="right", va="top")
    sheets.write_below(sheet, axes, top - line - 0.05, followed, "at-risk")
