"""One person's outcomes on one sheet: put together once, for the page, the paper and letters."""

from collections.abc import Iterator, Sequence
from datetime import date

from msgspec import Struct

from tracker.domain.courses.course import Courses
from tracker.domain.formatting import full_day, number, times
from tracker.domain.instruments.model import Instrument
from tracker.domain.outcomes.course_outcome import TreatedPerson, course_outcomes
from tracker.domain.outcomes.definitions import OutcomeDefinitions
from tracker.domain.outcomes.person import comparisons, course_lines, episodes, speed
from tracker.domain.outcomes.person.comparisons import SessionComparison
from tracker.domain.outcomes.person.course_lines import CourseLines
from tracker.domain.outcomes.person.durability import Durability, durability
from tracker.domain.outcomes.person.episodes import Holding
from tracker.domain.outcomes.person.speed import SpeedRow
from tracker.domain.progress.panels import PairPanel, ScalePanel
from tracker.domain.progress.trend import Trend, before_session
from tracker.domain.scores.interpretation import worse
from tracker.domain.scores.points import ScorePoint
from tracker.domain.sessions.point import PAIN


class ScaleExtremes(Struct, frozen=True, kw_only=True):
    """The worst, the best and the last total of a scale, the earliest of equals."""

    scale: str
    n: int
    worst: str
    best: str
    last: str


class PersonOutcomes(Struct, frozen=True, kw_only=True):
    """What is shown of one person; every part may have nothing to say."""

    trend: Trend
    definitions: OutcomeDefinitions
    scale: Instrument | None
    today: date
    courses: tuple[CourseLines, ...]
    extremes: tuple[ScaleExtremes, ...]
    speed: tuple[SpeedRow, ...]
    holding: tuple[Holding, ...]
    comparisons: tuple[SessionComparison, ...]
    durability: Durability | None

    @property
    def is_empty(self) -> bool:
        """Say whether nothing was given, scored or rated yet."""
        return not (self.courses or self.extremes or self.speed)


def report(
    trend: Trend, definitions: OutcomeDefinitions, scales: Sequence[Instrument], today: date
) -> PersonOutcomes:
    """Put together what is known of a person, as of a day in the clinic."""
    told = [panel.instrument.code for panel in trend.judged] + [PAIN]
    own = [definitions.instrument(one) for one in scales if one.code in told]
    own.sort(key=lambda one: told.index(one.code))
    person = TreatedPerson(
        courses=Courses(trend.courses, trend.rules),
        sessions=trend.sessions,
        scores=[*_scores(trend)],
    )
    outcomes = course_outcomes(person, scales, definitions)
    leading = trend.leading
    code = None if leading is None else leading.instrument.code
    effect = comparisons.effect(trend)
    pairs = [panel for panel in (trend.mood, trend.pain) if panel is not None]
    return PersonOutcomes(
        trend=trend,
        definitions=definitions,
        scale=next((one for one in own if one.code == code), None),
        today=today,
        courses=tuple(course_lines.lines(trend.courses, outcomes, own, definitions, today)),
        extremes=tuple(_extremes(trend)),
        speed=tuple(row for panel in pairs for row in speed.rows(panel)),
        holding=tuple(_holding(trend, pairs)),
        comparisons=()
        if effect is None
        else (comparisons.dose(trend, effect), comparisons.dissociation(trend, effect)),
        durability=durability(trend),
    )


def _scores(trend: Trend) -> Iterator[ScorePoint]:
    """Give all totals, and pain before each dose, as the outcomes of the clinic count them."""
    for panel in trend.judged:
        yield from panel.points
    for pair in (trend.mood, trend.pain):
        if pair is not None:
            yield from (one.score for one in pair.follow_ups)
    for dose in trend.treatments:
        if dose.pain_before is not None:
            yield before_session(PAIN, dose.pain_before, dose.at)


def _holding(trend: Trend, pairs: Sequence[PairPanel]) -> Iterator[Holding]:
    doses = trend.treatments
    if doses and trend.judged:
        yield episodes.of_scale(trend.judged[0], doses)
    rated = (episodes.of_rating(panel, doses) for panel in pairs)
    yield from (one for one in rated if one.rated)


def _extremes(trend: Trend) -> Iterator[ScaleExtremes]:
    pain = [] if trend.lasting_pain is None else [trend.lasting_pain]
    for panel in [*trend.judged, *pain]:
        worst, best = _ends(panel)
        only = len(panel.points) == 1 or panel.instrument.neither_is_better
        yield ScaleExtremes(
            scale=panel.instrument.short_title,
            n=len(panel.points),
            worst="" if only else _when(worst),
            best="" if only else _when(best),
            last=_when(panel.last),
        )


def _ends(panel: ScalePanel) -> tuple[ScorePoint, ScorePoint]:
    worst = best = panel.points[0]
    for point in panel.points[1:]:
        if worse(panel.instrument, point.total, worst.total):
            worst = point
        if worse(panel.instrument, best.total, point.total):
            best = point
    return worst, best


def _when(score: ScorePoint) -> str:
    prorated = ", prorated" if score.prorated else ""
    return f"{number(score.total)} on {full_day(score.at)}{prorated}"


def standing(found: PersonOutcomes) -> str:
    """Say on top what all of it rests on: doses, courses and scores."""
    trend = found.trend
    doses, scores = len(trend.treatments), sum(one.n for one in found.extremes)
    if not doses:
        what = times(scores, "score") if scores else "No score"
        return f"No dose is recorded. {what}; nothing below is an effect of a treatment."
    courses = times(len(trend.courses), "course")
    return (
        f"{times(doses, 'dose')} in {courses}, {times(scores, 'score')}. One person without a "
        "comparison: what changed after a dose is not shown to have come from it."
    )
