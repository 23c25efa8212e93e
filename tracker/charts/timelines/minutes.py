"""The minute axis of a session: one for all panels, counted from the first dose."""

import math
from typing import Any

from matplotlib.axes import Axes

from tracker.charts.layout import Paper, Point, lines
from tracker.charts.style import Theme, text_width_in
from tracker.charts.timelines.sizes import EDGE_IN, NUMBERS_IN, TimelineShape
from tracker.domain.formatting import time_of_day
from tracker.domain.timelines.timeline import Timeline

PAD_IN = 0.12  # room at both ends, so that marks there stay whole
STEPS = (5, 10, 15, 30, 60, 120, 240, 480, 1440)
BETWEEN_IN = 0.1
GAP_IN = 0.07  # between the panel above and the minutes


class MinutePaper(Paper, frozen=True):
    """A paper for one session; `first` to `last` is the span of the minute axis."""

    shape: TimelineShape
    first: float
    last: float

    @property
    def minutes_per_in(self) -> float:
        """How many minutes an inch holds."""
        return (self.last - self.first) / (self.shape.data_in - 2 * PAD_IN)

    @property
    def limits(self) -> Point:
        """The axis with the room at both ends."""
        room = PAD_IN * self.minutes_per_in
        return self.first - room, self.last + room

    def across_in(self, minute: float) -> float:
        """Place a minute on the paper, in inches from the left."""
        return self.shape.left_in + (minute - self.limits[0]) / self.minutes_per_in

    def axes(self, bottom_in: float, height_in: float, low: float, high: float) -> Axes:
        """Add a panel over the minute axis."""
        return self.panel(bottom_in, height_in, self.limits, low, high)


def ticks(paper: MinutePaper) -> list[int]:
    """Choose the minutes to name: the smallest round step that has room."""
    widest = max(
        text_width_in(_minute_text(m), paper.shape.small_pt) for m in (paper.first, paper.last)
    )
    room = (widest + BETWEEN_IN) * paper.minutes_per_in
    step = next((step for step in STEPS if step >= room), STEPS[-1])
    start = math.ceil(paper.first / step)
    return [step * n for n in range(start, math.floor(paper.last / step) + 1)]


def _minute_text(minute: float) -> str:
    return f"{minute:.0f}".replace("-", "\u2212")


def furnish(paper: MinutePaper, axes: Axes, name: str, timeline: Timeline) -> None:
    """Draw what runs through a panel: minutes, the start, when the patient left, events."""
    if name == "events":  # their names would be crossed
        return
    low, high = axes.get_ylim()

    def upright(gid: str, minutes: list[float], **style: Any) -> None:
        segments = [((minute, low), (minute, high)) for minute in minutes]
        lines(axes, f"{name}-{gid}", segments, **style)

    theme = paper.theme
    upright("minutes", [float(m) for m in ticks(paper) if m], colors=theme.grid, linewidths=0.5)
    ends = [0.0] if timeline.left is None else [0.0, timeline.left]
    upright("ends", ends, colors=theme.muted, linewidths=0.8)
    if name != "given":  # above them
        begun = [event.minute for event in timeline.events]
        upright("events", begun, **event_line(theme))


def event_line(theme: Theme) -> dict[str, Any]:
    """Give the style of the line that an event's beginning has in every panel."""
    dots = {"linestyles": [(0, (1, 2.5))], "linewidths": 1.0}
    return {"colors": theme.warning, "zorder": 1.5, **dots}


def draw(paper: MinutePaper, timeline: Timeline, top_in: float) -> None:
    """Write the minutes below `top_in`, and under them the clock at the start and on leaving."""
    shape = paper.shape
    top = top_in - GAP_IN
    for minute in ticks(paper):
        paper.write(paper.across_in(minute), top, _minute_text(minute), ha="center", va="top")
    paper.write(shape.left_in - NUMBERS_IN, top, "min", ha="right", va="top")
    below = top - shape.line_in
    right = 0.0
    for at, words in _ends(timeline):
        width = text_width_in(words, shape.small_pt)
        left = min(paper.across_in(at) - width / 2, shape.width_in - EDGE_IN - width)
        left = max(left, right + BETWEEN_IN)
        if left + width <= shape.width_in:
            paper.write(left, below, words, va="top", color=paper.theme.ink)
            right = left + width


def _ends(timeline: Timeline) -> list[tuple[float, str]]:
    ends = []
    if timeline.zero_at is not None:
        name = "start" if timeline.is_from_dose else "first entry"
        ends.append((0.0, f"{name} {time_of_day(timeline.zero_at)}"))
    if timeline.left is not None and timeline.left_at is not None:
        ends.append((timeline.left, f"left {time_of_day(timeline.left_at)}"))
    return sorted(ends)


def height_in(shape: TimelineShape) -> float:
    """Give the height that minutes and clock take."""
    return GAP_IN + 2 * shape.line_in
