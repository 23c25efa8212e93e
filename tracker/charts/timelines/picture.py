"""The picture of one session: what was given, read and happened, above one minute axis."""

from matplotlib.figure import Figure
from msgspec.structs import replace

from tracker.charts.style import Theme
from tracker.charts.timelines import events, given, mind, minutes, notes, pressure, strips
from tracker.charts.timelines.minutes import MinutePaper
from tracker.charts.timelines.panels import Ground, Panel
from tracker.charts.timelines.sizes import EDGE_IN, TimelineShape
from tracker.domain.timelines.timeline import Timeline

EMPTY_IN = 1.0


def draw(timeline: Timeline, *, shape: TimelineShape, theme: Theme) -> Figure:
    """Draw a session. Panels have fixed sizes and full scales, so that pictures compare."""
    if timeline.empty:
        return _empty(shape, theme)
    figure = Figure(facecolor=theme.paper)
    paper = MinutePaper(figure, shape, theme, timeline.first, timeline.last)
    shown = _panels(timeline, paper)
    heights = [p.name.above_in(shape) + p.height_in + p.after_in for p in shown]
    below_in = minutes.height_in(shape) + notes.height_in(timeline, shape) + EDGE_IN
    # The minutes stand close below the last panel.
    total_in = EDGE_IN + sum(heights) - shown[-1].after_in + below_in
    figure.set_size_inches(shape.width_in, total_in)
    top = bottom = total_in - EDGE_IN
    for panel, height in zip(shown, heights, strict=True):
        bottom = top - height + panel.after_in
        _draw(paper, timeline, panel, top)
        top -= height
    minutes.draw(paper, timeline, bottom)
    notes.draw(paper, timeline, bottom - minutes.height_in(shape))
    return figure


def _panels(timeline: Timeline, paper: MinutePaper) -> list[Panel]:
    shape = paper.shape
    found = [
        given.panel(timeline, shape),
        events.panel(timeline, paper),
        pressure.panel(timeline, shape),
        *strips.signs(timeline, shape),
        *mind.panels(timeline, shape),
        *strips.symptoms(timeline, shape),
    ]
    there = [panel for panel in found if panel is not None]
    # What was given belongs to the events below it; anything else below has its own air.
    if len(there) > 1 and there[1].key != "events":
        there[0] = replace(there[0], after_in=shape.between_in)
    return there


def _draw(paper: MinutePaper, timeline: Timeline, panel: Panel, top_in: float) -> None:
    panel.name.draw(paper, top_in)
    if not panel.height_in:
        return
    bottom_in = top_in - panel.name.above_in(paper.shape) - panel.height_in
    axes = paper.axes(bottom_in, panel.height_in, *panel.extent)
    ground = Ground(paper, axes, bottom_in, panel.height_in, *panel.extent)
    if panel.is_shaded:
        given.shade(ground, panel.key, timeline)
    minutes.furnish(paper, axes, panel.key, timeline)
    panel.draw(ground)


def _empty(shape: TimelineShape, theme: Theme) -> Figure:
    figure = Figure(figsize=(shape.width_in, EMPTY_IN), facecolor=theme.paper)
    paper = MinutePaper(figure, shape, theme, 0.0, 1.0)
    words = "Nothing was written down minute by minute"
    middle = {"ha": "center", "va": "center", "fontsize": shape.small_pt}
    paper.write(shape.width_in / 2, EMPTY_IN / 2, words, **middle)
    return figure
