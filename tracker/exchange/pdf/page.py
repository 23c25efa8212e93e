"""A letter-size sheet for forms: headings, rows of label and value, lines to sign on.

Only what writes a document imports this, inside a function: fpdf2 takes a third of a second.
"""

import unicodedata
from datetime import datetime
from io import BytesIO
from pathlib import Path

import matplotlib
from fpdf import FPDF
from fpdf.enums import Align, MethodReturnValue, XPos, YPos
from fpdf.fonts import TTFFont
from PIL import Image

FONT = "DejaVu"
MARGIN_MM = 16
LINE_MM = 4.6
PADDING_MM = 1.1
BODY_PT, SMALL_PT, HEADING_PT, TITLE_PT = 9, 7, 10.5, 13
LABEL_MM, VALUE_MM, SOURCE_MM = 66, 68, 50
INK, SOFT, RULE, BAND = 0, 85, 170, 236  # greys, 0 black to 255 white

LONG = 300  # characters; a longer text has no room in a column
LACKING = "\N{WHITE SQUARE}"  # for a letter that the font lacks

# The letters of these join or run the other way: without a shaper they would come out wrong.
_SHAPED = frozenset({"R", "AL", "AN"})


def _font_file(style: str) -> Path:
    return Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"DejaVuSans{style}.ttf"


