"""The strip of what was given: an infusion as it ran, doses at their minutes, events by number."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.patches import Rectangle

from tracker.charts.layout import lines, marks
from tracker.charts.legend import Heading, Key
from tracker.charts.minutes import MinuteSheet, event_line
from tracker.charts.style import Shape, Theme, text_height_in, text_width_in
from tracker.domain.formatting import lowered, number
from tracker.domain.timelines.marks import DosePoint, EventSpan, Stretch
from tracker.domain.timelines.text import dose_noun
from tracker.domain.timelines.timeline import Timeline

BAR_IN = 0.22
MARK_IN = 0.17
LANE_IN = 0.21
GAP_IN = 0.05
NUMBER_IN = 0.17  # the ring round an event's number


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the strip: its middle in inches above the strip's foot, and what it holds."""

    kind: str
    middle_in: float
    events: tuple[EventSpan, ...] = ()


def rows(timeline: Timeline, shape: Shape) -> tuple[list[Row], float]:
    """Stack the rows from the foot upwards; give them with the height of all."""
    found: list[Row] = []
    foot = GAP_IN
    for lane in reversed(lanes(timeline, shape)):
        found.append(Row("events", foot + LANE_IN / 2, tuple(lane)))
        foot += LANE_IN
    label_in = text_height_in(shape.small_pt)
    if timeline.doses:
        found.append(Row("doses", foot + MARK_IN / 2))
        foot += MARK_IN + label_in + GAP_IN
    if timeline.stretches:
        found.append(Row("infusion", foot + BAR_IN / 2))
        foot += BAR_IN + label_in + GAP_IN
    return found, foot if found else 0.0


def lanes(timeline: Timeline, shape: Shape) -> list[list[EventSpan]]:
    """Spread events over as few lanes as keep them apart."""
    per_in = (timeline.last - timeline.first) / shape.data_in
    found: list[list[EventSpan]] = []
    for event in timeline.events:
        free = (lane for lane in found if _reach(lane[-1], timeline, per_in) <= event.minute)
        lane = next(free, None)
        if lane is None:
            found.append([event])
        else:
            lane.append(event)
    return found


def _reach(event: EventSpan, timeline: Timeline, per_in: float) -> float:
    end = timeline.last if event.is_ongoing else event.end
    return max(event.minute, end or event.minute) + (NUMBER_IN + 2 * GAP_IN) * per_in


def heading(timeline: Timeline, theme: Theme) -> Heading:
    """Name what was given, and the marks that occur."""
    told = timeline.treatment
    amount = "" if told.dose_mg is None else f", {number(told.dose_mg)} mg"
    words = f"{told.drug.label}, {lowered(told.route.label)}{amount}"
    names = {"dose": dose_noun(timeline)}
    keys = [
        Key(names.get(kind, explained), style)
        for kind, explained, style in _kinds(theme)
        if _occurs(timeline, kind)
    ]
    return Heading("Given", words if timeline.is_from_dose else "nothing recorded", tuple(keys))


def _kinds(theme: Theme) -> list[tuple[str, str, dict[str, Any]]]:
    full = {"facecolor": theme.mood, "edgecolor": theme.mood, "linewidth": 0.8}
    dashes = {"color": theme.mood, "linestyle": (0, (2, 1.5)), "linewidth": 1.6}
    ring = {"marker": "o", "color": theme.warning, "markerfacecolor": theme.paper, "markersize": 8}
    return [
        ("running", "infusion, as high as its rate", full),
        ("paused", "paused", dashes),
        ("dose", "dose", {"marker": "v", "color": theme.mood, "markersize": 7}),
        ("event", "adverse event, listed below", ring),
    ]


def _occurs(timeline: Timeline, name: str) -> bool:
    return {
        "running": any(not stretch.paused for stretch in timeline.stretches),
        "paused": any(stretch.paused for stretch in timeline.stretches),
        "dose": bool(timeline.doses),
        "event": bool(timeline.events),
    }[name]


def draw(sheet: MinuteSheet, axes: Axes, timeline: Timeline, foot_in: float) -> None:
    """Draw the strip; heights within `axes` are inches above its foot, at `foot_in`."""
    found, _height = rows(timeline, sheet.shape)
    for row in found:
        if row.kind == "infusion":
            _infusion(sheet, axes, timeline.stretches, row.middle_in, foot_in)
        elif row.kind == "doses":
            _doses(sheet, axes, timeline.doses, row.middle_in, foot_in)
        else:
            _events(sheet, axes, row, foot_in)


def _infusion(
    sheet: MinuteSheet, axes: Axes, stretches: Sequence[Stretch], middle: float, foot_in: float
) -> None:
    theme, base = sheet.theme, middle - BAR_IN / 2
    highest = max((s.rate_ml_per_h or Decimal(0) for s in stretches), default=Decimal(0))
    bars, tops = [], []
    for stretch in stretches:
        if stretch.paused:
            continue
        rate = stretch.rate_ml_per_h
        share = float(rate / highest) if rate is not None and highest else 1.0
        top = base + BAR_IN * share
        bars.append(
            [(stretch.start, base), (stretch.end, base), (stretch.end, top), (stretch.start, top)]
        )
        tops.append(top)
    if bars:
        # Edges in the colour of the paper part one rate from the next.
        style: dict[str, Any] = {"facecolor": theme.mood, "edgecolor": theme.paper}
        axes.add_collection(
            PolyCollection(bars, gid="running", zorder=3, linewidth=0.8, **style), autolim=False
        )
    paused = [((s.start, base + 0.01), (s.end, base + 0.01)) for s in stretches if s.paused]
    dashes = {"linestyles": [(0, (2, 1.5))], "linewidths": 1.6}
    lines(axes, "paused", paused, colors=theme.mood, zorder=3, **dashes)
    last = stretches[-1]
    if last.is_open:
        marks(axes, "open", [(last.end, middle)], marker=">", markersize=6, color=theme.mood)
    else:
        end = [((last.end, base), (last.end, base + BAR_IN))]
        lines(axes, "stop", end, colors=theme.ink, linewidths=2.2, zorder=4)
    _rates(sheet, stretches, foot_in + middle + BAR_IN / 2 + 0.02)


