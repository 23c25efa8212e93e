"""A panel of a session's picture, and the ground that it is drawn on."""

from collections.abc import Callable
from dataclasses import dataclass

from msgspec import Struct

from tracker.charts.timelines.minutes import MinutePaper
from tracker.charts.timelines.names import PanelName
from tracker.charts.timelines.sizes import EDGE_IN
from tracker.charts.writing import Box, PanelGround, Writing


@dataclass(frozen=True, slots=True)
class Ground(PanelGround):
    """The ground of a panel of a session's picture."""

    paper: MinutePaper

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
