"""The picture by route: a small panel each, all on the same axes."""

from matplotlib.figure import Figure

from tracker.charts.outcomes import courses
from tracker.charts.outcomes import sheet as sheets
from tracker.charts.outcomes.sheet import EDGE_IN, OutcomeShape, Sheet
from tracker.charts.style import Theme
from tracker.domain.outcomes.pictures.routes import RouteLines, RoutesPicture

ACROSS = 3
PANEL_IN = 1.55
NUMBERS_IN = 0.34


def draw(prepared: RoutesPicture, *, shape: OutcomeShape, theme: Theme) -> Figure:
    """Draw the routes in reading order, those with most courses first."""
    if prepared.missing:
        return sheets.say_what_is_missing(prepared, shape, theme)
    across = 1 if shape.is_narrow else ACROSS
    rows = -(-len(prepared.panels) // across)
    name_in, below_in = shape.line_in + 0.06, shape.line_in + 0.16
    each_in = name_in + PANEL_IN + below_in
    drawn = [one.lines for one in prepared.panels]
    axis_in = shape.line_in
    keys = courses.keys(theme, drawn)
    sheet = sheets.begin(prepared, shape, theme, rows * each_in + axis_in, keys)
    width = (shape.width_in - 2 * EDGE_IN) / across
    last = courses.weeks_max(drawn)
    for place, one in enumerate(prepared.panels):
        left = EDGE_IN + (place % across) * width
        ends = (left + NUMBERS_IN, left + width - (0.0 if shape.is_narrow else 0.12))
        top = sheet.top_in - (place // across) * each_in
        _panel(sheet.between(*ends), one, prepared, (top, top - name_in - PANEL_IN, last))
    words = "weeks after the first dose"
    sheet.write(EDGE_IN + NUMBERS_IN, EDGE_IN + axis_in, words, va="top")
    return sheet.figure


def _panel(
    sheet: Sheet, one: RouteLines, prepared: RoutesPicture, place: tuple[float, float, int]
) -> None:
    top, bottom, last = place
    name = f"{one.label}, n = {one.lines.n}"
    sheet.write(sheet.shape.left_in, top, name, va="top", color=sheet.theme.ink, weight="bold")
    ground = courses.panel(sheet, (bottom, PANEL_IN), prepared.scale, last)
    courses.draw_lines(ground, one.lines)
    step = courses.week_step(sheet, ground, "00")
    weeks = [(week, str(week)) for week in range(0, last + 1, step)]
    sheets.write_below(sheet, ground.axes, bottom - 0.05, weeks)
