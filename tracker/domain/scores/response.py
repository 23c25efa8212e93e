"""When response was reached, how long it held, and by which score it was lost."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from msgspec import Struct

from tracker.domain.scores.interpretation import ScoreChange, Verdict
from tracker.domain.scores.points import ScorePoint

# SUSTAIN-1 (Daly 2019, JAMA Psychiatry 76:893) asked for two visits in a row before it called a
# relapse; that one score is enough where it is worse by a reliable change is a clinic default.
LOSS_SOURCE = (
    "Two scores in a row out of response, after SUSTAIN-1 (Daly 2019, JAMA Psychiatry 76:893); "
    "or one that is also worse by a reliable change (clinic default)"
)


class Response(Struct, frozen=True, kw_only=True):
    """A stretch in response, from the score that reached it to the last one that held it.

    `lost` is the first score out of response of those by which it was lost, and `confirmed` the one
    that made sure of it; both are None while it holds.
    """

    reached: ScorePoint
    held: ScorePoint
    lost: ScorePoint | None = None
    confirmed: ScorePoint | None = None


def responses(judged: Sequence[Verdict]) -> list[Response]:
    """Find every stretch in response, the earliest first; one never reaches past its course.

    `judged` run in time. One score out of response is a loss only where it is worse than the last
    one in response by a reliable change; two in a row, on different days, always are. A score of
    which nobody can say whether it is in response changes nothing.
    """
    courses = groupby(judged, key=lambda verdict: verdict.course)
    return [found for _course, judged_in in courses for found in _of_course(judged_in)]


def _of_course(judged: Iterator[Verdict]) -> Iterator[Response]:
    reached: ScorePoint | None = None
    held: ScorePoint | None = None
    out: ScorePoint | None = None
    for verdict in judged:
        score = verdict.score
        if verdict.response:
            reached, held, out = reached or score, score, None
        elif verdict.response is False and reached and held:
            first = out or score
            change = ScoreChange(verdict.instrument, held, score)
            is_worse = change.better is False and change.reliable is True
            if is_worse or first.at.date() != score.at.date():
                yield Response(reached=reached, held=held, lost=first, confirmed=score)
                reached = held = out = None
            else:
                out = first
    if reached and held:
        yield Response(reached=reached, held=held)
