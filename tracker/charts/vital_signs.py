"""The panels of what was read: blood pressure as ranges, every other value as points."""

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Any

from matplotlib.axes import Axes

from tracker.charts.layout import Point, lines, marks
from tracker.charts.legend import Heading, LegendEntry
from tracker.charts.minutes import MinutePaper
from tracker.charts.style import POINTS_PER_INCH, Shape, Theme, text_height_in, text_width_in
from tracker.domain.clinic.reading_limits import DIASTOLIC, SYSTOLIC, Limit
from tracker.domain.live.entries import Mark
from tracker.domain.measures import HEART_RATE, RESPIRATORY_RATE, SPO2
from tracker.domain.timelines.marks import PRESSURE, ReadingPoint, Scale
from tracker.domain.timelines.text import pressure
from tracker.domain.timelines.timeline import Timeline

DASHES = {"linestyle": (0, (6, 3)), "linewidth": 1.2}
DOTS = {"linestyle": (0, (1.2, 1.8)), "linewidth": 1.5}
MARKERS = {
    HEART_RATE.name: "o", SPO2.name: "s", RESPIRATORY_RATE.name: "D", "sedation": "s",
    "dissociation": "o", "pain": "D", "nausea": "p",
}  # fmt: skip
SIZE_MIN_PT, SIZE_MAX_PT = 2.8, 5.5
NAMED_MMHG = 20
LIFT_PT = 5  # of a value from its mark
ROW_IN = 0.2  # the course of dissociation, below its values


def heading(timeline: Timeline, scale: Scale, theme: Theme) -> Heading:
    """Name a panel, its unit or direction, its limits and the marks that need words."""
    keys = _limit_keys(timeline, scale, theme)
    passed = [limit for point in timeline.readings for limit in point.passed]
    sides = {limit.is_upper for limit in passed if is_shown(limit, scale)}
    for is_upper, marker, words in ((True, "^", "above a limit"), (False, "v", "below a limit")):
        if is_upper in sides:
            keys.append(LegendEntry(words, {**_beyond(theme), "marker": marker, "markersize": 6}))
    if scale.name == "dissociation":
        keys += _course_keys(timeline, theme)
    return Heading(scale.label, scale.direction, tuple(keys))


def _course_keys(timeline: Timeline, theme: Theme) -> list[LegendEntry]:
    keys = []
    for mark, words, style in _course(theme):
        found = timeline.mark(mark)
        if found is not None:
            measured = mark is Mark.PEAK and found.strength is not None
            strength = f" {found.strength}" if measured else ""
            keys.append(LegendEntry(words + strength, {**style, "markersize": 6}))
    return keys


def _limit_keys(timeline: Timeline, scale: Scale, theme: Theme) -> list[LegendEntry]:
    by_source: dict[tuple[bool, str], list[int]] = {}
    for limit in limits(timeline, scale):
        source = limit.source.partition(";")[0].partition(":")[0]
        by_source.setdefault((limit.is_strict, source), []).append(limit.value)
    both = "/" if scale is PRESSURE else "\u2013"
    return [
        LegendEntry(
            f"{both.join(map(str, values if scale is PRESSURE else sorted(values)))} {source}",
            {**(DOTS if hold else DASHES), "color": theme.ink},
        )
        for (hold, source), values in by_source.items()
    ]


def is_shown(limit: Limit, scale: Scale) -> bool:
    """Say whether a limit belongs to a panel; that of pressures has both."""
    names = (SYSTOLIC, DIASTOLIC) if scale is PRESSURE else (scale.name,)
    return limit.name in names


def limits(timeline: Timeline, scale: Scale) -> list[Limit]:
    """List the limits that have a line.

    Lower limits of blood pressure only where a reading lies beyond: that of the systolic would
    stand on the upper one of the diastolic. The severe ones of a strip likewise: it is low.
    """
    passed = {limit for point in timeline.readings for limit in point.passed}
    found = [limit for those in timeline.limits.values() for limit in those]
    wanted = [limit for limit in found if is_shown(limit, scale)]
    return [
        limit
        for limit in wanted
        if limit in passed or (limit.is_upper if scale is PRESSURE else not limit.is_strict)
    ]


