"""How often intervals hold a truth that is known: of shares, of means, of curves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import comb, sqrt
from zoneinfo import ZoneInfo

from tests.builders.outcomes import known
from tracker.domain.codes import Indication
from tracker.domain.outcomes import sums as sums_of
from tracker.domain.outcomes.course_outcome import NO_SCALE, CourseOutcome, course_outcomes
from tracker.domain.outcomes.definitions import CLINIC_DEFAULTS
from tracker.domain.outcomes.figures import OutcomeFigures, figures
from tracker.domain.outcomes.proportion import Proportion
from tracker.instruments import library

ZONE = ZoneInfo("America/New_York")
LATER = date(2030, 1, 1)  # when every window is over
CURVE_DAYS = (14, 35)
NOMINAL = 0.95
ERRORS_MAX = 3.0  # of Monte Carlo, which one figure in 370 is beyond by chance
# A t interval of a mixture of two groups, and Greenwood's by 40 people, are good to half a percent.
APPROXIMATE = 0.005


@dataclass
class Covered:
    """One kind of interval: how many there were, how many held the truth, how many should."""

    what: str
    expected: float
    of: int = 0
    held: int = 0
    slack: float = 0.0

    @property
    def rate(self) -> float:
        """Give the share that held the truth."""
        return self.held / self.of

    @property
    def error(self) -> float:
        """Give the Monte Carlo error of the rate."""
        return sqrt(self.expected * (1 - self.expected) / self.of)

    @property
    def is_right(self) -> bool:
        """Say whether the rate is the expected one, but for the draw."""
        return abs(self.rate - self.expected) <= ERRORS_MAX * self.error + self.slack

    def add(self, ends: tuple[float, float], truth: float) -> None:
        """Count one interval."""
        self.of += 1
        self.held += ends[0] <= truth <= ends[1]

    def __str__(self) -> str:
        return (
            f"{self.what}: {self.held} of {self.of} hold the truth, {100 * self.rate:.2f} % "
            f"(expected {100 * self.expected:.2f} %, error {100 * self.error:.2f})"
        )


def outcomes(people: Sequence[known.Known]) -> list[list[CourseOutcome]]:
    """Work out what became of each, as a save does."""
    scale = library()["phq9"]
    return [
        course_outcomes(known.as_treated(one, ZONE), [scale], CLINIC_DEFAULTS) for one in people
    ]


def report(some: Sequence[Sequence[CourseOutcome]]) -> OutcomeFigures:
    """Work out the figures of some people, as the report does."""
    rows = [row for one in some for row in one]
    treated, scored = (
        sums_of.sums([row for row in rows if (row.instrument == NO_SCALE) == bare], CLINIC_DEFAULTS)
        for bare in (True, False)
    )
    return figures(treated, scored, (Indication.DEPRESSION,), LATER)


def exact_coverage(n: int, truth: float) -> float:
    """Give how often Wilson's interval of so many holds a truth, from all that may happen."""
    return sum(
        comb(n, count) * truth**count * (1 - truth) ** (n - count)
        for count in range(n + 1)
        if (ends := Proportion(count, n).interval) and ends[0] <= truth <= ends[1]
    )


def covered(people: int, group: int, *, seed: int) -> list[Covered]:
    """Draw so many people, report them in groups of a size, and hold each interval to the truth."""
    rows = outcomes(list(known.draw(people, seed=seed)))
    reports = [report(rows[at : at + group]) for at in range(0, people, group)]
    return [_shares(reports), _means(reports), *(_curves(reports, day) for day in CURVE_DAYS)]


def _shares(reports: Sequence[OutcomeFigures]) -> Covered:
    truth = known.share_in_response()
    rates = [one.response.observed for one in reports]
    expected = sum(exact_coverage(rate.of, truth) for rate in rates) / len(rates)
    found = Covered("Response, Wilson", expected)
    for rate in rates:
        assert rate.interval is not None
        found.add(rate.interval, truth)
    return found


def _means(reports: Sequence[OutcomeFigures]) -> Covered:
    found = Covered("Mean change, Student", NOMINAL, slack=APPROXIMATE)
    for one in reports:
        assert one.entered_pair is not None
        assert one.entered_pair.change_ends is not None
        found.add(one.entered_pair.change_ends, known.mean_change())
    return found


def _curves(reports: Sequence[OutcomeFigures], day: int) -> Covered:
    found = Covered(f"No response by day {day}, Kaplan-Meier", NOMINAL, slack=APPROXIMATE)
    for one in reports:
        step = one.to_response.step_at(day)
        if step is not None and step.ends[0] < step.ends[1]:
            found.add(step.ends, 1 - known.share_in_response(day // 7))
    return found


def together(some: Sequence[Sequence[Covered]]) -> Iterator[Covered]:
    """Add up what several draws counted."""
    for kinds in zip(*some, strict=True):
        of = sum(one.of for one in kinds)
        expected = sum(one.expected * one.of for one in kinds) / of
        held, slack = sum(one.held for one in kinds), kinds[0].slack
        yield Covered(kinds[0].what, expected, of, held, slack)
