"""The score that a course is compared with. Nobody else chooses one."""

from collections.abc import Sequence

from msgspec import Struct

from tracker.domain.clinic.course_rules import CourseRules
from tracker.domain.codes import Occasion
from tracker.domain.courses.course import Course
from tracker.domain.instruments.model import Instrument
from tracker.domain.scores.points import ScorePoint


class Baseline(Struct, frozen=True):
    """The score that a course is compared with on one scale, or why there is none.

    `rivals` are scores of the same instant with another total; until all but one are voided the one
    counts that claims the least improvement. Where there is no baseline, `passed_over` is the score
    that comes nearest to one: too old, or taken after the first dose.
    """

    score: ScorePoint | None = None
    rivals: tuple[ScorePoint, ...] = ()
    passed_over: ScorePoint | None = None


def baseline(
    points: Sequence[ScorePoint], instrument: Instrument, course: Course | None, rules: CourseRules
) -> Baseline:
    """Choose the last complete score in the days before the first dose of a course.

    A prorated one counts only where there is no complete one. Before any dose (`course` is None)
    only a total that was called a baseline is one. A total of which only the day is known counts on
    the day of the dose, unless it says that it was taken hours after. `points` are of one
    instrument, run in time, and may belong to no earlier course.
    """
    if course is None:
        return _pick([p for p in points if p.occasion is Occasion.BASELINE], instrument)
    early = [point for point in points if is_before_start(point, course)]
    recent = [point for point in early if age_days(point, course) <= rules.baseline_days]
    if recent:
        return _pick([p for p in recent if not p.prorated] or recent, instrument)
    after = next((point for point in points if not is_before_start(point, course)), None)
    around = [point for point in (early[-1] if early else None, after) if point is not None]
    nearest = min(around, key=lambda point: abs(point.at - course.first_at), default=None)
    return Baseline(passed_over=nearest)


def _pick(candidates: Sequence[ScorePoint], instrument: Instrument) -> Baseline:
    """Take the last; of several at that instant, whatever their order, the least ill."""
    if not candidates:
        return Baseline()
    at_once = [point for point in candidates if point.at == candidates[-1].at]
    at_once.sort(key=lambda point: point.total, reverse=not instrument.higher_is_worse)
    chosen = at_once[0]
    return Baseline(chosen, tuple(p for p in at_once[1:] if p.total != chosen.total))


def is_before_start(point: ScorePoint, course: Course) -> bool:
    """Say whether a score was taken on or before the first dose of a course."""
    if point.time_known:
        return point.at <= course.first_at
    if point.at.date() == course.first_at.date():
        return point.occasion is not Occasion.HOURS_AFTER
    return point.at < course.first_at


def age_days(point: ScorePoint, course: Course) -> int:
    """Count the days from a score to the first dose, as a calendar of the clinic does."""
    return (course.first_at.date() - point.at.date()).days


class CourseScores(Struct, frozen=True):
    """The scores of one scale that fall in one course, in time, and what they count from.

    `course` is None before any dose.
    """

    course: Course | None
    points: tuple[ScorePoint, ...]
    basis: Baseline


def by_course(
    points: Sequence[ScorePoint],
    instrument: Instrument,
    courses: Sequence[Course],
    rules: CourseRules,
) -> list[CourseScores]:
    """Deal the scores of one instrument, which run in time, out to the courses they fall in.

    A score between two courses belongs to the earlier one, up to the baseline of the later one or,
    where that has none, up to its first dose. What came before the first course is the first's.
    """
    if not courses:
        return [CourseScores(None, tuple(points), baseline(points, instrument, None, rules))]
    starts: list[int] = []
    chosen: list[Baseline] = []
    free = 0  # the first score that was not taken before the course before began
    for course in courses:
        window = points[free : _day_after(points, free, course) + 1]
        early = [n for n, point in enumerate(window) if is_before_start(point, course)]
        basis = baseline(window, instrument, course, rules)
        after = free + (early[-1] + 1 if early else 0)
        starts.append(after if basis.score is None else free + _first_at(window, basis.score))
        chosen.append(basis)
        free = after
    ends = [*starts[1:], len(points)]
    starts[0] = 0
    return [
        CourseScores(course, tuple(points[start:end]), basis)
        for course, start, end, basis in zip(courses, starts, ends, chosen, strict=True)
    ]


def _day_after(points: Sequence[ScorePoint], free: int, course: Course) -> int:
    """Find the first score of a later day than the first dose."""
    day = course.first_at.date()
    later = (n for n in range(free, len(points)) if points[n].at.date() > day)
    return next(later, len(points))


def _first_at(window: Sequence[ScorePoint], score: ScorePoint) -> int:
    return next(n for n, point in enumerate(window) if point.at == score.at)
