"""The panel of a scale: totals over time against baseline, response and remission."""

from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes

from tracker.charts.layout import CoursePaper, Point, areas, lines, marks
from tracker.charts.legend import Heading, LegendEntry
from tracker.charts.style import POINTS_PER_INCH, Theme
from tracker.domain.formatting import number
from tracker.domain.progress.panels import ScalePanel
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
    keys = []
    if panel.baseline is None:
        keys.append(LegendEntry("no baseline", {}))
    else:
        style = {**BASELINE, "color": theme.muted}
        keys.append(LegendEntry(f"baseline {number(panel.baseline.total)}", style))
    side = "or less" if panel.instrument.higher_is_worse else "or more"
    response, remission = panel.response_at, panel.remission_at
    if response is not None and response != remission:
        style = {**RESPONSE, "color": theme.ink}
        keys.append(LegendEntry(f"response {number(response)} {side}", style))
    if remission is not None:
        words = "response and remission" if response == remission else "remission"
        style = {**REMISSION, "color": theme.ink}
        keys.append(LegendEntry(f"{words} {number(remission)} {side}", style))
    smallest = panel.important_size
    if panel.ribbon is not None and smallest is not None:
        keys.append(LegendEntry(f"less than {number(smallest)}: small change", _ribbon(theme)))
    return keys + _rarer_keys(panel, theme)


def _rarer_keys(panel: ScalePanel, theme: Theme) -> list[LegendEntry]:
    """Explain what few pictures have."""
    keys = []
    reliable = reliable_size(panel.instrument)
    if panel.reliable_at and reliable is not None:
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
    levels = [panel.response_at, panel.remission_at, *(panel.ribbon or ()), *panel.reliable_at]
    levels.append(panel.baseline.total if panel.baseline else None)
    apart = [float(level - panel.last.total) / per_pt for level in levels if level is not None]
    to_low, to_high = (float(end) - float(panel.last.total) for end in (low, high))
    for lift in LIFTS_PT:
        inside = to_low / per_pt <= lift - half and lift + half <= to_high / per_pt
        if inside and all(abs(level - lift) > half for level in apart):
            return lift
    return 0.0


def _levels(paper: CoursePaper, axes: Axes, panel: ScalePanel) -> None:
    code, theme = panel.instrument.code, paper.theme
    left, right = axes.get_xlim()
    if panel.baseline is not None:
        start, level = paper.x(panel.baseline.at), float(panel.baseline.total)
        if panel.ribbon is not None:
            low, high = panel.ribbon
            spans = [(float(low), float(high))]
            areas(axes, f"{code}-ribbon", spans, start, zorder=0.5, **_ribbon(theme))
        segment = ((start, level), (right, level))
        _lines(axes, f"{code}-baseline", [segment], theme.muted, BASELINE)
    response, remission = panel.response_at, panel.remission_at
    for name, levels, colour, style in (
        ("response", [response] if response != remission else [], theme.ink, RESPONSE),
        ("remission", [remission], theme.ink, REMISSION),
        ("reliable", panel.reliable_at, theme.muted, RELIABLE),
    ):
        heights = [float(level) for level in levels if level is not None]
        _lines(axes, f"{code}-{name}", [((left, y), (right, y)) for y in heights], colour, style)
    bottom, top = axes.get_ylim()
    middles = [(paper.x(c.earlier.at) + paper.x(c.later.at)) / 2 for c in panel.version_changes]
    steps = [((x, bottom), (x, top)) for x in middles]
    _lines(axes, f"{code}-versions", steps, theme.ink, VERSION)


def _lines(
    axes: Axes, gid: str, segments: list[tuple[Point, Point]], colour: str, style: dict[str, Any]
) -> None:
    styles = {"linestyles": [style["linestyle"]], "linewidths": [style["linewidth"]]}
    lines(axes, gid, segments, colors=colour, zorder=2, **styles)


def _places(paper: CoursePaper, points: tuple[ScorePoint, ...]) -> list[Point]:
    return [(paper.x(point.at), float(point.total)) for point in points]
