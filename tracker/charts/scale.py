"""The panel of a scale: totals over time against baseline, response and remission."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes

from tracker.charts.layout import Box, CoursePaper, Point, boxes, lines, marks
from tracker.charts.legend import Heading, LegendEntry
from tracker.charts.style import POINTS_PER_INCH, Theme
from tracker.domain.formatting import number
from tracker.domain.progress.panels import CoursePart, ScalePanel
from tracker.domain.scores.interpretation import reliable_size
from tracker.domain.scores.points import ScorePoint

BASELINE = {"linestyle": "-", "linewidth": 1.1}
RESPONSE = {"linestyle": (0, (6, 3)), "linewidth": 1.3}
REMISSION = {"linestyle": (0, (1.2, 1.8)), "linewidth": 1.7}
RELIABLE = {"linestyle": (0, (2.5, 2.5)), "linewidth": 0.9}
VERSION = {"linestyle": (0, (7, 2, 1.5, 2)), "linewidth": 1.0}

LIFTS_PT = (0, 8, -8, 12, -12)


def heading(panel: ScalePanel, theme: Theme) -> Heading:
    """Name the scale, its direction, and the levels that have a line."""
    instrument = panel.instrument
    return Heading(
        instrument.short_title,
        f"{number(instrument.minimum)} {instrument.low_end} \u2013 "
        f"{number(instrument.maximum)} {instrument.high_end}",
        tuple(_legend(panel, theme)),
    )


def _legend(panel: ScalePanel, theme: Theme) -> list[LegendEntry]:
    now, keys = panel.latest, []
    starts = [number(part.baseline.total) for part in panel.parts if part.baseline is not None]
    if not starts:
        keys.append(LegendEntry("no baseline", {}))
    else:
        missing = ", none now" if now.baseline is None or panel.silent_course else ""
        style = {**BASELINE, "color": theme.muted}
        keys.append(LegendEntry(f"baseline {', then '.join(starts)}{missing}", style))
    side = "or less" if panel.instrument.higher_is_worse else "or more"
    response, remission = now.response_at, panel.remission_at
    if response is not None and response != remission:
        style = {**RESPONSE, "color": theme.ink}
        keys.append(LegendEntry(f"response {number(response)} {side}", style))
    if remission is not None:
        words = "response and remission" if response == remission else "remission"
        style = {**REMISSION, "color": theme.ink}
        keys.append(LegendEntry(f"{words} {number(remission)} {side}", style))
    smallest = panel.latest.important_size
    if starts and smallest is not None:
        keys.append(LegendEntry(f"less than {number(smallest)}: small change", _ribbon(theme)))
    return keys + _rarer_keys(panel, theme)


def _rarer_keys(panel: ScalePanel, theme: Theme) -> list[LegendEntry]:
    """Explain what few pictures have."""
    keys = []
    reliable = reliable_size(panel.instrument)
    if reliable is not None and any(part.reliable_at for part in panel.parts):
        style = {**RELIABLE, "color": theme.muted}
        keys.append(LegendEntry(f"{number(reliable)} or more: reliable change", style))
    if any(point.prorated for point in panel.points):
        keys.append(LegendEntry("prorated", {**_hollow(theme), "markersize": 6}))
    if panel.version_changes:
        keys.append(LegendEntry("new version of the form", {**VERSION, "color": theme.ink}))
    return keys


def _hollow(theme: Theme) -> dict[str, Any]:
    return {
        "marker": "o",
        "color": theme.score,
        "markerfacecolor": theme.paper,
        "markeredgewidth": 1.5,
    }


def _ribbon(theme: Theme) -> dict[str, Any]:
    return {"facecolor": theme.ribbon, "edgecolor": theme.ribbon_edge, "linewidth": 0.6}


def data(paper: CoursePaper, axes: Axes, panel: ScalePanel) -> None:
    """Draw levels, then totals; totals far apart are not joined."""
    _levels(paper, axes, panel)
    code, colour = panel.instrument.code, paper.theme.score
    runs = [_places(paper, run) for run in panel.segments]
    joins = [join for run in runs for join in pairwise(run)]
    lines(axes, f"{code}-joins", joins, colors=colour, linewidths=1.8, zorder=3)
    points = _places(paper, panel.points)
    room_pt = paper.shape.data_in * POINTS_PER_INCH / len(points)
    size = min(6.5, max(3.5, room_pt * 0.6))
    full, prorated = _split(panel, points)
    marks(axes, f"{code}-totals", full, marker="o", markersize=size, color=colour)
    marks(axes, f"{code}-prorated", prorated, markersize=size, **_hollow(paper.theme))
    axes.annotate(
        number(panel.last.total),
        points[-1],
        xytext=(7, _lift_pt(paper, axes, panel)),
        textcoords="offset points",
        va="center_baseline",
        color=colour,
        fontsize=paper.shape.text_pt,
        weight="bold",
        gid=f"{code}-last",
        zorder=5,
    )


def _split(panel: ScalePanel, places: list[Point]) -> tuple[list[Point], list[Point]]:
    """Tell the marks of full totals from those of prorated ones."""
    both = list(zip(panel.points, places, strict=True))
    full = [place for point, place in both if not point.prorated]
    return full, [place for point, place in both if point.prorated]


def _lift_pt(paper: CoursePaper, axes: Axes, panel: ScalePanel) -> float:
    """Find how far to lift or lower the last value, so that no line runs through it."""
    low, high = axes.get_ylim()
    per_pt = (high - low) / (paper.shape.scale_in * POINTS_PER_INCH)
    half = paper.shape.text_pt * 0.5
    now = panel.latest
    levels = [now.response_at, panel.remission_at, *(now.ribbon or ()), *now.reliable_at]
    levels.append(now.baseline.total if now.baseline else None)
    apart = [float(level - panel.last.total) / per_pt for level in levels if level is not None]
    to_low, to_high = (float(end) - float(panel.last.total) for end in (low, high))
    for lift in LIFTS_PT:
        inside = to_low / per_pt <= lift - half and lift + half <= to_high / per_pt
        if inside and all(abs(level - lift) > half for level in apart):
            return lift
    return 0.0


def _levels(paper: CoursePaper, axes: Axes, panel: ScalePanel) -> None:
    """Draw what scores are read against: of each course over its own span, the rest throughout."""
    code, theme = panel.instrument.code, paper.theme
    left, right = axes.get_xlim()
    drawn = defaultdict[str, list[tuple[Point, Point]]](list)
    bands: list[Box] = []
    for part, (start, end) in zip(panel.parts, _spans(paper, panel, left, right), strict=True):
        for name, levels in _levels_of(part, panel.remission_at):
            drawn[name] += [((start, float(y)), (end, float(y))) for y in levels]
        if part.baseline is not None:
            begins, level = paper.x(part.baseline.at), float(part.baseline.total)
            drawn["baseline"].append(((begins, level), (end, level)))
            if part.ribbon is not None:
                low, high = part.ribbon
                bands.append((begins, end, float(low), float(high)))
    if panel.remission_at is not None:
        level = float(panel.remission_at)
        drawn["remission"] = [((left, level), (right, level))]
    boxes(axes, f"{code}-ribbon", bands, zorder=0.5, **_ribbon(theme))
    for name, colour, style in (
        ("baseline", theme.muted, BASELINE),
        ("response", theme.ink, RESPONSE),
        ("remission", theme.ink, REMISSION),
        ("reliable", theme.muted, RELIABLE),
    ):
        _lines(axes, f"{code}-{name}", drawn[name], colour, style)
    bottom, top = axes.get_ylim()
    middles = [(paper.x(c.earlier.at) + paper.x(c.later.at)) / 2 for c in panel.version_changes]
    steps = [((x, bottom), (x, top)) for x in middles]
    _lines(axes, f"{code}-versions", steps, theme.ink, VERSION)


def _levels_of(
    part: CoursePart, remission: Decimal | None
) -> tuple[tuple[str, tuple[Decimal, ...]], ...]:
    """List the levels that a course has from its start on; remission is drawn once for all."""
    response = part.response_at
    own = () if response is None or response == remission else (response,)
    return ("response", own), ("reliable", part.reliable_at)


def _spans(
    paper: CoursePaper, panel: ScalePanel, left: float, right: float
) -> Iterator[tuple[float, float]]:
    """Give the span of each course: from its first score to its end, the outer ones to the edges.

    Where the latest course has no score yet, none reaches the right edge.
    """
    parts = panel.parts
    for place, part in enumerate(parts):
        is_now = place == len(parts) - 1 and panel.silent_course is None
        start = left if place == 0 else paper.x(part.verdicts[0].score.at)
        yield start, right if is_now else min(right, paper.x(part.ends_at))


def _lines(
    axes: Axes, gid: str, segments: list[tuple[Point, Point]], colour: str, style: dict[str, Any]
) -> None:
    styles = {"linestyles": [style["linestyle"]], "linewidths": [style["linewidth"]]}
    lines(axes, gid, segments, colors=colour, zorder=2, **styles)


def _places(paper: CoursePaper, points: tuple[ScorePoint, ...]) -> list[Point]:
    return [(paper.x(point.at), float(point.total)) for point in points]
