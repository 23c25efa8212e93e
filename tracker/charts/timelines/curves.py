"""What the panels of readings share: curves, the marks on them, and the value that is told."""

from collections.abc import Iterable, Sequence
from typing import Any

from matplotlib.path import Path
from msgspec import Struct

from tracker.charts.layout import Point, lines, marks
from tracker.charts.style import text_width_in
from tracker.charts.timelines import limits
from tracker.charts.timelines.panels import Ground
from tracker.domain.timelines.timeline import Timeline

MARKS_MOST = 20  # with more readings a curve has no marks on it
SIZE_PT = 3.6
WEDGE_PT = 6.5
BEYOND_PT = 5.4
MARK_IN = 0.04  # half of a mark
AWAY_IN = (0.0, 0.1, 0.2)  # how far beside its mark a value may stand, where neighbours are close
LIFT_IN = 0.055  # of a value from its mark


def curve(
    ground: Ground, timeline: Timeline, name: str, *, marker: str | Path, colour: str, **style: Any
) -> None:
    """Draw the values of one name: joined but for gaps, marked where they are few or alone.

    A `marker` that is a path is drawn as a line, others are filled.
    """
    runs = [[(minute, float(value)) for minute, value in run] for run in timeline.runs(name)]
    joined = [run for run in runs if len(run) > 1]
    keep_clear(ground, joined)
    _keep_marks_clear(ground, [point for run in runs for point in run])
    lines(ground.axes, f"{name}-joins", joined, colors=colour, zorder=3, linewidths=1.4, **style)
    points = [point for run in runs for point in run]
    if len(points) > MARKS_MOST:
        points = [run[0] for run in runs if len(run) == 1]
    sides = beyond(timeline, name)
    plain = [point for point in points if point not in {*sides["^"], *sides["v"]}]
    size = SIZE_PT if isinstance(marker, str) else WEDGE_PT
    look = {"color": colour, "markersize": size, "markerfacecolor": "none"}
    look |= {"markeredgewidth": 0, "markerfacecolor": colour} if isinstance(marker, str) else {}
    marks(ground.axes, f"{name}-values", plain, marker=marker, **look)


def keep_clear(ground: Ground, drawn: Iterable[Iterable[Point]]) -> None:
    """Let words rather stand elsewhere than on lines that were drawn."""
    across = ground.paper.across_in
    ground.writing.curves += [[(across(x), ground.up_in(y)) for x, y in line] for line in drawn]


def _keep_marks_clear(ground: Ground, points: Iterable[Point]) -> None:
    across = ground.paper.across_in
    places = [(across(x), ground.up_in(y)) for x, y in points]
    ground.writing.curves += [[(x, y - MARK_IN), (x, y + MARK_IN)] for x, y in places]


def beyond(timeline: Timeline, name: str) -> dict[str, list[Point]]:
    """List the values beyond a limit by the mark they have: one for above, one for below."""
    found: dict[str, list[Point]] = {"^": [], "v": []}
    for point, value in timeline.values(name):
        passed = [limit for limit in point.passed if limit.name == name]
        if passed:
            found["^" if passed[0].is_upper else "v"].append((point.minute, float(value)))
    return found


def mark_beyond(ground: Ground, timeline: Timeline, names: Iterable[str], gid: str) -> None:
    """Mark every value beyond a limit: by its shape as much as by its colour."""
    both = [beyond(timeline, name) for name in names]
    style = {"markersize": BEYOND_PT, "zorder": 5, **limits.beyond(ground.paper.theme)}
    for marker, side in (("^", "high"), ("v", "low")):
        points = [point for sides in both for point in sides[marker]]
        marks(ground.axes, f"{gid}-{side}", points, marker=marker, **style)


def grid(ground: Ground, gid: str, levels: Sequence[float]) -> None:
    """Draw the levels of an axis."""
    left, right = ground.axes.get_xlim()
    drawn = [((left, level), (right, level)) for level in levels]
    lines(ground.axes, f"{gid}-grid", drawn, colors=ground.paper.theme.grid, linewidths=0.6)


def is_alone(timeline: Timeline, name: str, minute: float) -> bool:
    """Say whether a value has no neighbour that it is joined to."""
    return any(len(run) == 1 and run[0][0] == minute for run in timeline.runs(name))


class Side(Struct, frozen=True):
    """Where a value is told: above its mark or below it, first of all beside it when `alone`."""

    upwards: bool = True
    alone: bool = False


def tell(ground: Ground, place: Point, words: str, gid: str, side: Side) -> None:
    """Write a value at its mark, on the side where it covers least."""
    size = ground.paper.shape.small_pt
    width, height = text_width_in(words, size, bold=True), ground.paper.shape.line_in
    across, up = ground.paper.across_in(place[0]), ground.up_in(place[1])
    above, below = up + LIFT_IN, up - LIFT_IN - height
    room = ground.writing.room
    level = min(max(up - height / 2, room.bottom), room.top - height)
    heights = (above, below) if side.upwards else (below, above)
    upright = [(across - width / 2, height_in) for height_in in heights]
    beside = [
        (corner, level)
        for away in AWAY_IN
        for corner in (across + LIFT_IN + away, across - width - LIFT_IN - away)
    ]
    corners = beside + upright if side.alone else upright + beside
    ground.writing.write(words, corners, bold=True, gid=f"{gid}-told")