def _rates(sheet: MinuteSheet, stretches: Sequence[Stretch], base_in: float) -> None:
    sheet.write(sheet.shape.left_in - 0.06, base_in, "mL/h", ha="right", va="bottom")
    right = 0.0
    told = None
    for stretch in stretches:
        rate = stretch.rate_ml_per_h
        if stretch.paused or rate is None or rate == told:
            continue
        left = sheet.across_in(stretch.start) + 0.03
        if left >= right:
            sheet.write(left, base_in, number(rate), va="bottom")
            right = left + text_width_in(number(rate), sheet.shape.small_pt) + GAP_IN
            told = rate


def _doses(
    sheet: MinuteSheet, axes: Axes, doses: Sequence[DosePoint], middle: float, foot_in: float
) -> None:
    places = [(dose.minute, middle) for dose in doses]
    marks(axes, "doses", places, marker="v", markersize=7, color=sheet.theme.mood)
    base_in = foot_in + middle + MARK_IN / 2 + 0.02
    sheet.write(sheet.shape.left_in - 0.06, base_in, "mg", ha="right", va="bottom")
    right = 0.0
    for group in _groups(sheet, doses):
        words = _amounts([dose.dose_mg for dose in group])
        width = text_width_in(words, sheet.shape.small_pt)
        middle_in = sum(sheet.across_in(dose.minute) for dose in group) / len(group)
        left = max(middle_in - width / 2, sheet.shape.left_in)
        if left >= right:
            # The line of the start would run through it.
            ground = {"facecolor": sheet.theme.paper, "edgecolor": "none", "pad": 0.5}
            sheet.write(left, base_in, words, va="bottom", bbox=ground)
            right = left + width + GAP_IN


def _groups(sheet: MinuteSheet, doses: Sequence[DosePoint]) -> list[list[DosePoint]]:
    """Join doses whose labels would touch."""
    room = (text_width_in("000", sheet.shape.small_pt) + GAP_IN) * sheet.minutes_per_in
    groups: list[list[DosePoint]] = []
    for dose in doses:
        if groups and dose.minute - groups[-1][-1].minute < room:
            groups[-1].append(dose)
        else:
            groups.append([dose])
    return groups


def _amounts(amounts: Sequence[Decimal]) -> str:
    """Write the doses of a group: `28`, `3 \u00d7 28`, or their sum where they differ."""
    if len(amounts) == 1:
        return number(amounts[0])
    if len(set(amounts)) == 1:
        return f"{len(amounts)} \u00d7 {number(amounts[0])}"
    return f"{len(amounts)} doses, {number(sum(amounts, Decimal(0)))}"


def _events(sheet: MinuteSheet, axes: Axes, row: Row, foot_in: float) -> None:
    theme, level = sheet.theme, row.middle_in
    known = [(event, event.end) for event in row.events if event.end is not None]
    bars = [((event.minute, level), (end, level)) for event, end in known]
    bars += [
        ((event.minute, level), (sheet.last, level)) for event in row.events if event.is_ongoing
    ]
    lines(axes, f"events-{level:.2f}", bars, colors=theme.warning, linewidths=2.6, zorder=3)
    ends = [((end, level - 0.05), (end, level + 0.05)) for _event, end in known]
    lines(axes, f"ends-{level:.2f}", ends, colors=theme.warning, linewidths=1.6, zorder=3)
    open_ends = [(sheet.last, level) for event in row.events if event.is_ongoing]
    arrow = {"marker": ">", "markersize": 6, "color": theme.warning}
    marks(axes, f"ongoing-{level:.2f}", open_ends, **arrow)
    downwards = [((event.minute, level), (event.minute, 0.0)) for event in row.events]
    lines(axes, f"begun-{level:.2f}", downwards, **event_line(theme))
    for event in row.events:
        gid, at = f"event-{event.number}", [(event.minute, level)]
        ring = {"markerfacecolor": theme.paper, "markeredgewidth": 1.4, "color": theme.warning}
        marks(axes, gid, at, marker="o", markersize=sheet.shape.small_pt + 3.5, zorder=5, **ring)
        across, up = sheet.across_in(event.minute), foot_in + level
        style = {"ha": "center", "va": "center_baseline", "color": theme.ink, "zorder": 6}
        sheet.write(across, up, str(event.number), fontsize=sheet.shape.small_pt - 0.5, **style)


def shade(sheet: MinuteSheet, axes: Axes, name: str, timeline: Timeline) -> None:
    """Shade a panel while the infusion ran."""
    low, high = axes.get_ylim()
    for number_, stretch in enumerate(s for s in timeline.stretches if not s.paused):
        gid = f"{name}-given-{number_}"
        place, width = (stretch.start, low), stretch.end - stretch.start
        axes.add_patch(
            Rectangle(place, width, high - low, gid=gid, facecolor=sheet.theme.band, zorder=0)
        )
