"""The picture of every change, from the worst to the best; each name has its shade and hatching."""

from math import ceil, floor
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tracker.charts.layout import Box, boxes, lines
from tracker.charts.legend import LegendEntry
from tracker.charts.outcomes import sheet as sheets
from tracker.charts.outcomes.sheet import EDGE_IN, OutcomeShape, Sheet
from tracker.charts.style import Theme, mix
from tracker.domain.formatting import number
from tracker.domain.outcomes.course_outcome import ChangeKind
from tracker.domain.outcomes.pictures.waterfall import SHORT, WaterfallPicture

APART_MAX = 120  # of more courses there is no room between two bars
GAP = 0.14
STEPS = 8
DASHES = (0, (4, 2))


def draw(prepared: WaterfallPicture, *, shape: OutcomeShape, theme: Theme) -> Figure:
    """Draw a bar a course; whoever fell hangs below the line of no change."""
    if prepared.missing:
        return sheets.say_what_is_missing(prepared, shape, theme)
    below_in = shape.line_in + 0.08
    looks = {kind: _look(kind, theme) for kind in ChangeKind}
    keys = [LegendEntry(f"{SHORT[kind]}: {n}", looks[kind]) for kind, n in prepared.kinds]
    size = prepared.scale.change.reliable
    if size is not None and shape.is_narrow:
        keys.append(LegendEntry(f"reliable change: {number(size)}", _dashes(theme)))
    sheet = sheets.begin(prepared, shape, theme, shape.plot_in + below_in, keys)
    narrow = shape.is_narrow
    sheet = sheet.between(0.5 if narrow else 0.7, shape.width_in - (0.12 if narrow else 1.5))
    bottom_in = sheet.top_in - shape.plot_in
    low, high, step = _range(prepared)
    axes = sheet.panel(bottom_in, shape.plot_in, (0, prepared.n), low, high)
    levels = range(low, high + 1, step)
    sheets.grid(sheet, axes, levels, "waterfall-grid")
    numbers = [(level, _with_sign(level)) for level in levels]
    sheets.write_beside(sheet, axes, bottom_in, shape.plot_in, numbers)
    for kind, _n in prepared.kinds:
        bars = _bars(prepared, kind)
        # Where bars touch each other an edge of their own colour leaves no seam of paper between.
        look = {**_seamless(looks[kind], prepared.n), **looks[kind]}
        boxes(axes, f"changes-{kind.value}", bars, zorder=2, **look)
    zero = [((0, 0), (prepared.n, 0))]
    lines(axes, "no-change", zero, colors=theme.ink, linewidths=1.1, zorder=3)
    _reliable(sheet, axes, prepared, bottom_in)
    words = "from the largest rise to the largest fall"
    left = EDGE_IN if narrow else sheet.shape.left_in
    sheet.write(left, bottom_in - 0.08, words if narrow else f"courses, {words}", va="top")
    return sheet.figure


def _dashes(theme: Theme) -> dict[str, Any]:
    return {"color": theme.ink, "linewidth": 0.9, "linestyle": DASHES}


def _look(kind: ChangeKind, theme: Theme) -> dict[str, Any]:
    """Give the shade and hatching of a name; those that are worse are hatched, too."""
    pale = {"edgecolor": theme.muted, "linewidth": 0.6}
    hatched = {"edgecolor": theme.paper, "linewidth": 0.0}
    looks: dict[ChangeKind, dict[str, Any]] = {
        ChangeKind.RELIABLY_BETTER: {"facecolor": theme.mood},
        ChangeKind.IMPORTANTLY_BETTER: {"facecolor": mix(theme.paper, theme.mood, 0.5)},
        ChangeKind.ALIKE: {"facecolor": mix(theme.paper, theme.muted, 0.3), **pale},
        ChangeKind.UNKNOWN: {"facecolor": theme.paper, **pale},
        ChangeKind.IMPORTANTLY_WORSE: {
            "facecolor": mix(theme.paper, theme.pain, 0.6), "hatch": "////", **hatched,
        },
        ChangeKind.RELIABLY_WORSE: {"facecolor": theme.pain, "hatch": "xxxx", **hatched},
    }  # fmt: skip
    return looks[kind]


def _seamless(look: dict[str, Any], n: int) -> dict[str, Any]:
    return {"edgecolor": look["facecolor"], "linewidth": 0.5} if n > APART_MAX else {}


def _range(prepared: WaterfallPicture) -> tuple[int, int, int]:
    changes = [run.change for run in prepared.runs]
    low, high = min([0.0, *changes]), max([0.0, *changes])
    step = sheets.round_step(max(high - low, 1), STEPS)
    return floor(low / step) * step, max(ceil(high / step), 1) * step, step


def _bars(prepared: WaterfallPicture, kind: ChangeKind) -> list[Box]:
    apart = prepared.n <= APART_MAX
    bars: list[Box] = []
    left = 0
    for run in prepared.runs:
        if run.kind is kind and apart:
            bars += [(left + n + GAP, left + n + 1 - GAP, 0, run.change) for n in range(run.n)]
        elif run.kind is kind:
            bars.append((left, left + run.n, 0, run.change))
        left += run.n
    return bars


def _with_sign(level: int) -> str:
    return f"+{level}" if level > 0 else number(level)


def _reliable(sheet: Sheet, axes: Axes, prepared: WaterfallPicture, bottom_in: float) -> None:
    """Draw how large a change has to be to be a reliable one."""
    size = prepared.scale.change.reliable
    low, high = axes.get_ylim()
    if size is None:
        return
    shape, theme = sheet.shape, sheet.theme
    for level in (float(size), -float(size)):
        if not low < level < high:
            continue
        line = [((0, level), (prepared.n, level))]
        style = {"colors": theme.ink, "linewidths": 0.9, "linestyles": [DASHES], "zorder": 3}
        lines(axes, f"reliable-{level:+}", line, **style)
        up = bottom_in + (level - low) / (high - low) * shape.plot_in
        if not shape.is_narrow:
            across = shape.width_in - shape.right_in + 0.08
            words = f"reliable {'rise' if level > 0 else 'fall'}: {number(size)}"
            sheet.write(across, up, words, va="center_baseline", color=theme.ink)
