"""Whether treatment was gone through with: whole inductions, ends and their reasons, doses."""

from collections.abc import Mapping

from msgspec import Struct

from tracker.domain.codes import Drug, Route, SeriesState
from tracker.domain.outcomes.proportion import Proportion
from tracker.domain.outcomes.safety.quartiles import Quartiles, quartiles


class DoseTotal(Struct, frozen=True, kw_only=True):
    """What courses of one drug and route were given in all, in mg.

    `unknown` courses have a dose that nobody wrote down, so no total.
    """

    drug: Drug
    route: Route
    mg: Quartiles | None
    unknown: int


class Completion(Struct, frozen=True, kw_only=True):
    """What is told of courses by what was given, whatever was scored.

    `ends` say how the first series of each course stands, `reasons` why those of the period that
    were stopped were, each as it was typed and how often; `other_reasons` are those not named.
    """

    treated: int
    whole_induction: Proportion
    stopped: Proportion
    ends: Mapping[SeriesState | None, int]
    doses: Quartiles | None
    totals: tuple[DoseTotal, ...]
    reasons: tuple[tuple[str, int], ...]
    other_reasons: int


def completion(
    *,
    whole: int,
    ends: Mapping[SeriesState | None, int],
    doses: Mapping[int, int],
    totals: tuple[DoseTotal, ...],
    reasons: tuple[tuple[str, int], ...],
    other_reasons: int,
) -> Completion:
    """Put together what was counted. Stopped is of those that are over."""
    treated = sum(ends.values())
    over = ends.get(SeriesState.COMPLETED, 0) + ends.get(SeriesState.STOPPED, 0)
    return Completion(
        treated=treated,
        whole_induction=Proportion(whole, treated),
        stopped=Proportion(ends.get(SeriesState.STOPPED, 0), over),
        ends={state: n for state, n in ends.items() if n},
        doses=quartiles(doses),
        totals=totals,
        reasons=reasons,
        other_reasons=other_reasons,
    )
