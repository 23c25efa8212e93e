"""The picture of mood and pain right before and right after each session."""

from typing import Any

from matplotlib.figure import Figure

from tracker.charts.layout import lines, marks
from tracker.charts.legend import LegendEntry
from tracker.charts.outcomes import sheet as sheets
from tracker.charts.outcomes.sheet import EDGE_IN, OutcomeShape, Sheet
from tracker.charts.style import Theme, text_width_in
from tracker.domain.outcomes.pictures.before_after import BeforeAfterPicture, RatedSessions

PANEL_IN = 1.7
LEVELS = (0, 2, 4, 6, 8, 10)
LOWEST, HIGHEST = 0, 10
LEAST_SESSIONS = 4
NUMBERS_IN = 0.3


def draw(prepared: BeforeAfterPicture, *, shape: OutcomeShape, theme: Theme) -> Figure:
    """Draw a panel a rating, since one is best at its top and the other at its foot."""
    if prepared.missing:
        return sheets.say_what_is_missing(prepared, shape, theme)
    across = 1 if shape.is_narrow else 2
    rows = -(-len(prepared.panels) // across)
    each_in = 3 * shape.line_in + PANEL_IN + 0.3
    keys = (
        LegendEntry("before", _look("mood", theme, is_open=True)),
        LegendEntry("after", _look("mood", theme)),
    )
    sheet = sheets.begin(prepared, shape, theme, rows * each_in + shape.line_in, keys)
    width = (shape.width_in - 2 * EDGE_IN) / across
    for place, one in enumerate(prepared.panels):
        left = EDGE_IN + (place % across) * width
        ends = (left + NUMBERS_IN, left + width - (0.0 if shape.is_narrow else 0.25))
        _panel(sheet.between(*ends), one, sheet.top_in - (place // across) * each_in)
    words = "above: number of the session; below: sessions with both ratings"
    if shape.is_narrow:
        words = "session number; below it how many sessions"
    sheet.write(EDGE_IN, EDGE_IN + shape.line_in * 0.9, words, va="top")
    return sheet.figure


def _look(name: str, theme: Theme, *, is_open: bool = False) -> dict[str, Any]:
    colour = theme.mood if name.lower() == "mood" else theme.pain
    ground = theme.paper if is_open else colour
    shape = "o" if name.lower() == "mood" else "D"
    edge = {"color": colour, "markeredgewidth": 1.5}
    return {"marker": shape, "markersize": 5.5, "markerfacecolor": ground, **edge}


def _panel(sheet: Sheet, one: RatedSessions, top_in: float) -> None:
    shape, theme, line = sheet.shape, sheet.theme, sheet.shape.line_in
    left = shape.left_in - NUMBERS_IN
    sheet.write(left, top_in, one.label, va="top", weight="bold", color=theme.ink)
    beside = left + text_width_in(one.label, shape.small_pt, bold=True) + 0.08
    sheet.write(beside, top_in, one.direction, va="top")
    bottom_in = top_in - line - 0.1 - PANEL_IN
    last = max(LEAST_SESSIONS, *(pair.number for pair in one.pairs))
    axes = sheet.panel(bottom_in, PANEL_IN, (0.4, last + 0.6), LOWEST, HIGHEST)
    sheets.grid(sheet, axes, LEVELS, f"{one.label}-grid")
    numbers = [(level, str(level)) for level in LEVELS]
    sheets.write_beside(sheet, axes, bottom_in, PANEL_IN, numbers)
    joins = [((pair.number, pair.before), (pair.number, pair.after)) for pair in one.pairs]
    colour = _look(one.label, theme)["color"]
    lines(axes, f"{one.label}-joins", joins, colors=colour, linewidths=1.6, zorder=2)
    before = [(pair.number, pair.before) for pair in one.pairs]
    after = [(pair.number, pair.after) for pair in one.pairs]
    marks(axes, f"{one.label}-before", before, **_look(one.label, theme, is_open=True))
    marks(axes, f"{one.label}-after", after, **_look(one.label, theme))
    top = bottom_in - 0.06
    widest = max((str(pair.n) for pair in one.pairs), key=len)
    room = (text_width_in(widest, shape.small_pt) + 0.08) / shape.data_in * (last + 0.2)
    step = next((n for n in (1, 2, 3, 4, 6) if n >= room), 6)
    shown = [pair for pair in one.pairs if (pair.number - 1) % step == 0]
    sheets.write_below(sheet, axes, top, [(pair.number, str(pair.number)) for pair in shown])
    counts = [(pair.number, str(pair.n)) for pair in shown]
    sheets.write_below(sheet, axes, top - line - 0.02, counts, f"{one.label}-counts")
