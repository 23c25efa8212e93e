"""What the tests of a session's picture share: drawing one, and reading its parts back."""

import pytest
from matplotlib.text import Text

from tests.charts.reading_back import find
from tracker.charts.style import LIGHT
from tracker.charts.timelines import picture
from tracker.charts.timelines.sizes import DESKTOP, PHONE, PIXELS_PER_INCH, TABLET

EVERY_SHAPE = (DESKTOP, TABLET, PHONE)
SHAPES = pytest.mark.parametrize("shape", EVERY_SHAPE, ids=lambda shape: shape.name)


def draw(timeline, shape=DESKTOP, theme=LIGHT):
    """Draw a session."""
    return picture.draw(timeline, shape=shape, theme=theme)


def height_pixels(figure):
    """Give a picture's height as a browser has it."""
    return figure.get_size_inches()[1] * PIXELS_PER_INCH


def axes_of(figure, gid):
    """Find the panel that something is drawn in."""
    return find(figure, gid).axes


def find_word(figure, gid):
    """Give the words of a value that is told, or None."""
    return next((t.get_text() for t in figure.findobj(Text) if t.get_gid() == gid), None)
