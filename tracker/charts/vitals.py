"""The picture of one session: what was given, read and happened, above one minute axis."""

from dataclasses import dataclass

from matplotlib.figure import Figure

from tracker.charts import doses, event_list, legend, minutes, vital_signs
from tracker.charts.minutes import MinutePaper
from tracker.charts.style import Shape, Theme
from tracker.domain.timelines.marks import PRESSURE, Scale
from tracker.domain.timelines.timeline import Timeline

TOP_IN = 0.1
BOTTOM_IN = 0.06
BETWEEN_IN = 0.12
AXIS_IN = 0.09  # between the last panel, whose lowest number reaches below it, and the minutes
EMPTY_IN = 1.5


@dataclass(frozen=True, slots=True)
class VitalsPlace:
    """Where a panel stands: its heading's upper edge and its data area, in inches.

    `scale` is None for the strip of what was given.
    """

    scale: Scale | None
    heading: legend.Heading
    top_in: float
    bottom_in: float
    height_in: float


def draw(timeline: Timeline, *, shape: Shape, theme: Theme) -> Figure:
    """Draw a session. Panels have fixed sizes and full scales, so that pictures compare."""
    if timeline.empty:
        return _empty(shape, theme)
    scales = [*([PRESSURE] if timeline.pressures else []), *timeline.scales]
    headings = [doses.heading(timeline, theme)]
    heights = [doses.rows(timeline, shape)[1]]
    for scale in scales:
        headings.append(vital_signs.heading(timeline, scale, theme))
        heights.append(vital_signs.height_in(timeline, scale, shape))
    below_in = AXIS_IN + minutes.height_in(shape.small_pt) + BOTTOM_IN
    below_in += event_list.height_in(timeline, shape)
    total_in = TOP_IN + below_in + BETWEEN_IN * (len(heights) - 1) + sum(heights)
    total_in += sum(heading.height_in(shape) for heading in headings)
    figure = Figure(figsize=(shape.width_in, total_in), facecolor=theme.paper)
    paper = MinutePaper(figure, shape, theme, timeline.first, timeline.last)
    top = bottom = total_in - TOP_IN
    for shown, heading, height in zip([None, *scales], headings, heights, strict=True):
        bottom = top - heading.height_in(shape) - height
        _panel(paper, timeline, VitalsPlace(shown, heading, top, bottom, height))
        top = bottom - BETWEEN_IN
    axis_in = bottom - AXIS_IN
    minutes.draw(paper, timeline, axis_in)
    event_list.draw(paper, timeline, axis_in - minutes.height_in(shape.small_pt))
    return figure


def _panel(paper: MinutePaper, timeline: Timeline, place: VitalsPlace) -> None:
    legend.draw(paper, place.heading, place.top_in)
    if place.scale is None:
        if place.height_in:
            axes = paper.axes(place.bottom_in, place.height_in, 0.0, place.height_in)
            minutes.furnish(paper, axes, "given", timeline)
            doses.draw(paper, axes, timeline, place.bottom_in)
        return
    extent = vital_signs.extent(timeline, place.scale, paper.shape)
    axes = paper.axes(place.bottom_in, place.height_in, *extent)
    doses.shade(paper, axes, place.scale.name, timeline)
    minutes.furnish(paper, axes, place.scale.name, timeline)
    vital_signs.furnish(paper, axes, timeline, place.scale, place.bottom_in)
    if place.scale is PRESSURE:
        vital_signs.pressures(paper, axes, timeline)
    else:
        vital_signs.values(paper, axes, timeline, place.scale)


def _empty(shape: Shape, theme: Theme) -> Figure:
    figure = Figure(figsize=(shape.width_in, EMPTY_IN), facecolor=theme.paper)
    paper = MinutePaper(figure, shape, theme, 0.0, 1.0)
    words = "Nothing was written down minute by minute"
    middle = {"ha": "center", "va": "center", "fontsize": shape.text_pt}
    paper.write(shape.width_in / 2, EMPTY_IN / 2, words, **middle)
    return figure
