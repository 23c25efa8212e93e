"""The parts of a course: sessions and scores as points, and what one panel of a picture shows."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tracker.domain.codes import Drug, Occasion, Route, SessionState
from tracker.domain.instruments.model import Instrument
from tracker.domain.scores.interpretation import Change, Verdict, response_at, worse

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

    `session_id` or else `hours_after` ties a rating to the session that it followed. `version` is
    that of the instrument, '' where it is not known. `safety` are the answers to its suicide items
    by their number on the form, None for one not answered; empty where only a total is known.
    """

    instrument: str
    total: Decimal
    at: datetime
    time_known: bool = True
    occasion: Occasion = Occasion.UNSCHEDULED
    hours_after: Decimal | None = None
    session_id: int | None = None
    prorated: bool = False
    version: str = ""
    safety: tuple[tuple[int, Decimal | None], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IncompletePoint:
    """A questionnaire of which too little was answered for a total: listed, never drawn.

    `answered` of the `asked` questions that count; `asked` is 0 where that is not known.
    """

    instrument: str
    at: datetime
    answered: int
    asked: int
    occasion: Occasion = Occasion.UNSCHEDULED
    safety: tuple[tuple[int, Decimal | None], ...] = ()


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

    `verdicts` run in time; `segments` are the runs of scores close enough to be joined. Levels are
    None where the scale defines none or there is no baseline to count from.
    """

    instrument: Instrument
    verdicts: tuple[Verdict, ...]
    segments: tuple[tuple[ScorePoint, ...], ...]

    @property
    def points(self) -> tuple[ScorePoint, ...]:
        """The scores, in time."""
        return tuple(verdict.score for verdict in self.verdicts)

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
        """The score that others are compared with."""
        return self.verdict.baseline

    @property
    def best(self) -> ScorePoint:
        """The best score since the baseline, the earliest of equals."""
        since = self.points
        if self.baseline is not None:
            since = since[[v.is_baseline for v in self.verdicts].index(True) :]
        best = since[0]
        for point in since[1:]:
            if worse(self.instrument, best.total, point.total):
                best = point
        return best

    @property
    def response_at(self) -> Decimal | None:
        """The total at which response begins."""
        return response_at(self.instrument, self.baseline)

    @property
    def remission_at(self) -> Decimal | None:
        """The total at which remission begins, itself included."""
        return self.instrument.change.remission_at_most

    @property
    def ribbon(self) -> tuple[Decimal, Decimal] | None:
        """The stretch round the baseline that is not a real change."""
        smallest = self.instrument.change.smallest_important
        if self.baseline is None or smallest is None:
            return None
        low, high = self.baseline.total - smallest, self.baseline.total + smallest
        return max(self.instrument.minimum, low), min(self.instrument.maximum, high)

    @property
    def reliable_at(self) -> tuple[Decimal, ...]:
        """The totals from which a change is reliable, where that takes more than to matter."""
        rules = self.instrument.change
        if self.baseline is None or rules.reliable in {None, rules.smallest_important}:
            return ()
        start, size = self.baseline.total, rules.reliable or Decimal(0)
        low, high = self.instrument.minimum, self.instrument.maximum
        return tuple(level for level in (start - size, start + size) if low <= level <= high)

    @property
    def version_changes(self) -> tuple[Change, ...]:
        """The steps from a score to one from another version of the form."""
        changes = (verdict.since_last for verdict in self.verdicts)
        return tuple(c for c in changes if c is not None and c.other_version)
