"""Sums over courses: what one course adds to them, so that figures need no course any more."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from msgspec import Struct

from tracker.domain.codes import Indication, SeriesState
from tracker.domain.outcomes.course_outcome import NO_SCALE, ChangeKind, CourseOutcome
from tracker.domain.outcomes.definitions import OutcomeDefinitions
from tracker.domain.outcomes.paired import ZERO, PairSums

# The parts of the sums; each is a short word, since it is stored with each sum.
TREATED, WHOLE_INDUCTION, ENDED, DOSES = "treated", "whole induction", "ended", "doses"
COUNT, WAITING, PAIR, ENTERED_PAIR = "count", "waiting", "pair", "entered pair"
BY_SESSION, BY_WEEK = "session", "week"
RESPONDED_ON, NO_RESPONSE_UNTIL = "responded", "no response"
LOST_ON, KEPT_UNTIL = "lost", "kept"
CHANGED = "changed"
PARTS = (
    TREATED, WHOLE_INDUCTION, ENDED, DOSES, COUNT, WAITING, PAIR, ENTERED_PAIR, BY_SESSION,
    BY_WEEK, RESPONDED_ON, NO_RESPONSE_UNTIL, LOST_ON, KEPT_UNTIL, CHANGED,
)  # fmt: skip

SESSIONS_MAX = 40  # what comes later is told of the patient, and drawn of nobody
DAYS_MAX = 730

Key = tuple[str, int]


class Count:
    """What is counted of the courses on one scale."""

    WITH_BASELINE = 1
    ENTERED = 2
    OBSERVED = 3  # entered, with a score in the window
    RESPONSE_KNOWN = 4
    RESPONSE = 5
    REMISSION_KNOWN = 6
    REMISSION = 7
    SUSTAINED_KNOWN = 8
    SUSTAINED = 9
    WORSE_KNOWN = 10
    WORSE = 11
    SUICIDE_PAIR = 12  # the question about suicide answered before and after
    SUICIDE_BEFORE = 13  # at 1 or more before
    SUICIDE_LESS = 14
    SUICIDE_NONE = 15
    SUICIDE_MORE = 16


# What was treated, and how a course ended, as numbers of keys: they are stored and never change.
INDICATIONS = {None: 0} | {one: number for number, one in enumerate(Indication, 1)}
ENDS = {None: 0} | {one: number for number, one in enumerate(SeriesState, 1)}
KINDS = {kind: number for number, kind in enumerate(ChangeKind, 1)}


class Sum(Struct, frozen=True):
    """How many there are, and the sums of what they have; all exact."""

    n: int = 0
    x: Decimal = ZERO
    xx: Decimal = ZERO
    y: Decimal = ZERO
    yy: Decimal = ZERO
    xy: Decimal = ZERO

    def plus(self, other: "Sum", times: int = 1) -> "Sum":
        """Add another, or take it away with `times` -1."""
        return Sum(
            self.n + times * other.n,
            self.x + times * other.x,
            self.xx + times * other.xx,
            self.y + times * other.y,
            self.yy + times * other.yy,
            self.xy + times * other.xy,
        )

    @property
    def pairs(self) -> PairSums:
        """Read them as sums over pairs of before and after."""
        return PairSums(self.n, self.x, self.xx, self.y, self.yy, self.xy)


ONE = Sum(1)


def of_one(value: Decimal) -> Sum:
    """Sum one value."""
    return Sum(1, value, value * value)


def of_pair(before: Decimal, after: Decimal) -> Sum:
    """Sum one pair."""
    return Sum(1, before, before * before, after, after * after, before * after)


def sums(outcomes: Iterable[CourseOutcome], definitions: OutcomeDefinitions) -> dict[Key, Sum]:
    """Sum what courses on one scale add."""
    added: dict[Key, Sum] = {}
    for outcome in outcomes:
        for key, one in added_by(outcome, definitions):
            added[key] = added.get(key, Sum()).plus(one)
    return added


def difference(new: Mapping[Key, Sum], old: Mapping[Key, Sum]) -> dict[Key, Sum]:
    """Give what has to be added to sums that hold the old for them to hold the new."""
    found = {}
    for key in {**new, **old}:
        one = new.get(key, Sum()).plus(old.get(key, Sum()), -1)
        if one != Sum():
            found[key] = one
    return found


def added_by(outcome: CourseOutcome, definitions: OutcomeDefinitions) -> Iterator[tuple[Key, Sum]]:
    """Give all that one course adds, by itself or on a scale that is made for what it treats."""
    if outcome.instrument == NO_SCALE:
        yield from _treatment(outcome, definitions)
        return
    if not outcome.is_made_for:
        return
    for key in _counts(outcome, definitions):
        yield (COUNT, key), ONE
    yield from _changes(outcome)
    yield from _days(outcome)
    if outcome.is_entered:
        for part, points in ((BY_SESSION, outcome.by_session), (BY_WEEK, outcome.by_week)):
            for place, total in points:
                if place <= SESSIONS_MAX:
                    yield (part, place), of_one(total)


def _treatment(
    outcome: CourseOutcome, definitions: OutcomeDefinitions
) -> Iterator[tuple[Key, Sum]]:
    treated = INDICATIONS[outcome.indication]
    yield (TREATED, treated), ONE
    if outcome.has_whole_induction(definitions):
        yield (WHOLE_INDUCTION, treated), ONE
    yield (ENDED, place(treated, ENDS[outcome.state])), ONE
    yield (DOSES, place(treated, min(outcome.doses, SESSIONS_MAX))), ONE


def place(treated: int, number: int) -> int:
    """Make one key of what is treated and another number, below 100."""
    return treated * 100 + number


def _counts(outcome: CourseOutcome, definitions: OutcomeDefinitions) -> Iterator[int]:
    if outcome.baseline is not None:
        yield Count.WITH_BASELINE
    if outcome.is_worse is not None:
        yield Count.WORSE_KNOWN
        if outcome.is_worse:
            yield Count.WORSE
    yield from _suicide(outcome)
    if outcome.is_entered:
        yield Count.ENTERED
        yield from _results(outcome, definitions)


def _results(outcome: CourseOutcome, definitions: OutcomeDefinitions) -> Iterator[int]:
    if outcome.outcome is not None:
        yield Count.OBSERVED
    for told, known, met in (
        (outcome.has_response, Count.RESPONSE_KNOWN, Count.RESPONSE),
        (outcome.has_remission, Count.REMISSION_KNOWN, Count.REMISSION),
        (is_sustained(outcome, definitions), Count.SUSTAINED_KNOWN, Count.SUSTAINED),
    ):
        if told is not None:
            yield known
            if told:
                yield met


def is_sustained(outcome: CourseOutcome, definitions: OutcomeDefinitions) -> bool | None:
    """Say whether a response was kept for as long as the definitions ask.

    None where none was reached, or where nobody knows for so long.
    """
    if outcome.kept_days is None:
        return None
    if outcome.kept_days >= definitions.sustained_days:
        return True
    return False if outcome.is_lost else None


def _suicide(outcome: CourseOutcome) -> Iterator[int]:
    before, after = outcome.suicide_before, outcome.suicide_after
    if before is None or after is None:
        return
    yield Count.SUICIDE_PAIR
    if after > before:
        yield Count.SUICIDE_MORE
    if before >= 1:
        yield Count.SUICIDE_BEFORE
        if after < before:
            yield Count.SUICIDE_LESS
        if not after:
            yield Count.SUICIDE_NONE


def _changes(outcome: CourseOutcome) -> Iterator[tuple[Key, Sum]]:
    if outcome.baseline is None:
        return
    if outcome.outcome is None:
        if outcome.is_entered and outcome.window_closes_on:
            yield (WAITING, outcome.window_closes_on.toordinal()), ONE
        return
    pair = of_pair(outcome.baseline, outcome.outcome)
    yield (PAIR, 0), pair
    if outcome.is_entered:
        yield (ENTERED_PAIR, 0), pair
    if outcome.change is not None:
        yield (CHANGED, KINDS[outcome.change]), ONE


def _days(outcome: CourseOutcome) -> Iterator[tuple[Key, Sum]]:
    """Give the days to a response, or until nobody knew any more, and those it was kept."""
    if outcome.response_day is not None:
        yield (RESPONDED_ON, min(outcome.response_day, DAYS_MAX)), ONE
    elif outcome.followed_days is not None:
        yield (NO_RESPONSE_UNTIL, min(outcome.followed_days, DAYS_MAX)), ONE
    if outcome.kept_days is not None:
        part = LOST_ON if outcome.is_lost and outcome.kept_days <= DAYS_MAX else KEPT_UNTIL
        yield (part, min(outcome.kept_days, DAYS_MAX)), ONE
