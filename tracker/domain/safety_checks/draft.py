"""The result of one check: what was found on a day, and what of it cannot be."""

from datetime import date

from msgspec import Struct

from tracker.domain.parsing import LINE_MAX, PARAGRAPH_MAX, check_length, is_blank
from tracker.domain.problems import Problem
from tracker.domain.safety_checks.kinds import CheckKind

YEAR_FIRST = 1970  # ketamine was approved that year (US NDA 016812)


class SafetyCheckDraft(Struct, frozen=True, kw_only=True):
    """What somebody says was found; `value` in a few words, with units."""

    kind: CheckKind | None
    checked_on: date | None
    value: str = ""
    note: str = ""


def check(draft: SafetyCheckDraft, *, today: date) -> list[Problem]:
    """List everything that cannot be, field by field."""
    problems = []
    if draft.kind is None:
        problems.append(Problem("kind", "Choose what was checked."))
    if draft.checked_on is None:
        problems.append(Problem("checked_on", "Give the day of the check."))
    elif draft.checked_on > today or draft.checked_on.year < YEAR_FIRST:
        problems.append(Problem("checked_on", f"Give a day from {YEAR_FIRST} to today."))
    if is_blank(draft.value):
        problems.append(Problem("value", "Write what was found, in a few words."))
    problems += check_length("value", draft.value, LINE_MAX)
    problems += check_length("note", draft.note, PARAGRAPH_MAX)
    return problems