class Document(FPDF):
    """A document in the making. `foot` stands at the bottom of each page, left of its number."""

    def __init__(self, title: str, foot: str, made_at: datetime) -> None:
        """Start with an empty page; `made_at` is all that it knows of time."""
        super().__init__(format="letter")
        self._foot = foot
        self.set_title(title)
        self.set_creation_date(made_at)
        self.set_lang("en-US")
        self.set_margins(MARGIN_MM, 14, MARGIN_MM)
        self.set_auto_page_break(auto=False)
        for style, name in (("", ""), ("B", "-Bold")):
            self.add_font(FONT, style, _font_file(name))
        self._letters = frozenset.intersection(
            *(frozenset(font.cmap) for font in self.fonts.values() if isinstance(font, TTFFont))
        )
        self.add_page()

    def footer(self) -> None:
        """Write the foot of a page; by it and the number loose pages find together again."""
        self.set_y(-12)
        self._pen(SMALL_PT, grey=SOFT)
        self.cell(self.epw - 30, LINE_MM, self._foot)
        self.cell(30, LINE_MM, f"Page {self.page_no()} of {{nb}}", align=Align.R)

    def heading(self, text: str, *, level: int = 1, room_mm: float = 0) -> None:
        """Write a heading; a lower one as a band, with `room_mm` left for what follows."""
        if level == 1:
            self._pen(TITLE_PT, bold=True)
            self.multi_cell(self.epw, 6.2, text, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            return
        self._need(8 + room_mm)
        self.ln(2)
        self._pen(HEADING_PT, bold=True)
        self.set_fill_color(BAND)
        self.cell(self.epw, 6.4, text, fill=True, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def words(self, text: str, *, small: bool = False, bold: bool = False) -> None:
        """Write a paragraph over the whole width."""
        size = SMALL_PT if small else BODY_PT
        self._pen(size, bold=bold, grey=SOFT if small else INK)
        self._need(self._height(self.epw, text))
        self.multi_cell(
            self.epw, LINE_MM, self._clean(text), align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )

    def row(self, label: str, value: str, source: str, *, missing: str = "") -> None:
        """Write a row: a label, its value or that it is `missing`, and where it is from."""
        by_hand = bool(value) and not self.is_printable(value)
        shown = "" if by_hand else value or missing
        source = "Write by hand: this PDF lacks its letters" if by_hand else source
        if len(shown) > LONG:
            self._long_row(label, shown, source)
            return
        height = self._row_height(label, shown, source)
        self._need(height)
        top = self.get_y()
        self._pen(BODY_PT, grey=SOFT)
        self._column(MARGIN_MM, LABEL_MM, label, top)
        self._pen(BODY_PT, bold=True)
        self._column(MARGIN_MM + LABEL_MM, VALUE_MM, shown, top)
        self._pen(SMALL_PT, grey=SOFT)
        self._column(MARGIN_MM + LABEL_MM + VALUE_MM, SOURCE_MM, source, top)
        if missing and not value:
            self.set_draw_color(INK)
            width = self._width_of(missing)
            self.rect(MARGIN_MM + LABEL_MM + 0.3, top + 0.7, width, LINE_MM + 0.8)
        self.set_draw_color(RULE)
        self.line(MARGIN_MM, top + height, MARGIN_MM + self.epw, top + height)
        self.set_xy(MARGIN_MM, top + height)

    def _long_row(self, label: str, value: str, source: str) -> None:
        """Write a text over the whole width, line by line, so that it may run over pages."""
        self.row(label, "See below", source)
        self._pen(BODY_PT, bold=True)
        for line in self._lines(self.epw, value):
            self._need(LINE_MM)
            self._pen(BODY_PT, bold=True)
            self.cell(self.epw, LINE_MM, line, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_draw_color(RULE)
        self.line(MARGIN_MM, self.get_y() + 1, MARGIN_MM + self.epw, self.get_y() + 1)
        self.ln(1)

    def picture(self, content: bytes, words: str, width_mm: float) -> None:
        """Place a PNG where it has room, with the words for those who cannot see it."""
        with Image.open(BytesIO(content)) as image:
            height_mm = width_mm * image.height / image.width
        self._need(height_mm + 4)
        top = self.get_y() + 2
        self.image(BytesIO(content), x=MARGIN_MM, y=top, w=width_mm, alt_text=words)
        self.set_xy(MARGIN_MM, top + height_mm)

    def signatures(self, *labels: str) -> None:
        """Draw lines to write on, side by side, each with what belongs there beneath."""
        self._need(24)
        top, width = self.get_y() + 16, self.epw / len(labels)
        self.set_draw_color(INK)
        self._pen(SMALL_PT, grey=SOFT)
        for number, label in enumerate(labels):
            left = MARGIN_MM + number * width
            self.line(left, top, left + width - 6, top)
            self.set_xy(left, top + 0.6)
            self.cell(width - 6, LINE_MM, label)
        self.set_xy(MARGIN_MM, top + 8)

    def _column(self, left: float, width: float, text: str, top: float) -> None:
        self.set_xy(left, top + PADDING_MM)
        self.multi_cell(width, LINE_MM, self._clean(text), align=Align.L)

    def _row_height(self, label: str, value: str, source: str) -> float:
        heights = []
        for size, bold, width, text in (
            (BODY_PT, False, LABEL_MM, label),
            (BODY_PT, True, VALUE_MM, value),
            (SMALL_PT, False, SOURCE_MM, source),
        ):
            self._pen(size, bold=bold)
            heights.append(self._height(width, text))
        return max(heights) + 2 * PADDING_MM

    def _height(self, width: float, text: str) -> float:
        return LINE_MM * max(len(self._lines(width, text)), 1)

    def _lines(self, width: float, text: str) -> list[str]:
        lines = self.multi_cell(
            width, LINE_MM, self._clean(text), align=Align.L, dry_run=True,
            output=MethodReturnValue.LINES,
        )  # fmt: skip
        return lines if isinstance(lines, list) else []

    def _width_of(self, text: str) -> float:
        self._pen(BODY_PT, bold=True)
        return self.get_string_width(text) + 2 * self.c_margin

    def _need(self, height: float) -> None:
        if self.get_y() + height > self.h - 18:
            self.add_page()

    def _pen(self, size: float, *, bold: bool = False, grey: int = INK) -> None:
        self.set_font(FONT, "B" if bold else "", size)
        self.set_text_color(grey)

    def is_printable(self, text: str) -> bool:
        """Say whether the font has every letter of a text, and sets them right."""
        return self._clean(text) == unicodedata.normalize("NFC", text)

    def _clean(self, text: str) -> str:
        """Put a box for each letter that would come out wrong."""
        return "".join(
            letter if self._sets(letter) else LACKING
            for letter in unicodedata.normalize("NFC", text)
        )

    def _sets(self, letter: str) -> bool:
        known = letter == "\n" or ord(letter) in self._letters
        return known and unicodedata.bidirectional(letter) not in _SHAPED
