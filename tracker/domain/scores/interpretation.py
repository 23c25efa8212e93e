"""What one score says: how far it is from the baseline and from the score before, and how much."""

from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum

from msgspec import Struct

from tracker.domain.clinic.course_rules import CourseRules
from tracker.domain.courses.course import Course, Courses
from tracker.domain.instruments.model import Band, Instrument
from tracker.domain.scores.baseline import Baseline, by_course, is_before_start
from tracker.domain.scores.points import ScorePoint


class Certainty(StrEnum):
    """What may be said of a change, from most to least.

    A change that is important only may still be chance: by its size, or because nobody knows. What
    is unknown is smaller than what matters, or there is no size to hold it against.
    """

    RELIABLE = "reliable"
    IMPORTANT_ONLY = "important only"
    WITHIN_ERROR = "within error"
    UNKNOWN = "unknown"


class ScoreChange(Struct, frozen=True):
    """What happened from an earlier total to a later one of the same instrument.

    What the instrument does not define is None: no published size is not a size of 0.
    """

    instrument: Instrument
    earlier: ScorePoint
    later: ScorePoint

    @property
    def points(self) -> Decimal:
        """Later less earlier."""
        return self.later.total - self.earlier.total

    @property
    def size(self) -> Decimal:
        """How many points, whichever way."""
        return abs(self.points)

    @property
    def percent(self) -> Decimal | None:
        """The size in percent of the earlier total; None where that is 0 or below."""
        return self.size / self.earlier.total * 100 if self.earlier.total > 0 else None

    @property
    def better(self) -> bool | None:
        """Whether it is for the better; None where nothing changed, or no end is the better one."""
        if not self.points or self.instrument.neither_is_better:
            return None
        return (self.points < 0) == self.instrument.higher_is_worse

    @property
    def important_size(self) -> Decimal | None:
        """How many points matter to people, counted from the earlier total."""
        return important_size(self.instrument, self.earlier.total)

    @property
    def reliable_size(self) -> Decimal | None:
        """How many points are beyond the error of the measurement, with 95 % certainty."""
        return reliable_size(self.instrument)

    @property
    def important(self) -> bool | None:
        """Whether it is as large as matters to people."""
        smallest = self.important_size
        return None if smallest is None else self.size >= smallest

    @property
    def reliable(self) -> bool | None:
        """Whether it is larger than the error of the measurement."""
        reliable = self.reliable_size
        return None if reliable is None else self.size >= reliable

    @property
    def certainty(self) -> Certainty:
        """What may be said of it: whoever calls somebody better or worse asks here."""
        if self.reliable:
            return Certainty.RELIABLE
        if self.important:
            return Certainty.IMPORTANT_ONLY
        return Certainty.UNKNOWN if self.reliable is None else Certainty.WITHIN_ERROR

    @property
    def bands(self) -> tuple[Band, Band] | None:
        """The band it left and the one it reached; None where it crossed none."""
        left, reached = map(self.instrument.band, (self.earlier.total, self.later.total))
        return (left, reached) if left and reached and left != reached else None

    @property
    def other_version(self) -> bool:
        """Whether the two totals come from different versions of the instrument."""
        one, other = self.earlier.version, self.later.version
        return bool(one and other) and one != other

    @property
    def is_prorated(self) -> bool:
        """Whether either total was worked out although answers were missing."""
        return self.earlier.prorated or self.later.prorated


class Verdict(Struct, frozen=True, kw_only=True):
    """One score against the baseline of its course and against the score before it.

    `since_baseline` is None without a baseline, for the baseline itself, and for what was taken
    before the course began; `since_last` is None for the first score, and where a course ended long
    before it. `course` is the one that the score falls in, None before any dose.
    """

    instrument: Instrument
    score: ScorePoint
    course: Course | None
    basis: Baseline
    rules: CourseRules
    since_baseline: ScoreChange | None
    since_last: ScoreChange | None

    @property
    def baseline(self) -> ScorePoint | None:
        """The score that others of the course are compared with."""
        return self.basis.score

    @property
    def is_baseline(self) -> bool:
        """Whether this score is the one that others are compared with."""
        return self.score is self.baseline

    @property
    def baseline_rule(self) -> str:
        """The rule by which the baseline was chosen, or by which there is none."""
        return baseline_rule(self.rules) if self.course is not None else BASELINE_RULE_UNTREATED

    @property
    def band(self) -> Band | None:
        """The band that the score falls in."""
        return self.instrument.band(self.score.total)

    @property
    def below_entry(self) -> bool:
        """Whether the baseline is not ill enough for response and remission to be counted."""
        start = self.baseline
        return start is not None and is_below_entry(self.instrument, start.total)

    @property
    def response_at(self) -> Decimal | None:
        """The total at which response begins, whole on a scale of whole numbers."""
        return response_at(self.instrument, self.baseline)

    @property
    def response(self) -> bool | None:
        """Whether the score meets response, exactly half included; None where undefined."""
        level = _response_level(self.instrument, self.baseline)
        if self.since_baseline is None or level is None:
            return None
        return not worse(self.instrument, self.score.total, level)

    @property
    def remission(self) -> bool | None:
        """Whether the score is in remission; None where the instrument does not define it.

        None too where the baseline is not ill enough, or where remission goes with a reliable
        change and there is no baseline that it could be a change from.
        """
        rules = self.instrument.change
        if rules.remission_at_most is None or self.below_entry:
            return None
        if worse(self.instrument, self.score.total, rules.remission_at_most):
            return False
        if not rules.remission_needs_reliable:
            return True
        change = self.since_baseline
        return None if change is None else bool(change.reliable and change.better)


