"""The panel of adverse events: each a bar over its minutes with its name on it."""

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.collections import PolyCollection
from msgspec import Struct

from tracker.charts.layout import lines, marks
from tracker.charts.style import Frame, printable, text_width_in
from tracker.charts.timelines.minutes import MinutePaper, event_line
from tracker.charts.timelines.names import PanelName
from tracker.charts.timelines.panels import Ground, Panel
from tracker.charts.timelines.sizes import EDGE_IN
from tracker.domain.timelines.marks import EventSpan
from tracker.domain.timelines.text import event_name
from tracker.domain.timelines.timeline import Timeline

LANE_IN = 0.185
BAR_IN = 0.16
GAP_IN = 0.05  # between a bar's beginning and its name
CUT = "\u2026"


class EventPlace(Struct, frozen=True):
    """An event with its name as it fits, from `left_in` on; `begin_in` to `end_in` is its bar."""

    event: EventSpan
    words: str
    left_in: float
    begin_in: float
    end_in: float

    @property
    def reach_in(self) -> tuple[float, float]:
        """Give what it takes of its lane, from left to right."""
        return min(self.left_in, self.begin_in), self.end_in


def panel(timeline: Timeline, paper: MinutePaper) -> Panel | None:
    """Lay events out over as few lanes as keep them apart; None where there were none."""
    if not timeline.events:
        return None
    lanes = _lanes([_place(event, paper) for event in timeline.events])
    height = LANE_IN * len(lanes)
    name = PanelName("Adverse events")
    return Panel(
        "events", name, height, (0.0, height), lambda ground: _draw(ground, lanes),
        after_in=paper.shape.between_in, is_shaded=False,
    )  # fmt: skip


def _place(event: EventSpan, paper: MinutePaper) -> EventPlace:
    """Write the name right of its beginning, else left of it; cut short where neither has room."""
    shape = paper.shape
    begin = paper.across_in(event.minute)
    last = paper.last if event.is_ongoing else event.end
    end = begin if last is None else paper.across_in(max(last, event.minute))
    width, right = (
        text_width_in(_name(event, math.inf, shape), shape.small_pt),
        shape.width_in - EDGE_IN,
    )
    room_right, room_left = right - begin - GAP_IN, begin - GAP_IN - shape.left_in
    if width > room_right and (width <= room_left or room_left > room_right):
        words = _name(event, room_left, shape)
        left = begin - GAP_IN - text_width_in(words, shape.small_pt)
        return EventPlace(event, words, left, begin, max(end, begin + GAP_IN))
    words = _name(event, room_right, shape)
    width = text_width_in(words, shape.small_pt)
    # Behind its bar rather than across the bar's end.
    is_behind = begin + GAP_IN + width > end and end + GAP_IN + width <= right
    left = (end if is_behind else begin) + GAP_IN
    return EventPlace(event, words, left, begin, max(end, left + width))


def _name(event: EventSpan, room_in: float, shape: Frame) -> str:
    """Name an event with its grade; the table beside the picture has what is cut short here."""
    words, size = _in_one_line(event_name(event)), shape.small_pt
    if text_width_in(words, size) <= room_in:
        return words
    label = _in_one_line(event.label)
    rest = CUT + words.removeprefix(label)
    while label and text_width_in(label + rest, size) > room_in:
        label = label[:-1].rstrip(" ,")
    return label + rest


def _in_one_line(words: str) -> str:
    return printable(" ".join(words.split()))


def _lanes(places: Sequence[EventPlace]) -> list[list[EventPlace]]:
    lanes: list[list[EventPlace]] = []
    for place in places:
        left, _right = place.reach_in
        free = (lane for lane in lanes if lane[-1].reach_in[1] + 2 * GAP_IN <= left)
        lane = next(free, None)
        if lane is None:
            lanes.append([place])
        else:
            lane.append(place)
    return lanes


def _draw(ground: Ground, lanes: Sequence[Sequence[EventPlace]]) -> None:
    theme, last = ground.paper.theme, ground.paper.last
    placed = [
        (place, ground.height_in - LANE_IN * (number - 0.5))
        for number, lane in enumerate(lanes, 1)
        for place in lane
    ]
    _bars(ground, [(place.event, middle) for place, middle in placed])
    downwards = [((p.event.minute, middle), (p.event.minute, 0.0)) for p, middle in placed]
    lines(ground.axes, "events-down", downwards, **event_line(theme))
    arrow = {"marker": ">", "markersize": 6, "color": theme.warning}
    open_ends = [(last, middle) for place, middle in placed if place.event.is_ongoing]
    marks(ground.axes, "event-ongoing", open_ends, **arrow)
    for place, middle in placed:
        style = {"va": "center_baseline", "color": theme.ink, "zorder": 6}
        ground.paper.write(place.left_in, ground.bottom_in + middle, place.words, **style)


def _bars(ground: Ground, events: Sequence[tuple[EventSpan, float]]) -> None:
    """Draw from when to when, with a stroke where it began and a thinner one where it ended."""
    colour = ground.paper.theme.warning
    bars, begins, ends = [], [], []
    for event, middle in events:
        low, high, start = middle - BAR_IN / 2, middle + BAR_IN / 2, event.minute
        begins.append(((start, low), (start, high)))
        end = ground.paper.last if event.is_ongoing else event.end
        if end is not None:
            bars.append([(start, low), (end, low), (end, high), (start, high)])
        if event.end is not None:
            ends.append(((event.end, low), (event.end, high)))
    tint: dict[str, Any] = {"facecolor": colour, "linewidth": 0, "alpha": 0.22, "zorder": 2}
    if bars:
        ground.axes.add_collection(PolyCollection(bars, gid="event-bars", **tint), autolim=False)
    lines(ground.axes, "event-begins", begins, colors=colour, linewidths=2.4, zorder=4)
    lines(ground.axes, "event-ends", ends, colors=colour, linewidths=1.4, zorder=4)
