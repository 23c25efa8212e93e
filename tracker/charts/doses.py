"""The strip of what was given: an infusion as it ran, doses at their minutes, events by number."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.patches import Rectangle

from tracker.charts.layout import lines, marks
from tracker.charts.legend import Heading, LegendEntry
from tracker.charts.minutes import MinutePaper, event_line
from tracker.charts.style import Shape, Theme, text_height_in, text_width_in
from tracker.domain.formatting import lower_first, number
from tracker.domain.timelines.marks import DosePoint, EventSpan, InfusionSpan
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
    if timeline.spans:
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
    treatment = timeline.treatment
    amount = "" if treatment.dose_mg is None else f", {number(treatment.dose_mg)} mg"
    words = f"{treatment.drug.label}, {lower_first(treatment.route.label)}{amount}"
    names = {"dose": dose_noun(timeline)}
    keys = [
        LegendEntry(names.get(kind, explained), style)
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
        "running": any(not span.paused for span in timeline.spans),
        "paused": any(span.paused for span in timeline.spans),
        "dose": bool(timeline.doses),
        "event": bool(timeline.events),
    }[name]


def draw(paper: MinutePaper, axes: Axes, timeline: Timeline, foot_in: float) -> None:
    """Draw the strip; heights within `axes` are inches above its foot, at `foot_in`."""
    found, _height = rows(timeline, paper.shape)
    for row in found:
        if row.kind == "infusion":
            _infusion(paper, axes, timeline.spans, row.middle_in, foot_in)
        elif row.kind == "doses":
            _doses(paper, axes, timeline.doses, row.middle_in, foot_in)
        else:
            _events(paper, axes, row, foot_in)


def _infusion(
    paper: MinutePaper, axes: Axes, stretches: Sequence[InfusionSpan], middle: float, foot_in: float
) -> None:
    theme, base = paper.theme, middle - BAR_IN / 2
    highest = max((s.rate_ml_per_h or Decimal(0) for s in stretches), default=Decimal(0))
    bars, tops = [], []
    for span in stretches:
        if span.paused:
            continue
        rate = span.rate_ml_per_h
        share = float(rate / highest) if rate is not None and highest else 1.0
        top = base + BAR_IN * share
        bars.append([(span.start, base), (span.end, base), (span.end, top), (span.start, top)])
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
    _rates(paper, stretches, foot_in + middle + BAR_IN / 2 + 0.02)


def _rates(paper: MinutePaper, stretches: Sequence[InfusionSpan], base_in: float) -> None:
    paper.write(paper.shape.left_in - 0.06, base_in, "mL/h", ha="right", va="bottom")
    right = 0.0
    last = None
    for span in stretches:
        rate = span.rate_ml_per_h
        if span.paused or rate is None or rate == last:
            continue
        left = paper.across_in(span.start) + 0.03
        if left >= right:
            paper.write(left, base_in, number(rate), va="bottom")
            right = left + text_width_in(number(rate), paper.shape.small_pt) + GAP_IN
            last = rate


def _doses(
    paper: MinutePaper, axes: Axes, doses: Sequence[DosePoint], middle: float, foot_in: float
) -> None:
    places = [(dose.minute, middle) for dose in doses]
    marks(axes, "doses", places, marker="v", markersize=7, color=paper.theme.mood)
    base_in = foot_in + middle + MARK_IN / 2 + 0.02
    paper.write(paper.shape.left_in - 0.06, base_in, "mg", ha="right", va="bottom")
    right = 0.0
    for group in _groups(paper, doses):
        words = _amounts([dose.dose_mg for dose in group])
        width = text_width_in(words, paper.shape.small_pt)
        middle_in = sum(paper.across_in(dose.minute) for dose in group) / len(group)
        left = max(middle_in - width / 2, paper.shape.left_in)
        if left >= right:
            # The line of the start would run through it.
            ground = {"facecolor": paper.theme.paper, "edgecolor": "none", "pad": 0.5}
            paper.write(left, base_in, words, va="bottom", bbox=ground)
            right = left + width + GAP_IN


def _groups(paper: MinutePaper, doses: Sequence[DosePoint]) -> list[list[DosePoint]]:
    """Join doses whose labels would touch."""
    room = (text_width_in("000", paper.shape.small_pt) + GAP_IN) * paper.minutes_per_in
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


def _events(paper: MinutePaper, axes: Axes, row: Row, foot_in: float) -> None:
    theme, level = paper.theme, row.middle_in
    known = [(event, event.end) for event in row.events if event.end is not None]
    bars = [((event.minute, level), (end, level)) for event, end in known]
    bars += [
        ((event.minute, level), (paper.last, level)) for event in row.events if event.is_ongoing
    ]
    lines(axes, f"events-{level:.2f}", bars, colors=theme.warning, linewidths=2.6, zorder=3)
    ends = [((end, level - 0.05), (end, level + 0.05)) for _event, end in known]
    lines(axes, f"ends-{level:.2f}", ends, colors=theme.warning, linewidths=1.6, zorder=3)
    open_ends = [(paper.last, level) for event in row.events if event.is_ongoing]
    arrow = {"marker": ">", "markersize": 6, "color": theme.warning}
    marks(axes, f"ongoing-{level:.2f}", open_ends, **arrow)
    downwards = [((event.minute, level), (event.minute, 0.0)) for event in row.events]
    lines(axes, f"begun-{level:.2f}", downwards, **event_line(theme))
    for event in row.events:
        gid, at = f"event-{event.number}", [(event.minute, level)]
        ring = {"markerfacecolor": theme.paper, "markeredgewidth": 1.4, "color": theme.warning}
        marks(axes, gid, at, marker="o", markersize=paper.shape.small_pt + 3.5, zorder=5, **ring)
        across, up = paper.across_in(event.minute), foot_in + level
        style = {"ha": "center", "va": "center_baseline", "color": theme.ink, "zorder": 6}
        paper.write(across, up, str(event.number), fontsize=paper.shape.small_pt - 0.5, **style)


def shade(paper: MinutePaper, axes: Axes, name: str, timeline: Timeline) -> None:
    """Shade a panel while the infusion ran."""
    low, high = axes.get_ylim()
    for number_, span in enumerate(s for s in timeline.spans if not s.paused):
        gid = f"{name}-given-{number_}"
        place, width = (span.start, low), span.end - span.start
        axes.add_patch(
            Rectangle(place, width, high - low, gid=gid, facecolor=paper.theme.band, zorder=0)
        )
