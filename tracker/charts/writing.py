"""Words on a picture that find a place of their own: none covers another."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes
from msgspec import Struct

from tracker.charts.layout import CoursePaper, Paper, Point
from tracker.charts.style import text_height_in, text_width_in

CLEAR_IN = 0.02  # between two words


class Box(Struct, frozen=True):
    """A part of the paper, in inches from its lower left."""

    left: float
    bottom: float
    right: float
    top: float

    def overlaps(self, other: "Box") -> bool:
        """Say whether two parts share anything."""
        across = self.left < other.right and other.left < self.right
        return across and self.bottom < other.top and other.bottom < self.top

    def is_crossed_by(self, line: Sequence[tuple[float, float]]) -> bool:
        """Say whether a broken line runs through it."""
        return any(self._is_cut(start, end) for start, end in pairwise(line))

    def _is_cut(self, start: tuple[float, float], end: tuple[float, float]) -> bool:
        """Clip a straight line to each edge in turn (Liang and Barsky 1984); is any of it left?"""
        first, last = 0.0, 1.0
        (x, y), (dx, dy) = start, (end[0] - start[0], end[1] - start[1])
        edges = (
            (-dx, x - self.left),
            (dx, self.right - x),
            (-dy, y - self.bottom),
            (dy, self.top - y),
        )
        for step, room in edges:
            if step == 0:
                if room < 0:
                    return False
            elif step < 0:
                first = max(first, room / step)
            else:
                last = min(last, room / step)
        return first <= last

    def holds(self, other: "Box") -> bool:
        """Say whether the other lies within."""
        across = self.left <= other.left and other.right <= self.right
        return across and self.bottom <= other.bottom and other.top <= self.top


@dataclass(slots=True)
class Writing:
    """What is written in one panel, its `room`.

    Words rather do not cross `limits`, and still less `curves`: those are the data.
    """

    paper: Paper
    room: Box
    limits: list[Sequence[tuple[float, float]]] = field(default_factory=list)
    curves: list[Sequence[tuple[float, float]]] = field(default_factory=list)
    places: list[Box] = field(default_factory=list)

    def write(
        self,
        words: str,
        corners: Iterable[tuple[float, float]],
        *,
        bold: bool = False,
        clear: bool = False,
        **style: Any,
    ) -> None:
        """Write at that lower left corner, moved into the room, where it covers least.

        Of equals the first is taken. Where other words stand it is none; then nothing is written,
        and nothing either where `clear` words would cover a curve.
        """
        size = self.paper.shape.small_pt
        width, height = text_width_in(words, size, bold=bold), text_height_in(size)
        place = self._best(self._box(corner, width, height) for corner in corners)
        if place is None or (clear and any(map(place.is_crossed_by, self.curves))):
            return
        self.places.append(place)
        weight = "bold" if bold else "normal"
        paper = self.paper.theme.paper
        ground = {"facecolor": paper, "edgecolor": "none", "pad": 0.3, "alpha": 0.8}
        style = {"color": self.paper.theme.ink, "zorder": 6, "bbox": ground, **style}
        self.paper.write(place.left, place.bottom, words, va="bottom", weight=weight, **style)

    def _best(self, boxes: Iterable[Box]) -> Box | None:
        """Take the first free box that covers nothing, else the one that covers least."""
        best, lowest = None, math.inf
        for box in filter(self._is_free, boxes):
            if (cost := self._cost(box)) < lowest:
                best, lowest = box, cost
            if not cost:
                break
        return best

    def _cost(self, box: Box) -> int:
        limits = sum(box.is_crossed_by(line) for line in self.limits)
        return limits + 3 * sum(box.is_crossed_by(line) for line in self.curves)

    def _box(self, corner: tuple[float, float], width: float, height: float) -> Box:
        left = min(max(corner[0], self.room.left), self.room.right - width)
        return Box(left, corner[1], left + width, corner[1] + height)

    def _is_free(self, box: Box) -> bool:
        grown = Box(box.left - CLEAR_IN, box.bottom, box.right + CLEAR_IN, box.top)
        return self.room.holds(box) and not any(grown.overlaps(other) for other in self.places)


@dataclass(frozen=True, slots=True)
class PanelGround:
    """A panel's axes from `low` to `high`, with their place on the paper in inches."""

    paper: Paper
    axes: Axes
    bottom_in: float
    height_in: float
    low: float
    high: float
    writing: Writing = field(init=False)

    def __post_init__(self) -> None:
        """Let words stand anywhere in the data area."""
        shape = self.paper.shape
        right = shape.left_in + shape.data_in
        room = Box(shape.left_in, self.bottom_in, right, self.bottom_in + self.height_in)
        object.__setattr__(self, "writing", Writing(self.paper, room))

    def up_in(self, value: float) -> float:
        """Place a value on the paper, in inches from the bottom."""
        return self.bottom_in + (value - self.low) / (self.high - self.low) * self.height_in


@dataclass(frozen=True, slots=True)
class CourseGround(PanelGround):
    """The ground of a panel over the time axis of a course."""

    paper: CoursePaper

    def place_in(self, x: float, y: float) -> Point:
        """Place a day of the time axis and a value on the paper, in inches."""
        return self.paper.across_in(x), self.up_in(y)


def spread(levels: Sequence[float], apart: float) -> list[float]:
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
