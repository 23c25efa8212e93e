"""What stands below the panels: where the limits are from, and what was not recorded."""

from tracker.charts.style import wrap
from tracker.charts.timelines import limits
from tracker.charts.timelines.minutes import MinutePaper
from tracker.charts.timelines.sizes import EDGE_IN, TimelineShape
from tracker.domain.clinic.reading_limits import DIASTOLIC, SYSTOLIC, Limit
from tracker.domain.formatting import lower_first
from tracker.domain.measures import SPO2
from tracker.domain.progress.trend import Audience
from tracker.domain.timelines.marks import PRESSURE, SCALES, SIGN_STRIPS, USUAL
from tracker.domain.timelines.timeline import Timeline

GAP_IN = 0.05


def height_in(timeline: Timeline, shape: TimelineShape) -> float:
    """Give the height of the notes; nothing where there are none."""
    count = len(_lines(timeline, shape))
    return GAP_IN + count * shape.line_in if count else 0.0


def draw(paper: MinutePaper, timeline: Timeline, top_in: float) -> None:
    """Write the notes below `top_in`."""
    top = top_in - GAP_IN
    for place, words in enumerate(_lines(timeline, paper.shape)):
        paper.write(EDGE_IN, top - place * paper.shape.line_in, words, va="top")


def _lines(timeline: Timeline, shape: TimelineShape) -> list[str]:
    width = shape.width_in - 2 * EDGE_IN
    missing, sources = _missing(timeline), _sources(timeline)
    notes = [f"Limits: {'; '.join(sources)}"] if sources else []
    notes += [f"Not recorded: {', '.join(missing)}"] if missing else []
    return [line for note in notes for line in wrap(note, width, shape.small_pt)]


def _sources(timeline: Timeline) -> list[str]:
    """Name the limits that have a line by where they are from: a label, a paper, the clinic."""
    named: dict[str, list[str]] = {}
    pressures = limits.with_line(timeline, (SYSTOLIC, DIASTOLIC)) if timeline.pressures else []
    for is_upper, strict in ((True, False), (True, True), (False, False)):
        those = [one for one in pressures if (one.is_upper, one.is_strict) == (is_upper, strict)]
        for source in dict.fromkeys(_source(one) for one in those):
            values = "/".join(str(one.value) for one in those if _source(one) == source)
            named.setdefault(source, []).append(values if is_upper else f"low {values}")
    for (scale,) in SIGN_STRIPS:
        shown = limits.with_line(timeline, [scale.name]) if timeline.values(scale.name) else []
        for source in dict.fromkeys(_source(one) for one in shown):
            values = "\u2013".join(str(n) for n in sorted(one.value for one in shown))
            label = scale.label if scale.name == SPO2.name else lower_first(scale.label)
            named.setdefault(source, []).append(f"{label} {values}")
    return [f"{', '.join(values)} {source}" for source, values in named.items()]


def _source(limit: Limit) -> str:
    return limit.source.partition(";")[0].partition(":")[0]


def _missing(timeline: Timeline) -> list[str]:
    names = [] if timeline.pressures else [PRESSURE.label]
    shown = {scale.name for scale in timeline.scales}
    own = timeline.audience is Audience.PATIENT
    wanted = (scale for scale in SCALES if scale.name in USUAL and not (own and scale.for_staff))
    return names + [scale.label for scale in wanted if scale.name not in shown]
