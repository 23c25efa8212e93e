"""Each figure of the outcome report as a row: what it is, of whom, by which definition.

`n` are those to whom it happened, or whose totals a mean is of, `of` those who are counted.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from tracker.domain.outcomes.figures import Mean, OutcomeFigures, Rate
from tracker.domain.outcomes.kaplan_meier import Curve
from tracker.domain.outcomes.paired import PairedChange
from tracker.domain.outcomes.proportion import Proportion

COURSES, PERCENT, POINTS, DAYS, SIZE = "courses", "%", "points", "days", "standard deviations"
OBSERVED = "courses with a score in the window"
WITH_MISSING = "all whose window is over, those without a score counted as without the result"
ENTERED = "courses ill enough at baseline, with a score in the window"
_CURVE_DAYS = (7, 14, 28, 56, 84, 182)


class ReportRow(Struct, frozen=True, kw_only=True):
    """A figure. `definition` names what it is counted by, `place` is a session, a week or a day.

    `low` and `high` are the ends of its 95 % interval. A `value` that is None has its `note`.
    `tells` names every count that can be read off it, as `counts` names them.
    """

    figure: str
    of_whom: str
    definition: str = ""
    place: int | None = None
    unit: str = COURSES
    n: int | None = None
    of: int | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    note: str = ""
    tells: tuple[str, ...] = ()


def rows(figures: OutcomeFigures, people_min: int) -> Iterator[ReportRow]:
    """Give every figure of a report; no percentage of fewer than `people_min`."""
    for _heading, some in parts(figures, people_min):
        yield from some


def parts(figures: OutcomeFigures, people_min: int) -> Iterator[tuple[str, Iterable[ReportRow]]]:
    """Give the figures under their headings."""
    yield "Who is in the figures", _flow(figures)
    yield (
        "Results",
        chain(
            _rate("Response", figures.response, people_min),
            _rate("Remission", figures.remission, people_min),
            _shares(figures, people_min),
        ),
    )
    yield (
        "Change",
        chain(
            _changes(figures), _pair(figures.entered_pair, ENTERED), _pair(figures.pair, OBSERVED)
        ),
    )
    yield (
        "Course of the scores",
        chain(
            _means("Mean total by session", figures.by_session),
            _means("Mean total by week", figures.by_week),
        ),
    )
    yield (
        "How soon, and for how long",
        chain(
            _curve("Not in response yet", "Response", figures.to_response, people_min),
            _curve("Response kept", "Loss of response", figures.kept, people_min),
        ),
    )
    yield "Treatment", _treatment(figures, people_min)


def _flow(figures: OutcomeFigures) -> Iterator[ReportRow]:
    flow = figures.flow
    steps = (
        ("Treated", flow.treated, ""),
        ("With a baseline", flow.with_baseline, "Baseline"),
        ("Ill enough to be counted", flow.entered, "Ill enough to count"),
        ("Window over, or a score in it", flow.due, "Outcome"),
        ("With a score in the window", flow.observed, "Outcome"),
    )
    for name, n, definition in steps:
        yield ReportRow(
            figure=name, of_whom="courses treated", definition=definition, n=n, of=flow.treated,
            tells=(name,),
        )  # fmt: skip


def _rate(name: str, rate: Rate, people_min: int) -> Iterator[ReportRow]:
    for one, of_whom in ((rate.observed, OBSERVED), (rate.of_all, WITH_MISSING)):
        yield _share(name, one, of_whom, name, people_min)


def _kinds(name: str) -> tuple[str, str, str]:
    return f"{name}: with", f"{name}: without", f"{name}: of"


def _shares(figures: OutcomeFigures, people_min: int) -> Iterator[ReportRow]:
    thoughts = "courses with thoughts of suicide at baseline"
    asked = "courses asked about suicide at baseline and in the window"
    for name, one, of_whom, definition in (
        ("Worse", figures.worse, OBSERVED, "Worse"),
        ("Response sustained", figures.sustained, "courses followed long enough", "Sustained"),
        ("Fewer thoughts of suicide", figures.suicide_less, thoughts, ""),
        ("No thoughts of suicide any more", figures.suicide_none, thoughts, ""),
        ("More thoughts of suicide", figures.suicide_more, asked, ""),
    ):
        yield _share(name, one, of_whom, definition, people_min)


def _share(
    name: str,
    one: Proportion,
    of_whom: str,
    definition: str,
    people_min: int,
    place: int | None = None,
) -> ReportRow:
    row = ReportRow(
        figure=name, of_whom=of_whom, definition=definition, place=place, unit=PERCENT,
        n=one.count, of=one.of, tells=_kinds(name),
    )  # fmt: skip
    if one.share is None or one.interval is None:
        return replace(row, note="nobody to count")
    if one.of < people_min:
        return replace(row, note=_too_few(people_min))
    low, high = one.interval
    return replace(row, value=100 * one.share, low=100 * low, high=100 * high)


def _too_few(people_min: int) -> str:
    return f"no percentage of fewer than {people_min}"


def _changes(figures: OutcomeFigures) -> Iterator[ReportRow]:
    counted = sum(figures.changes.values())
    for kind, n in figures.changes.items():
        yield ReportRow(
            figure=f"Change: {kind.label}", of_whom=OBSERVED, definition="Reliable change",
            n=n, of=counted, tells=(f"Change: {kind.label}", "Change"),
        )  # fmt: skip


def _pair(pair: PairedChange | None, of_whom: str) -> Iterator[ReportRow]:
    if pair is None:
        return
    for name, value in (("Mean at baseline", pair.before), ("Mean in the window", pair.after)):
        yield _mean(name, of_whom, pair.n, value)
    low, high = pair.change_ends or (None, None)
    yield ReportRow(
        figure="Mean change", of_whom=of_whom, definition="Outcome", unit=POINTS, n=pair.n,
        value=pair.change, low=low, high=high,
        note="" if pair.change_ends else "no interval of one",
    )  # fmt: skip
    for name, size in (
        ("Cohen's d, by the standard deviation of the changes (d_z)", pair.d_of_changes),
        ("Cohen's d, by the mean of both standard deviations (d_av)", pair.d_of_scores),
    ):
        if size is not None:
            yield ReportRow(figure=name, of_whom=of_whom, unit=SIZE, n=pair.n, value=size)


def _mean(name: str, of_whom: str, n: int, value: float) -> ReportRow:
    return ReportRow(figure=name, of_whom=of_whom, unit=POINTS, n=n, value=value)


def _means(name: str, places: Iterable[Mean]) -> Iterator[ReportRow]:
    for one in places:
        low, high = one.ends or (None, None)
        yield ReportRow(
            figure=name, of_whom="courses with a total there", place=one.place, unit=POINTS,
            n=one.n, value=one.mean, low=low, high=high,
            note="" if one.ends else "no interval of one",
        )  # fmt: skip


def _curve(name: str, definition: str, curve: Curve, people_min: int) -> Iterator[ReportRow]:
    """Tell a curve at fixed days, as long as anybody is followed, and the day of its half."""
    of_whom = "by Kaplan and Meier; of is who was followed up to the day"
    for day in _CURVE_DAYS:
        at_risk, step = curve.at_risk(day), curve.step_at(day)
        if not at_risk:
            return
        row = ReportRow(
            figure=name, of_whom=of_whom, definition=definition, place=day, unit=PERCENT, of=at_risk
        )
        if curve.n < people_min:
            yield replace(row, note=_too_few(people_min))
            continue
        share, ends = (1.0, (None, None)) if step is None else (step.kept, step.ends)
        low, high = (None if end is None else 100 * end for end in ends)
        yield replace(row, value=100 * share, low=low, high=high)
    if curve.median_day is not None:
        yield ReportRow(
            figure=f"{name}: day by which it happened to half", of_whom=of_whom,
            definition=definition, unit=DAYS, n=curve.events, of=curve.n,
            value=float(curve.median_day),
        )  # fmt: skip


def _treatment(figures: OutcomeFigures, people_min: int) -> Iterator[ReportRow]:
    treatment = figures.treatment
    yield _share(
        "Whole induction", treatment.whole_induction, "courses treated", "Whole induction",
        people_min,
    )  # fmt: skip
    yield from _counts("Courses with so many doses", treatment.doses, treatment.treated)
    for state, n in treatment.ends.items():
        name = "state not known" if state is None else state.label
        yield ReportRow(
            figure=f"How the course stands: {name}", of_whom="courses treated", n=n,
            of=treatment.treated, tells=(f"How the course stands: {name}", "Treated"),
        )  # fmt: skip


def _counts(name: str, counts: Mapping[int, int], of: int) -> Iterator[ReportRow]:
    for place, n in counts.items():
        if n:
            yield ReportRow(
                figure=name, of_whom="courses treated", place=place, n=n, of=of,
                tells=(f"{name}: {place}", "Treated"),
            )  # fmt: skip
