"""The figures of an outcome report, from sums: the flow, shares, changes, and how long it lasts."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from msgspec import Struct

from tracker.domain.codes import Indication, SeriesState
from tracker.domain.outcomes import kaplan_meier
from tracker.domain.outcomes import sums as sums_of
from tracker.domain.outcomes.course_outcome import ChangeKind
from tracker.domain.outcomes.kaplan_meier import Curve
from tracker.domain.outcomes.paired import PairedChange, paired_change, standard_deviation
from tracker.domain.outcomes.proportion import Proportion
from tracker.domain.outcomes.student import half_width
from tracker.domain.outcomes.sums import KINDS, Count, Key, Sum


class Flow(Struct, frozen=True, kw_only=True):
    """How many courses are left at each step. `waiting` have a window that is not over yet.

    `missing` are ill enough, their window is over, and nobody has a score of it.
    """

    treated: int
    with_baseline: int
    entered: int
    observed: int
    waiting: int
    response: int
    remission: int

    @property
    def missing(self) -> int:
        """Count those whose outcome nobody knows, and never will."""
        return self.entered - self.observed - self.waiting

    @property
    def due(self) -> int:
        """Count those of whom an outcome is known, or ought to be."""
        return self.entered - self.waiting


class Rate(Struct, frozen=True):
    """A result twice: among those who were observed, and with those missing counted without it."""

    observed: Proportion
    of_all: Proportion


class Mean(Struct, frozen=True, kw_only=True):
    """Totals at one place of the course: how many, their mean, spread, and the interval of 95 %."""

    place: int
    n: int
    mean: float
    sd: float | None
    ends: tuple[float, float] | None


class TreatmentFigures(Struct, frozen=True, kw_only=True):
    """What was given: courses, those with a whole induction, their doses, how they ended."""

    treated: int
    whole_induction: Proportion
    doses: Mapping[int, int]
    ends: Mapping[SeriesState | None, int]


class OutcomeFigures(Struct, frozen=True, kw_only=True):
    """All that is told of the courses on one scale.

    `pair` are all with a baseline and a score in the window, `entered_pair` those ill enough.
    """

    flow: Flow
    response: Rate
    remission: Rate
    sustained: Proportion
    worse: Proportion
    suicide_less: Proportion
    suicide_none: Proportion
    suicide_more: Proportion
    pair: PairedChange | None
    entered_pair: PairedChange | None
    changes: Mapping[ChangeKind, int]
    by_session: tuple[Mean, ...]
    by_week: tuple[Mean, ...]
    to_response: Curve
    kept: Curve
    treatment: TreatmentFigures


def figures(
    treated: Mapping[Key, Sum],
    sums: Mapping[Key, Sum],
    indications: Iterable[Indication | None],
    today: date,
) -> OutcomeFigures:
    """Work out the figures as of a day in the clinic.

    `treated` are the sums of courses by themselves, `sums` those on a scale, and `indications` what
    the courses treat that count.
    """
    by_place = _by_part(sums)
    treatment = _treatment(treated, [sums_of.INDICATIONS[one] for one in indications])
    counts = {key: one.n for key, one in by_place[sums_of.COUNT].items()}
    waiting = by_place[sums_of.WAITING].items()
    flow = Flow(
        treated=treatment.treated,
        with_baseline=counts.get(Count.WITH_BASELINE, 0),
        entered=counts.get(Count.ENTERED, 0),
        observed=counts.get(Count.OBSERVED, 0),
        waiting=sum(one.n for day, one in waiting if day >= today.toordinal()),
        response=counts.get(Count.RESPONSE, 0),
        remission=counts.get(Count.REMISSION, 0),
    )
    changed = by_place[sums_of.CHANGED]
    return OutcomeFigures(
        flow=flow,
        response=_rate(flow, flow.response, counts.get(Count.RESPONSE_KNOWN, 0)),
        remission=_rate(flow, flow.remission, counts.get(Count.REMISSION_KNOWN, 0)),
        **{
            name: Proportion(counts.get(count, 0), counts.get(of, 0))
            for name, (count, of) in _SHARES.items()
        },
        pair=_pair(sums, sums_of.PAIR),
        entered_pair=_pair(sums, sums_of.ENTERED_PAIR),
        changes={kind: changed.get(number, Sum()).n for kind, number in KINDS.items()},
        by_session=_means(by_place[sums_of.BY_SESSION]),
        by_week=_means(by_place[sums_of.BY_WEEK]),
        to_response=_curve(by_place, sums_of.RESPONDED_ON, sums_of.NO_RESPONSE_UNTIL),
        kept=_curve(by_place, sums_of.LOST_ON, sums_of.KEPT_UNTIL),
        treatment=treatment,
    )


# What is counted, of whom.
_SHARES = {
    "sustained": (Count.SUSTAINED, Count.SUSTAINED_KNOWN),
    "worse": (Count.WORSE, Count.WORSE_KNOWN),
    "suicide_less": (Count.SUICIDE_LESS, Count.SUICIDE_BEFORE),
    "suicide_none": (Count.SUICIDE_NONE, Count.SUICIDE_BEFORE),
    "suicide_more": (Count.SUICIDE_MORE, Count.SUICIDE_PAIR),
}


def _treatment(sums: Mapping[Key, Sum], counted: Sequence[int]) -> TreatmentFigures:
    """Add up the courses that treat what counts."""
    by_place = _by_part(sums)

    def number(part: str, place: int) -> int:
        return by_place[part].get(place, Sum()).n

    treated, whole = (
        sum(number(part, one) for one in counted)
        for part in (sums_of.TREATED, sums_of.WHOLE_INDUCTION)
    )
    return TreatmentFigures(
        treated=treated,
        whole_induction=Proportion(whole, treated),
        doses={
            doses: sum(number(sums_of.DOSES, sums_of.place(one, doses)) for one in counted)
            for doses in range(1, sums_of.SESSIONS_MAX + 1)
        },
        ends={
            end: sum(number(sums_of.ENDED, sums_of.place(one, key)) for one in counted)
            for end, key in sums_of.ENDS.items()
        },
    )


def _by_part(sums: Mapping[Key, Sum]) -> dict[str, dict[int, Sum]]:
    found: dict[str, dict[int, Sum]] = {part: {} for part in sums_of.PARTS}
    for (part, place), one in sums.items():
        if one.n:
            found[part][place] = one
    return found


def _rate(flow: Flow, count: int, known: int) -> Rate:
    """Tell a result twice; of whom it cannot be said at all, though observed, neither counts."""
    unknown = flow.observed - known
    return Rate(Proportion(count, known), Proportion(count, flow.due - unknown))


def _pair(sums: Mapping[Key, Sum], part: str) -> PairedChange | None:
    found = sums.get((part, 0))
    return paired_change(found.pairs) if found else None


def _means(places: Mapping[int, Sum]) -> tuple[Mean, ...]:
    return tuple(_mean(place, one) for place, one in sorted(places.items()))


def _mean(place: int, one: Sum) -> Mean:
    mean = float(one.x / one.n)
    if one.n == 1:
        return Mean(place=place, n=1, mean=mean, sd=None, ends=None)
    sd = standard_deviation(one.n, one.x, one.xx)
    half = half_width(sd, one.n)
    return Mean(place=place, n=one.n, mean=mean, sd=sd, ends=(mean - half, mean + half))


def _curve(by_place: Mapping[str, Mapping[int, Sum]], happened: str, lost: str) -> Curve:
    events, censored = (
        {day: one.n for day, one in by_place[part].items()} for part in (happened, lost)
    )
    return kaplan_meier.curve(events, censored)
