"""Many sessions as a strip of cells: a row each for mood, pain and peak dissociation."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from msgspec import Struct

from tracker.charts.layout import Point, boxes, lines, marks
from tracker.charts.legend import Heading, LegendEntry
from tracker.charts.style import Shape, Theme, mix, text_height_in
from tracker.charts.writing import CourseGround
from tracker.domain.progress.panels import PairPanel
from tracker.domain.progress.trend import Trend
from tracker.domain.sessions.point import MOOD, SessionPoint

MANY = 30  # sessions from which pairs and stems would stand too close to be told apart
HIGHEST = 10  # of mood, pain and dissociation alike
PALEST = 0.1  # how much of its colour a 0 has, so that it is not taken for a missing value
ROW_IN = 0.2
NARROWEST_IN, WIDEST_IN = 0.03, 0.2
SHARE = 0.86  # of the room between two sessions


class CellRow(Struct, frozen=True):
    """One row: its name, its colour, and each session's value or None."""

    name: str
    colour: str
    values: tuple[tuple[SessionPoint, int | None], ...]


def are_many(trend: Trend) -> bool:
    """Say whether there are so many sessions that they are drawn as cells."""
    return len(trend.treatments) > MANY


def rows(trend: Trend, theme: Theme) -> tuple[CellRow, ...]:
    """List the rows of which anything was recorded."""
    return tuple(row for row in _rows(trend, theme) if any(v is not None for _p, v in row.values))


def _rows(trend: Trend, theme: Theme) -> Iterator[CellRow]:
    given = trend.treatments
    for panel in (trend.mood, trend.pain):
        if panel is not None:
            name, colour = panel.instrument.short_title, _colour(panel, theme)
            for when, side in (("before", 0), ("after", 1)):
                values = tuple((p, p.ratings(panel.instrument.code)[side]) for p in given)
                yield CellRow(f"{name} {when}", colour, values)
    peaks = tuple((point, point.dissociation_peak) for point in given)
    yield CellRow("Peak dissociation", theme.ink, peaks)


def _colour(panel: PairPanel, theme: Theme) -> str:
    return theme.mood if panel.instrument.code == MOOD else theme.pain


def row_in(shape: Shape) -> float:
    """Give the height of a row, with its name above it where the picture is narrow."""
    return ROW_IN + (text_height_in(shape.small_pt) if shape.inside else 0.0)


def heading(trend: Trend, theme: Theme) -> Heading:
    """Explain the shades and the marks that occur."""
    found = rows(trend, theme)
    keys = [_shade(theme, value) for value in (0, HIGHEST // 2, HIGHEST)]
    if any(value is None for row in found for _point, value in row.values):
        keys.append(LegendEntry("not recorded", {"marker": ".", "color": theme.muted}))
    if any(point.dissociation_resolved is False for point in trend.treatments):
        keys.append(LegendEntry("not resolved on leaving", _warning(theme)))
    return Heading("Each session", "the stronger the colour, the higher", tuple(keys))


def _shade(theme: Theme, value: int) -> LegendEntry:
    colour = shade(theme, theme.ink, value)
    return LegendEntry(str(value), {"facecolor": colour, "edgecolor": theme.muted, "linewidth": 0})


def _warning(theme: Theme) -> dict[str, object]:
    return {
        "marker": "s",
        "color": theme.warning,
        "markerfacecolor": "none",
        "markeredgewidth": 2.0,
        "markersize": 7.5,
    }


def shade(theme: Theme, colour: str, value: int) -> str:
    """Give the colour of a value, the darker the higher, and that of 0 not that of the paper."""
    return mix(theme.paper, colour, PALEST + (1 - PALEST) * value / HIGHEST)


def draw(ground: CourseGround, trend: Trend) -> None:
    """Draw a row of cells for each value, each cell at the day of its session."""
    found = rows(trend, ground.paper.theme)
    width, share = _width(ground, trend), ROW_IN / row_in(ground.paper.shape)
    for place, row in enumerate(reversed(found)):
        low, high = place + 0.06 * share, place + 0.94 * share
        _cells(ground, row, width, (low, high))
        _name(ground, row.name, (low, high))


def _cells(ground: CourseGround, row: CellRow, width: float, span: Point) -> None:
    paper, (low, high) = ground.paper, span
    gid = row.name.lower().replace(" ", "-")
    days = [(paper.x(point.at), value) for point, value in row.values]
    there = [(day, value) for day, value in days if value is not None]
    boxes(
        ground.axes,
        f"cells-{gid}",
        [(day - width / 2, day + width / 2, low, high) for day, _value in there],
        facecolors=[shade(paper.theme, row.colour, value) for _day, value in there],
    )
    missing = [(day, (low + high) / 2) for day, value in days if value is None]
    marks(ground.axes, f"missing-{gid}", missing, marker=".", color=paper.theme.muted, markersize=3)
    if row.name == "Peak dissociation":
        left = [p for p, value in row.values if p.dissociation_resolved is False]
        frames = [_frame(paper.x(point.at), width, span) for point in left]
        lines(
            ground.axes, "unresolved", frames, colors=paper.theme.warning, linewidths=1.8, zorder=4
        )


def _frame(day: float, width: float, span: Point) -> Sequence[Point]:
    left, right = day - width / 2, day + width / 2
    (low, high) = span
    return [(left, low), (left, high), (right, high), (right, low), (left, low)]


def _width(ground: CourseGround, trend: Trend) -> float:
    """Make cells as wide as most sessions lie apart, in days."""
    days = [ground.paper.x(point.at) for point in trend.treatments]
    apart = [later - earlier for earlier, later in pairwise(days) if later > earlier]
    per_in = ground.paper.days_per_in
    room = SHARE * (median(apart) if apart else per_in)
    return min(max(room, NARROWEST_IN * per_in), WIDEST_IN * per_in)


def _name(ground: CourseGround, name: str, span: Point) -> None:
    """Name a row at its left, or above it where the picture is narrow."""
    paper = ground.paper
    low, high = (ground.up_in(edge) for edge in span)
    if paper.shape.inside:
        paper.write(paper.shape.left_in, high + 0.02, name, va="bottom")
    else:
        style = {"ha": "right", "va": "center_baseline"}
        paper.write(paper.shape.left_in - 0.06, (low + high) / 2, name, **style)
