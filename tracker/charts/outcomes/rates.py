"""The picture of response and remission: bars with intervals, published series as open diamonds."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tracker.charts.layout import boxes, lines, marks
from tracker.charts.legend import LegendEntry
from tracker.charts.outcomes import sheet as sheets
from tracker.charts.outcomes.sheet import EDGE_IN, OutcomeShape, Sheet
from tracker.charts.style import Theme, mix
from tracker.domain.outcomes.pictures import rates
from tracker.domain.outcomes.pictures.rates import RateGroup, RateRow, RatesPicture

HEAD_IN, BAR_IN = 0.34, 0.13
LEFT_IN, RIGHT_IN = 3.15, 7.35
LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)


def draw(prepared: RatesPicture, *, shape: OutcomeShape, theme: Theme) -> Figure:
    """Draw a row a share on one axis from 0 to 100 %."""
    if prepared.missing:
        return sheets.say_what_is_missing(prepared, shape, theme)
    heights = [
        HEAD_IN + sum(_row_in(row, shape) for row in group.rows) for group in prepared.groups
    ]
    below_in = shape.line_in + 0.08
    sheet = sheets.begin(prepared, shape, theme, sum(heights) + below_in, _keys(theme))
    narrow = shape.is_narrow
    ends = (EDGE_IN + 0.05, shape.width_in - 0.3) if narrow else (LEFT_IN, RIGHT_IN)
    sheet = sheet.between(*ends)
    height_in = sum(heights)
    bottom_in = sheet.top_in - height_in
    axes = sheet.panel(bottom_in, height_in, (0, 1), 0, height_in)
    if not narrow:
        upright = [((x, 0), (x, height_in)) for x in LEVELS]
        lines(axes, "rates-grid", upright, colors=theme.grid, linewidths=0.7, clip_on=False)
    top = height_in
    for group, height in zip(prepared.groups, heights, strict=True):
        _group(sheet, axes, group, (bottom_in, top))
        top -= height
    words = [(x, f"{x * 100:.0f}{' %' if x == 1 else ''}") for x in LEVELS]
    sheets.write_below(sheet, axes, bottom_in - 0.05, words)
    return sheet.figure


def _row_in(row: RateRow, shape: OutcomeShape) -> float:
    """Give the height of a row; a published one has its words on one line."""
    if not shape.is_narrow:
        return 0.27
    return (1 if row.is_published else 2) * shape.line_in + BAR_IN + 0.13


def _keys(theme: Theme) -> tuple[LegendEntry, ...]:
    return (
        LegendEntry("this clinic", {"facecolor": _bar(theme)}),
        LegendEntry("95 % interval", {"color": theme.ink, "linewidth": 1.6}),
        LegendEntry("published", _diamond(theme)),
    )


def _bar(theme: Theme) -> str:
    return mix(theme.paper, theme.mood, 0.55)


def _diamond(theme: Theme) -> dict[str, Any]:
    edge = {"color": theme.pain, "markeredgewidth": 1.5}
    return {"marker": "D", "markersize": 6, "markerfacecolor": theme.paper, **edge}


def _group(sheet: Sheet, axes: Axes, group: RateGroup, place: tuple[float, float]) -> None:
    """Draw a result; `place` is the panel's lower edge, and the group's upper one."""
    bottom_in, top = place
    heights = [_row_in(row, sheet.shape) for row in group.rows]
    style = {"weight": "bold", "color": sheet.theme.ink, "va": "top"}
    sheet.write(EDGE_IN, bottom_in + top - 0.12, group.label, **style)
    if sheet.shape.is_narrow:
        edge = top - HEAD_IN - sum(heights)
        upright = [((x, edge + 0.02), (x, top - HEAD_IN)) for x in LEVELS]
        lines(axes, f"rates-grid-{group.label}", upright, colors=sheet.theme.grid, linewidths=0.5)
    for number, (row, row_in) in enumerate(zip(group.rows, heights, strict=True)):
        upper = top - HEAD_IN - sum(heights[:number])
        _row(sheet, axes, row, (bottom_in, upper, row_in), f"{group.label}-{number}")


def _row(
    sheet: Sheet, axes: Axes, row: RateRow, place: tuple[float, float, float], gid: str
) -> None:
    (bottom_in, upper, row_in), theme, shape = place, sheet.theme, sheet.shape
    middle = upper - row_in + BAR_IN / 2 + 0.06 if shape.is_narrow else upper - row_in / 2
    if row.share is not None and row.is_published:
        marks(axes, f"published-{gid}", [(row.share, middle)], **_diamond(theme))
    elif row.share is not None:
        bar = [(0, row.share, middle - BAR_IN / 2, middle + BAR_IN / 2)]
        boxes(axes, f"bar-{gid}", bar, facecolor=_bar(theme))
    if row.ends is not None:
        reach = [((row.ends[0], middle), (row.ends[1], middle))]
        ticks = [((x, middle - 0.045), (x, middle + 0.045)) for x in row.ends]
        style = {"colors": theme.ink, "linewidths": 1.6, "zorder": 3}
        lines(axes, f"interval-{gid}", [*reach, *ticks], **style)
    ink, words = {"color": theme.ink}, rates.words(row)
    if shape.is_narrow:
        ground = {"facecolor": theme.paper, "edgecolor": "none", "pad": 0.6}
        told = f"{row.n}: {words}"
        label = f"{row.label}, {told}" if row.is_published else row.label
        sheet.write(EDGE_IN, bottom_in + upper, label, va="top", bbox=ground, **ink)
        if row.is_published:
            return
        sheet.write(EDGE_IN, bottom_in + upper - shape.line_in, told, va="top", bbox=ground)
        return
    up = bottom_in + middle
    sheet.write(EDGE_IN + 0.12, up, row.label, va="center_baseline", **ink)
    sheet.write(LEFT_IN - 0.1, up, row.n, ha="right", va="center_baseline")
    sheet.write(RIGHT_IN + 0.14, up, words, va="center_baseline", **ink)
