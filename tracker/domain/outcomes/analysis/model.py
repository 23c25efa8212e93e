"""All scores of everybody in one mixed model: what goes in, what comes out, and who dropped out."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from math import ceil

from msgspec import Struct

from tracker.domain.outcomes.analysis.comparison import (
    BEFORE,
    INTERCEPT,
    design,
    formula,
    of_large_groups,
)
from tracker.domain.outcomes.analysis.least_squares import FittedTerm
from tracker.domain.outcomes.analysis.participants import Participant
from tracker.domain.outcomes.analysis.question import AnalysisQuestion, Fit
from tracker.domain.outcomes.proportion import Z_95

DAYS_A_WEEK, DAYS_A_MONTH = 7, 30
WEEKS_TOLD_MAX = 13
TIME = "time (30 days)"
TIME_PLACE = 2


class ModelInput(Struct, frozen=True, kw_only=True):
    """Numbers alone, as they go to the library: a row of `columns` and a score in `scores` each.

    `people` says whose a score is. Nothing in it names anybody.
    """

    names: tuple[str, ...]
    people: list[int]
    columns: list[list[float]]
    scores: list[float]
    own_slope: bool
    reml: bool


class FittedModel(Struct, frozen=True, kw_only=True):
    """What the library found; `fault` says why it found nothing.

    `random` is the covariance of what people differ in: their level, and their slope.
    """

    converged: bool
    values: tuple[float, ...] = ()
    errors: tuple[float, ...] = ()
    random: tuple[tuple[float, ...], ...] = ()
    residual: float | None = None
    fault: str = ""


class Attendance(Struct, frozen=True):
    """How many of those in the model have a score in some days, and how many then or later."""

    when: str
    people: int
    then_or_later: int


class MixedModel(Struct, frozen=True, kw_only=True):
    """A fitted model, with who is in it.

    `without_later` have a score before and none after, so they are in no model.
    """

    formula: str
    fit: Fit
    people: int
    followed: int
    scores: int
    without_later: int
    attendances: tuple[Attendance, ...]
    converged: bool
    fault: str
    terms: tuple[FittedTerm, ...]
    random: tuple[tuple[float, ...], ...]
    residual: float | None


def model_input(some: Sequence[Participant], question: AnalysisQuestion) -> ModelInput:
    """Lay out the scores of those `in_model`: the score before, time, and groups."""
    columns = design(some, question)
    people, rows, scores = [], [], []
    for one in some:
        of_groups = [float(value) for value in columns.row(one)]
        for day, total in one.later:
            people.append(one.person)
            rows.append([1.0, float(one.before or 0), float(day) / DAYS_A_MONTH, *of_groups])
            scores.append(float(total))
    number = {person: place for place, person in enumerate(dict.fromkeys(people))}
    return ModelInput(
        names=(INTERCEPT, BEFORE, TIME, *columns.names),
        people=[number[person] for person in people],
        columns=rows,
        scores=scores,
        own_slope=question.own_slope,
        reml=question.fit is Fit.REML,
    )


def in_model(
    followed: Sequence[Participant], question: AnalysisQuestion, people_min: int
) -> list[Participant]:
    """List those of whom a model can tell: a score before, one after, and in a group of enough."""
    told = [one for one in followed if one.before is not None and one.later]
    known = [one for one in told if None not in one.groups]
    return of_large_groups(known, question, people_min)[0]


def mixed_model(
    followed: Sequence[Participant],
    some: Sequence[Participant],
    question: AnalysisQuestion,
    found: FittedModel,
) -> MixedModel:
    """Put what was found beside `some` who are in it; intervals of 95 % by the normal curve."""
    own = "own level and slope" if question.own_slope else "own level"
    given = model_input(some, question)
    return MixedModel(
        formula=f"{formula('score', [BEFORE, TIME], question)}, each person with their {own}",
        fit=question.fit,
        people=len(set(given.people)),
        followed=len(followed),
        scores=len(given.scores),
        without_later=sum(one.before is not None and not one.later for one in followed),
        attendances=attendance(some),
        converged=found.converged,
        fault=found.fault,
        terms=tuple(
            FittedTerm(name, value, error, (value - Z_95 * error, value + Z_95 * error))
            for name, value, error in zip(given.names, found.values, found.errors, strict=False)
        ),
        random=found.random,
        residual=found.residual,
    )


def attendance(some: Sequence[Participant]) -> tuple[Attendance, ...]:
    """Count who has a score in each week, or in each 30 days where it went on for long."""
    longest = max((day for one in some for day, _total in one.later), default=Decimal(0))
    unit = DAYS_A_WEEK if longest <= DAYS_A_WEEK * WEEKS_TOLD_MAX else DAYS_A_MONTH
    counted, last = Counter[int](), Counter[int]()
    for one in some:
        places = {max(ceil(day / unit), 1) for day, _total in one.later}
        counted.update(places)
        last.update([max(places)])
    return tuple(
        Attendance(
            f"days {(place - 1) * unit + 1} to {place * unit}",
            counted[place],
            sum(people for latest, people in last.items() if latest >= place),
        )
        for place in sorted(counted)
    )
