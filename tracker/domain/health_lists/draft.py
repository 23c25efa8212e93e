"""An allergy or a medicine as it is typed, and its end: what of it cannot be."""

from collections.abc import Collection
from datetime import date

from msgspec import Struct

from tracker.domain.codes import Word
from tracker.domain.parsing import LINE_MAX, check_length, check_reason, is_blank, is_one_line
from tracker.domain.problems import Problem

YEAR_FIRST = 1900


class HealthItemKind(Word):
    """What stands in a list. That there is none is an entry of its own: no entry is not asked."""

    ALLERGY = "allergy", "Allergy"
    NO_ALLERGIES = "no-allergies", "No known allergies"
    MEDICINE = "medicine", "Current medicine"
    NO_MEDICINES = "no-medicines", "Takes no medicines"

    @property
    def is_none(self) -> bool:
        """Say whether it states that the list is empty."""
        return self in _SOME

    @property
    def opposite(self) -> "HealthItemKind":
        """Name what cannot stand beside it."""
        return _SOME.get(self) or _NONE[self]


_SOME = {
    HealthItemKind.NO_ALLERGIES: HealthItemKind.ALLERGY,
    HealthItemKind.NO_MEDICINES: HealthItemKind.MEDICINE,
}
_NONE = {some: none for none, some in _SOME.items()}
_WANTED = {
    HealthItemKind.ALLERGY: "Write what the allergy is to.",
    HealthItemKind.MEDICINE: "Write the name of the medicine.",
}
_LISTED = {
    HealthItemKind.NO_ALLERGIES: "An allergy is listed. End it first, with the reason.",
    HealthItemKind.NO_MEDICINES: "A medicine is listed. End it first, with the reason.",
}


class HealthItemDraft(Struct, frozen=True, kw_only=True):
    """What somebody says of a patient. `detail` is the reaction, or the dose and how often."""

    kind: HealthItemKind | None
    noted_on: date | None
    name: str = ""
    detail: str = ""


def check(
    draft: HealthItemDraft, *, standing: Collection[HealthItemKind] = (), today: date
) -> list[Problem]:
    """List everything that cannot be; `standing` are the kinds of what the lists hold already."""
    problems = []
    kind = draft.kind
    if kind is None:
        problems.append(Problem("kind", "Choose what is entered."))
    elif kind.is_none and kind.opposite in standing:
        problems.append(Problem("kind", _LISTED[kind]))
    elif kind.is_none and kind in standing:
        problems.append(Problem("kind", "This is entered already."))
    elif kind in _WANTED and is_blank(draft.name):
        problems.append(Problem("name", _WANTED[kind]))
    for name in ("name", "detail"):
        text = getattr(draft, name)
        problems += check_length(name, text, LINE_MAX)
        if not is_one_line(text):
            problems.append(Problem(name, "Write this on one line, without tabs."))
    problems += _check_day("noted_on", draft.noted_on, today)
    return problems


def check_end(reason: str, ended_on: date | None, *, noted_on: date, today: date) -> list[Problem]:
    """List what cannot be about an end: its day, and the reason that it needs."""
    problems = list(_check_day("ended_on", ended_on, today))
    if not problems and ended_on is not None and ended_on < noted_on:
        problems.append(Problem("ended_on", "This is before the day it was noted."))
    return problems + check_reason(reason)


def _check_day(field: str, day: date | None, today: date) -> list[Problem]:
    if day is not None and day.year >= YEAR_FIRST and day <= today:
        return []
    return [Problem(field, f"Give a day from {YEAR_FIRST} to today.")]
