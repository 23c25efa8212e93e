"""The paper a picture is drawn on: panels placed in inches, one time axis for all of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from msgspec import Struct

from tracker.charts.style import Frame, Shape, Theme

# Room inside the data area: marks on the first day stay whole, the last value has its label.
PAD_LEFT_IN = 0.2
PAD_RIGHT_IN = 0.42

Point = tuple[float, float]
Box = tuple[float, float, float, float]


class Paper(Struct, frozen=True):
    """A figure with its shape and theme, written and drawn on by inches from its lower left."""

    figure: Figure
    shape: Frame
    theme: Theme

    def panel(
        self, bottom_in: float, height_in: float, across: Point, low: float, high: float
    ) -> Axes:
        """Add a panel without the furniture of matplotlib, whose ticks cost more than the data."""
        width, height = self.figure.get_size_inches()
        place = (
            self.shape.left_in / width,
            bottom_in / height,
            self.shape.data_in / width,
            height_in / height,
        )
        axes = self.figure.add_axes(place, xlim=across, ylim=(low, high))
        axes.set_axis_off()
        return axes

    def write(self, x_in: float, y_in: float, words: str, **style: Any) -> None:
        """Write on the paper at a place in inches."""
        style.setdefault("fontsize", self.shape.small_pt)
        style.setdefault("color", self.theme.muted)
        transform = self.figure.dpi_scale_trans
        self.figure.add_artist(Text(x_in, y_in, words, transform=transform, **style))

    def hair(self, points: Sequence[Point]) -> None:
        """Draw a broken hairline through places in inches."""
        xs, ys = zip(*points, strict=True)
        self.draw(Line2D(xs, ys, color=self.theme.muted, linewidth=0.5))

    def draw(self, artist: Artist) -> None:
        """Draw something on the paper itself, placed in inches."""
        artist.set_transform(self.figure.dpi_scale_trans)
        self.figure.add_artist(artist)


class CoursePaper(Paper, frozen=True):
    """A paper for a course; `starts_at` to `ends_at` is the span of the time axis."""

    shape: Shape
    starts_at: datetime
    ends_at: datetime

    @property
    def span_days(self) -> float:
        """The days from first to last."""
        return _days(self.ends_at, self.starts_at)

    @property
    def days_per_in(self) -> float:
        """How many days an inch holds."""
        return self.span_days / (self.shape.data_in - PAD_LEFT_IN - PAD_RIGHT_IN)

    @property
    def limits(self) -> tuple[float, float]:
        """The time axis in days from `starts_at`, with the room at both sides."""
        scale = self.days_per_in
        return -PAD_LEFT_IN * scale, self.span_days + PAD_RIGHT_IN * scale

    def x(self, at: datetime) -> float:
        """Place a moment on the time axis, in days by the clinic's own clock."""
        return _days(at, self.starts_at)

    def across_in(self, day: float) -> float:
        """Place a day of the time axis on the paper, in inches from the left."""
        return self.shape.left_in + (day - self.limits[0]) / self.days_per_in

    def axes(self, bottom_in: float, height_in: float, low: float, high: float) -> Axes:
        """Add a panel over the time axis."""
        return self.panel(bottom_in, height_in, self.limits, low, high)


def _days(later: datetime, earlier: datetime) -> float:
    # By the wall clock: a day with a clock change is as wide as any other.
    return (later.replace(tzinfo=None) - earlier.replace(tzinfo=None)) / timedelta(days=1)


def marks(axes: Axes, gid: str, points: Sequence[Point], **style: Any) -> None:
    """Draw points that tests can read back by `gid`; nothing for none."""
    if points:
        xs, ys = zip(*points, strict=True)
        style.setdefault("linestyle", "none")
        line = Line2D(xs, ys, gid=gid, clip_on=False, zorder=style.pop("zorder", 4), **style)
        axes.add_artist(line)


def lines(axes: Axes, gid: str, segments: Sequence[Sequence[Point]], **style: Any) -> None:
    """Draw straight or broken lines as one artist: many single lines cost far more."""
    if segments:
        style.setdefault("zorder", 1)
        axes.add_collection(LineCollection(segments, gid=gid, **style), autolim=False)


def areas(
    axes: Axes, gid: str, spans: list[tuple[float, float]], left: float, **style: Any
) -> None:
    """Shade horizontal stretches, from `left` to the right end of the panel."""
    right = axes.get_xlim()[1]
    boxes(axes, gid, [(left, right, low, high) for low, high in spans], **style)


def boxes(axes: Axes, gid: str, corners: Sequence[Box], **style: Any) -> None:
    """Shade boxes, each from left to right and from low to high."""
    if corners:
        shapes = [[(x, a), (right, a), (right, b), (x, b)] for x, right, a, b in corners]
        style.setdefault("linewidth", 0)
        axes.add_collection(PolyCollection(shapes, gid=gid, **style), autolim=False)
