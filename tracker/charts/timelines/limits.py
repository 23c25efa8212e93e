"""Limits as hairlines, each with its word at the right end."""

from collections.abc import Sequence
from typing import Any

from tracker.charts.layout import lines
from tracker.charts.style import Theme, text_width_in
from tracker.charts.timelines.panels import Ground
from tracker.charts.timelines.sizes import TimelineShape
from tracker.charts.writing import spread
from tracker.domain.clinic.reading_limits import DIASTOLIC, SYSTOLIC, Limit
from tracker.domain.timelines.timeline import Timeline

DASHES = (0, (6, 3))
DOTS = (0, (1.2, 1.8))
HAIR_PT = 0.8
WORD_IN = 0.06  # from the end of the line to its word
_HALVES = {SYSTOLIC: ("systolic", "sys"), DIASTOLIC: ("diastolic", "dia")}


def with_line(timeline: Timeline, names: Sequence[str]) -> list[Limit]:
    """List the limits that have a line in the panel of some values.

    Lower limits of blood pressure only where a reading lies beyond: that of the systolic would
    stand on the upper one of the diastolic. The severe ones of a strip likewise: it is low.
    """
    passed = {limit for point in timeline.readings for limit in point.passed}
    found = [limit for name in names for limit in timeline.limits.get(name, ())]
    return [
        one
        for one in found
        if one in passed or (one.is_upper if one.name in _HALVES else not one.is_strict)
    ]


def draw(ground: Ground, name: str, drawn: Sequence[Limit]) -> None:
    """Draw the lines and write their words; words that would touch make room evenly."""
    left, right = ground.axes.get_xlim()
    for strict, dashes in ((False, DASHES), (True, DOTS)):
        those = [
            ((left, float(one.value)), (right, float(one.value)))
            for one in drawn
            if one.is_strict is strict
        ]
        style: dict[str, Any] = {"linestyles": [dashes], "linewidths": HAIR_PT}
        gid = f"{name}-{'strict' if strict else 'limits'}"
        lines(ground.axes, gid, those, colors=ground.paper.theme.muted, zorder=2, **style)
    room = ground.writing.room
    for limit in drawn:
        level = ground.up_in(limit.value)
        ground.writing.limits.append([(room.left, level), (room.right, level)])
    shape = ground.paper.shape
    write_right(ground, [(limit.value, _word(limit, shape)) for limit in drawn])


def write_right(ground: Ground, words: Sequence[tuple[float, str]]) -> None:
    """Write words at the right end of their levels; those that would touch make room evenly."""
    shape, room = ground.paper.shape, ground.writing.room
    ordered = sorted(words, key=lambda pair: pair[0])
    places = spread([ground.up_in(level) for level, _word in ordered], shape.line_in)
    if not places:
        return
    half = shape.line_in * 0.35
    down = max(0.0, places[-1] - (room.top - half))
    up = max(0.0, room.bottom + half - (places[0] - down))
    across = shape.left_in + shape.data_in + WORD_IN
    for (_level, word), place in zip(ordered, places, strict=True):
        ground.paper.write(across, place - down + up, word, va="center_baseline")


def _word(limit: Limit, shape: TimelineShape) -> str:
    if limit.name not in _HALVES:
        return f"{'high' if limit.is_upper else 'low'} {limit.value}"
    long, short = (f"{name} {limit.value}" for name in _HALVES[limit.name])
    room = shape.right_in - WORD_IN
    return long if text_width_in(long, shape.small_pt) <= room else short


def beyond(theme: Theme) -> dict[str, Any]:
    """Give the style of the triangles that are values beyond a limit."""
    return {"color": theme.warning, "markeredgecolor": theme.ink, "markeredgewidth": 0.5}
