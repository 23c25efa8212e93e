"""How pictures look: fonts set once, colours for light and dark, sizes for desk and phone."""

from functools import lru_cache

import matplotlib as mpl
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import LoadFlags
from msgspec import Struct

# Written once, at import: settings are shared by all threads of a server, so none may change later.
# Text stays text (half the file) and ids are salted alike, so that equal pictures are equal bytes.
mpl.rcParams.update(
    {
        "svg.fonttype": "none",
        "svg.hashsalt": "tracker",
        "font.family": ["DejaVu Sans", "sans-serif"],
        "font.sans-serif": ["DejaVu Sans"],
        "text.parse_math": False,
        "path.simplify": False,
    }
)

POINTS_PER_INCH = 72
MEASURED_DPI = 720
NARROW_IN = 0.3  # a margin that holds no words
LACKING = "\N{WHITE SQUARE}"  # for a letter that the font lacks


class Theme(Struct, frozen=True):
    """Colours. The series colours are Okabe and Ito's, darkened or lightened to suit the paper."""

    name: str
    paper: str
    ink: str
    muted: str
    grid: str
    band: str
    ribbon: str
    ribbon_edge: str
    session_day: str
    response: str
    score: str
    mood: str
    pain: str
    warning: str


LIGHT = Theme(
    name="light",
    paper="#ffffff",
    ink="#1f2328",
    muted="#57606a",
    grid="#d5dae0",
    band="#f2f4f6",
    ribbon="#f3e6ef",
    ribbon_edge="#c79ab8",
    session_day="#b9c1ca",
    response="#dcefe0",
    score="#93417a",
    mood="#0072b2",
    pain="#c04f00",
    warning="#c04f00",
)
DARK = Theme(
    name="dark",
    paper="#172225",
    ink="#eceff2",
    muted="#b3bbc4",
    grid="#454c54",
    band="#2a2f35",
    ribbon="#3d2f39",
    ribbon_edge="#7d5870",
    session_day="#626b75",
    response="#1d3b2a",
    score="#e39ac5",
    mood="#56b4e9",
    pain="#f0a63c",
    warning="#f0a63c",
)


class Frame(Struct, frozen=True):
    """Width, margins and type of a picture; margins are fixed, so that panels line up."""

    name: str
    width_in: float
    text_pt: float
    small_pt: float
    left_in: float
    right_in: float

    @property
    def data_in(self) -> float:
        """The width of the data area."""
        return self.width_in - self.left_in - self.right_in

    @property
    def inside(self) -> bool:
        """Whether it is so narrow that names of ranges and limits stand inside the panels."""
        return self.right_in < NARROW_IN

    @property
    def row_in(self) -> float:
        """The height of a line of small type with its leading."""
        return self.small_pt * 1.5 / POINTS_PER_INCH


class Shape(Frame, frozen=True):
    """The sizes of a course's picture, in inches."""

    scale_in: float
    pair_in: float
    strip_in: float
    between_dates_in: float


# The widths are those that pages give a picture: 883 pixels on a desk, some 300 on a phone that is
# 360 pixels wide, where 9.5 pt are still 12 pixels.
DESKTOP = Shape("desktop", 9.2, 10.5, 9, 1.46, 1.62, 1.7, 1.15, 0.62, 0.3)
PHONE = Shape("phone", 3.2, 10.5, 9.5, 0.54, 0.08, 2.1, 1.2, 0.62, 0.07)


@lru_cache(maxsize=2048)
def text_width_in(text: str, size_pt: float, *, bold: bool = False) -> float:
    """Measure a line of type in inches, as paper and browsers set it: without hinting."""
    font = get_font(findfont(FontProperties(weight="bold" if bold else "normal")))
    font.set_size(size_pt, MEASURED_DPI)
    font.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
    return float(font.get_width_height()[0]) / 64 / MEASURED_DPI  # FreeType counts in 1/64 pixel


def printable(text: str) -> str:
    """Put a box for each letter that the font lacks: drawing one tells it to the log."""
    letters = get_font(findfont(FontProperties())).get_charmap()
    return "".join(one if ord(one) in letters or one.isspace() else LACKING for one in text)


def text_height_in(size_pt: float) -> float:
    """Give the height of a line of type in inches, ascenders and descenders included."""
    return size_pt * 1.16 / POINTS_PER_INCH


def wrap(words: str, width_in: float, size_pt: float, *, bold: bool = False) -> list[str]:
    """Break words into lines that are no wider than `width_in`, but for a single longer word."""
    lines: list[str] = []
    for word in words.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width_in(longer, size_pt, bold=bold) <= width_in:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def mix(ground: str, colour: str, share: float) -> str:
    """Mix a colour into the ground, from none of it at 0 to itself at 1."""
    places = (slice(1, 3), slice(3, 5), slice(5, 7))
    pairs = [(int(ground[place], 16), int(colour[place], 16)) for place in places]
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def in_grey(theme: Theme) -> Theme:
    """Give a theme as a printer without colour has it (luma of ITU-R BT.601)."""
    greys = {
        name: _grey(getattr(theme, name)) for name in theme.__struct_fields__ if name != "name"
    }
    return Theme(name=f"{theme.name}-grey", **greys)


def _grey(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    level = round(0.299 * red + 0.587 * green + 0.114 * blue)
    return f"#{level:02x}{level:02x}{level:02x}"
