"""How long it lasts: the scores of each course, counted from its last dose, to be compared."""

from collections.abc import Iterator

from msgspec import Struct

from tracker.domain.courses import text as course_text
from tracker.domain.courses.course import Course
from tracker.domain.formatting import number, times
from tracker.domain.instruments.model import Instrument
from tracker.domain.progress.panels import CoursePart
from tracker.domain.progress.trend import Trend
from tracker.domain.scores.interpretation import Verdict
from tracker.domain.scores.points import ScorePoint
from tracker.domain.scores.response import Response, responses

BEFORE_DAYS = 14  # the last score before the last dose is shown where it is no older
COURSES_MAX = 5  # lines that can still be told apart; the latest are kept


class CourseAfter(Struct, frozen=True):
    """The scores of one course from the last before its last dose on, at least one later than it.

    `course` may go on: its last dose is the last so far.
    """

    course: Course
    part: CoursePart
    verdicts: tuple[Verdict, ...]

    def day(self, score: ScorePoint) -> int:
        """Count the days of the calendar from the last dose; negative before it."""
        return (score.at.date() - self.course.last_at.date()).days

    @property
    def days(self) -> tuple[int, ...]:
        """The day of each score, in time."""
        return tuple(self.day(verdict.score) for verdict in self.verdicts)


class AfterLastDose(Struct, frozen=True):
    """What one scale said after the last dose of each course, in time; at least one course."""

    instrument: Instrument
    courses: tuple[CourseAfter, ...]

    @property
    def days_max(self) -> int:
        """The longest time after a last dose that is known, in days."""
        return max(course.days[-1] for course in self.courses)


def after_last_dose(trend: Trend) -> AfterLastDose | None:
    """Prepare the leading scale; None where no score came after a last dose."""
    panel = trend.leading
    if panel is None:
        return None
    made_for = panel.instrument.indications
    parts = (part for part in panel.parts if part.course and part.course.is_for(made_for))
    found = [one for part in parts if (one := _after(part)) is not None]
    return AfterLastDose(panel.instrument, tuple(found[-COURSES_MAX:])) if found else None


def _after(part: CoursePart) -> CourseAfter | None:
    if part.course is None:
        return None
    whole = CourseAfter(part.course, part, part.verdicts)
    days = whole.days
    before = [place for place, day in enumerate(days) if -BEFORE_DAYS <= day <= 0]
    later = [place for place, day in enumerate(days) if day > 0]
    if not later:
        return None
    start = before[-1] if before else later[0]
    return CourseAfter(part.course, part, part.verdicts[start:])


def sentences(after: AfterLastDose) -> tuple[str, ...]:
    """Say of each course how long a response held after its last dose, one line a course."""
    return tuple(f"{course_text.name(one.course)}: {_outcome(one)}." for one in after.courses)


def _outcome(one: CourseAfter) -> str:
    last = one.verdicts[-1]
    end = f"{number(last.score.total)}, {_days(one, last.score)}"
    if last.response is None:
        return f"{one.part.instrument.short_title} {end}"
    found = responses(one.part.verdicts)
    if not found:
        return f"response not reached, the last score {end}"
    losses = [each for each in found if each.lost is not None and one.day(each.lost) > 0]
    if losses:
        again = found[-1] if found[-1] is not losses[0] else None
        return _loss(one, losses[0], again)
    if found[-1].lost is not None:
        return f"response lost before the last dose, the last score {end}"
    is_held = found[-1].held is last.score
    return f"{'in response at the last score' if is_held else 'out of response once'}: {end}"


def _loss(one: CourseAfter, first: Response, again: Response | None) -> str:
    """Say by when a response was first lost after the last dose, and whether it came back."""
    assert first.lost is not None  # noqa: S101 - the caller asked
    lost, held = _days(one, first.lost), one.day(first.held)
    back = f"; in response again at {times(one.day(again.reached), 'day')}" if again else ""
    if held <= 0:
        return f"response held at the last dose, lost by {lost}{back}"
    return f"response held to {times(held, 'day')} and was lost by {lost}{back}"


def _days(one: CourseAfter, score: ScorePoint) -> str:
    """Write a day by the last dose: `12 days after the last dose`."""
    return f"{times(one.day(score), 'day')} after the last dose"


def alt(after: AfterLastDose) -> str:
    """Say what the picture shows, for those who cannot see it."""
    title = after.instrument.short_title
    return " ".join((f"{title} after the last dose of each course.", *sentences(after)))


def points(one: CourseAfter) -> Iterator[tuple[float, float, bool]]:
    """Give each score in weeks from the last dose, its total, and whether it is in response."""
    for day, verdict in zip(one.days, one.verdicts, strict=True):
        yield day / 7, float(verdict.score.total), bool(verdict.response)
