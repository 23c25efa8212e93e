"""How much of the gain is left: the courses of one person, aligned at their last dose."""

from collections.abc import Iterator

from msgspec import Struct

from tracker.domain.courses import text as course_text
from tracker.domain.courses.course import Course
from tracker.domain.formatting import full_day, lower_first, number, times, with_sign
from tracker.domain.instruments.model import Instrument
from tracker.domain.outcomes.person.episodes import is_gain
from tracker.domain.progress.after_dose import COURSES_MAX, CourseAfter, after_last_dose
from tracker.domain.progress.explanations import TextTable
from tracker.domain.progress.panels import CoursePart
from tracker.domain.progress.trend import Trend
from tracker.domain.scores.interpretation import ScoreChange, worse
from tracker.domain.scores.points import ScorePoint


class CourseGain(Struct, frozen=True, kw_only=True):
    """One course against its own baseline, from its last score before the last dose on.

    `gain` is the change up to the best of `scores`, the earliest of equals; `half_lost` is the
    first later score by which half of it or more was gone, None where there was no gain that
    counts, or that was never seen.
    """

    course: Course
    baseline: ScorePoint
    gain: ScoreChange
    has_gain: bool
    scores: tuple[ScorePoint, ...]
    half_lost: ScorePoint | None

    def day(self, score: ScorePoint) -> int:
        """Count the days of the calendar from the last dose; negative before it."""
        return (score.at.date() - self.course.last_at.date()).days


class Durability(Struct, frozen=True, kw_only=True):
    """What became of the gain after the last dose of each course; at least one course.

    `left_out` says of every other course why it is not drawn.
    """

    instrument: Instrument
    courses: tuple[CourseGain, ...]
    left_out: tuple[str, ...]


def durability(trend: Trend) -> Durability | None:
    """Prepare the leading scale; None where no course has a baseline and a score after its end."""
    after = after_last_dose(trend)
    if after is None:
        return None
    kept = [one for each in after.courses if (one := _gain(each)) is not None]
    if not kept:
        return None
    drawn = {one.course.number for one in kept}
    missing = (course for course in trend.courses if course.number not in drawn)
    parts = [] if trend.leading is None else trend.leading.parts
    scored = {
        part.course.number: part
        for part in parts
        if part.course is not None and part.last.at.date() > part.course.last_at.date()
    }
    return Durability(
        instrument=after.instrument,
        courses=tuple(kept),
        left_out=tuple(_left_out(one, after.instrument, scored.get(one.number)) for one in missing),
    )


def _gain(after: CourseAfter) -> CourseGain | None:
    baseline = after.part.baseline
    if baseline is None:
        return None
    instrument = after.part.instrument
    scores = tuple(verdict.score for verdict in after.verdicts)
    best = scores[0]
    for score in scores[1:]:
        if worse(instrument, best.total, score.total):
            best = score
    gain = ScoreChange(instrument, baseline, best)
    counts, lost = is_gain(gain), None
    if counts:
        half = (baseline.total + best.total) / 2
        later = scores[scores.index(best) + 1 :]
        lost = next(
            (one for one in later if one.total == half or worse(instrument, one.total, half)), None
        )
    return CourseGain(
        course=after.course,
        baseline=baseline,
        gain=gain,
        has_gain=counts,
        scores=scores,
        half_lost=lost,
    )


def _left_out(course: Course, instrument: Instrument, scored: CoursePart | None) -> str:
    name = course_text.name(course)
    if not course.is_for(instrument.indications):
        what = lower_first(course.indication.label) if course.indication else "something else"
        return f"{name}: for {what}, for which {instrument.short_title} is not made."
    if scored is None:
        return f"{name}: no {instrument.short_title} after its last dose."
    if scored.baseline is None:
        return f"{name}: no baseline to count from."
    return f"{name}: older than the {COURSES_MAX} courses that are drawn."


def sentences(found: Durability) -> tuple[str, ...]:
    """Say of each course what was gained, and what was left of it when."""
    return tuple(f"{course_text.name(one.course)}: {_of_course(one)}" for one in found.courses)


def _of_course(one: CourseGain) -> str:
    best, last = one.gain.later, one.scores[-1]
    start = f"{number(one.baseline.total)} at baseline, at best {_end(one, best)}"
    if not one.has_gain:
        rest = "" if last is best else f" The last: {_end(one, last)}."
        return f"{start}: no gain that counts, so none to lose.{rest}"
    if one.half_lost is not None:
        rest = "" if last is one.half_lost else f" The last: {_end(one, last)}."
        return f"{start}; half of the gain or more was gone at {_end(one, one.half_lost)}.{rest}"
    if last is best:
        return f"{start}; no score since."
    return f"{start}; more than half of the gain was there at the last score, {_end(one, last)}."


def _end(one: CourseGain, score: ScorePoint) -> str:
    return f"{number(score.total)}, {_day(one, score)}"


def _day(one: CourseGain, score: ScorePoint) -> str:
    day = one.day(score)
    if day == 0:
        return "on the day of the last dose"
    side = "after" if day > 0 else "before"
    return f"{times(abs(day), 'day')} {side} the last dose"


def alt(found: Durability) -> str:
    """Say what the picture shows, for those who cannot see it."""
    title = found.instrument.short_title
    return " ".join(
        (f"{title} as change from baseline, after the last dose of each course.", *sentences(found))
    )


def tables(found: Durability) -> Iterator[TextTable]:
    """Give what the picture shows as numbers."""
    headers = ("Course", "Day", "After the last dose", found.instrument.short_title, "Change")
    rows = tuple(
        (
            str(one.course.number),
            full_day(score.at),
            _day(one, score),
            number(score.total),
            with_sign(score.total - one.baseline.total),
        )
        for one in found.courses
        for score in one.scores
    )
    yield TextTable("After the last dose, by course", headers, rows)
