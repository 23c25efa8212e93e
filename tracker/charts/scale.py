"""The panel of a scale: totals over time against baseline, response and remission."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

from tracker.charts import legend, levels
from tracker.charts.layout import CoursePaper, Point, lines, marks
from tracker.charts.legend import Heading, LegendEntry
from tracker.charts.style import POINTS_PER_INCH, Theme, text_height_in, text_width_in
from tracker.charts.writing import CourseGround
from tracker.domain.formatting import number, times
from tracker.domain.progress import attention
from tracker.domain.progress.panels import CoursePart, ScalePanel
from tracker.domain.progress.trend import RECALLS_JOINED_MAX, Trend
from tracker.domain.scores.points import ScorePoint
from tracker.domain.scores.response import responses

VERSION = {"linestyle": (0, (7, 2, 1.5, 2)), "linewidth": 1.0}
GAP = {"linestyle": (0, (1, 2.2)), "linewidth": 1.3}
LABEL_IN = 0.08  # from a mark to its value


def heading(panel: ScalePanel, theme: Theme) -> Heading:
    """Name the scale, its direction, and what does not explain itself; levels say their name."""
    title = panel.instrument.short_title
    return Heading(title, legend.direction(panel.instrument), tuple(_keys(panel, theme)))


def _keys(panel: ScalePanel, theme: Theme) -> Iterator[LegendEntry]:
    if panel.silent_course is not None:
        yield LegendEntry(f"no score yet in course {panel.silent_course.number}", {})
    elif panel.latest.baseline is None:
        yield LegendEntry("no baseline", {})
    if any(responses(part.verdicts) for part in panel.parts):
        yield LegendEntry("in response", {"facecolor": theme.response, **_edge(theme)})
    if len(panel.segments) > 1:
        days = (timedelta(days=panel.instrument.recall_days) * RECALLS_JOINED_MAX).days
        yield LegendEntry(_apart(days), {**GAP, "color": theme.score})
    if any(point.prorated for point in panel.points):
        yield LegendEntry("prorated", {**_hollow(theme), "markersize": 6})
    if panel.version_changes:
        yield LegendEntry("new version of the form", {**VERSION, "color": theme.ink})


def _apart(days: int) -> str:
    """Explain the dotted line: between scores so far apart nothing is known."""
    if days < 1:
        return "nothing known between"
    weeks, rest = divmod(days, 7)
    return f"over {times(days, 'day') if rest or not weeks else times(weeks, 'week')} apart"


def _edge(theme: Theme) -> dict[str, Any]:
    return {"edgecolor": theme.muted, "linewidth": 0.5}


def _hollow(theme: Theme) -> dict[str, Any]:
    return {
        "marker": "o",
        "color": theme.score,
        "markerfacecolor": theme.paper,
        "markeredgewidth": 1.5,
    }


def draw(ground: CourseGround, panel: ScalePanel, trend: Trend) -> None:
    """Draw levels, then totals, and name start, best and now."""
    levels.draw(ground, panel)
    _versions(ground, panel)
    _totals(ground, panel)
    for place, (word, point) in enumerate(_values(panel, trend)):
        _name(ground, word, point, f"{panel.instrument.code}-value-{place}")
    levels.words(ground, panel)


def _totals(ground: CourseGround, panel: ScalePanel) -> None:
    """Draw totals; those far apart are joined by dots alone."""
    paper, axes, code = ground.paper, ground.axes, panel.instrument.code
    colour = paper.theme.score
    runs = [_places(paper, run) for run in panel.segments]
    joins = [join for run in runs for join in pairwise(run)]
    gaps = [(earlier[-1], later[0]) for earlier, later in pairwise(runs)]
    lines(axes, f"{code}-joins", joins, colors=colour, linewidths=1.8, zorder=3)
    style = {"linestyles": [GAP["linestyle"]], "linewidths": GAP["linewidth"]}
    lines(axes, f"{code}-gaps", gaps, colors=colour, zorder=3, **style)
    points = _places(paper, panel.points)
    room_pt = paper.shape.data_in * POINTS_PER_INCH / len(points)
    size = min(6.5, max(3.5, room_pt * 0.6))
    full, prorated = _split(panel, points)
    marks(axes, f"{code}-totals", full, marker="o", markersize=size, color=colour)
    marks(axes, f"{code}-prorated", prorated, markersize=size, **_hollow(paper.theme))
    curves = ground.writing.curves
    curves += [[ground.place_in(*end) for end in line] for line in (*joins, *gaps)]
    half = size / POINTS_PER_INCH / 2
    for x, y in (ground.place_in(*point) for point in points):
        curves.append([(x - half, y), (x + half, y)])
        curves.append([(x, y - half), (x, y + half)])


def _values(panel: ScalePanel, trend: Trend) -> Iterator[tuple[str, ScorePoint]]:
    """List the values that are written: now, then the start and the best of each course."""
    silent = panel.silent_course or attention.is_silent(panel.last.at, trend.now)
    word = "last" if silent else "now"
    if panel.last is panel.latest.baseline:
        word = "baseline"
    yield f"{word} {number(panel.last.total)}", panel.last
    for part in reversed(panel.parts):
        if part.baseline is not None and part.baseline is not panel.last:
            yield f"baseline {number(part.baseline.total)}", part.baseline
        if (best := _best(part, panel)) is not None:
            yield f"best {number(best.total)}", best


def _best(part: CoursePart, panel: ScalePanel) -> ScorePoint | None:
    """Find the best of a course where it is another one than its baseline and now."""
    best, now = part.best, panel.last
    if part.baseline is None or panel.instrument.neither_is_better:
        return None
    if best is part.baseline or best is now:
        return None
    is_now = part is panel.latest or part.verdicts[-1] is panel.verdict
    return None if is_now and best.total == now.total else best


def _name(ground: CourseGround, word: str, point: ScorePoint, gid: str) -> None:
    """Write a value beside its mark, where it covers least."""
    paper = ground.paper
    is_last = gid.endswith("-0")
    height = text_height_in(paper.shape.small_pt)
    width = text_width_in(word, paper.shape.small_pt, bold=is_last)
    x, y = ground.place_in(paper.x(point.at), float(point.total))
    corners = []
    for far in (LABEL_IN, LABEL_IN * 2):
        above, below, left, right = y + far, y - far - height, x - far - width, x + far
        middle = x - width / 2
        corners += [(right, y - height / 2), (middle, above), (middle, below)]
        corners += [(right, above), (right, below), (left, y - height / 2)]
        corners += [(left, above), (left, below)]
    ground.writing.write(word, corners, bold=is_last, color=paper.theme.score, gid=gid)


def _split(panel: ScalePanel, places: list[Point]) -> tuple[list[Point], list[Point]]:
    """Tell the marks of full totals from those of prorated ones."""
    both = list(zip(panel.points, places, strict=True))
    full = [place for point, place in both if not point.prorated]
    return full, [place for point, place in both if point.prorated]


def _versions(ground: CourseGround, panel: ScalePanel) -> None:
    """Draw a line between two scores of different versions of the form."""
    paper = ground.paper
    middles = [(paper.x(c.earlier.at) + paper.x(c.later.at)) / 2 for c in panel.version_changes]
    steps = [((x, ground.low), (x, ground.high)) for x in middles]
    gid = f"{panel.instrument.code}-versions"
    levels.hairlines(ground, gid, steps, paper.theme.ink, VERSION)


def _places(paper: CoursePaper, points: tuple[ScorePoint, ...]) -> list[Point]:
    return [(paper.x(point.at), float(point.total)) for point in points]
