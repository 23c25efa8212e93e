"""The figures of safety: each a share of the sessions where it was asked, and whose they were."""

from msgspec import Struct

from tracker.domain.outcomes.proportion import Proportion
from tracker.domain.outcomes.safety.counts import (
    DegreeCounts,
    EventCounts,
    MonthCounts,
    SafetyCounts,
    total,
)
from tracker.domain.outcomes.safety.quartiles import Quartiles, quartiles
from tracker.domain.outcomes.text import share

# Sessions of one person are alike, so an interval that takes them for people's is too narrow.
# Donner, Klar 2000, Design and Analysis of Cluster Randomization Trials, 1.3.
NARROW = (
    "Sessions of one person are alike. The intervals count each session as if it were another "
    "person's, so they are narrower than they should be."
)


class SafetyShare(Struct, frozen=True, kw_only=True):
    """So many sessions of those where it was asked, and whose they were; `count` names it."""

    label: str
    sessions: Proportion
    people: int
    count: str = ""

    def words(self, people_min: int) -> str:
        """Write it; no percentage where the sessions are those of fewer people than that."""
        return share(self.sessions, people_min if self.people >= people_min else MANY)


MANY = 10**9  # a limit that no number of sessions reaches
# What is told of it, which count, of which, and of whose sessions people are counted.
_EFFECTS = (
    ("Any side effect", "with_effects"),
    ("Mild at worst", "mild"),
    ("Moderate at worst", "moderate"),
    ("Severe", "severe"),
)
_PRESSURES = (
    ("Above the clinic's limit before the dose", "before_raised", "before_measured"),
    ("Above the clinic's limit after the start", "after_raised", "after_measured"),
    ("Severe after the start", "after_severe", "after_measured"),
    ("Low after the start", "after_low", "after_measured"),
)


class SafetyFigures(Struct, frozen=True, kw_only=True):
    """All that is told of how safe sessions were."""

    sessions: int
    people: int
    effects: tuple[SafetyShare, ...]
    by_effect: tuple[tuple[str, SafetyShare, DegreeCounts], ...]
    felt: SafetyShare
    unresolved: SafetyShare
    gone: Quartiles | None
    lasted: Quartiles | None
    pressures: tuple[SafetyShare, ...]
    events: EventCounts
    event_minutes: Quartiles | None


def safety_figures(counts: SafetyCounts) -> SafetyFigures:
    """Work the figures out from what was counted."""
    months = total(counts.months.values())

    def of(label: str, count: str, asked: str) -> SafetyShare:
        return _share(months, label, count, asked, counts.people.get(asked, 0))

    asked = months.effects_asked
    people = counts.people.get("effects_asked", 0)
    return SafetyFigures(
        sessions=months.sessions,
        people=counts.people.get("sessions", 0),
        effects=tuple(of(label, name, "effects_asked") for label, name in _EFFECTS),
        by_effect=tuple(
            (
                word.label,
                SafetyShare(
                    label=word.label, sessions=Proportion(one.in_all, asked), people=people
                ),
                one,
            )
            for word, one in counts.effects.items()
        ),
        felt=of("Any dissociation", "felt", "peak_asked"),
        unresolved=of("Not gone before leaving", "unresolved", "leaving_known"),
        gone=quartiles(counts.gone_minutes),
        lasted=quartiles(counts.lasted_minutes),
        pressures=tuple(of(*one) for one in _PRESSURES),
        events=counts.events,
        event_minutes=quartiles(counts.events.minutes),
    )


def _share(months: MonthCounts, label: str, count: str, asked: str, people: int) -> SafetyShare:
    sessions = Proportion(getattr(months, count), getattr(months, asked))
    return SafetyShare(label=label, sessions=sessions, people=people, count=count)


QUARTERS = 4  # fewer values than this have no quarter of them


def minutes(found: Quartiles | None) -> str:
    """Write a median with its quartiles: `74 (65 to 85), n = 122`; of none that it is unknown."""
    if found is None:
        return "not known of any"
    low, middle, high = (f"{one:.0f}" for one in (found.low, found.middle, found.high))
    if found.n < QUARTERS:
        return f"{middle}, n = {found.n}"
    return f"{middle} ({low} to {high}), n = {found.n}"
