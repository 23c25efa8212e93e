"""What stays the same whatever the values: bands and their names, the numbers of the axis."""

from decimal import Decimal

from matplotlib.axes import Axes

from tracker.charts.layout import CoursePaper, areas, lines
from tracker.charts.style import text_height_in, wrap
from tracker.domain.formatting import number
from tracker.domain.instruments.model import Band, Instrument

STEPS = (1, 2, 5, 10, 20, 25, 50, 100)
INTERVALS_MAX = 5
# Totals are whole numbers: a band begins half-way to the one below, so that a mark on its lowest
# total lies inside it.
HALF = Decimal("0.5")


def draw(paper: CoursePaper, axes: Axes, instrument: Instrument, bottom_in: float) -> None:
    """Draw bands, grid and numbers of one panel; nothing here depends on a patient."""
    code, height_in = instrument.code, _height_in(paper, axes)
    low, high = axes.get_ylim()
    per_in = (high - low) / height_in
    spans = [_edges(band, instrument) for band in instrument.bands]
    areas(
        axes, f"{code}-bands", spans[::2], axes.get_xlim()[0], facecolor=paper.theme.band, zorder=0
    )
    levels = ticks(instrument, text_height_in(paper.shape.small_pt) * per_in)
    left, right = axes.get_xlim()
    grid = [((left, float(level)), (right, float(level))) for level in levels]
    lines(axes, f"{code}-grid", grid, colors=paper.theme.grid, linewidths=0.7)
    for level in levels:
        y_in = bottom_in + (float(level) - low) / per_in
        style = {"ha": "right", "va": "center_baseline"}
        paper.write(paper.shape.left_in - 0.06, y_in, number(level), **style)
    for band, (start, end) in zip(instrument.bands, spans, strict=True):
        middle_in = bottom_in + ((start + end) / 2 - low) / per_in
        _name(paper, band, middle_in, (end - start) / per_in)


def _height_in(paper: CoursePaper, axes: Axes) -> float:
    return float(axes.get_position().height * paper.figure.get_size_inches()[1])


def _edges(band: Band, instrument: Instrument) -> tuple[float, float]:
    low = max(instrument.minimum, band.lowest - HALF)
    return float(low), float(min(instrument.maximum, band.highest + HALF))


def ticks(instrument: Instrument, apart: float) -> list[Decimal]:
    """Choose the numbers of an axis: where bands begin, else round steps; both ends always."""
    low, high = instrument.minimum, instrument.maximum
    inner = [band.lowest for band in instrument.bands[1:]]
    if not inner:
        step = next(s for s in STEPS if (high - low) / s <= INTERVALS_MAX)
        inner = [low + step * n for n in range(1, INTERVALS_MAX + 1)]
    chosen = [low]
    for level in inner:
        if float(level - chosen[-1]) >= apart and float(high - level) >= apart:
            chosen.append(level)
    return [*chosen, high]


def _name(paper: CoursePaper, band: Band, middle_in: float, room_in: float) -> None:
    """Name a band beside it, on as many lines as it takes; not at all where they do not fit."""
    shape = paper.shape
    words = wrap(band.label, shape.right_in - 0.1, shape.small_pt)
    line_in = text_height_in(shape.small_pt)
    if room_in >= line_in * len(words) * 0.9:
        left_in = shape.left_in + shape.data_in + 0.07
        paper.write(left_in, middle_in, "\n".join(words), va="center", linespacing=1.0)
