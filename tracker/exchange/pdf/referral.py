"""The letter for the referrer as PDF: one page, with its picture, as it was signed."""

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from tracker.domain.formatting import full_day, time_of_day

if TYPE_CHECKING:
    from tracker.exchange.pdf.page import Document

TITLE = "Letter about a treatment"
PICTURE_MM = 150


class SignedLetter(Struct, frozen=True, kw_only=True):
    """What the document says; `signed_at` is in the clinic's zone, and all it knows of time.

    `address` and `phone` are the clinic's; `about` says whom the letter is about.
    """

    clinic: str
    address: str
    phone: str
    about: str
    record_number: str
    recipient: str
    words: str
    picture: bytes | None
    picture_words: str
    signed_by: str
    signed_at: datetime


def write(letter: SignedLetter) -> bytes:
    """Write the document; the same letter gives the same bytes."""
    return bytes(_document(letter).output())


def fits(letter: SignedLetter) -> bool:
    """Say whether the letter stands on one page."""
    document = _document(letter)
    document.output()  # which closes the files of its fonts
    return document.page_no() == 1


def _document(letter: SignedLetter) -> "Document":
    # fpdf2 and its fonts are for whoever prints, not for every start.
    from tracker.exchange.pdf.page import Document

    foot = f"{letter.clinic}, record {letter.record_number}"
    document = Document(TITLE, foot, letter.signed_at)
    head = (letter.clinic, letter.address, letter.phone)
    document.words("\n".join(line for line in head if line), small=True)
    document.ln(3)
    document.words(letter.recipient)
    document.ln(2)
    document.words(full_day(letter.signed_at.date()))
    document.ln(2)
    document.words(letter.about, bold=True)
    document.ln(1)
    for paragraph in letter.words.split("\n"):
        if paragraph:
            document.words(paragraph)
        else:
            document.ln(1.6)
    document.ln(2)
    day, time = full_day(letter.signed_at.date()), time_of_day(letter.signed_at)
    document.words(f"Signed by {letter.signed_by}, {day}, {time}", bold=True)
    if letter.picture is not None:
        document.picture(letter.picture, letter.picture_words, PICTURE_MM)
    return document
