"""Two records that may be one person's: what makes it likely, and how it is asked.

Names and birth dates are typed more than once, and a spreadsheet drops the zeros of a number: what
is entered twice is treated twice. Nothing is decided here; it is asked.
"""

from datetime import date

from msgspec import Struct

from tracker.domain.codes import Word
from tracker.domain.formatting import full_day
from tracker.domain.parsing import clean_identifier
from tracker.domain.patients import draft as patient_draft
from tracker.domain.problems import Finding

SOURCE = "Two identifiers tell patients apart: Joint Commission, NPSG.01.01.01"


class SamePersonAnswer(Word):
    """What becomes of the people of a file who may be here already."""

    SAME = "same", "They are the ones who are here"
    NEW = "new", "They are others: enter them as new"
    LEAVE_OUT = "leave-out", "Leave their rows out"


class PersonMark(Struct, frozen=True, kw_only=True):
    """What tells a person: the record number, the names and the birth date."""

    record_number: str
    given_name: str = ""
    family_name: str = ""
    birth_date: date | None = None

    @property
    def name_key(self) -> str:
        """The folded name; that of nobody else where there is no name."""
        return patient_draft.name_key(self.given_name, self.family_name, self.record_number)

    @property
    def number_key(self) -> str:
        """The folded record number."""
        return patient_draft.number_key(self.record_number)

    @property
    def words(self) -> str:
        """Write it as a list would: `Chen, Maya, born 3 Mar 1980, record 0001`."""
        born = f", born {full_day(self.birth_date)}" if self.birth_date else ""
        label = patient_draft.label(self.given_name, self.family_name, self.record_number)
        return f"{label}{born}, record {self.record_number}"


class SamePersonFinding(Finding, frozen=True):
    """Somebody who may be the one that is entered; `patient_id` is who is there."""

    patient_id: int


def is_alike(new: PersonMark, there: PersonMark) -> bool:
    """Say whether two records may be one person's.

    That is one number written in two ways, or one name and one birth date. Where neither has a
    birth date, a whole name is enough.
    """
    if new.number_key == there.number_key:
        return True
    if new.name_key != there.name_key or new.birth_date != there.birth_date:
        return False
    names = (new.given_name, new.family_name)
    return all(names) if new.birth_date is None else any(names)


def question(new: PersonMark, there: PersonMark, *, where: str = "there already") -> str:
    """Ask about somebody: `Chen, Maya, record 0001, is there already. ... The same person?`."""
    if new.number_key == there.number_key:
        why = f"Record number {new.record_number} is another only in {_how(new, there)}."
    else:
        why = "Name and birth date are the same." if new.birth_date else "The name is the same."
    return f"{there.words}, is {where}. {why} The same person?"


def _how(new: PersonMark, there: PersonMark) -> str:
    """Say in what two spellings of a number differ."""
    one, other = (
        clean_identifier(mark.record_number).casefold().replace(" ", "").replace("-", "")
        for mark in (new, there)
    )
    return "how it is written" if one == other else "the zeros it begins with, or how it is written"
