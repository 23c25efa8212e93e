"""Scores as points of a course: a total, or a form of which too little was answered."""

from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from tracker.domain.codes import Occasion


class ScorePoint(Struct, frozen=True, kw_only=True):
    """A total on a scale; `at` is aware and in the clinic's zone, noon where `time_known` is False.

    `session_id` or else `hours_after` ties a rating to the session that it followed. `version` is
    that of the instrument, '' where it is not known. `safety` are the answers to its suicide items
    by their number on the form, None for one not answered; empty where only a total is known.
    """

    instrument: str
    total: Decimal
    at: datetime
    time_known: bool = True
    occasion: Occasion = Occasion.UNSCHEDULED
    hours_after: Decimal | None = None
    session_id: int | None = None
    prorated: bool = False
    version: str = ""
    safety: tuple[tuple[int, Decimal | None], ...] = ()


class IncompletePoint(Struct, frozen=True, kw_only=True):
    """A questionnaire of which too little was answered for a total: listed, never drawn.

    `answered` of the `asked` questions that count; `asked` is 0 where that is not known.
    """

    instrument: str
    at: datetime
    answered: int
    asked: int
    occasion: Occasion = Occasion.UNSCHEDULED
    safety: tuple[tuple[int, Decimal | None], ...] = ()


def incomplete(point: IncompletePoint) -> str:
    """Write how much of a questionnaire was answered: `incomplete, 7 of 9 answered`."""
    return (
        f"incomplete, {point.answered} of {point.asked} answered" if point.asked else "incomplete"
    )
