"""The panel of blood pressure: systolic and diastolic as two curves with what lies between."""

import math
from itertools import pairwise

from matplotlib.collections import PolyCollection
from matplotlib.path import Path

from tracker.charts.layout import Point, lines
from tracker.charts.timelines import curves, limits, names
from tracker.charts.timelines.names import PanelName
from tracker.charts.timelines.panels import Ground, Panel
from tracker.charts.timelines.sizes import TimelineShape
from tracker.domain.clinic.reading_limits import DIASTOLIC, SYSTOLIC
from tracker.domain.timelines.extremes import highest_pressure
from tracker.domain.timelines.marks import PRESSURE
from tracker.domain.timelines.text import pressure
from tracker.domain.timelines.timeline import Timeline

HALVES = (SYSTOLIC, DIASTOLIC)
NAMED_MMHG = 20  # room above the highest pressure, which is written out
# As on the sheets of anaesthesia: a wedge downwards for the systolic, upwards for the diastolic.
WEDGES = {
    SYSTOLIC: Path([(-0.5, 0.9), (0, 0), (0.5, 0.9)]),
    DIASTOLIC: Path([(-0.5, -0.9), (0, 0), (0.5, -0.9)]),
}


def panel(timeline: Timeline, shape: TimelineShape) -> Panel | None:
    """Lay out the blood pressures; None where none was read."""
    if not timeline.pressures:
        return None
    return Panel(
        "pressure",
        PanelName(PRESSURE.label, PRESSURE.unit, f"{PRESSURE.highest}"),
        shape.pressure_in,
        span(timeline),
        lambda ground: _draw(ground, timeline),
        after_in=shape.between_in,
    )


def span(timeline: Timeline) -> Point:
    """Give the range of the axis: the usual one, in whole steps further for values beyond."""
    values = [value for name in HALVES for _point, value in timeline.values(name)]
    low, high, step = PRESSURE.lowest, PRESSURE.highest, PRESSURE.step
    below = math.ceil(max(0, low - min(values)) / step)
    above = math.ceil(max(0, max(values) + NAMED_MMHG - high) / step)
    return float(low - below * step), float(high + above * step)


def _draw(ground: Ground, timeline: Timeline) -> None:
    theme = ground.paper.theme
    levels = [float(n) for n in range(int(ground.low), int(ground.high) + 1, PRESSURE.step)]
    curves.grid(ground, "pressure", levels)
    bounds = (ground.bottom_in, ground.bottom_in + ground.height_in)
    names.numbers(ground.paper, [(ground.up_in(n), f"{n:.0f}") for n in levels], bounds)
    limits.draw(ground, "pressure", limits.with_line(timeline, HALVES))
    _between(ground, timeline)
    for name in HALVES:
        curves.curve(ground, timeline, name, marker=WEDGES[name], colour=theme.mood)
    curves.mark_beyond(ground, timeline, HALVES, "pressure")
    found = highest_pressure(timeline)
    if found is not None:
        highest = found[0]
        place = (highest.minute, float(highest.value(SYSTOLIC) or 0))
        side = curves.Side(alone=curves.is_alone(timeline, SYSTOLIC, highest.minute))
        curves.tell(ground, place, pressure(highest), "pressure", side)


def _between(ground: Ground, timeline: Timeline) -> None:
    """Fill what lies between the halves of neighbours; with few readings, tie each one's halves."""
    both = [
        (point.minute, float(upper), float(lower))
        for point in timeline.pressures
        if (upper := point.value(SYSTOLIC)) is not None
        and (lower := point.value(DIASTOLIC)) is not None
    ]
    parts = [
        [(a, a_low), (a, a_high), (b, b_high), (b, b_low)]
        for (a, a_high, a_low), (b, b_high, b_low) in pairwise(both)
        if b - a <= timeline.gap_minutes
    ]
    blue = ground.paper.theme.mood
    if parts:
        fill = PolyCollection(
            parts, gid="pressure-between", facecolor=blue, linewidth=0, alpha=0.14, zorder=1.2
        )
        ground.axes.add_collection(fill, autolim=False)
    ends = {minute for part in parts for minute, _value in part}
    few = len(both) <= curves.MARKS_MOST
    ties = [((m, low), (m, high)) for m, high, low in both if few or m not in ends]
    curves.keep_clear(ground, ties)
    lines(ground.axes, "pressures", ties, colors=blue, linewidths=1.0, zorder=2.5)
