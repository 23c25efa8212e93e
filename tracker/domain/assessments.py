"""A completed scale: its total, when, and on which occasion."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from tracker.domain.instruments import Instrument
from tracker.domain.problems import Problem
from tracker.domain.words import Occasion

NOTE_MAX = 2_000
HOURS_AFTER_MAX = 24 * 14


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentDraft:
    """A total on a named scale.

    `instrument` is the instrument's code. `taken_at` is aware; where only the day is known
    `time_known` is False and the time is noon in the clinic's zone. `hours_after` goes with the
    occasion `hours-after` and counts from the start of the session.
    """

    instrument: str
    total: Decimal | None
    taken_at: datetime | None
    time_known: bool = True
    occasion: Occasion = Occasion.UNSCHEDULED
    hours_after: Decimal | None = None
    note: str = ""


def check(draft: AssessmentDraft, instrument: Instrument | None, *, now: datetime) -> list[Problem]:
    """List everything that cannot be; `instrument` is None when its code is unknown."""
    problems = []
    if instrument is None:
        problems.append(Problem("instrument", "Choose a scale from the list."))
    if draft.total is None:
        problems.append(Problem("total", "Give the total."))
    elif instrument is not None and not instrument.minimum <= draft.total <= instrument.maximum:
        problems.append(
            Problem(
                "total",
                f"{instrument.short_title} runs from {instrument.minimum} to {instrument.maximum}.",
            )
        )
    if draft.taken_at is None:
        problems.append(Problem("taken_at", "Give the day."))
    # A day without a time stands at noon: today's is allowed in the morning.
    elif draft.taken_at > (now if draft.time_known else now + timedelta(hours=13)):
        problems.append(Problem("taken_at", "The day cannot be in the future."))
    if draft.hours_after is not None and not 0 <= draft.hours_after <= HOURS_AFTER_MAX:
        problems.append(Problem("hours_after", "Give the hours after the session, from 0 to 336."))
    if len(draft.note) > NOTE_MAX:
        problems.append(Problem("note", f"Give at most {NOTE_MAX} characters."))
    return problems
