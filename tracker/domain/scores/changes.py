"""Is a change real? Every score against its baseline and the one before, and when to worry."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tracker.domain.instruments.model import Instrument
from tracker.domain.progress.panels import ScorePoint, SessionPoint
from tracker.domain.scores.interpretation import Change, Verdict, baseline, worse
from tracker.domain.scores.text import sentence_for_clinician, sentence_for_patient

__all__ = (
    "Worsening",
    "deteriorated",
    "lost_response",
    "new_worst",
    "sentence_for_clinician",
    "sentence_for_patient",
    "verdicts",
    "worsening",
)

EARLIER_MIN = 2  # a worst score says little before there are some to be the worst of


def verdicts(
    points: Iterable[ScorePoint], instrument: Instrument, first_dose: SessionPoint | None
) -> list[Verdict]:
    """Judge every score of an instrument, the earliest first.

    Scores of other instruments are left out, so that a weekly and a monthly form, which are
    instruments of their own, are never compared. Another version of the same one is, and says so.
    """
    mine = sorted((p for p in points if p.instrument == instrument.code), key=lambda p: p.at)
    start = baseline(mine, first_dose)
    first = next((n for n, point in enumerate(mine) if point is start), len(mine))
    return [
        Verdict(
            instrument=instrument,
            score=point,
            baseline=start,
            since_baseline=Change(instrument, start, point) if start and n > first else None,
            since_last=Change(instrument, mine[n - 1], point) if n else None,
            treated=first_dose is not None,
        )
        for n, point in enumerate(mine)
    ]


@dataclass(frozen=True, slots=True)
class Worsening:
    """A change for the worse that is as large as `threshold`, which `rule` names.

    `since` says what it is a change from.
    """

    change: Change
    since: str
    rule: str
    threshold: Decimal
    source: str


def worsening(verdict: Verdict) -> Worsening | None:
    """Find a change for the worse by at least the reliable change, first from the score before.

    Where no reliable change is published, the smallest important one counts; where neither is,
    nothing can be said.
    """
    rules = verdict.instrument.change
    rule, threshold, source = "reliable change", rules.reliable, rules.reliable_source
    if threshold is None:
        rule, threshold = "smallest important change", rules.smallest_important
        source = rules.smallest_important_source
    if threshold is None:
        return None
    for since, change in (
        ("the score before", verdict.since_last),
        ("baseline", verdict.since_baseline),
    ):
        if change is not None and change.better is False and change.size >= threshold:
            return Worsening(change, since, rule, threshold, source)
    return None


def deteriorated(verdict: Verdict) -> bool:
    """Say whether a score is worse than the one before or the baseline by a real change."""
    return worsening(verdict) is not None


def lost_response(judged: Sequence[Verdict], new: Verdict) -> bool:
    """Say whether the score before met response and the new one does not.

    A loss happens once: what stays lost at the next score is no news.
    """
    earlier = _before(judged, new)
    return new.response is False and bool(earlier) and earlier[-1].response is True


def new_worst(judged: Sequence[Verdict], new: Verdict) -> bool:
    """Say whether a score is worse than every earlier one, of which there are at least two."""
    earlier = [verdict.score.total for verdict in _before(judged, new)]
    return len(earlier) >= EARLIER_MIN and all(
        worse(new.instrument, new.score.total, total) for total in earlier
    )


def _before(judged: Sequence[Verdict], new: Verdict) -> Sequence[Verdict]:
    return judged[: judged.index(new)]
