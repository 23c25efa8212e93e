"""How long something lasts where not everybody was followed to the end, by Kaplan and Meier."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from math import exp, log, sqrt

from msgspec import Struct

from tracker.domain.outcomes.proportion import Z_95

_ROUNDING = 1e-12  # a product of shares that is a half may be told a little above it


class CurveStep(Struct, frozen=True):
    """A day on which something happened: how many were at risk, to how many it happened.

    `kept` is the share to whom it has not happened by the end of the day, `ends` its 95 % interval;
    `censored` are those who were followed no further than this day.
    """

    day: int
    at_risk: int
    events: int
    censored: int
    kept: float
    ends: tuple[float, float]


class Curve(Struct, frozen=True, dict=True):
    """The steps in time, from counts by day: of those to whom it happened, and of those lost.

    Steps are worked out when they are first asked for: most readers of figures draw no curve.
    """

    happened: Mapping[int, int]
    lost: Mapping[int, int]

    @property
    def n(self) -> int:
        """Count everybody."""
        return self.events + sum(self.lost.values())

    @property
    def events(self) -> int:
        """Count to how many it happened."""
        return sum(self.happened.values())

    @cached_property
    def steps(self) -> tuple[CurveStep, ...]:
        """Give the days on which something happened, in time."""
        return tuple(_steps(self.happened, self.lost, self.n))

    def step_at(self, day: int) -> CurveStep | None:
        """Give the last step up to a day; None before the first, where all are kept."""
        return next((step for step in reversed(self.steps) if step.day <= day), None)

    def at_risk(self, day: int) -> int:
        """Count those who were followed up to a day and to whom it had not happened before."""
        gone = sum(step.events + step.censored for step in self.steps if step.day < day)
        return self.n - gone

    @property
    def median_day(self) -> int | None:
        """Give the first day by which it has happened to half; None where it never does."""
        return next((step.day for step in self.steps if step.kept <= 0.5 + _ROUNDING), None)


def curve(events: Mapping[int, int], censored: Mapping[int, int]) -> Curve:
    """Draw the curve from counts by day: of those to whom it happened, and of those lost from view.

    Who is lost from view on a day was at risk on it (Kaplan, Meier 1958, J Am Stat Assoc 53:457).
    The interval is that of the log minus log of the share (Kalbfleisch, Prentice 1980), which stays
    within 0 and 1; the spread is Greenwood's.
    """
    return Curve(events, censored)


def _steps(
    events: Mapping[int, int], censored: Mapping[int, int], at_risk: int
) -> Iterator[CurveStep]:
    kept, spread = 1.0, 0.0
    for day in sorted({*events, *censored}):
        happened, lost = events.get(day, 0), censored.get(day, 0)
        if not happened and not lost:
            continue
        if happened:
            kept *= 1 - happened / at_risk
            if happened < at_risk:
                spread += happened / (at_risk * (at_risk - happened))
        yield CurveStep(day, at_risk, happened, lost, kept, _ends(kept, spread))
        at_risk -= happened + lost


def _ends(kept: float, spread: float) -> tuple[float, float]:
    """Give the interval of a share; of none and of all there is no spread to tell one by."""
    if kept in (0.0, 1.0):
        return kept, kept
    reach = Z_95 * sqrt(spread) / log(kept)
    return kept ** exp(-reach), kept ** exp(reach)


def from_days(days: Sequence[tuple[int, bool]]) -> Curve:
    """Draw the curve from each person's last day, and whether it happened then."""
    events: dict[int, int] = {}
    censored: dict[int, int] = {}
    for day, happened in days:
        counted = events if happened else censored
        counted[day] = counted.get(day, 0) + 1
    return curve(events, censored)
