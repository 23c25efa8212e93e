"""Those whose scores are analysed: a course or a person, what was before, after and in between."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from msgspec import Struct

from tracker.domain.codes import Occasion
from tracker.domain.outcomes.analysis.question import AnalysisQuestion

HOURS_A_DAY = 24


class Participant(Struct, frozen=True, kw_only=True):
    """One course, or one person. What is not known is None, never 0.

    `groups` are theirs in the order of the factors, None where nobody recorded it. `later` are the
    days since the start, and the total then.
    """

    person: int
    groups: tuple[str | None, ...] = ()
    before: Decimal | None = None
    after: Decimal | None = None
    later: tuple[tuple[Decimal, Decimal], ...] = ()


class LaterScore(Struct, frozen=True):
    """A total, so many hours after the start, as which occasion it was asked."""

    hours: Decimal
    total: Decimal
    occasion: Occasion


def pick(scores: Iterable[LaterScore], question: AnalysisQuestion) -> Decimal | None:
    """Give the last total that the question speaks of; None where there is none."""
    found = None
    for score in sorted(scores, key=lambda one: one.hours):
        if question.since is not None and score.hours < question.since:
            continue
        if question.until is not None and score.hours > question.until:
            continue
        if question.occasion in (None, score.occasion):
            found = score.total
    return found


def in_days(scores: Iterable[LaterScore]) -> tuple[tuple[Decimal, Decimal], ...]:
    """Give the totals by day, in time."""
    return tuple(sorted((score.hours / HOURS_A_DAY, score.total) for score in scores))


def levels(followed: Iterable[Participant], factor: int) -> list[str]:
    """List the groups of a factor, by name."""
    return sorted({one.groups[factor] or "" for one in followed if one.groups[factor]})


def reference(names: Sequence[str], against: Sequence[str]) -> str:
    """Name the group that others are held against: one that was named, else the first."""
    wanted = {name.casefold() for name in against}
    return next((name for name in names if name.casefold() in wanted), names[0])
