"""How large a session's picture is on a desk, on a tablet at the chair and on a phone."""

from tracker.charts.style import Frame, text_height_in

PIXELS_PER_INCH = 96  # of an SVG in a browser
EDGE_IN = 0.06  # between words and the edge of the paper
NUMBERS_IN = 0.07  # between the numbers of an axis and the panel


class TimelineShape(Frame, frozen=True):
    """Sizes in inches. Names of panels stand at their left, or above them where it is narrow."""

    pressure_in: float
    strip_in: float
    between_in: float
    names_above: bool

    @property
    def line_in(self) -> float:
        """The height of a line of small type."""
        return text_height_in(self.small_pt)


# Type is 9 pt, 12 pixels. The widths are those that pages give a picture, measured: 883 pixels on a
# desk, 538 in the wide column at the chair, 294 on a phone that is 360 pixels wide.
DESKTOP = TimelineShape("desktop", 9.2, 9.5, 9, 1.62, 0.98, 1.3, 0.5, 0.1, names_above=False)
TABLET = TimelineShape("tablet", 5.6, 9.5, 9, 1.62, 0.62, 1.3, 0.5, 0.1, names_above=False)
PHONE = TimelineShape("phone", 3.06, 9.5, 9, 0.36, 0.64, 1.5, 0.54, 0.1, names_above=True)
