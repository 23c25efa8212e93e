"""The same scale twice on one day: one form entered twice, or a correction? It is asked.

A form that looks back over days has nothing new to tell some hours later. A second one of that day
is most often the first entered again, or entered wrong, and would count beside it.
"""

from collections.abc import Iterable
from datetime import tzinfo
from typing import TypeAlias, TypeVar

from tracker.domain.codes import Occasion, Word
from tracker.domain.formatting import full_day, number, time_of_day
from tracker.domain.instruments.model import Instrument
from tracker.domain.problems import Finding
from tracker.domain.scores.draft import AssessmentDraft
from tracker.domain.scores.record import ScoreRecord

# Clinic default, no published source: what is nearer is one form whose time was typed twice.
HOURS_APART_MIN = 1
TakenScore: TypeAlias = AssessmentDraft | ScoreRecord
Taken = TypeVar("Taken", bound=TakenScore)
_OF_NO_SESSION = frozenset({Occasion.WEEKLY, Occasion.FOLLOW_UP, Occasion.UNSCHEDULED})


class SameDayAnswer(Word):
    """What becomes of the scores of a file whose day has one of their scale."""

    BOTH = "both", "Record both"
    LEAVE_OUT = "leave-out", "Leave those of the file out"


class SameDayFinding(Finding, frozen=True):
    """A score that its day has already; `score_id` is the one that is there."""

    score_id: int


def may_repeat(instrument: Instrument, one: TakenScore, other: TakenScore) -> bool:
    """Say whether two scores of one scale and one day both stand without anybody being asked.

    Two things make a second one legitimate, and the data tell both. A rating of this moment
    (`recall_days` 0: mood, pain and anxiety from 0 to 10, dissociation, CADSS, MOAA/S) is made to
    be repeated within hours. And a form on either side of a dose tells of two states: one at
    baseline or before the session, the other some hours after it; or both hours after, at least
    `HOURS_APART_MIN` apart. Whatever else looks back, be it by a day or a week (craving), has said
    it all that day.
    """
    if instrument.recall_days == 0:
        return True
    after = [score.hours_after for score in (one, other) if score.occasion is Occasion.HOURS_AFTER]
    if len(after) == 2:
        first, second = after
        return first is not None and second is not None and abs(first - second) >= HOURS_APART_MIN
    return len(after) == 1 and _OF_NO_SESSION.isdisjoint({one.occasion, other.occasion})


def find_twins(
    new: TakenScore, others: Iterable[Taken], instrument: Instrument, zone: tzinfo
) -> list[Taken]:
    """List those of `others` that a score may be again: its scale, on its day in the clinic.

    They are of the same patient, and stand: one that was voided is not repeated but replaced.
    """
    if new.taken_at is None:
        return []
    day = new.taken_at.astimezone(zone).date()
    return [
        other
        for other in others
        if other.instrument == new.instrument
        and other.taken_at is not None
        and other.taken_at.astimezone(zone).date() == day
        and not may_repeat(instrument, new, other)
    ]


def question(there: TakenScore, instrument: Instrument, zone: tzinfo, *, of: str = "there") -> str:
    """Ask about a score: `PHQ-9 of 3 Aug 2026 is there already: 27 at 09:10. The same form ...`.

    `of` says where: `there`, in the tracker, or on which line of the file.
    """
    assert there.taken_at is not None  # noqa: S101 - one without a time repeats nothing
    at = there.taken_at.astimezone(zone)
    total = "no total" if there.total is None else number(there.total)
    when = f"at {time_of_day(at)}" if there.time_known else "without a time"
    return (
        f"{instrument.short_title} of {full_day(at)} is {of} already: {total} {when}. "
        "The same form twice, or a correction?"
    )


def finding(there: ScoreRecord, instrument: Instrument, zone: tzinfo) -> SameDayFinding:
    """Ask whoever enters a score about the one that is there."""
    return SameDayFinding(
        field="taken_on",
        message=question(there, instrument, zone),
        source=f"{instrument.short_title} asks about: {instrument.recall}",
        score_id=there.score_id,
    )
