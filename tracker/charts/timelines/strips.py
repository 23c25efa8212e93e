"""The strips of what is read in one number: heart rate, oxygen, breathing, pain and nausea."""

import math
from collections.abc import Iterator, Sequence

from tracker.charts.style import Theme
from tracker.charts.timelines import curves, limits, names
from tracker.charts.timelines.names import PanelName
from tracker.charts.timelines.panels import Ground, Panel
from tracker.charts.timelines.sizes import TimelineShape
from tracker.domain.formatting import lower_first
from tracker.domain.timelines.extremes import extreme
from tracker.domain.timelines.marks import SIGN_STRIPS, SYMPTOM_STRIP, Scale
from tracker.domain.timelines.timeline import Timeline

MARKERS = ("o", "D")
STYLES = ("solid", (0, (4, 1.6)))  # of the first and the second curve in one strip


def panels(
    timeline: Timeline, shape: TimelineShape, strips: Sequence[Sequence[Scale]]
) -> Iterator[Panel]:
    """Lay out the strips of which anything was read."""
    for strip in strips:
        there = [scale for scale in strip if timeline.values(scale.name)]
        if there:
            yield _panel(timeline, shape, there)


def signs(timeline: Timeline, shape: TimelineShape) -> Iterator[Panel]:
    """Lay out the vital signs, one strip each."""
    return panels(timeline, shape, SIGN_STRIPS)


def symptoms(timeline: Timeline, shape: TimelineShape) -> Iterator[Panel]:
    """Lay out what runs from none to worst, in one strip."""
    return panels(timeline, shape, (SYMPTOM_STRIP,))


def _panel(timeline: Timeline, shape: TimelineShape, scales: Sequence[Scale]) -> Panel:
    title = " and ".join([scales[0].label, *(lower_first(one.label) for one in scales[1:])])
    return Panel(
        scales[0].name,
        PanelName(title, scales[0].direction, f"{scales[0].highest}"),
        shape.strip_in,
        span(timeline, scales[0]),
        lambda ground: _draw(ground, timeline, scales),
        after_in=shape.between_in,
    )


def span(timeline: Timeline, scale: Scale) -> tuple[float, float]:
    """Give the range of an axis: that of the scale, in whole steps further for values beyond."""
    values = [value for _point, value in timeline.values(scale.name)]
    low, high, step = scale.lowest, scale.highest, scale.step
    below = math.ceil((low - min([low, *values])) / step)
    above = math.ceil((max([high, *values]) - high) / step)
    return float(low - below * step), float(high + above * step)


def _draw(ground: Ground, timeline: Timeline, scales: Sequence[Scale]) -> None:
    axis(ground, scales[0].name)
    drawn = limits.with_line(timeline, [scale.name for scale in scales])
    limits.draw(ground, scales[0].name, drawn)
    for scale, marker, style in zip(scales, MARKERS, STYLES, strict=False):
        colour = colour_of(scale, ground.paper.theme)
        curves.curve(ground, timeline, scale.name, marker=marker, colour=colour, linestyles=[style])
        curves.mark_beyond(ground, timeline, [scale.name], scale.name)
    if len(scales) > 1:
        _name_ends(ground, timeline, scales)
    for scale in scales:
        told = extreme(timeline, scale)
        if told is not None:
            minute, value = told
            side = curves.Side(
                upwards=not scale.tells_lowest, alone=curves.is_alone(timeline, scale.name, minute)
            )
            curves.tell(ground, (minute, float(value)), str(value), scale.name, side)


def axis(ground: Ground, gid: str) -> None:
    """Draw the ends of an axis that fills its panel, with their numbers."""
    draw_ends(ground, gid, (ground.low, ground.high))


def draw_ends(ground: Ground, gid: str, ends: tuple[float, float]) -> None:
    """Draw the ends of an axis with their numbers."""
    curves.grid(ground, gid, ends)
    bounds = (ground.bottom_in, ground.bottom_in + ground.height_in)
    names.numbers(ground.paper, [(ground.up_in(end), f"{end:.0f}") for end in ends], bounds)


def colour_of(scale: Scale, theme: Theme) -> str:
    """Give the colour of a curve."""
    return theme.pain if scale in SYMPTOM_STRIP else theme.score


def _name_ends(ground: Ground, timeline: Timeline, scales: Sequence[Scale]) -> None:
    """Name the curves of one strip at their right ends."""
    last = [(timeline.values(scale.name)[-1][1], lower_first(scale.label)) for scale in scales]
    limits.write_right(ground, last)
