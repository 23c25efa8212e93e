"""The outcome report as PDF: every figure with its counts, its interval and its definition."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

TITLE = "Outcomes of courses of treatment"


class PdfLine(Struct, frozen=True):
    """A figure: what it is, what was found, and what it is counted by or of."""

    label: str
    value: str
    beside: str


class PaperPicture(Struct, frozen=True):
    """A picture as PNG, and what it says."""

    png: bytes
    words: str


class Part(Struct, frozen=True):
    """A heading with sentences, figures and pictures under it."""

    heading: str
    lines: Sequence[PdfLine] = ()
    sentences: Sequence[str] = ()
    pictures: Sequence[PaperPicture] = ()


class OutcomePaper(Struct, frozen=True, kw_only=True):
    """What the document says; `made_at` is in the clinic's zone, and all it knows of time."""

    clinic: str
    about: Sequence[str]
    parts: Sequence[Part]
    made_at: datetime


def write(paper: OutcomePaper) -> bytes:
    """Write the document; the same report gives the same bytes."""
    # fpdf2 and its fonts are for whoever prints, not for every start.
    from tracker.exchange.pdf.page import Document

    document = Document(TITLE, f"{TITLE}: {paper.clinic}", paper.made_at)
    document.heading(f"{TITLE}: {paper.clinic}")
    document.ln(1)
    for sentence in paper.about:
        document.words(sentence)
    for part in paper.parts:
        document.heading(part.heading, level=2, room_mm=10)
        for sentence in part.sentences:
            document.words(sentence, small=True)
        for line in part.lines:
            document.row(line.label, line.value, line.beside)
        for one in part.pictures:
            document.picture(one.png, one.words, document.epw)
    return bytes(document.output())
