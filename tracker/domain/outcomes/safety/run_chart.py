"""A run chart of safety by month, and what its rule finds: a shift, a trend, or neither.

Source of the rules: Perla, Provost, Murray 2011, BMJ Qual Saf 20:46. A shift is six or more points
in a row on one side of the median, where points on the median neither count nor break it; a trend
is five or more in a row that all rise or all fall, where a point equal to the one before does not
count. Either would be found about once in twenty charts where nothing has changed.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from statistics import median

from msgspec import Struct

from tracker.domain.codes import Word
from tracker.domain.formatting import times
from tracker.domain.outcomes.safety.counts import MonthCounts
from tracker.domain.outcomes.text import percent

PERLA = "Perla, Provost, Murray 2011, BMJ Qual Saf 20:46"
SHIFT_POINTS, TREND_POINTS = 6, 5
POINTS_MIN = 10  # the table of runs of the paper begins at ten points


class RunMeasure(Word):
    """What a run chart follows."""

    EFFECTS = "effects", "Sessions with a moderate or severe side effect"
    LEAVING = "leaving", "Sessions left before dissociation was gone"
    PRESSURE = "pressure", "Sessions above the blood pressure limit after the start"


class RunPoint(Struct, frozen=True):
    """A month: so many sessions of those where it was asked; no share where these are too few."""

    month: date
    count: int
    of: int
    share: float | None

    @property
    def month_words(self) -> str:
        """Name the month."""
        return f"{self.month:%B %Y}"

    @property
    def words(self) -> str:
        """Write it."""
        counted = f"{self.count} of {self.of}"
        return counted if self.share is None else f"{counted}: {percent(self.share)} %"


class Run(Struct, frozen=True):
    """Some points in a row, from one month to another, on a side or in a direction."""

    since: date
    until: date
    points: int
    is_up: bool


class RunChart(Struct, frozen=True, kw_only=True):
    """What is drawn, written and told: the same for the picture, its table and its words."""

    measure: RunMeasure
    points: tuple[RunPoint, ...]
    least: int
    middle: float | None
    shifts: tuple[Run, ...]
    trends: tuple[Run, ...]

    @property
    def points_with_share(self) -> list[RunPoint]:
        """List the months that have a point."""
        return [one for one in self.points if one.share is not None]


def run_chart(months: Mapping[date, MonthCounts], measure: RunMeasure, least: int) -> RunChart:
    """Prepare the chart of a measure; a month of fewer sessions than `least` has no point."""
    points = tuple(_point(month, one, measure, least) for month, one in sorted(months.items()))
    drawn = [(one.month, one.share) for one in points if one.share is not None]
    middle = median(share for _month, share in drawn) if drawn else None
    judged = drawn if len(drawn) >= POINTS_MIN else []
    return RunChart(
        measure=measure,
        points=points,
        least=least,
        middle=middle,
        shifts=tuple(_shifts(judged, middle)),
        trends=tuple(_trends(judged)),
    )


def _point(month: date, one: MonthCounts, measure: RunMeasure, least: int) -> RunPoint:
    count, of = {
        RunMeasure.EFFECTS: (one.moderate + one.severe, one.effects_asked),
        RunMeasure.LEAVING: (one.unresolved, one.leaving_known),
        RunMeasure.PRESSURE: (one.after_raised, one.after_measured),
    }[measure]
    return RunPoint(month, count, of, count / of if of and of >= least else None)


Drawn = Sequence[tuple[date, float]]


def _shifts(drawn: Drawn, middle: float | None) -> Iterable[Run]:
    sides = [(month, share > middle) for month, share in drawn if middle not in (None, share)]
    return _runs(sides, SHIFT_POINTS)


def _trends(drawn: Drawn) -> Iterable[Run]:
    """Find points that all rise or all fall; the first of them is where it starts from."""
    kept: list[tuple[date, float]] = []
    for one in drawn:
        if not kept or one[1] != kept[-1][1]:
            kept.append(one)
    steps = [(month, share > before) for (_then, before), (month, share) in pairwise(kept)]
    began = {month: then for (then, _before), (month, _share) in pairwise(kept)}
    for run in _runs(steps, TREND_POINTS - 1):
        yield Run(began[run.since], run.until, run.points + 1, run.is_up)


def _runs(sides: Sequence[tuple[date, bool]], least: int) -> Iterable[Run]:
    """Give the longest stretches of one side that have so many points."""
    start = 0
    for place in range(1, len(sides) + 1):
        if place == len(sides) or sides[place][1] is not sides[start][1]:
            if place - start >= least:
                (since, is_up), until = sides[start], sides[place - 1][0]
                yield Run(since, until, place - start, is_up)
            start = place


def sentences(chart: RunChart) -> list[str]:
    """Say what the rule found, in words; it says nothing of why."""
    drawn = chart.points_with_share
    told = [f"{len(drawn)} of {times(len(chart.points), 'month')} have a point."]
    if chart.middle is not None:
        told.append(f"The median is {percent(chart.middle)} %.")
    if len(drawn) < POINTS_MIN:
        return [*told, f"The rule needs {POINTS_MIN} months with a point, so it says nothing yet."]
    for run in chart.shifts:
        side = "above" if run.is_up else "below"
        told.append(f"Shift: {run.points} points in a row {side} the median, {_span(run)}.")
    for run in chart.trends:
        way = "rising" if run.is_up else "falling"
        told.append(f"Trend: {run.points} points in a row {way}, {_span(run)}.")
    if not chart.shifts and not chart.trends:
        told.append("The rule found no shift and no trend: the months differ as chance would do.")
    return told


def _span(run: Run) -> str:
    return f"{run.since:%B %Y} to {run.until:%B %Y}"


def alt(chart: RunChart) -> str:
    """Tell the picture to whoever does not see it; its table stands beside it."""
    return f"Run chart by month. {chart.measure.label}. {' '.join(sentences(chart))}"
