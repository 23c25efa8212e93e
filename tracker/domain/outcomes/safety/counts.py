"""What is counted of sessions that were held, by month, so that figures need no session any more.

Each count has one of those it is a part of: where nobody asked, a session counts in neither.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from msgspec import Struct, field
from msgspec.structs import asdict

from tracker.domain.codes import Severity, SideEffect


class MonthCounts(Struct, frozen=True, kw_only=True):
    """Sessions of a month, or of many.

    `effects_asked` have side effects or their absence on record; `mild`, `moderate` and `severe`
    count a session by its worst. `peak_asked` have the strength of dissociation, `felt` had some,
    `leaving_known` say of it whether it was gone before the patient left, `unresolved` that it was
    not. Pressures are those before the dose, and those after it was begun.
    """

    sessions: int = 0
    effects_asked: int = 0
    mild: int = 0
    moderate: int = 0
    severe: int = 0
    peak_asked: int = 0
    felt: int = 0
    leaving_known: int = 0
    unresolved: int = 0
    before_measured: int = 0
    before_raised: int = 0
    after_measured: int = 0
    after_raised: int = 0
    after_severe: int = 0
    after_low: int = 0

    @property
    def with_effects(self) -> int:
        """Count the sessions with any side effect."""
        return self.mild + self.moderate + self.severe

    def plus(self, other: "MonthCounts") -> "MonthCounts":
        """Add those of another month."""
        return MonthCounts(**{name: n + getattr(other, name) for name, n in asdict(self).items()})


COUNTED = MonthCounts.__struct_fields__
PRESSURES = tuple(name for name in COUNTED if name.startswith(("before_", "after_")))
OF_RECORDS = tuple(name for name in COUNTED if name not in PRESSURES)


class DegreeCounts(Struct, frozen=True):
    """How often a side effect was on record, by its degree."""

    mild: int = 0
    moderate: int = 0
    severe: int = 0

    @property
    def in_all(self) -> int:
        """Count the sessions with it."""
        return self.mild + self.moderate + self.severe


class EventCounts(Struct, frozen=True, kw_only=True):
    """Adverse events that were written while sessions were under way.

    `by_grade` is by CTCAE, None where nobody graded. `minutes` holds how many lasted so long;
    those without an end are in none.
    """

    events: int = 0
    serious: int = 0
    by_grade: Mapping[int | None, int] = field(default_factory=dict)
    minutes: Mapping[int, int] = field(default_factory=dict)


class SafetyCounts(Struct, frozen=True, kw_only=True):
    """All that the figures rest on; `people` counts, by name of a count, those it is asked of."""

    months: Mapping[date, MonthCounts]
    people: Mapping[str, int]
    effects: Mapping[SideEffect, DegreeCounts]
    gone_minutes: Mapping[int, int]
    lasted_minutes: Mapping[int, int]
    events: EventCounts


def total(months: Iterable[MonthCounts]) -> MonthCounts:
    """Add months up."""
    found = MonthCounts()
    for one in months:
        found = found.plus(one)
    return found


def degree_counts(found: Iterable[tuple[str, str, int]]) -> dict[SideEffect, DegreeCounts]:
    """Gather (effect, degree, sessions); the most frequent first, then in the order of the words.

    A word that is none of ours, or has no degree, is left out.
    """
    known = {one.value: one for one in SideEffect if one is not SideEffect.NONE}
    degrees = {one.value for one in Severity}
    by_word: dict[SideEffect, dict[str, int]] = {}
    for word, degree, n in found:
        if word in known and degree in degrees:
            by_word.setdefault(known[word], {})[degree] = n
    order = list(SideEffect)
    told = {word: DegreeCounts(**degrees_of) for word, degrees_of in by_word.items()}
    return dict(sorted(told.items(), key=lambda one: (-one[1].in_all, order.index(one[0]))))
