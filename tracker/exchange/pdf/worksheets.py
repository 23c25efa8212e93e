"""The REMS worksheet as PDF: every field of the form, what is missing, where to sign."""

from datetime import datetime

from msgspec import Struct

from tracker.domain.formatting import full_day, time_of_day, times
from tracker.domain.health_lists.standing import HealthLists
from tracker.domain.worksheets.editions import REMS_SITE, TITLE, FormVersion, Need, Section
from tracker.domain.worksheets.form import FormLine, WorksheetState, missing, sections

NOT_THE_FORM = (
    f"This is a worksheet, not the form of the programme. The form is at {REMS_SITE}; it may ask "
    "for more than is here, or in other words."
)


class Paper(Struct, frozen=True, kw_only=True):
    """What the document says; `changed_at` is in the clinic's zone, and all it knows of time."""

    session_id: int
    record_number: str
    form: FormVersion
    state: WorksheetState
    due: str
    lines: tuple[FormLine, ...]
    lists: HealthLists
    reason: str
    changed_at: datetime


def write(paper: Paper) -> bytes:
    """Write the document; the same worksheet gives the same bytes."""
    # fpdf2 and its fonts are for whoever prints, not for every start.
    from tracker.exchange.pdf.page import Document

    foot = f"REMS worksheet of session {paper.session_id}, record {paper.record_number}"
    document = Document(TITLE, foot, paper.changed_at)
    document.heading(TITLE)
    document.ln(1)
    document.words(NOT_THE_FORM)
    document.ln(1)
    for sentence in _about(paper):
        document.words(sentence)
    for part, lines in sections(paper.lines):
        document.heading(part.label, level=2, room_mm=8)
        if part is Section.MEDICINES:
            document.row("Medicines on the patient's list", paper.lists.medicines_dated, "")
            document.row("Allergies on the patient's list", paper.lists.allergies_dated, "")
        for line in lines:
            document.row(line.field.label, line.words, _beside(line), missing=_missing(line))
    document.heading("Signature", level=2, room_mm=24)
    document.signatures("Name, printed", "Signature of who monitored", "Date")
    return bytes(document.output())


def _about(paper: Paper) -> list[str]:
    gone = len(missing(paper.lines))
    stands = f"{times(gone, 'field')} missing" if gone else "no field missing"
    changed = full_day(paper.changed_at.date())
    sentences = [
        f"{paper.form.label}. Known from: {paper.form.known_from}.",
        f"{paper.state.label}, {stands}. {paper.due}. Last changed {changed}, "
        f"{time_of_day(paper.changed_at)}.",
    ]
    if gone and paper.reason:
        sentences.append(f"Why fields stay empty: {paper.reason}")
    return sentences


def _missing(line: FormLine) -> str:
    if not line.is_missing:
        return ""
    return "missing, required" if line.field.need is Need.REQUIRED else "missing"


def _beside(line: FormLine) -> str:
    """Say where a value is from; where the session says otherwise, that too."""
    if line.says and line.says != line.value:
        return f"{line.source}; the session says {line.says_in_words}"
    return " ".join(part for part in (line.source, line.remark) if part)