def span(timeline: Timeline, scale: Scale) -> tuple[float, float]:
    """Give the range of an axis: that of the scale, in whole steps further for values beyond."""
    names = (SYSTOLIC, DIASTOLIC) if scale is PRESSURE else (scale.name,)
    values = [value for name in names for _point, value in timeline.values(name)]
    low, high = scale.lowest, scale.highest
    # Room above the highest pressure, which is written out.
    values += [value + NAMED_MMHG for value in values] if scale is PRESSURE else []
    below = math.ceil((low - min([low, *values])) / scale.step)
    above = math.ceil((max([high, *values]) - high) / scale.step)
    return float(low - below * scale.step), float(high + above * scale.step)


def has_course(timeline: Timeline, scale: Scale) -> bool:
    """Say whether a panel has the row that tells from when to when there was dissociation."""
    return scale.name == "dissociation" and bool(timeline.marks)


def height_in(timeline: Timeline, scale: Scale, shape: Shape) -> float:
    """Give the height of a panel."""
    if scale is PRESSURE:
        return shape.scale_in
    return shape.strip_in + (ROW_IN if has_course(timeline, scale) else 0.0)


def extent(timeline: Timeline, scale: Scale, shape: Shape) -> tuple[float, float]:
    """Give what a panel spans: its axis, and the row below it."""
    low, high = span(timeline, scale)
    below = ROW_IN / shape.strip_in * (high - low) if has_course(timeline, scale) else 0.0
    return low - below, high


def furnish(
    paper: MinutePaper, axes: Axes, timeline: Timeline, scale: Scale, bottom_in: float
) -> None:
    """Draw axis numbers, grid and limits, with the name of each limit at its right."""
    low, high = span(timeline, scale)
    foot, _top = axes.get_ylim()
    per_in = (high - foot) / height_in(timeline, scale, paper.shape)
    left, right = axes.get_xlim()
    levels = range(int(low), int(high) + 1, scale.step)
    grid = [((left, float(level)), (right, float(level))) for level in levels]
    lines(axes, f"{scale.name}-grid", grid, colors=paper.theme.grid, linewidths=0.7)
    for level in levels:
        y_in = bottom_in + (level - foot) / per_in
        paper.write(paper.shape.left_in - 0.06, y_in, str(level), ha="right", va="center_baseline")
    drawn = limits(timeline, scale)
    for hold, dashes in ((False, DASHES), (True, DOTS)):
        those = [
            ((left, float(d.value)), (right, float(d.value))) for d in drawn if d.is_strict is hold
        ]
        style = {"linestyles": [dashes["linestyle"]], "linewidths": [dashes["linewidth"]]}
        gid = f"{scale.name}-{'hold' if hold else 'limits'}"
        lines(axes, gid, those, colors=paper.theme.ink, zorder=2, **style)
    _name(paper, drawn, [bottom_in + (limit.value - foot) / per_in for limit in drawn])


def _name(paper: MinutePaper, drawn: Sequence[Limit], levels_in: Sequence[float]) -> None:
    """Write each limit at the right of its line; those that would touch make room evenly."""
    named: dict[int, tuple[float, list[str]]] = {}
    for limit, level in zip(drawn, levels_in, strict=True):
        short = {SYSTOLIC: "sys.", DIASTOLIC: "dia."}.get(limit.name)
        named.setdefault(limit.value, (level, []))[1].extend([short] if short else [])
    across = paper.shape.left_in + paper.shape.data_in + 0.07
    ordered = sorted(named.items())
    apart = text_height_in(paper.shape.small_pt)
    for (value, (_level, shorts)), place in zip(
        ordered, _spread([level for _value, (level, _shorts) in ordered], apart), strict=True
    ):
        words = " ".join([*["/".join(shorts)] * bool(shorts), str(value)])
        paper.write(across, place, words, va="center_baseline")


