"""What stands below the panels: adverse events by their numbers, and what was not recorded."""

from tracker.charts.minutes import MinutePaper
from tracker.charts.style import Shape, printable, text_height_in, text_width_in, wrap
from tracker.domain.timelines.marks import PRESSURE, SCALES, USUAL
from tracker.domain.timelines.text import event_words
from tracker.domain.timelines.timeline import Timeline

EDGE_IN = 0.1
INDENT_IN = 0.24
TITLE = "Adverse events"


def height_in(timeline: Timeline, shape: Shape) -> float:
    """Give the height of the list; nothing where there is nothing to say."""
    count = len(_lines(timeline, shape))
    if not count:
        return 0.0
    title = shape.row_in * 1.2 if timeline.events else 0.0
    return 0.1 + title + count * shape.row_in


def draw(paper: MinutePaper, timeline: Timeline, top_in: float) -> None:
    """Write the list below `top_in`."""
    shape, theme = paper.shape, paper.theme
    top = top_in - 0.1
    if timeline.events:
        title = {"fontsize": shape.text_pt, "weight": "bold", "color": theme.ink}
        paper.write(EDGE_IN, top, TITLE, va="top", **title)
        across = EDGE_IN + text_width_in(TITLE, shape.text_pt, bold=True) + 0.08
        base = top - text_height_in(shape.text_pt) + text_height_in(shape.small_pt)
        paper.write(across, base, "graded by a clinician", va="top")
        top -= shape.row_in * 1.2
    for number, words in _lines(timeline, shape):
        across = EDGE_IN
        if number is not None:
            paper.write(EDGE_IN, top, number, va="top", weight="bold", color=theme.ink)
            across += INDENT_IN
        paper.write(
            across, top, words, va="top", color=theme.muted if number is None else theme.ink
        )
        top -= shape.row_in


def _lines(timeline: Timeline, shape: Shape) -> list[tuple[str | None, str]]:
    """Break the list into lines; the first of an event has its number, others ''."""
    found: list[tuple[str | None, str]] = []
    width = shape.width_in - 2 * EDGE_IN
    for event in timeline.events:
        words = wrap(printable(event_words(event)), width - INDENT_IN, shape.small_pt)
        found += [("" if n else str(event.number), line) for n, line in enumerate(words)]
    missing = _missing(timeline)
    if missing:
        words = wrap(f"Not recorded: {', '.join(missing)}", width, shape.small_pt)
        found += [(None, line) for line in words]
    return found


def _missing(timeline: Timeline) -> list[str]:
    names = [] if timeline.pressures else [PRESSURE.label]
    shown = {scale.name for scale in timeline.scales}
    wanted = (scale for scale in SCALES if scale.name in USUAL)
    return names + [scale.label for scale in wanted if scale.name not in shown]
