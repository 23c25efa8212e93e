"""What a clinic sets for itself, with the defaults that hold until it does."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import time
from typing import Any, Self

from tracker.domain.parsing import LINE_MAX, NAME_MAX
from tracker.domain.problems import Problem

RED_AFTER_MINUTES_MAX = 24 * 60
_TELEPHONE = re.compile(r"\+?[0-9][0-9 ()./-]{1,38}")
_UNPRINTED = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicSettings:
    """A clinic's settings. The crisis line and emergency number are those of the United States.

    `crisis_line` is called or texted; `red_after_minutes` is when an alert nobody acknowledged is
    shown red and e-mailed. No check-in e-mail leaves between `quiet_from` and `quiet_until`.
    """

    crisis_line: str = "988"
    crisis_line_name: str = "988 Suicide & Crisis Lifeline"
    emergency_number: str = "911"
    phone: str = ""
    red_after_minutes: int = 60
    reminders: bool = True
    quiet_from: time = time(20)
    quiet_until: time = time(8)

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """Read what is stored of a clinic; what is not there keeps its default."""
        known = {f.name: stored[f.name] for f in fields(cls) if f.name in stored}
        for name in ("quiet_from", "quiet_until"):
            if name in known:
                known[name] = time.fromisoformat(known[name])
        return cls(**known)

    def is_quiet(self, at: time) -> bool:
        """Say whether no check-in e-mail leaves at this time of the clinic's day.

        The quiet hours may run past midnight; where they end when they begin there are none.
        """
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= at < self.quiet_until
        return at >= self.quiet_from or at < self.quiet_until


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicDraft:
    """What an administrator typed of the clinic; what could not be read is None."""

    name: str
    phone: str
    crisis_line: str
    crisis_line_name: str
    emergency_number: str
    red_after_minutes: int | None
    reminders: bool
    quiet_from: time | None
    quiet_until: time | None


def check(draft: ClinicDraft) -> list[Problem]:
    """List everything that is wrong with a clinic's settings."""
    return [*_check_words(draft), *_check_numbers(draft), *_check_times(draft)]


def _check_words(draft: ClinicDraft) -> Iterator[Problem]:
    for field, text, longest, wanted in (
        ("name", draft.name, LINE_MAX, "Give the clinic's name"),
        ("crisis_line_name", draft.crisis_line_name, NAME_MAX, "Give the crisis line's name"),
    ):
        # The name stands in the subject of e-mails, which is one line.
        if not text.strip() or len(text) > longest or _UNPRINTED.search(text):
            yield Problem(field, f"{wanted}, on one line of at most {longest} characters.")


def _check_numbers(draft: ClinicDraft) -> Iterator[Problem]:
    numbers = ("crisis_line", draft.crisis_line), ("emergency_number", draft.emergency_number)
    for field, number in numbers:
        if not _TELEPHONE.fullmatch(number.strip()):
            yield Problem(field, "Give a telephone number that can be dialled, such as 988.")
    if draft.phone.strip() and not _TELEPHONE.fullmatch(draft.phone.strip()):
        yield Problem("phone", "Give a telephone number, such as +1 212 555 0100, or nothing.")


def _check_times(draft: ClinicDraft) -> Iterator[Problem]:
    minutes = draft.red_after_minutes
    if minutes is None or not 1 <= minutes <= RED_AFTER_MINUTES_MAX:
        yield Problem(
            "red_after_minutes", f"Give minutes, from 1 to {RED_AFTER_MINUTES_MAX} (one day)."
        )
    for field, at in ("quiet_from", draft.quiet_from), ("quiet_until", draft.quiet_until):
        if at is None:
            yield Problem(field, "Give a time; the same one twice means no quiet hours.")
