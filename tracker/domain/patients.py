"""A person treated: what is recorded, what is refused, and how names are folded for search."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from tracker.domain.problems import Problem
from tracker.domain.words import Indication, Sex

NAME_MAX = 100
RECORD_NUMBER_MAX = 40
NOTES_MAX = 10_000
_RECORD_NUMBER = re.compile(r"[^\s].*[^\s]|[^\s]", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientDraft:
    """What is known of a patient. The record number is the clinic's own and unique within it."""

    record_number: str
    given_name: str = ""
    family_name: str = ""
    birth_date: date | None = None
    sex: Sex = Sex.UNKNOWN
    email: str = ""
    phone: str = ""
    indications: tuple[Indication, ...] = ()
    notes: str = ""

    @property
    def label(self) -> str:
        """The name as lists show it, or the record number where there is no name."""
        return label(self.given_name, self.family_name, self.record_number)


def label(given_name: str, family_name: str, record_number: str) -> str:
    """Write a name as lists show it: `Family, Given`, or the record number."""
    name = ", ".join(part for part in (family_name, given_name) if part)
    return name or f"Record {record_number}"


def check(draft: PatientDraft, *, today: date) -> list[Problem]:
    """List everything that cannot be, field by field."""
    problems = []
    number = draft.record_number
    if not _RECORD_NUMBER.fullmatch(number) or len(number) > RECORD_NUMBER_MAX:
        problems.append(Problem("record_number", "Give the record number, at most 40 characters."))
    for name in ("given_name", "family_name", "email", "phone"):
        if len(getattr(draft, name)) > NAME_MAX:
            problems.append(Problem(name, f"Give at most {NAME_MAX} characters."))
    if len(draft.notes) > NOTES_MAX:
        problems.append(Problem("notes", f"Give at most {NOTES_MAX} characters."))
    if draft.birth_date is not None and not date(1900, 1, 1) <= draft.birth_date <= today:
        problems.append(Problem("birth_date", "Give a birth date from 1900 to today."))
    if draft.email and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", draft.email):
        problems.append(Problem("email", "Give an e-mail address such as name@example.org."))
    return problems


def fold(text: str) -> str:
    """Fold case, accents and width away, so that `Zoe` finds `Zoë`."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in plain if not unicodedata.combining(char))


def search_words(*texts: str) -> frozenset[str]:
    """Split names and numbers into the folded words that a search looks up by their beginning."""
    return frozenset(re.findall(r"\w+", fold(" ".join(texts))))
