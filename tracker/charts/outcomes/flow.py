"""The picture of the flow: a bar a step, and what each step leaves out as an open stretch."""

from matplotlib.figure import Figure

from tracker.charts.layout import boxes
from tracker.charts.legend import LegendEntry
from tracker.charts.outcomes import sheet as sheets
from tracker.charts.outcomes.sheet import EDGE_IN, OutcomeShape, Sheet
from tracker.charts.style import Theme, text_width_in
from tracker.domain.outcomes.pictures.flow import FlowPicture, FlowStep

ROW_IN, BAR_IN = 0.31, 0.17
BETWEEN_IN = 0.2  # from the steps to the results
LABELS_IN, COUNTS_IN, BARS_END_IN = 2.25, 2.85, 6.4
PHONE_BAR_IN = 0.13


def draw(prepared: FlowPicture, *, shape: OutcomeShape, theme: Theme) -> Figure:
    """Draw the steps from the top down, all bars on one scale from nobody to all treated."""
    if prepared.missing:
        return sheets.say_what_is_missing(prepared, shape, theme)
    rows = [*prepared.steps, *prepared.results]
    heights = [_height(one, shape) for one in rows]
    keys = (
        LegendEntry("counted on", {"facecolor": theme.muted}),
        LegendEntry("left out", {"facecolor": theme.paper, "edgecolor": theme.muted}),
        LegendEntry("result", {"facecolor": theme.mood}),
    )
    sheet = sheets.begin(prepared, shape, theme, sum(heights) + BETWEEN_IN, keys)
    narrow = shape.is_narrow
    ends = (EDGE_IN, shape.width_in - EDGE_IN) if narrow else (COUNTS_IN + 0.1, BARS_END_IN)
    sheet = sheet.between(*ends)
    top, before = sheet.top_in, prepared.steps[0].count
    for place, (one, height) in enumerate(zip(rows, heights, strict=True)):
        is_result = place >= len(prepared.steps)
        if place == len(prepared.steps):
            top -= BETWEEN_IN
        previous = one.count if is_result else before
        _row(sheet, one, (top, previous, prepared.steps[0].count), is_result=is_result)
        top, before = top - height, before if is_result else one.count
    return sheet.figure


def _height(one: FlowStep, shape: OutcomeShape) -> float:
    if not shape.is_narrow:
        return ROW_IN
    lines = 2 if one.left_out else 1
    return lines * shape.line_in + PHONE_BAR_IN + 0.14


def _row(sheet: Sheet, one: FlowStep, at: tuple[float, int, int], *, is_result: bool) -> None:
    """Draw one step; `at` is its upper edge, the count of the step before, and of all."""
    (top, before, treated), shape, theme = at, sheet.shape, sheet.theme
    bar_in = PHONE_BAR_IN if shape.is_narrow else BAR_IN
    down = shape.line_in + 0.03 if shape.is_narrow else (ROW_IN - BAR_IN) / 2
    bottom = top - down - bar_in
    axes = sheet.panel(bottom, bar_in, (0, max(treated, 1)), 0, 1)
    colour = theme.mood if is_result else theme.muted
    gid = f"flow-{one.label}"
    open_stretch = [(one.count, before, 0, 1)] if before > one.count else []
    boxes(
        axes, f"{gid}-left-out", open_stretch,
        facecolor=theme.paper, edgecolor=theme.muted, linewidth=0.8, clip_on=False,
    )  # fmt: skip
    boxes(axes, gid, [(0, one.count, 0, 1)], facecolor=colour, clip_on=False)
    ink = {"color": theme.ink}
    if shape.is_narrow:
        sheet.write(EDGE_IN, top, one.label, va="top", **ink)
        right = shape.width_in - EDGE_IN
        sheet.write(right, top, str(one.count), ha="right", va="top", weight="bold", **ink)
        if one.left_out:
            sheet.write(EDGE_IN, bottom - 0.03, _why(one), va="top")
        return
    middle = {"va": "center_baseline"}
    up = bottom + bar_in / 2
    sheet.write(LABELS_IN, up, one.label, ha="right", **middle, **ink)
    sheet.write(COUNTS_IN, up, str(one.count), ha="right", weight="bold", **middle, **ink)
    if one.left_out:
        end = sheets.across_in(sheet, axes, before) + 0.1
        room = shape.width_in - EDGE_IN - text_width_in(_why(one), shape.small_pt)
        sheet.write(min(end, room), up, _why(one), **middle)


def _why(one: FlowStep) -> str:
    return f"{one.left_out} {one.why}"