def _spread(levels: Sequence[float], apart: float) -> list[float]:
    """Move levels, lowest first, as little as keeps them `apart` from each other."""
    groups: list[list[float]] = []
    for level in levels:
        groups.append([level])
        while len(groups) > 1 and _lowest(groups[-1], apart) - _highest(groups[-2], apart) < apart:
            last = groups.pop()
            groups[-1] += last
    return [_lowest(group, apart) + n * apart for group in groups for n in range(len(group))]


def _lowest(group: Sequence[float], apart: float) -> float:
    return sum(group) / len(group) - (len(group) - 1) * apart / 2


def _highest(group: Sequence[float], apart: float) -> float:
    return _lowest(group, apart) + (len(group) - 1) * apart


def _size_pt(paper: MinutePaper, minutes: Sequence[float]) -> float:
    """Shrink marks where readings are close to each other."""
    steps = [later - earlier for earlier, later in pairwise(minutes)]
    usual = median(steps) / paper.minutes_per_in * POINTS_PER_INCH if steps else SIZE_MAX_PT
    return min(SIZE_MAX_PT, max(SIZE_MIN_PT, usual * 0.8))


def _beyond(theme: Theme) -> dict[str, Any]:
    return {"color": theme.warning, "markeredgecolor": theme.ink, "markeredgewidth": 0.5}


def pressures(paper: MinutePaper, axes: Axes, timeline: Timeline) -> None:
    """Draw each blood pressure as a bar with caps; a triangle is a half beyond a limit."""
    points, theme = timeline.pressures, paper.theme
    bars: list[tuple[Point, Point]] = []
    caps: list[Point] = []
    beyond: dict[str, list[Point]] = {"^": [], "v": []}
    for point in points:
        ends = [(name, point.value(name)) for name in (SYSTOLIC, DIASTOLIC)]
        there = [(name, (point.minute, float(value))) for name, value in ends if value is not None]
        if len(there) == 2:
            bars.append((there[0][1], there[1][1]))
        for name, place in there:
            marker = _side(point, name)
            (beyond[marker] if marker else caps).append(place)
    size = _size_pt(paper, [point.minute for point in points])
    lines(axes, "pressures", bars, colors=theme.mood, linewidths=max(1.1, size / 3), zorder=3)
    flat = {"marker": "_", "markeredgewidth": 1.5, "color": theme.mood}
    marks(axes, "caps", caps, markersize=size + 0.8, **flat)
    for marker, places in beyond.items():
        name = "high" if marker == "^" else "low"
        style = {"marker": marker, "markersize": size + 0.5, "zorder": 5, **_beyond(theme)}
        marks(axes, f"pressures-{name}", places, **style)
    if points:
        measured = [point for point in points if point.value(SYSTOLIC) is not None]
        highest = max(measured or points, key=lambda point: point.value(SYSTOLIC) or 0)
        level = highest.value(SYSTOLIC) or highest.value(DIASTOLIC) or 0
        at = (highest.minute, float(level))
        _write_value(paper, axes, PRESSURE, at, pressure(highest), limits(timeline, PRESSURE))


def _side(point: ReadingPoint, name: str) -> str:
    """Give the mark of a value beyond a limit, '' for one within."""
    passed = [limit for limit in point.passed if limit.name == name]
    return ("^" if passed[0].is_upper else "v") if passed else ""