def worse(instrument: Instrument, total: Decimal, than: Decimal) -> bool:
    """Say whether a total is worse than another, whichever way the scale runs."""
    if instrument.neither_is_better:
        return False
    return total > than if instrument.higher_is_worse else total < than


def important_size(instrument: Instrument, start: Decimal) -> Decimal | None:
    """Work out how many points matter to people who start at a total; None where nobody knows."""
    rules = instrument.change
    sizes = [] if rules.smallest_important is None else [rules.smallest_important]
    if rules.smallest_important_fraction is not None and start > 0:
        sizes.append(start * rules.smallest_important_fraction)
    return whole_size(instrument, max(sizes)) if sizes else None


def reliable_size(instrument: Instrument) -> Decimal | None:
    """Give how many points are beyond the error of measurement; None where nobody knows."""
    size = instrument.change.reliable
    return None if size is None else whole_size(instrument, size)


def whole_size(instrument: Instrument, size: Decimal) -> Decimal:
    """Round a size up on a scale of whole numbers, where a change of 6.9 is one of 7."""
    return size.to_integral_value(ROUND_CEILING) if instrument.whole_numbers else size


def is_below_entry(instrument: Instrument, total: Decimal) -> bool:
    """Say whether a total is not ill enough for response and remission to be counted from it."""
    rules = instrument.change
    if rules.entry_at_most is not None:
        return total > rules.entry_at_most
    return rules.entry_at_least is not None and total < rules.entry_at_least


def response_at(instrument: Instrument, start: ScorePoint | None) -> Decimal | None:
    """Work out the total that meets response; None where the baseline leaves no room for one.

    On a scale of whole numbers it is the last whole one: 9 for half of 19.
    """
    level = _response_level(instrument, start)
    if level is None or not instrument.whole_numbers:
        return level
    return level.to_integral_value(ROUND_FLOOR if instrument.higher_is_worse else ROUND_CEILING)


def _response_level(instrument: Instrument, start: ScorePoint | None) -> Decimal | None:
    rules = instrument.change
    if start is None or start.total <= 0 or is_below_entry(instrument, start.total):
        return None
    if rules.response_fraction is not None:
        step = start.total * rules.response_fraction
    elif rules.response_points is not None:
        step = rules.response_points
    else:
        return None
    level = start.total - step if instrument.higher_is_worse else start.total + step
    return level if instrument.minimum <= level <= instrument.maximum else None


def verdicts(
    points: Iterable[ScorePoint], instrument: Instrument, courses: Courses
) -> list[Verdict]:
    """Judge every score of an instrument by the course it falls in, the earliest first.

    Scores of other instruments are left out, so that a weekly and a monthly form, which are
    instruments of their own, are never compared. Another version of the same one is, and says so.
    """
    mine = sorted((p for p in points if p.instrument == instrument.code), key=lambda p: p.at)
    of_scale = courses.of_scale(instrument.indications)
    judged: list[Verdict] = []
    for part in by_course(mine, instrument, of_scale, courses.rules):
        start = part.basis.score
        for point in part.points:
            last = _before(point, judged[-1], part.course, courses.rules) if judged else None
            judged.append(
                Verdict(
                    instrument=instrument,
                    score=point,
                    course=part.course,
                    basis=part.basis,
                    rules=courses.rules,
                    since_baseline=ScoreChange(instrument, start, point)
                    if start is not None and _is_later(point, start, part.course)
                    else None,
                    since_last=None if last is None else ScoreChange(instrument, last, point),
                )
            )
    return judged


def _before(
    point: ScorePoint, last: Verdict, course: Course | None, rules: CourseRules
) -> ScorePoint | None:
    """Give the score before; None where a course ended between them, longer ago than a pause.

    Such a score tells how the course before it ended, and not what has changed now.
    """
    is_old = (point.at.date() - last.score.at.date()).days > rules.pause_days
    return None if is_old and last.course != course else last.score


def _is_later(point: ScorePoint, start: ScorePoint, course: Course | None) -> bool:
    """Say whether a score tells what became of the start: before the first dose none does."""
    if course is None:
        return point.at > start.at
    return not is_before_start(point, course)


BASELINE_RULE_UNTREATED = "before any dose, the last score that was recorded as a baseline"


def baseline_rule(rules: CourseRules) -> str:
    """Write the rule by which the baseline of a course is chosen."""
    return (
        f"the last complete score in the {rules.baseline_days} days before the first dose of the "
        "course; a prorated one only where there is no complete one, and it is marked"
    )
