"""The levels that scores are read against, each course's over its own span, named at their end."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from tracker.charts.layout import Box, Point, boxes, lines
from tracker.charts.style import Theme, text_height_in, text_width_in
from tracker.charts.writing import CourseGround, spread
from tracker.domain.formatting import number
from tracker.domain.progress.panels import CoursePart, ScalePanel
from tracker.domain.scores.response import responses

BASELINE = {"linestyle": "-", "linewidth": 0.8}
RESPONSE = {"linestyle": (0, (6, 3)), "linewidth": 0.9}
REMISSION = {"linestyle": (0, (1.2, 1.8)), "linewidth": 1.2}
RELIABLE = {"linestyle": (0, (2.5, 2.5)), "linewidth": 0.7}
IN_RESPONSE_PT = 2.4
ALONE_IN = 0.08  # how wide a response of a single score is drawn
WORD_IN = 0.08  # from the end of a line to its word
CLEAR_IN = 0.03
STEP_IN = 0.1


def ribbon(theme: Theme) -> dict[str, Any]:
    """Give the style of the stretch of small changes."""
    return {"facecolor": theme.ribbon, "edgecolor": theme.ribbon_edge, "linewidth": 0.5}


def draw(ground: CourseGround, panel: ScalePanel) -> None:
    """Draw levels, small changes, and the time in response."""
    code, theme, axes = panel.instrument.code, ground.paper.theme, ground.axes
    left, right = axes.get_xlim()
    drawn = defaultdict[str, list[tuple[Point, Point]]](list)
    bands: list[Box] = []
    for part, (start, end) in zip(panel.parts, _spans(ground, panel), strict=True):
        for name, level in _levels_of(part, panel):
            drawn[name].append(((start, level), (end, level)))
        if part.baseline is not None:
            begins, level = ground.paper.x(part.baseline.at), float(part.baseline.total)
            drawn["baseline"].append(((begins, level), (end, level)))
            if part.ribbon is not None:
                low, high = part.ribbon
                bands.append((begins, end, float(low), float(high)))
    if panel.remission_at is not None:
        level = float(panel.remission_at)
        drawn["remission"] = [((left, level), (right, level))]
    boxes(axes, f"{code}-ribbon", bands, zorder=0.5, **ribbon(theme))
    for name, colour, style in (
        ("baseline", theme.muted, BASELINE),
        ("response", theme.ink, RESPONSE),
        ("remission", theme.ink, REMISSION),
        ("reliable", theme.muted, RELIABLE),
    ):
        hairlines(ground, f"{code}-{name}", drawn[name], colour, style)
    _in_response(ground, panel)


def hairlines(
    ground: CourseGround,
    gid: str,
    segments: list[tuple[Point, Point]],
    colour: str,
    style: dict[str, Any],
) -> None:
    """Draw lines of one style; words rather do not cross them."""
    styles = {"linestyles": [style["linestyle"]], "linewidths": [style["linewidth"]]}
    lines(ground.axes, gid, segments, colors=colour, zorder=2, **styles)
    ground.writing.limits += [[ground.place_in(*end) for end in line] for line in segments]


def _levels_of(part: CoursePart, panel: ScalePanel) -> Iterator[tuple[str, float]]:
    """List the levels that a course has from its start on; remission is drawn once for all."""
    if part.response_at is not None and part.response_at != panel.remission_at:
        yield "response", float(part.response_at)
    for level in part.reliable_at:
        yield "reliable", float(level)


def _spans(ground: CourseGround, panel: ScalePanel) -> Iterator[tuple[float, float]]:
    """Give the span of each course: from its first score to its end, the outer ones to the edges.

    Where the latest course has no score yet, none reaches the right edge.
    """
    parts, (left, right) = panel.parts, ground.axes.get_xlim()
    for place, part in enumerate(parts):
        is_now = place == len(parts) - 1 and panel.silent_course is None
        start = left if place == 0 else ground.paper.x(part.verdicts[0].score.at)
        yield start, right if is_now else min(right, ground.paper.x(part.ends_at))


def _in_response(ground: CourseGround, panel: ScalePanel) -> None:
    """Shade the time in response, and draw its level thicker while it held."""
    code, theme = panel.instrument.code, ground.paper.theme
    best = ground.low if panel.instrument.higher_is_worse else ground.high
    alone = ALONE_IN / 2 * ground.paper.days_per_in
    spans = []
    for part in panel.parts:
        for found in responses(part.verdicts):
            start, end = ground.paper.x(found.reached.at), ground.paper.x(found.held.at)
            if found.reached is found.held:
                start, end = start - alone, end + alone
            spans.append((start, end, float(part.response_at or 0)))
    shaded = [(start, end, min(best, level), max(best, level)) for start, end, level in spans]
    boxes(ground.axes, f"{code}-in-response", shaded, zorder=0.6, facecolor=theme.response)
    thick = [((start, level), (end, level)) for start, end, level in spans]
    style = {"linestyle": "-", "linewidth": IN_RESPONSE_PT}
    hairlines(ground, f"{code}-response-held", thick, theme.ink, style)


def words(ground: CourseGround, panel: ScalePanel) -> None:
    """Name the levels that the latest score is read against, at the right end of their lines."""
    named, now = sorted(_words(panel)), panel.latest
    span = [*_spans(ground, panel)][-1]
    if not ground.paper.shape.inside and panel.silent_course is None:
        _beside(ground, named)
    else:
        for level, word in named:
            _inside(ground, span, level, word)
    if now.baseline is not None and now.important_size is not None:
        _inside(ground, span, float(now.baseline.total), "small change")


def _words(panel: ScalePanel) -> Iterator[tuple[float, str]]:
    now, worse = panel.latest, panel.instrument.higher_is_worse
    side = "or less" if worse else "or more"
    for name, level in (("response", now.response_at), ("remission", panel.remission_at)):
        if level is not None:
            yield float(level), f"{name} {number(level)} {side}"
    if now.baseline is not None:
        for level in now.reliable_at:
            end = "or less" if level < now.baseline.total else "or more"
            yield float(level), f"reliable {number(level)} {end}"


def _beside(ground: CourseGround, named: list[tuple[float, str]]) -> None:
    """Write words in the margin, each with a hair to its level; those that touch make room."""
    paper, shape = ground.paper, ground.paper.shape
    line_in, right = text_height_in(shape.small_pt), shape.left_in + shape.data_in
    levels = [ground.up_in(level) for level, _word in named]
    places = spread(levels, line_in) if levels else []
    top = ground.bottom_in + ground.height_in
    down = max(0.0, places[-1] - top) if places else 0.0
    up = max(0.0, ground.bottom_in - (places[0] - down)) if places else 0.0
    for (_level, word), at_in, place in zip(named, levels, places, strict=True):
        middle = place - down + up
        paper.hair([(right, at_in), (right + WORD_IN, middle)])
        paper.write(right + WORD_IN + CLEAR_IN, middle, word, va="center_baseline")


def _inside(ground: CourseGround, span: Point, level: float, word: str) -> None:
    """Write a word on its line or below it, as far to the right as there is room."""
    size = ground.paper.shape.small_pt
    height, width = text_height_in(size), text_width_in(word, size)
    (start, middle), (end, _) = (ground.place_in(x, level) for x in span)
    steps = range(max(1, int((end - start) / STEP_IN) + 1))
    across = [end - width - CLEAR_IN - step * STEP_IN for step in steps]
    corners = [(x, y) for x in across for y in (middle + CLEAR_IN, middle - height)]
    ground.writing.write(word, corners, color=ground.paper.theme.muted, bbox=None)
