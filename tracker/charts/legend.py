"""Headings: the name of a panel, its direction in words, and the key to its marks."""

from collections.abc import Sequence
from typing import Any

from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from msgspec import Struct

from tracker.charts.layout import Paper
from tracker.charts.style import Frame, text_height_in, text_width_in
from tracker.domain.formatting import number
from tracker.domain.instruments.model import Instrument

SAMPLE_IN = 0.26  # a line long enough to show its dashes
MARK_IN = 0.13
GAP_IN = 0.06
BETWEEN_IN = 0.17
EDGE_IN = 0.1


class LegendEntry(Struct, frozen=True):
    """One entry of a key: words, and the style of the line, mark or area that they explain."""

    words: str
    style: dict[str, Any]

    @property
    def sample_in(self) -> float:
        """The width of the sample; a mark needs less than a line, and words alone none."""
        if not self.style:
            return 0.0
        return MARK_IN if "marker" in self.style else SAMPLE_IN

    def width_in(self, shape: Frame) -> float:
        """Give the width of sample and words."""
        gap = GAP_IN if self.style else 0.0
        return self.sample_in + gap + text_width_in(self.words, shape.small_pt)


class Heading(Struct, frozen=True):
    """What stands above a panel."""

    title: str
    direction: str
    keys: tuple[LegendEntry, ...]

    def title_in(self, shape: Frame) -> float:
        """Give the width of title and direction."""
        title = text_width_in(self.title, shape.text_pt, bold=True)
        return title + BETWEEN_IN / 2 + text_width_in(self.direction, shape.small_pt)

    def is_broken(self, shape: Frame) -> bool:
        """Say whether the direction needs a row of its own."""
        return self.title_in(shape) > shape.width_in - 2 * EDGE_IN

    def rows(self, shape: Frame) -> list[list[LegendEntry]]:
        """Break the key into rows; none when it fits beside the title."""
        if not self.keys or self._fits_beside(shape):
            return []
        return break_rows(self.keys, shape)

    def height_in(self, shape: Frame) -> float:
        """Give the height of title and key rows, with the air below them."""
        title = text_height_in(shape.text_pt) + 0.07
        rows = len(self.rows(shape)) + self.is_broken(shape)
        return title + rows * shape.row_in + 0.07

    def _fits_beside(self, shape: Frame) -> bool:
        used = self.title_in(shape) + 2 * BETWEEN_IN + _width(self.keys, shape)
        return used <= shape.width_in - 2 * EDGE_IN


def direction(instrument: Instrument) -> str:
    """Say which end of a scale is which: `0 best - 27 worst`, with a dash."""
    low, high = number(instrument.minimum), number(instrument.maximum)
    return f"{low} {instrument.low_end} \u2013 {high} {instrument.high_end}"


def break_rows(keys: Sequence[LegendEntry], shape: Frame) -> list[list[LegendEntry]]:
    """Break a key into rows that are no wider than the picture."""
    rows: list[list[LegendEntry]] = [[]]
    for key in keys:
        if rows[-1] and _width([*rows[-1], key], shape) > shape.width_in - 2 * EDGE_IN:
            rows.append([])
        rows[-1].append(key)
    return rows


def _width(keys: Sequence[LegendEntry], shape: Frame) -> float:
    return sum(key.width_in(shape) for key in keys) + BETWEEN_IN * (len(keys) - 1)


def draw(paper: Paper, heading: Heading, top_in: float) -> None:
    """Draw a heading whose upper edge is at `top_in`."""
    shape, theme = paper.shape, paper.theme
    base = top_in - text_height_in(shape.text_pt)
    paper.write(
        EDGE_IN, base, heading.title, fontsize=shape.text_pt, weight="bold", color=theme.ink
    )
    across = EDGE_IN + text_width_in(heading.title, shape.text_pt, bold=True) + BETWEEN_IN / 2
    if heading.is_broken(shape):
        across, base = EDGE_IN, base - shape.row_in
    paper.write(across, base, heading.direction)
    rows = heading.rows(shape)
    if not rows:
        draw_row(paper, heading.keys, shape.width_in - EDGE_IN - _width(heading.keys, shape), base)
    for place, keys in enumerate(rows, 1):
        draw_row(paper, keys, EDGE_IN, base - place * shape.row_in)


def draw_row(paper: Paper, keys: Sequence[LegendEntry], left_in: float, base_in: float) -> None:
    """Draw one row of a key on its base line."""
    middle = base_in + paper.shape.small_pt * 0.36 / 72
    for key in keys:
        _sample(paper, key, left_in, middle)
        gap = GAP_IN if key.style else 0.0
        paper.write(left_in + key.sample_in + gap, base_in, key.words)
        left_in += key.width_in(paper.shape) + BETWEEN_IN


def _sample(paper: Paper, key: LegendEntry, left_in: float, middle_in: float) -> None:
    if not key.style:
        return
    right = left_in + key.sample_in
    if "facecolor" in key.style:
        paper.draw(Rectangle((left_in, middle_in - 0.05), key.sample_in, 0.1, **key.style))
    elif "marker" in key.style:
        paper.draw(Line2D([(left_in + right) / 2], [middle_in], linestyle="none", **key.style))
    else:
        paper.draw(Line2D([left_in, right], [middle_in, middle_in], **key.style))
