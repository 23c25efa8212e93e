"""The panel of a rating: before and after each session as a pair, later ratings apart."""

from typing import Any

from matplotlib.axes import Axes

from tracker.charts.layout import CoursePaper, lines, marks
from tracker.charts.legend import Heading, LegendEntry
from tracker.charts.style import POINTS_PER_INCH, Theme
from tracker.domain.formatting import number
from tracker.domain.progress.panels import Pair, PairPanel
from tracker.domain.sessions.point import MOOD

SIZE_MIN_PT, SIZE_MAX_PT = 3.2, 7.5
# The ring of an unchanged pair stands round its dot; later ratings stand back.
SIZES = {"same": 0.55, "later": 0.75}


def heading(panel: PairPanel, theme: Theme) -> Heading:
    """Name the rating, its direction, and the marks that occur."""
    instrument = panel.instrument
    return Heading(
        instrument.short_title,
        f"{number(instrument.minimum)} {instrument.low_end} \u2013 "
        f"{number(instrument.maximum)} {instrument.high_end}",
        tuple(
            LegendEntry(words if panel.pairs else "rating", {**style, "markersize": 6})
            for name, words, style in _kinds(_colour(panel, theme), theme)
            if name in _names(panel)
        ),
    )


def _colour(panel: PairPanel, theme: Theme) -> str:
    return theme.mood if panel.instrument.code == MOOD else theme.pain


def _kinds(colour: str, theme: Theme) -> list[tuple[str, str, dict[str, Any]]]:
    """List each mark: its name, its words in the key, its style; shapes tell without colour."""
    filled = {"color": colour}
    hollow = {"color": colour, "markerfacecolor": theme.paper, "markeredgewidth": 1.4}
    return [
        ("before", "before", {"marker": "o", **hollow}),
        ("up", "after, higher", {"marker": "^", **filled}),
        ("down", "after, lower", {"marker": "v", **filled}),
        ("same", "after, the same", {"marker": "o", **filled}),
        ("alone", "after, no value before", {"marker": "D", **filled}),
        ("later", "between sessions", {"marker": "s", **hollow}),
    ]


def _kind(pair: Pair) -> str:
    if pair.change is None:
        return "alone"
    if not pair.change:
        return "same"
    return "up" if pair.change > 0 else "down"


def _names(panel: PairPanel) -> set[str]:
    names = {_kind(pair) for pair in panel.pairs if pair.after is not None}
    if any(pair.before is not None for pair in panel.pairs):
        names.add("before")
    return names | ({"later"} if panel.follow_ups else set())


def data(paper: CoursePaper, axes: Axes, panel: PairPanel) -> None:
    """Draw a stem from before to after, the marks at its ends, and later ratings on a thread."""
    code, colour = panel.instrument.code, _colour(panel, paper.theme)
    size = _size_pt(paper, panel)
    stems = [
        ((paper.x(pair.at), float(pair.before)), (paper.x(pair.at), float(pair.after)))
        for pair in panel.pairs
        if pair.before is not None and pair.after is not None
    ]
    lines(axes, f"{code}-stems", stems, colors=colour, linewidths=max(1.2, size / 3.5), zorder=3)
    threads = [
        ((paper.x(pair.at), float(pair.after)), (paper.x(f.score.at), float(f.score.total)))
        for f in panel.follow_ups
        if (pair := f.followed) is not None and pair.after is not None
    ]
    lines(axes, f"{code}-threads", threads, colors=colour, linewidths=1, linestyles=":", zorder=2)
    places = _places(paper, panel)
    for name, _words, style in _kinds(colour, paper.theme):
        marks(axes, f"{code}-{name}", places[name], markersize=size * SIZES.get(name, 1), **style)


def _places(paper: CoursePaper, panel: PairPanel) -> dict[str, list[tuple[float, float]]]:
    places: dict[str, list[tuple[float, float]]] = {
        name: [] for name in ("before", "up", "down", "same", "alone", "later")
    }
    for pair in panel.pairs:
        if pair.before is not None:
            places["before"].append((paper.x(pair.at), float(pair.before)))
        if pair.after is not None:
            places[_kind(pair)].append((paper.x(pair.at), float(pair.after)))
    for later in panel.follow_ups:
        places["later"].append((paper.x(later.score.at), float(later.score.total)))
    return places


def _size_pt(paper: CoursePaper, panel: PairPanel) -> float:
    """Shrink marks where the sessions of a long course come close to each other."""
    points = len(panel.pairs) + len(panel.follow_ups)
    room = paper.shape.data_in * POINTS_PER_INCH / max(points, 1)
    return min(SIZE_MAX_PT, max(SIZE_MIN_PT, room * 0.75))
