"""The panel of what was given: an infusion as it ran, doses at their minutes."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from matplotlib.collections import PolyCollection
from matplotlib.patches import Rectangle

from tracker.charts.layout import lines, marks
from tracker.charts.style import text_width_in
from tracker.charts.timelines.names import PanelName
from tracker.charts.timelines.panels import Ground, Panel
from tracker.charts.timelines.sizes import TimelineShape
from tracker.domain.formatting import lower_first, number
from tracker.domain.timelines.marks import DosePoint, InfusionSpan
from tracker.domain.timelines.timeline import Timeline

BAR_IN = 0.14
MARK_IN = 0.13
GAP_IN = 0.03


def panel(timeline: Timeline, shape: TimelineShape) -> Panel:
    """Lay out what was given; where nothing was, the name alone says so."""
    name = PanelName("Given", _in_words(timeline))
    rows_in = _infusion_in(timeline, shape) + _doses_in(timeline, shape)
    height = max(rows_in, name.beside_in(shape))
    return Panel(
        "given", name, height, (0.0, height), lambda ground: _draw(ground, timeline),
        after_in=GAP_IN, is_shaded=False,
    )  # fmt: skip


def _in_words(timeline: Timeline) -> str:
    if not timeline.is_from_dose:
        return "nothing recorded"
    treatment = timeline.treatment
    amount = "" if treatment.dose_mg is None else f", {number(treatment.dose_mg)} mg"
    return f"{treatment.drug.label}, {lower_first(treatment.route.label)}{amount}"


def _infusion_in(timeline: Timeline, shape: TimelineShape) -> float:
    return shape.line_in + BAR_IN + 2 * GAP_IN if timeline.spans else 0.0


def _doses_in(timeline: Timeline, shape: TimelineShape) -> float:
    return shape.line_in + MARK_IN + 2 * GAP_IN if timeline.doses else 0.0


def _draw(ground: Ground, timeline: Timeline) -> None:
    """Stack the rows from the top; heights within the axes are inches above the foot."""
    top, shape = ground.height_in, ground.paper.shape
    if timeline.spans:
        foot = top - _infusion_in(timeline, shape) + GAP_IN
        _infusion(ground, timeline.spans, foot)
        top -= _infusion_in(timeline, shape)
    if timeline.doses:
        _doses(ground, timeline.doses, top - shape.line_in - MARK_IN / 2 - GAP_IN)


def _infusion(ground: Ground, spans: Sequence[InfusionSpan], foot: float) -> None:
    axes, theme = ground.axes, ground.paper.theme
    highest = max((s.rate_ml_per_h or Decimal(0) for s in spans), default=Decimal(0))
    bars = []
    for span in (s for s in spans if not s.paused):
        rate = span.rate_ml_per_h
        share = float(rate / highest) if rate is not None and highest else 1.0
        start, end, top = span.start, span.end, foot + BAR_IN * share
        bars.append([(start, foot), (end, foot), (end, top), (start, top)])
    if bars:
        # Edges in the colour of the paper part one rate from the next.
        style: dict[str, Any] = {"facecolor": theme.mood, "edgecolor": theme.paper}
        axes.add_collection(
            PolyCollection(bars, gid="running", zorder=3, linewidth=0.8, **style), autolim=False
        )
    paused = [((s.start, foot + 0.01), (s.end, foot + 0.01)) for s in spans if s.paused]
    dashes = {"linestyles": [(0, (2, 1.5))], "linewidths": 1.6}
    lines(axes, "paused", paused, colors=theme.mood, zorder=3, **dashes)
    last = spans[-1]
    if last.is_open:
        middle = foot + BAR_IN / 2
        marks(axes, "open", [(last.end, middle)], marker=">", markersize=6, color=theme.mood)
    else:
        stop = [((last.end, foot), (last.end, foot + BAR_IN))]
        lines(axes, "stop", stop, colors=theme.ink, linewidths=2.2, zorder=4)
    _rates(ground, spans, ground.bottom_in + foot + BAR_IN + 0.01)


def _rates(ground: Ground, spans: Sequence[InfusionSpan], base_in: float) -> None:
    """Write each rate where it began, the first with its unit; a pause is called so."""
    paper, writing, last = ground.paper, ground.margin(), None
    for span in (s for s in spans if not s.paused):
        rate = span.rate_ml_per_h
        if rate is not None and rate != last:
            words = number(rate) if last is not None else f"{number(rate)} mL/h"
            writing.write(words, [(paper.across_in(span.start) + 0.02, base_in)])
            last = rate
    for span in (s for s in spans if s.paused):
        corner = (paper.across_in(span.start) + 0.02, base_in)
        writing.write("paused", [corner], color=paper.theme.muted)


def _doses(ground: Ground, doses: Sequence[DosePoint], middle: float) -> None:
    paper = ground.paper
    places = [(dose.minute, middle) for dose in doses]
    marks(ground.axes, "doses", places, marker="v", markersize=7, color=paper.theme.mood)
    writing, base = ground.margin(), ground.bottom_in + middle + MARK_IN / 2 + 0.02
    for group in _groups(ground, doses):
        words = _amounts([dose.dose_mg for dose in group])
        width = text_width_in(words, paper.shape.small_pt)
        middle_in = sum(paper.across_in(dose.minute) for dose in group) / len(group)
        writing.write(words, [(middle_in - width / 2, base)])


def _groups(ground: Ground, doses: Sequence[DosePoint]) -> list[list[DosePoint]]:
    """Join doses whose labels would touch."""
    paper = ground.paper
    widest = max(text_width_in(_amounts([d.dose_mg]), paper.shape.small_pt) for d in doses)
    room = (widest + 0.06) * paper.minutes_per_in
    groups: list[list[DosePoint]] = []
    for dose in doses:
        if groups and dose.minute - groups[-1][-1].minute < room:
            groups[-1].append(dose)
        else:
            groups.append([dose])
    return groups


def _amounts(amounts: Sequence[Decimal]) -> str:
    """Write the doses of a group: `28 mg`, `3 \u00d7 28 mg`, or their sum where they differ."""
    if len(amounts) == 1:
        return f"{number(amounts[0])} mg"
    if len(set(amounts)) == 1:
        return f"{len(amounts)} \u00d7 {number(amounts[0])} mg"
    return f"{len(amounts)} doses, {number(sum(amounts, Decimal(0)))} mg"


def shade(ground: Ground, name: str, timeline: Timeline) -> None:
    """Shade a panel while the infusion ran."""
    for place, span in enumerate(s for s in timeline.spans if not s.paused):
        size = (span.end - span.start, ground.high - ground.low)
        style: dict[str, Any] = {"facecolor": ground.paper.theme.band, "zorder": 0}
        corner, gid = (span.start, ground.low), f"{name}-given-{place}"
        ground.axes.add_patch(Rectangle(corner, *size, gid=gid, **style))