def values(paper: MinutePaper, axes: Axes, timeline: Timeline, scale: Scale) -> None:
    """Draw the values of one scale; where nobody looked for long they are not joined."""
    name, theme = scale.name, paper.theme
    colour = theme.pain if name in {"pain", "nausea"} else theme.score
    runs = [[(p.minute, float(v)) for p, v in run] for run in timeline.runs(name)]
    joined = [run for run in runs if len(run) > 1]
    lines(axes, f"{name}-joins", joined, colors=colour, linewidths=1.4, zorder=3)
    found = timeline.values(name)
    size = _size_pt(paper, [point.minute for point, _value in found])
    places: dict[str, list[Point]] = {"": [], "^": [], "v": []}
    for point, value in found:
        places[_side(point, name)].append((point.minute, float(value)))
    style = {"marker": MARKERS[name], "markersize": size, "color": colour}
    marks(axes, f"{name}-values", places[""], **style)
    for marker, side in (("^", "high"), ("v", "low")):
        style = {"marker": marker, "markersize": size + 2, "zorder": 5, **_beyond(theme)}
        marks(axes, f"{name}-{side}", places[marker], **style)
    if has_course(timeline, scale):
        _draw_course(axes, timeline, theme)
    if found:
        pick = min if scale.tells_lowest else max
        point, value = pick(found, key=lambda pair: pair[1])
        at = (point.minute, float(value))
        _write_value(paper, axes, scale, at, str(value), limits(timeline, scale))


def _write_value(
    paper: MinutePaper,
    axes: Axes,
    scale: Scale,
    place: Point,
    words: str,
    drawn: Sequence[Limit],
) -> None:
    """Write a value above or below its mark: inside the panel, and not through a limit."""
    low, high = axes.get_ylim()
    shape = paper.shape
    height_in = axes.get_position().height * paper.figure.get_size_inches()[1]
    room = (text_height_in(shape.small_pt) + LIFT_PT / POINTS_PER_INCH) * (high - low) / height_in

    def fits(side: int, *, crossing: bool) -> bool:
        end = place[1] + side * room
        ends = sorted((place[1], end))
        crossed = any(ends[0] < limit.value < ends[1] for limit in drawn)
        return low <= end <= high and (crossing or not crossed)

    usual = -1 if scale.tells_lowest else 1
    sides = [(side, crossing) for crossing in (False, True) for side in (usual, -usual)]
    if scale is PRESSURE:
        sides = [(usual, True)]  # the bar itself stands on the other side
    side = next((s for s, crossing in sides if fits(s, crossing=crossing)), usual)
    axes.annotate(
        words,
        place,
        xytext=(_shift_pt(paper, place[0], words), side * LIFT_PT),
        textcoords="offset points",
        ha="center",
        va="bottom" if side > 0 else "top",
        color=paper.theme.ink,
        fontsize=shape.small_pt,
        weight="bold",
        gid=f"{scale.name}-told",
        zorder=6,
        bbox={"facecolor": paper.theme.paper, "edgecolor": "none", "pad": 0.6, "alpha": 0.85},
    )


def _shift_pt(paper: MinutePaper, minute: float, words: str) -> float:
    """Say how far words at a mark must move, not to leave the data area."""
    half = text_width_in(words, paper.shape.small_pt, bold=True) / 2 + 0.02
    across, left = paper.across_in(minute), paper.shape.left_in
    moved = min(max(across, left + half), left + paper.shape.data_in - half)
    return (moved - across) * POINTS_PER_INCH


def _course(theme: Theme) -> list[tuple[Mark, str, dict[str, Any]]]:
    plain = {"color": theme.score}
    hollow = {**plain, "markerfacecolor": theme.paper, "markeredgewidth": 1.4}
    return [
        (Mark.ONSET, "began", {"marker": ">", **plain}),
        (Mark.PEAK, "peak", {"marker": "*", **plain}),
        (Mark.RESOLVED, "resolved", {"marker": "s", **hollow}),
    ]


def _draw_course(axes: Axes, timeline: Timeline, theme: Theme) -> None:
    """Draw from when to when there was dissociation, in the row below its values."""
    level = axes.get_ylim()[0] / 2
    onset, resolved = timeline.mark(Mark.ONSET), timeline.mark(Mark.RESOLVED)
    if onset is not None and resolved is not None:
        whole = [((onset.minute, level), (resolved.minute, level))]
        lines(axes, "course", whole, colors=theme.score, linewidths=1.2, zorder=3)
    for mark, _words, style in _course(theme):
        found = timeline.mark(mark)
        if found is not None:
            gid = f"course-{mark.value}"
            size = 8 if mark is Mark.PEAK else 6
            marks(axes, gid, [(found.minute, level)], markersize=size, **style)
