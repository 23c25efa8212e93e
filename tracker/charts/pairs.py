"""The panel of a rating: before and after each session as a pair; between them in a row apart."""

from collections import Counter
from typing import Any

from tracker.charts import legend
from tracker.charts.layout import CoursePaper, lines, marks
from tracker.charts.legend import Heading, LegendEntry
from tracker.charts.style import POINTS_PER_INCH, Theme
from tracker.charts.writing import CourseGround
from tracker.domain.progress.panels import Pair, PairPanel
from tracker.domain.scores import glance
from tracker.domain.sessions.point import MOOD

SIZE_MIN_PT, SIZE_MAX_PT = 3.2, 7.5
# The ring of an unchanged pair stands round its dot; later ratings stand back.
SIZES = {"same": 0.55, "later": 0.75}


def heading(panel: PairPanel, theme: Theme) -> Heading:
    """Name the rating, its direction, and the marks that occur."""
    names = _names(panel)
    keys = [
        LegendEntry(words, {**style, "markersize": 6})
        for name, words, style in _kinds(_colour(panel, theme), theme)
        if name in names and words
    ]
    if panel.lasting is not None and (change := panel.lasting.verdict.since_baseline) is not None:
        keys.insert(0, LegendEntry(f"between sessions {glance.comparison(change)}", {}))
    return Heading(panel.instrument.short_title, legend.direction(panel.instrument), tuple(keys))


def heading_between(panel: PairPanel) -> Heading:
    """Name the row of the ratings that were given between sessions."""
    title = f"{panel.instrument.short_title} between sessions"
    return Heading(title, legend.direction(panel.instrument), ())


def _colour(panel: PairPanel, theme: Theme) -> str:
    return theme.mood if panel.instrument.code == MOOD else theme.pain


def _kinds(colour: str, theme: Theme) -> list[tuple[str, str, dict[str, Any]]]:
    """List each mark: its name, its words in the key, its style; shapes tell without colour.

    The end of a stem shows by its shape which way it went: one key explains them.
    """
    filled = {"color": colour}
    hollow = {"color": colour, "markerfacecolor": theme.paper, "markeredgewidth": 1.4}
    return [
        ("before", "before", {"marker": "o", **hollow}),
        ("up", "after", {"marker": "^", **filled}),
        ("down", "after", {"marker": "v", **filled}),
        ("same", "after", {"marker": "o", **filled}),
        ("alone", "after, no value before", {"marker": "D", **filled}),
    ]


def _kind(pair: Pair) -> str:
    if pair.change is None:
        return "alone"
    if not pair.change:
        return "same"
    return "up" if pair.change > 0 else "down"


def _names(panel: PairPanel) -> list[str]:
    """List the marks to explain, in their order."""
    kinds = Counter(_kind(pair) for pair in panel.pairs if pair.after is not None)
    moved = [name for name, _count in kinds.most_common() if name != "alone"]
    before = ["before"] if any(pair.before is not None for pair in panel.pairs) else []
    return [*before, *moved[:1], *(["alone"] if "alone" in kinds else [])]


def draw(ground: CourseGround, panel: PairPanel) -> None:
    """Draw a stem from before to after, and the marks at its ends."""
    paper, axes, code = ground.paper, ground.axes, panel.instrument.code
    colour, size = _colour(panel, paper.theme), _size_pt(paper, len(panel.pairs))
    stems = [
        ((paper.x(pair.at), float(pair.before)), (paper.x(pair.at), float(pair.after)))
        for pair in panel.pairs
        if pair.before is not None and pair.after is not None
    ]
    lines(axes, f"{code}-stems", stems, colors=colour, linewidths=max(1.2, size / 3.5), zorder=3)
    places = _places(paper, panel)
    for name, _words, style in _kinds(colour, paper.theme):
        marks(axes, f"{code}-{name}", places[name], markersize=size * SIZES.get(name, 1), **style)
    for middle in (point for kind in places.values() for point in kind):
        x, y = ground.place_in(*middle)
        ground.writing.curves.append([(x, y - size / 144), (x, y + size / 144)])


def draw_between(ground: CourseGround, panel: PairPanel) -> None:
    """Draw the ratings that were given between sessions, in time."""
    paper, code = ground.paper, panel.instrument.code
    places = [(paper.x(f.score.at), float(f.score.total)) for f in panel.follow_ups]
    size = _size_pt(paper, len(places)) * SIZES["later"]
    style = {"color": _colour(panel, paper.theme), "markerfacecolor": paper.theme.paper}
    marks(ground.axes, f"{code}-later", places, marker="s", markersize=size, **style)
    for x, y in (ground.place_in(*place) for place in places):
        ground.writing.curves.append([(x, y - size / 144), (x, y + size / 144)])


def _places(paper: CoursePaper, panel: PairPanel) -> dict[str, list[tuple[float, float]]]:
    places: dict[str, list[tuple[float, float]]] = {
        name: [] for name in ("before", "up", "down", "same", "alone")
    }
    for pair in panel.pairs:
        if pair.before is not None:
            places["before"].append((paper.x(pair.at), float(pair.before)))
        if pair.after is not None:
            places[_kind(pair)].append((paper.x(pair.at), float(pair.after)))
    return places


def _size_pt(paper: CoursePaper, points: int) -> float:
    """Shrink marks where the sessions of a long course come close to each other."""
    room = paper.shape.data_in * POINTS_PER_INCH / max(points, 1)
    return min(SIZE_MAX_PT, max(SIZE_MIN_PT, room * 0.75))
