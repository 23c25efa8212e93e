"""The parts of a course: sessions and scores as points, and what one panel of a picture shows."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tracker.domain.instruments import Instrument
from tracker.domain.words import Drug, Occasion, Route, SessionState

# The codes of the two ratings that every session carries before and after.
MOOD = "mood-nrs"
PAIN = "pain-nrs"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPoint:
    """A treatment session as a picture needs it; `at` is aware and in the clinic's zone.

    Missing is None, never 0. A session of which only the day is known stands at noon.
    """

    session_id: int
    number: int
    state: SessionState
    at: datetime
    route: Route
    drug: Drug
    dose_mg: Decimal | None = None
    dose_mg_per_kg: Decimal | None = None
    mood_before: int | None = None
    mood_after: int | None = None
    pain_before: int | None = None
    pain_after: int | None = None
    dissociation_peak: int | None = None
    dissociation_resolved: bool | None = None

    @property
    def given(self) -> bool:
        """Whether treatment was given, or is being given."""
        return self.state in (SessionState.COMPLETED, SessionState.UNDER_WAY)

    def ratings(self, code: str) -> tuple[int | None, int | None]:
        """Pick the rating before and after, of mood or of pain."""
        if code == MOOD:
            return self.mood_before, self.mood_after
        return self.pain_before, self.pain_after


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorePoint:
    """A total on a scale; `at` is aware and in the clinic's zone, noon where `time_known` is False.

    `session_id` or else `hours_after` ties a rating to the session that it followed.
    """

    instrument: str
    total: Decimal
    at: datetime
    time_known: bool = True
    occasion: Occasion = Occasion.UNSCHEDULED
    hours_after: Decimal | None = None
    session_id: int | None = None


@dataclass(frozen=True, slots=True)
class Pair:
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


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A rating between sessions, with the ratings of the session it followed where known."""

    score: ScorePoint
    followed: Pair | None


@dataclass(frozen=True, slots=True)
class PairPanel:
    """Ratings before and after each session, and those some hours or days later."""

    instrument: Instrument
    pairs: tuple[Pair, ...]
    follow_ups: tuple[FollowUp, ...]

    @property
    def changes(self) -> tuple[int, ...]:
        """The change in each session that has both values."""
        return tuple(pair.change for pair in self.pairs if pair.change is not None)


@dataclass(frozen=True, slots=True)
class ScalePanel:
    """The totals of one scale over time, and the levels they are read against.

    `points` run in time; `segments` are the runs close enough to be joined. `ribbon` is the stretch
    round the baseline that is not a real change. Levels are None where the scale defines none or
    there is no baseline to count from.
    """

    instrument: Instrument
    points: tuple[ScorePoint, ...]
    segments: tuple[tuple[ScorePoint, ...], ...]
    baseline: ScorePoint | None
    response_at: Decimal | None
    ribbon: tuple[Decimal, Decimal] | None

    @property
    def remission_at(self) -> Decimal | None:
        """The total at which remission begins, itself included."""
        return self.instrument.change.remission_at_most

    @property
    def last(self) -> ScorePoint:
        """The latest total."""
        return self.points[-1]

    @property
    def best(self) -> ScorePoint:
        """The best total since the baseline, the earliest of equals."""
        since = self.points if self.baseline is None else self._since(self.baseline)
        return min(since, key=lambda point: self._badness(point.total))

    @property
    def change(self) -> Decimal | None:
        """Last less baseline; None without a baseline or without anything after it."""
        if self.baseline is None or self.last is self.baseline:
            return None
        return self.last.total - self.baseline.total

    @property
    def percent(self) -> Decimal | None:
        """The size of the change in percent of baseline; None where that is 0."""
        if self.change is None or self.baseline is None or not self.baseline.total:
            return None
        return abs(self.change) / self.baseline.total * 100

    @property
    def improved(self) -> bool | None:
        """Whether the change is for the better; None without one or where it is 0."""
        if not self.change:
            return None
        return (self.change < 0) == self.instrument.higher_is_worse

    @property
    def real(self) -> bool | None:
        """Whether the change is as large as usually matters; None where the scale does not say."""
        smallest = self.instrument.change.smallest_important
        if self.change is None or smallest is None:
            return None
        return abs(self.change) >= smallest

    @property
    def responded(self) -> bool | None:
        """Whether the last total meets response, exactly half included; None if undefined."""
        if self.change is None or self.response_at is None:
            return None
        return self._badness(self.last.total) <= self._badness(self.response_at)

    @property
    def remitted(self) -> bool | None:
        """Whether the last total is in remission; None where the scale does not define it."""
        if self.remission_at is None:
            return None
        return self._badness(self.last.total) <= self._badness(self.remission_at)

    def _badness(self, total: Decimal) -> Decimal:
        return total if self.instrument.higher_is_worse else -total

    def _since(self, start: ScorePoint) -> tuple[ScorePoint, ...]:
        return self.points[self.points.index(start) :]
