"""The name of a panel, at its left or above it, and the numbers at the ends of its axis."""

from collections.abc import Iterable

from msgspec import Struct

from tracker.charts.style import text_height_in, text_width_in, wrap
from tracker.charts.timelines.minutes import MinutePaper
from tracker.charts.timelines.sizes import EDGE_IN, NUMBERS_IN, TimelineShape

BETWEEN_IN = 0.08


class PanelName(Struct, frozen=True):
    """What a panel shows, its unit or which end is which, and the widest number of its axis."""

    title: str
    detail: str = ""
    number: str = ""

    def above_in(self, shape: TimelineShape) -> float:
        """Give the height it needs above its panel."""
        return len(self._rows(shape)) * shape.line_in + 0.02 if shape.names_above else 0.0

    def beside_in(self, shape: TimelineShape) -> float:
        """Give the height it needs at the left of its panel."""
        return 0.0 if shape.names_above else len(self._rows(shape)) * shape.line_in

    def _rows(self, shape: TimelineShape) -> list[list[tuple[str, bool]]]:
        """Break it into rows of words, each bold or not."""
        room = shape.width_in - 2 * EDGE_IN if shape.names_above else self._left_in(shape)
        rows = [[(words, True)] for words in wrap(self.title, room, shape.text_pt, bold=True)]
        if not self.detail:
            return rows
        used = text_width_in(self.title, shape.text_pt, bold=True) + BETWEEN_IN
        is_beside = used + text_width_in(self.detail, shape.small_pt) <= room
        if shape.names_above and is_beside:
            return [[(self.title, True), (self.detail, False)]]
        return rows + [[(words, False)] for words in wrap(self.detail, room, shape.small_pt)]

    def _left_in(self, shape: TimelineShape) -> float:
        number = text_width_in(self.number, shape.small_pt) if self.number else 0.0
        return shape.left_in - EDGE_IN - NUMBERS_IN - number - 0.03

    def draw(self, paper: MinutePaper, top_in: float) -> None:
        """Write it, its upper edge at `top_in`."""
        shape, theme = paper.shape, paper.theme
        for place, row in enumerate(self._rows(shape)):
            across, top = EDGE_IN, top_in - place * shape.line_in
            for words, bold in row:
                size = shape.text_pt if bold else shape.small_pt
                base = top - text_height_in(shape.small_pt) * 0.8
                style = {"weight": "bold", "color": theme.ink} if bold else {}
                paper.write(across, base, words, va="baseline", fontsize=size, **style)
                across += text_width_in(words, size, bold=bold) + BETWEEN_IN


def numbers(
    paper: MinutePaper, levels: Iterable[tuple[float, str]], bounds: tuple[float, float]
) -> None:
    """Write the numbers of an axis, lowest first, those at the ends within the panel.

    One that would touch the one below it is left out.
    """
    line = paper.shape.line_in
    across, reached = paper.shape.left_in - NUMBERS_IN, 0.0
    for level_in, words in levels:
        middle = min(max(level_in, bounds[0] + line * 0.35), bounds[1] - line * 0.35)
        if middle - line / 2 >= reached:
            paper.write(across, middle, words, ha="right", va="center_baseline")
            reached = middle + line / 2
