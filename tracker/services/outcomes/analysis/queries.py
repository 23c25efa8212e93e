"""An analysis that somebody asks for: groups beside each other, and all scores in one model."""

from collections.abc import Sequence

from msgspec import Struct

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.instruments.model import Instrument
from tracker.domain.outcomes.analysis.comparison import GroupComparison, compare
from tracker.domain.outcomes.analysis.model import MixedModel, in_model, mixed_model, model_input
from tracker.domain.outcomes.analysis.participants import Participant
from tracker.domain.outcomes.analysis.question import AnalysisQuestion, CountedFrom, check
from tracker.domain.outcomes.definitions import OutcomeDefinitions
from tracker.domain.outcomes.selection import ALL, Selection
from tracker.domain.problems import InvalidError, Problem
from tracker.services.outcomes import keeping
from tracker.services.outcomes import queries as outcome_queries
from tracker.services.outcomes.analysis import fitting, reading
from tracker.services.unit_of_work import audit

MODEL_SCORES_MAX = 20_000
TOO_MANY = (
    f"More than {reading.ROWS_MAX:,} courses or people, or {reading.SCORES_MAX:,} scores: pick "
    "courses out, by the day of the first dose."
)
NOT_COUNTED = (
    "The definitions have changed, and the courses are not counted by them yet. The timer that "
    "sends reminders counts them when it runs next."
)


class Analysis(Struct, frozen=True, kw_only=True):
    """What was worked out, by which definitions. `model` is None where none was asked for.

    `model_left_out` says in words why there is none although it was.
    """

    scale: Instrument
    definitions: OutcomeDefinitions
    question: AnalysisQuestion
    comparison: GroupComparison
    model: MixedModel | None = None
    model_left_out: str = ""


def analyse(
    code: str, question: AnalysisQuestion, chosen: Selection = ALL, *, by: Actor
) -> Analysis:
    """Work out an analysis, and leave a line that it was seen.

    Raise InvalidError where the question does not go together, or is about too many.
    """
    authorize(by, Permission.OUTCOMES_VIEW, Subject(by.clinic_id))
    basis = keeping.of_clinic(by.clinic_id)
    scale = outcome_queries.scale_of(basis, code)
    problems = list(check(question, chosen))
    if question.counted_from is CountedFrom.COURSE and not keeping.is_counted(basis):
        problems.append(Problem("counted_from", NOT_COUNTED))
    if problems:
        raise InvalidError(problems)
    try:
        followed = reading.read(basis, code, chosen, question)
    except reading.TooManyError as error:
        raise InvalidError([Problem("counted_from", TOO_MANY)]) from error
    audit(by, "outcomes.analysed", f"outcomes:{code}", detail=question.counted_from.value)
    least = basis.definitions.people_min
    comparison = compare(followed, question, least)
    model, left_out = None, ""
    if question.with_model and not comparison.too_many:
        model, left_out = _model(followed, question, least)
    return Analysis(
        scale=basis.definitions.instrument(scale),
        definitions=basis.definitions,
        question=question,
        comparison=comparison,
        model=model,
        model_left_out=left_out,
    )


def _model(
    followed: Sequence[Participant], question: AnalysisQuestion, least: int
) -> tuple[MixedModel | None, str]:
    some = in_model(followed, question, least)
    if len(some) < least:
        return None, (
            f"Fewer than {least} have a score before, one after, and a group of at least {least}."
        )
    given = model_input(some, question)
    if len(given.scores) > MODEL_SCORES_MAX:
        return None, f"More than {MODEL_SCORES_MAX:,} scores: pick courses out."
    return mixed_model(followed, some, question, fitting.fit(given)), ""
