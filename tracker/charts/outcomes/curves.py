"""The picture of time to response and of how long it is kept: Kaplan-Meier with numbers at risk."""

from math import ceil
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tracker.charts.layout import boxes, lines, marks
from tracker.charts.legend import LegendEntry
from tracker.charts.outcomes import sheet as sheets
from tracker.charts.outcomes.sheet import EDGE_IN, OutcomeShape, Sheet
from tracker.charts.style import Theme, text_width_in
from tracker.domain.outcomes.pictures.curves import WEEK, CurvePicture, CurvePoint

LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)
DASHES = (0, (3, 2))
BETWEEN_IN = 0.12  # two numbers below the axis
CENSORED_MAX = 120  # ticks for more days would be a second line


def draw(prepared: CurvePicture, *, shape: OutcomeShape, theme: Theme) -> Figure:
    """Draw the steps, their interval, who was lost from view, and who was still followed."""
    if prepared.missing:
        return sheets.say_what_is_missing(prepared, shape, theme)
    below_in = (4 if shape.is_narrow else 2) * shape.line_in + 0.22
    censored = [one for one in prepared.points if one.censored]
    keys = []
    if prepared.sure_until:
        ribbon = {"facecolor": theme.ribbon, "edgecolor": theme.ribbon_edge}
        line = {"color": theme.score, "linewidth": 2.2}
        keys += [LegendEntry(prepared.heading.lower(), line), LegendEntry("95 % interval", ribbon)]
    if prepared.sure_until < prepared.last_day:
        keys.append(LegendEntry(f"fewer than {prepared.people_min} followed", _thin(theme)))
    if len(censored) <= CENSORED_MAX:
        keys.append(LegendEntry("followed no further", _tick_style(theme)))
    sheet = sheets.begin(prepared, shape, theme, shape.plot_in + below_in, keys)
    if shape.is_narrow:
        sheet = sheet.between(0.56, shape.width_in - 0.26)
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


def _thin(theme: Theme) -> dict[str, Any]:
    return {"color": theme.score, "linewidth": 1.2, "linestyle": DASHES}


def _steps(axes: Axes, prepared: CurvePicture, theme: Theme) -> None:
    """Draw the curve and its interval from each step to the next; of few a broken line alone."""
    start = 0.0 if prepared.rises else 1.0
    points = [CurvePoint(0, start, (start, start), 0), *prepared.points]
    ends = [*(float(one.day) for one in points[1:]), float(prepared.last_day)]
    spans = list(zip(points, ends, strict=True))
    sure = [(one, end) for one, end in spans if one.day < prepared.sure_until]
    reach = [(float(one.day), end, *one.ends) for one, end in sure if end > one.day]
    boxes(axes, "interval", reach, facecolor=theme.ribbon, zorder=2)
    edges = [
        [place for one, end in sure for place in _level(one, end, one.ends[side])]
        for side in (0, 1)
    ]
    if sure:
        lines(axes, "interval-ends", edges, colors=theme.ribbon_edge, linewidths=0.8, zorder=2)
    curve = [place for one, end in sure for place in _level(one, end, one.share)]
    few = [place for one, end in spans[len(sure) :] for place in _level(one, end, one.share)]
    if curve:
        lines(axes, "curve", [curve], colors=theme.score, linewidths=2.2, zorder=4)
    style = {"colors": theme.score, "linewidths": 1.2, "linestyles": [DASHES], "zorder": 4}
    lines(axes, "curve-of-few", [[*curve[-1:], *few]], **style)


def _level(one: CurvePoint, end: float, level: float) -> list[tuple[float, float]]:
    return [(float(one.day), level), (end, level)]


def _risk_table(sheet: Sheet, axes: Axes, prepared: CurvePicture, bottom_in: float) -> None:
    shape, line = sheet.shape, sheet.shape.line_in
    top = bottom_in - 0.09
    widest = max((str(one.at_risk) for one in prepared.ticks), key=len)
    left, right = axes.get_xlim()
    each_in = WEEK * prepared.weeks_step / (right - left) * shape.data_in
    every = ceil((text_width_in(widest, shape.small_pt) + BETWEEN_IN) / each_in)
    shown = prepared.ticks[::every]
    weeks = [(one.week * WEEK, str(one.week)) for one in shown]
    followed = [(one.week * WEEK, str(one.at_risk)) for one in shown]
    sheets.write_below(sheet, axes, top, weeks)
    if shape.is_narrow:
        sheet.write(EDGE_IN, top - line - 0.01, prepared.since, va="top")
        sheet.write(EDGE_IN, top - 2 * line - 0.06, "still followed:", va="top")
        sheets.write_below(sheet, axes, top - 3 * line - 0.06, followed, "at-risk")
        return
    beside = shape.left_in - 0.36
    sheet.write(beside, top, "weeks", ha="right", va="top")
    sheet.write(beside, top - line - 0.05, "still followed", ha="right", va="top")
    sheets.write_below(sheet, axes, top - line - 0.05, followed, "at-risk")
