"""What stays the same whatever the values: bands and their names, the numbers of the axis."""

from decimal import Decimal

from tracker.charts.layout import areas, lines
from tracker.charts.style import Frame, text_height_in, text_width_in, wrap
from tracker.charts.writing import PanelGround
from tracker.domain.formatting import number
from tracker.domain.instruments.model import Band, Instrument

STEPS = (1, 2, 5, 10, 20, 25, 50, 100)
INTERVALS_MAX = 5
EDGE_IN = 0.08
NUMBER_GAP_IN = 0.06  # from a number to the axis
NUMBERS_IN = 0.36  # the room of the numbers
CLEAR_IN = 0.04
STEP_IN = 0.2
# Totals are whole numbers: a band begins half-way to the one below, so that a mark on its lowest
# total lies inside it.
HALF = Decimal("0.5")


def draw(ground: PanelGround, instrument: Instrument, name: str) -> None:
    """Draw bands, grid and numbers of one panel; nothing here depends on a patient."""
    paper, axes = ground.paper, ground.axes
    left, right = axes.get_xlim()
    spans = [_edges(band, instrument) for band in instrument.bands]
    areas(axes, f"{name}-bands", spans[::2], left, facecolor=paper.theme.band, zorder=0)
    per_in = (ground.high - ground.low) / ground.height_in
    levels = ticks(instrument, text_height_in(paper.shape.small_pt) * per_in)
    grid = [((left, float(level)), (right, float(level))) for level in levels]
    lines(axes, f"{name}-grid", grid, colors=paper.theme.grid, linewidths=0.7)
    for level in levels:
        style = {"ha": "right", "va": "center_baseline"}
        across = paper.shape.left_in - NUMBER_GAP_IN
        paper.write(across, ground.up_in(float(level)), number(level), **style)


def name_bands(ground: PanelGround, instrument: Instrument) -> None:
    """Name the bands: left of their numbers, or inside, where the picture is narrow."""
    for band in instrument.bands:
        low, high = (ground.up_in(edge) for edge in _edges(band, instrument))
        name = _inside if ground.paper.shape.inside else _beside
        name(ground, band, low, high)


def _edges(band: Band, instrument: Instrument) -> tuple[float, float]:
    low = max(instrument.minimum, band.lowest - HALF)
    return float(low), float(min(instrument.maximum, band.highest + HALF))


def ticks(instrument: Instrument, apart: float) -> list[Decimal]:
    """Choose the numbers of an axis: where bands begin, else round steps; both ends always."""
    low, high = instrument.minimum, instrument.maximum
    inner = [band.lowest for band in instrument.bands[1:]]
    if not inner:
        smallest = max(float(high - low) / INTERVALS_MAX, apart)
        step = next((step for step in STEPS if step >= smallest), STEPS[-1])
        inner = [low + step * n for n in range(1, INTERVALS_MAX + 1)]
    chosen = [low]
    for level in inner:
        if float(level - chosen[-1]) >= apart and float(high - level) >= apart:
            chosen.append(level)
    return [*chosen, high]


def _beside(ground: PanelGround, band: Band, low_in: float, high_in: float) -> None:
    """Name a band beside it, on as many lines as it takes; not at all where they do not fit."""
    paper, shape = ground.paper, ground.paper.shape
    right = shape.left_in - NUMBERS_IN
    words = wrap(band.label, right - EDGE_IN, shape.small_pt)
    if _fit(len(words), high_in - low_in, shape):
        style = {"ha": "right", "va": "center", "linespacing": 1.0}
        paper.write(right, (low_in + high_in) / 2, "\n".join(words), **style)


def _fit(rows: int, room_in: float, shape: Frame) -> bool:
    return room_in >= text_height_in(shape.small_pt) * rows * 0.9


def _inside(ground: PanelGround, band: Band, low_in: float, high_in: float) -> None:
    """Name a band within it, as far to the left as it covers nothing else."""
    shape, room = ground.paper.shape, ground.writing.room
    if not _fit(1, high_in - low_in, shape):
        return
    height, width = text_height_in(shape.small_pt), text_width_in(band.label, shape.small_pt)
    bottom = min(max((low_in + high_in - height) / 2, room.bottom), room.top - height)
    steps = int((room.right - room.left - width) / STEP_IN)
    corners = [(room.left + CLEAR_IN + n * STEP_IN, bottom) for n in range(max(steps, 1))]
    colour = ground.paper.theme.muted
    ground.writing.write(band.label, corners, clear=True, color=colour, bbox=None)
