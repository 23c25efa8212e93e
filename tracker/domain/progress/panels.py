"""The parts of a course: sessions and scores as points, and what one panel of a picture shows."""

from datetime import datetime
from decimal import Decimal
from itertools import groupby, pairwise

from msgspec import Struct

from tracker.domain.courses.course import Course
from tracker.domain.instruments.model import Instrument
from tracker.domain.scores.interpretation import (
    ScoreChange,
    Verdict,
    important_size,
    reliable_size,
    response_at,
    worse,
)
from tracker.domain.scores.points import ScorePoint


class Pair(Struct, frozen=True):
    """A rating before and after one session; either may be missing, never both."""

    at: datetime
    before: int | None
    after: int | None

    @property
    def change(self) -> int | None:
        """After less before, where both were given."""
        if self.before is None or self.after is None:
            return None
        return self.after - self.before


class FollowUp(Struct, frozen=True):
    """A rating between sessions, with the ratings of the session it followed where known."""

    score: ScorePoint
    followed: Pair | None


class PairPanel(Struct, frozen=True):
    """Ratings before and after each session, and those some hours or days later.

    `lasting` are those before and between sessions, judged like a scale, where the rating says how
    much of a change matters. What was rated right after a session shows how far it reached, not how
    long.
    """

    instrument: Instrument
    pairs: tuple[Pair, ...]
    follow_ups: tuple[FollowUp, ...]
    lasting: "ScalePanel | None" = None


class CoursePart(Struct, frozen=True):
    """The scores of one scale in one course, and the levels they are read against.

    `verdicts` run in time, of which there is at least one. Levels are None where the scale defines
    none or there is no baseline to count from. `course` is None before any dose.
    """

    instrument: Instrument
    verdicts: tuple[Verdict, ...]

    @property
    def course(self) -> Course | None:
        """The course that the scores fall in."""
        return self.verdicts[-1].course

    @property
    def last(self) -> ScorePoint:
        """The latest score."""
        return self.verdicts[-1].score

    @property
    def baseline(self) -> ScorePoint | None:
        """The score that others are compared with."""
        return self.verdicts[-1].baseline

    @property
    def best(self) -> ScorePoint:
        """The best score since the baseline, the earliest of equals."""
        since = tuple(verdict.score for verdict in self.verdicts)
        if self.baseline is not None:
            since = since[[v.is_baseline for v in self.verdicts].index(True) :]
        best = since[0]
        for point in since[1:]:
            if worse(self.instrument, best.total, point.total):
                best = point
        return best

    @property
    def ends_at(self) -> datetime:
        """The last dose of the course or its last score, whichever is later."""
        return self.last.at if self.course is None else max(self.course.last_at, self.last.at)

    @property
    def response_at(self) -> Decimal | None:
        """The total at which response begins."""
        return response_at(self.instrument, self.baseline)

    @property
    def important_size(self) -> Decimal | None:
        """How many points from the baseline matter to people; None where nobody knows."""
        start = self.baseline
        return None if start is None else important_size(self.instrument, start.total)

    @property
    def ribbon(self) -> tuple[Decimal, Decimal] | None:
        """The stretch round the baseline that is too small to matter to most people."""
        smallest = self.important_size
        if self.baseline is None or smallest is None:
            return None
        low, high = self.baseline.total - smallest, self.baseline.total + smallest
        return max(self.instrument.minimum, low), min(self.instrument.maximum, high)

    @property
    def reliable_at(self) -> tuple[Decimal, ...]:
        """The totals from which a change is reliable, where that takes more than to matter."""
        size = reliable_size(self.instrument)
        if self.baseline is None or size is None or size == self.important_size:
            return ()
        start = self.baseline.total
        low, high = self.instrument.minimum, self.instrument.maximum
        return tuple(level for level in (start - size, start + size) if low <= level <= high)


class ScalePanel(Struct, frozen=True):
    """The totals of one scale over time, course by course.

    `verdicts` run in time; `segments` are the runs of scores close enough to be joined. `courses`
    are those that count for the scale, in time, also one that has no score yet.
    """

    instrument: Instrument
    verdicts: tuple[Verdict, ...]
    segments: tuple[tuple[ScorePoint, ...], ...]
    courses: tuple[Course, ...] = ()

    @property
    def points(self) -> tuple[ScorePoint, ...]:
        """The scores, in time."""
        return tuple(verdict.score for verdict in self.verdicts)

    @property
    def parts(self) -> tuple[CoursePart, ...]:
        """The scores of each course that has any, in time."""
        runs = groupby(self.verdicts, key=lambda verdict: verdict.course)
        return tuple(CoursePart(self.instrument, tuple(run)) for _course, run in runs)

    @property
    def latest(self) -> CoursePart:
        """The scores of the latest course that has any."""
        return self.parts[-1]

    @property
    def verdict(self) -> Verdict:
        """What the latest score says."""
        return self.verdicts[-1]

    @property
    def last(self) -> ScorePoint:
        """The latest score."""
        return self.verdict.score

    @property
    def baseline(self) -> ScorePoint | None:
        """The score that the latest one is compared with."""
        return self.verdict.baseline

    @property
    def silent_course(self) -> Course | None:
        """The latest course, where it has no score yet."""
        latest = self.courses[-1] if self.courses else None
        return None if latest == self.verdict.course else latest

    @property
    def remission_at(self) -> Decimal | None:
        """The total at which remission begins, itself included."""
        return self.instrument.change.remission_at_most

    @property
    def version_changes(self) -> tuple[ScoreChange, ...]:
        """The steps from a score to one from another version of the form."""
        steps = (ScoreChange(self.instrument, *pair) for pair in pairwise(self.points))
        return tuple(step for step in steps if step.other_version)
