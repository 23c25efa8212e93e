"""Dissociation and sedation together in one strip: a curve, and below it a row of scores.

The two run in opposite ways, so they share minutes and no axis.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import Any

from matplotlib.patches import Rectangle
from msgspec import Struct

from tracker.charts.layout import lines, marks
from tracker.charts.style import text_width_in
from tracker.charts.timelines import curves, strips
from tracker.charts.timelines.names import PanelName
from tracker.charts.timelines.panels import Ground, Panel
from tracker.charts.timelines.sizes import TimelineShape
from tracker.domain.live.entries import Mark
from tracker.domain.timelines.extremes import extreme
from tracker.domain.timelines.marks import SCALE
from tracker.domain.timelines.timeline import Timeline

DISSOCIATION, SEDATION = SCALE["dissociation"], SCALE["sedation"]
ENDS = float(DISSOCIATION.lowest), float(DISSOCIATION.highest)
CURVE_IN = 0.44
HEAD_IN = 0.2  # above the highest strength, for the word of a peak
CELL_IN = 0.13  # of a score after which nobody looked for long: wide enough for its digit
ROW_IN = 0.18
APART_IN = 0.04  # between curve and row
# From alert to no response ever darker; a score on a dark cell is written in the paper's colour.
DEPTHS = {5: 0.06, 4: 0.2, 3: 0.38, 2: 0.6, 1: 0.8, 0: 1.0}
DARK_FROM = 0.5


def panels(timeline: Timeline, shape: TimelineShape) -> Iterator[Panel]:
    """Lay out the curve and the row, whichever has anything to show."""
    has_row = bool(timeline.values(SEDATION.name))
    if timeline.ratings or timeline.marks:
        yield Panel(
            DISSOCIATION.name,
            PanelName(DISSOCIATION.label, DISSOCIATION.direction, f"{ENDS[1]:.0f}"),
            CURVE_IN + HEAD_IN,
            (ENDS[0], ENDS[1] + HEAD_IN / CURVE_IN * (ENDS[1] - ENDS[0])),
            lambda ground: _curve(ground, timeline),
            after_in=_apart_in(shape) if has_row else shape.between_in,
        )
    if has_row:
        name = PanelName(SEDATION.label, SEDATION.direction)
        height = max(ROW_IN, name.beside_in(shape))
        yield Panel(
            SEDATION.name, name, height, (0.0, height), lambda ground: _row(ground, timeline),
            after_in=shape.between_in,
        )  # fmt: skip


def _apart_in(shape: TimelineShape) -> float:
    """Give the room between curve and row, which a name stands in where names stand above."""
    return shape.between_in if shape.names_above else APART_IN


def _curve(ground: Ground, timeline: Timeline) -> None:
    strips.draw_ends(ground, DISSOCIATION.name, ENDS)
    colour = ground.paper.theme.score
    curves.curve(ground, timeline, DISSOCIATION.name, marker="o", colour=colour)
    peak = timeline.peak
    if peak is not None:
        words = f"peak {peak.strength}"
        if timeline.recorded_peak not in (None, peak.strength):
            words += f", record {timeline.recorded_peak}"
        place = (peak.minute, float(peak.strength))
        alone = curves.is_alone(timeline, DISSOCIATION.name, peak.minute)
        curves.tell(ground, place, words, DISSOCIATION.name, curves.Side(alone=alone))
    for mark, marker, words in ((Mark.ONSET, ">", "began"), (Mark.RESOLVED, "s", "resolved")):
        found = timeline.mark(mark)
        if found is not None:
            style = {"marker": marker, "markersize": 5, "color": colour, "zorder": 5}
            style["markerfacecolor"] = ground.paper.theme.paper
            marks(ground.axes, f"course-{mark.value}", [(found.minute, 0.0)], **style)
            stem = [((found.minute, 0.0), (found.minute, ground.high))]
            lines(ground.axes, f"stem-{mark.value}", stem, colors=colour, linewidths=0.8)
            _name_mark(ground, found.minute, words, leftwards=mark is Mark.ONSET)


def _name_mark(ground: Ground, minute: float, words: str, *, leftwards: bool) -> None:
    """Write a word at its stem, high up and away from the curve between the two if it can."""
    across, shape = ground.paper.across_in(minute), ground.paper.shape
    width = text_width_in(words, shape.small_pt)
    room, step = ground.writing.room, shape.line_in
    heights = [room.top - step, room.top - 2 * step, room.top - 3 * step]
    sides = [across - width - 0.03, across + 0.03]
    ordered = sides if leftwards else sides[::-1]
    corners = [(side, height) for side in ordered for height in heights]
    ground.writing.write(words, corners, color=ground.paper.theme.muted)


class Cell(Struct, frozen=True):
    """A stretch of one sedation score, in inches from the left of the paper."""

    score: int
    left_in: float
    right_in: float


def cells(ground: Ground, timeline: Timeline) -> list[Cell]:
    """Part the scores into stretches: each lasts until the next one, or for one cell's width."""
    paper, found = ground.paper, []
    runs = timeline.runs(SEDATION.name)
    starts = [paper.across_in(run[0][0]) for run in runs]
    for run, following in zip(runs, [*starts[1:], None], strict=True):
        parts = [(score, list(those)) for score, those in groupby(run, key=lambda one: one[1])]
        begins = [paper.across_in(those[0][0]) for _score, those in parts]
        end = max(paper.across_in(run[-1][0]), begins[-1] + CELL_IN)
        end = end if following is None else min(end, following)
        for (score, _those), (left, right) in zip(parts, pairwise([*begins, end]), strict=True):
            found.append(Cell(score, left, right))
    return found


def _row(ground: Ground, timeline: Timeline) -> None:
    """Draw the stretches from the top of the panel down, darker where less alert."""
    paper, left = ground.paper, ground.axes.get_xlim()[0]
    low, row = ground.height_in - ROW_IN, cells(ground, timeline)
    for place, cell in enumerate(row):
        start = left + (cell.left_in - paper.shape.left_in) * paper.minutes_per_in
        size = ((cell.right_in - cell.left_in) * paper.minutes_per_in, ROW_IN)
        style: dict[str, Any] = {"facecolor": paper.theme.score, "alpha": DEPTHS[cell.score]}
        gid = f"sedation-{place}"
        ground.axes.add_patch(Rectangle((start, low), *size, gid=gid, linewidth=0, **style))
    _scores(ground, row, extreme(timeline, SEDATION))


def _scores(ground: Ground, row: Sequence[Cell], lowest: tuple[float, int] | None) -> None:
    """Write the scores where they change; the lowest, which the sentence tells, before others."""
    paper, base = ground.paper, ground.bottom_in + ground.height_in - ROW_IN
    base += (ROW_IN - paper.shape.line_in) / 2
    least = None if lowest is None else lowest[1]
    for cell in sorted(row, key=lambda one: one.score != least):
        is_dark = DEPTHS[cell.score] >= DARK_FROM
        colour = paper.theme.paper if is_dark else paper.theme.ink
        corner = (cell.left_in + 0.025, base)
        bold = cell.score == least
        ground.writing.write(str(cell.score), [corner], bold=bold, color=colour, bbox=None)
