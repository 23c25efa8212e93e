"""A panel of a session's picture, and the ground that it is drawn on."""

from collections.abc import Callable
from dataclasses import dataclass, field

from matplotlib.axes import Axes
from msgspec import Struct

from tracker.charts.timelines.minutes import MinutePaper
from tracker.charts.timelines.names import PanelName
from tracker.charts.timelines.sizes import EDGE_IN
from tracker.charts.timelines.writing import Box, Writing


@dataclass(frozen=True, slots=True)
class Ground:
    """A panel's axes from `low` to `high`, with their place on the paper in inches."""

    paper: MinutePaper
    axes: Axes
    bottom_in: float
    height_in: float
    low: float
    high: float
    writing: Writing = field(init=False)

    def __post_init__(self) -> None:
        """Let words stand anywhere in the data area."""
        shape = self.paper.shape
        right = shape.left_in + shape.data_in
        room = Box(shape.left_in, self.bottom_in, right, self.bottom_in + self.height_in)
        object.__setattr__(self, "writing", Writing(self.paper, room))

    def up_in(self, value: float) -> float:
        """Place a value on the paper, in inches from the bottom."""
        return self.bottom_in + (value - self.low) / (self.high - self.low) * self.height_in

    def margin(self) -> Writing:
        """Give a writing that may go on to the right edge of the paper."""
        room = self.writing.room
        right = self.paper.shape.width_in - EDGE_IN
        return Writing(self.paper, Box(room.left, room.bottom, right, room.top))


class Panel(Struct, frozen=True):
    """A panel before it has a place: `key` begins the ids of what is in it.

    `extent` is what its height stands for; `after_in` is the room below it.
    """

    key: str
    name: PanelName
    height_in: float
    extent: tuple[float, float]
    draw: Callable[[Ground], None]
    after_in: float
    is_shaded: bool = True
