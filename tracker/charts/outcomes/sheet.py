"""The sheet of a picture of outcomes: title, of whom, key; and words instead of an empty frame."""

from collections.abc import Iterable, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from msgspec.structs import replace

from tracker.charts import legend
from tracker.charts.layout import Paper, lines
from tracker.charts.legend import LegendEntry
from tracker.charts.style import Frame, Theme, text_height_in, wrap
from tracker.domain.outcomes.pictures.picture import OutcomePicture

EDGE_IN = 0.1
UNDER_TITLE_IN = 0.04
UNDER_KEY_IN = 0.14
DPI = 110  # of what is drawn by dots: as fine as a screen needs, some 300 KiB at most


class OutcomeShape(Frame, frozen=True):
    """Sizes in inches; `plot_in` is the height of a panel. Labels stand above on a phone."""

    plot_in: float

    @property
    def is_narrow(self) -> bool:
        """Say whether there is no room beside a panel."""
        return self.inside

    @property
    def line_in(self) -> float:
        """The height of a line of small type."""
        return text_height_in(self.small_pt)


# The widths that pages give a picture: 883 pixels on a desk, 294 on a phone of 360.
DESKTOP = OutcomeShape("desktop", 9.2, 10.5, 9, 1.62, 0.5, 3.0)
PHONE = OutcomeShape("phone", 3.06, 10.5, 9, 0.44, 0.12, 2.3)


class Sheet(Paper, frozen=True):
    """A paper with its heading; `top_in` is where the body begins, which ends at its lower edge."""

    shape: OutcomeShape
    top_in: float

    def between(self, left_in: float, right_in: float) -> "Sheet":
        """Give the same paper with panels between two places, in inches from the left."""
        shape = replace(self.shape, left_in=left_in, right_in=self.shape.width_in - right_in)
        return replace(self, shape=shape)


def begin(
    prepared: OutcomePicture,
    shape: OutcomeShape,
    theme: Theme,
    body_in: float,
    keys: Sequence[LegendEntry] = (),
) -> Sheet:
    """Begin a picture whose body is so high: write its heading, and the key to its marks."""
    room = shape.width_in - 2 * EDGE_IN
    titles = wrap(prepared.title, room, shape.text_pt, bold=True)
    whom = wrap(prepared.of_whom, room, shape.small_pt)
    rows = legend.break_rows(keys, shape) if keys else []
    title_in, row_in = text_height_in(shape.text_pt), shape.row_in
    head_in = EDGE_IN + len(titles) * title_in + UNDER_TITLE_IN
    head_in += len(whom) * shape.line_in + len(rows) * row_in + UNDER_KEY_IN
    total_in = head_in + body_in + EDGE_IN
    figure = Figure(figsize=(shape.width_in, total_in), facecolor=theme.paper, dpi=DPI)
    sheet = Sheet(figure, shape, theme, body_in + EDGE_IN)
    top = total_in - EDGE_IN
    bold = {"fontsize": shape.text_pt, "weight": "bold", "color": theme.ink, "va": "top"}
    for line in titles:
        sheet.write(EDGE_IN, top, line, **bold)
        top -= title_in
    top -= UNDER_TITLE_IN
    for line in whom:
        sheet.write(EDGE_IN, top, line, va="top")
        top -= shape.line_in
    for row in rows:
        top -= row_in
        legend.draw_row(sheet, row, EDGE_IN, top + row_in * 0.2)
    return sheet


def say_what_is_missing(prepared: OutcomePicture, shape: OutcomeShape, theme: Theme) -> Figure:
    """Write what is missing in place of a frame with nothing in it."""
    room = shape.width_in - 2 * EDGE_IN
    words = wrap(prepared.missing, room, shape.text_pt)
    height_in = text_height_in(shape.text_pt) * 1.15
    sheet = begin(prepared, shape, theme, height_in * len(words))
    for place, line in enumerate(words):
        style = {"va": "top", "fontsize": shape.text_pt, "color": theme.ink}
        sheet.write(EDGE_IN, sheet.top_in - place * height_in, line, **style)
    return sheet.figure


def across_in(sheet: Paper, axes: Axes, x: float) -> float:
    """Place a value of the axis across on the paper, in inches from the left."""
    left, right = axes.get_xlim()
    return sheet.shape.left_in + (x - left) / (right - left) * sheet.shape.data_in


def write_below(
    sheet: Paper, axes: Axes, top_in: float, words: Iterable[tuple[float, str]], gid: str = ""
) -> None:
    """Write words below their places on the axis across."""
    for x, word in words:
        place = across_in(sheet, axes, x)
        sheet.write(place, top_in, word, ha="center", va="top", gid=gid or None)


def write_beside(
    sheet: Paper, axes: Axes, bottom_in: float, height_in: float, words: Iterable[tuple[float, str]]
) -> None:
    """Write the numbers of the axis upwards, left of it."""
    low, high = axes.get_ylim()
    for y, word in words:
        up = bottom_in + (y - low) / (high - low) * height_in
        sheet.write(sheet.shape.left_in - 0.06, up, word, ha="right", va="center_baseline")


def grid(sheet: Paper, axes: Axes, levels: Iterable[float], gid: str) -> None:
    """Draw level lines across a panel."""
    left, right = axes.get_xlim()
    level_lines = [((left, y), (right, y)) for y in levels]
    lines(axes, gid, level_lines, colors=sheet.theme.grid, linewidths=0.7)


def round_step(span: float, most: int, steps: Sequence[int] = (1, 2, 5, 10, 20, 50, 100)) -> int:
    """Choose the smallest round step that makes no more than so many intervals."""
    return next((step for step in steps if span / step <= most), steps[-1])
