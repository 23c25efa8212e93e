"""The picture of sessions a day: a square a day, a column a week, darker the more there were."""

from datetime import date, timedelta
from math import ceil

from matplotlib.figure import Figure

from tracker.charts.layout import Box, boxes
from tracker.charts.legend import LegendEntry
from tracker.charts.outcomes import sheet as sheets
from tracker.charts.outcomes.sheet import EDGE_IN, OutcomeShape, Sheet
from tracker.charts.style import Theme, mix
from tracker.domain.date_format import MONTHS
from tracker.domain.outcomes.pictures.calendar import WEEKS, CalendarPicture

SHADES = (0.28, 0.5, 0.74, 1.0)  # of the colour on the paper: as far apart in grey as in colour
DAYS = 7
GAP = 0.14
WEEKDAYS = ((0, "Mon"), (2, "Wed"), (4, "Fri"))
NAMES_IN = 0.36
PHONE_STRIPS = 2


def draw(prepared: CalendarPicture, *, shape: OutcomeShape, theme: Theme) -> Figure:
    """Draw a strip for the year; on a phone one above the other for its halves."""
    if prepared.missing:
        return sheets.say_what_is_missing(prepared, shape, theme)
    strips = PHONE_STRIPS if shape.is_narrow else 1
    weeks = ceil(WEEKS / strips)
    cell_in = (shape.width_in - 2 * EDGE_IN - NAMES_IN) / weeks
    each_in = shape.line_in + 0.06 + DAYS * cell_in + 0.16
    tops = _tops(prepared.most)
    keys = [LegendEntry("none", {"facecolor": theme.band, "edgecolor": theme.grid})]
    lowest = 1
    for place, top in enumerate(tops):
        words = str(top) if lowest == top else f"{lowest}\u2013{top}"
        keys.append(LegendEntry(words, {"facecolor": _shade(theme, place, len(tops))}))
        lowest = top + 1
    sheet = sheets.begin(prepared, shape, theme, strips * each_in, keys)
    sheet = sheet.between(EDGE_IN + NAMES_IN, shape.width_in - EDGE_IN)
    for strip in range(strips):
        first = prepared.first + timedelta(weeks=strip * weeks)
        top_in = sheet.top_in - strip * each_in
        _strip(sheet, prepared, (first, weeks), (top_in, cell_in), tops)
    return sheet.figure


def _tops(most: int) -> list[int]:
    """Give the most sessions of a day that each shade stands for: quarters of the busiest day."""
    return sorted({ceil(most * part / len(SHADES)) for part in range(1, len(SHADES) + 1)})


def _shade(theme: Theme, place: int, of: int) -> str:
    return mix(theme.paper, theme.score, SHADES[place + len(SHADES) - of])


def _strip(
    sheet: Sheet,
    prepared: CalendarPicture,
    span: tuple[date, int],
    place: tuple[float, float],
    tops: list[int],
) -> None:
    """Draw so many weeks from a Monday on, below an upper edge, with cells of a size."""
    (first, weeks), (top_in, cell_in), theme = span, place, sheet.theme
    name_in = sheet.shape.line_in + 0.06
    height_in = DAYS * cell_in
    bottom_in = top_in - name_in - height_in
    axes = sheet.panel(bottom_in, height_in, (0, weeks), DAYS, 0)
    cells: dict[int, list[Box]] = {place: [] for place in range(-1, len(tops))}
    months: list[tuple[int, str]] = []
    for number in range(weeks * DAYS):
        day, (week, weekday) = first + timedelta(days=number), divmod(number, DAYS)
        if day > prepared.last:
            break
        n = prepared.counts.get(day, 0)
        shade = next(place for place, top in enumerate(tops) if n <= top) if n else -1
        cells[shade].append((week + GAP / 2, week + 1 - GAP / 2, weekday + GAP / 2,
                             weekday + 1 - GAP / 2))  # fmt: skip
        if day.day == 1:
            months.append((week, MONTHS[day.month - 1]))
    none = {"facecolor": theme.band, "edgecolor": theme.grid, "linewidth": 0.4}
    boxes(axes, f"days-none-{first}", cells[-1], **none)
    for shade in range(len(tops)):
        colour = _shade(theme, shade, len(tops))
        boxes(axes, f"days-{tops[shade]}-{first}", cells[shade], facecolor=colour)
    for week, month in months:
        across = sheet.shape.left_in + week * cell_in
        if across + 0.3 <= sheet.shape.width_in - EDGE_IN:
            sheet.write(across, top_in, month, va="top")
    for weekday, name in WEEKDAYS:
        up = bottom_in + height_in - (weekday + 0.5) * cell_in
        sheet.write(sheet.shape.left_in - 0.06, up, name, ha="right", va="center_baseline")
