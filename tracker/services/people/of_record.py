"""Whom a patient's account is for, as their record says: it opens to nobody else.

Clinicians keep the name and the e-mail of a record. Whoever makes accounts and reads no records
could otherwise have somebody's record shown to an address of their own.
"""

from collections.abc import Iterator
from typing import Any

from tracker.domain.parsing import is_blank, visible_text
from tracker.domain.patients.draft import fold
from tracker.domain.problems import Problem

NO_EMAIL = Problem(
    "email",
    "The patient's record has no e-mail. A clinician enters it there first: the invitation goes "
    "only to that one.",
)
UNUSABLE_EMAIL = Problem(
    "email", "The e-mail in the patient's record is none that mail can go to. A clinician mends it."
)
_OTHER_EMAIL = Problem(
    "email",
    "The patient's record has another e-mail. The invitation goes only to that one; a clinician "
    "can change it there.",
)
_OTHER_NAME = Problem(
    "name",
    "The record with this number has another name. Give the name as it stands there, or the "
    "number of this person's record.",
)


def name_in(row: Any) -> str:
    """Give the name of a patient's row; the record number where it has none."""
    return visible_text(f"{row.given_name} {row.family_name}") or str(row.record_number)


def compare(name: str, email: str, row: Any) -> Iterator[Problem]:
    """Yield where a typed name or e-mail is not that of a patient's row."""
    if not is_blank(name) and _words(name) != _words(name_in(row)):
        yield _OTHER_NAME
    if not row.email:
        yield NO_EMAIL
    elif email.strip().casefold() != row.email.strip().casefold():
        yield _OTHER_EMAIL


def _words(name: str) -> list[str]:
    """Take a name as its words: which of them comes first differs from list to list."""
    return sorted(fold(name).replace(",", " ").split())
