"""Response lost by a score that was entered late: each loss is told once, whatever came first."""

from collections.abc import Sequence

from msgspec import Struct

from tracker.domain.scores.interpretation import Verdict
from tracker.domain.scores.points import ScorePoint
from tracker.domain.scores.response import responses


class Loss(Struct, frozen=True):
    """Response that was lost: the score that made sure of it, and those out of response.

    `regained` is the score that was back in response, of the same course; None while it stands.
    """

    confirmed: ScorePoint
    out: tuple[ScorePoint, ...]
    regained: ScorePoint | None


def losses(judged: Sequence[Verdict]) -> list[Loss]:
    """Find every loss of response of some verdicts that run in time, the earliest first."""
    place = {id(verdict.score): number for number, verdict in enumerate(judged)}
    found = responses(judged)
    told = []
    for one, later in zip(found, [*found[1:], None], strict=False):
        if one.confirmed is None:
            continue
        course, first = judged[place[id(one.held)]].course, place[id(one.held)] + 1
        back = None
        if later is not None and judged[place[id(later.reached)]].course == course:
            back = later.reached
        end = len(judged) if back is None else place[id(back)]
        out = tuple(v.score for v in judged[first:end] if v.course == course)
        told.append(Loss(one.confirmed, out, back))
    return told


def late_loss(judged: Sequence[Verdict], without: Sequence[Verdict]) -> Loss | None:
    """Find the loss that stands by now and that nobody could know `without` the score just entered.

    One that was regained since, or belongs to a course that is over, calls for nothing.
    """
    found = losses(judged)
    if not found or found[-1].regained is not None or judged[-1].score not in found[-1].out:
        return None
    known = {id(one.confirmed) for one in losses(without)}
    return None if known & {id(score) for score in found[-1].out} else found[-1]
