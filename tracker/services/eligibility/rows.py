"""Assessments between the table and the domain: pack and unpack what was answered."""

from collections.abc import Iterable
from typing import Any

from tracker.domain.eligibility.draft import EligibilityDraft
from tracker.domain.eligibility.prefill import ReviewLine
from tracker.domain.stored_content import read_stored, to_stored
from tracker.models.eligibility import Eligibility


def pack(draft: EligibilityDraft) -> dict[str, Any]:
    """Write what was answered as JSON values; drug and day have columns of their own."""
    answered: dict[str, Any] = to_stored(draft)
    del answered["drug"], answered["assessed_on"]
    return answered


def draft_of(row: Eligibility) -> EligibilityDraft:
    """Read back what was answered."""
    answered = row.content["answers"] | {"drug": row.drug, "assessed_on": row.assessed_on}
    return read_stored(answered, EligibilityDraft)


def pack_lines(lines: Iterable[ReviewLine]) -> list[dict[str, str]]:
    """Write the lines that somebody signed beneath, so that they stay what they were."""
    packed: list[dict[str, str]] = to_stored(list(lines))
    return packed


def lines_of(row: Eligibility) -> tuple[ReviewLine, ...]:
    """Read back the lines that were signed beneath."""
    return read_stored(row.content.get("lines", ()), tuple[ReviewLine, ...])
