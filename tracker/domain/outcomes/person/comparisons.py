"""Dose against effect and dissociation against effect: what was seen in one person's sessions.

Sessions differ in more than what is compared, and that is said. Few of them show nothing at all:
no line goes through fewer than five.
"""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import combinations, pairwise
from statistics import median

from msgspec import Struct

from tracker.domain.codes import Indication
from tracker.domain.drugs import is_nasal_esketamine
from tracker.domain.formatting import full_day, lower_first, number, times, with_sign
from tracker.domain.instruments.model import Instrument
from tracker.domain.outcomes.person import episodes
from tracker.domain.progress.explanations import TextTable
from tracker.domain.progress.panels import PairPanel
from tracker.domain.progress.trend import Trend
from tracker.domain.sessions.point import PAIN, SessionPoint

FEW = 20  # sessions, below which the word stands beside their number
LINE_MIN = 5  # points; a line through fewer is drawn by any one of them
OTHERS = (
    "Medicines, sleep and what else happened may have changed, too: that is not looked at here."
)

Line = tuple[tuple[float, float], tuple[float, float]]


class SessionEffect(Struct, frozen=True, kw_only=True):
    """What changed after each dose on one scale, by the session; later less earlier."""

    instrument: Instrument
    words: str
    changes: dict[int, Decimal]


class ComparedSession(Struct, frozen=True):
    """One session of a comparison: what was given or felt, and what changed."""

    dose: SessionPoint
    x: Decimal
    change: Decimal


class SessionComparison(Struct, frozen=True, kw_only=True):
    """Something of each session against what changed after it.

    `line` are two ends in the units of both axes, None where none may be drawn. `notes` say how
    few they are, what else changed and what is left out.
    """

    key: str
    title: str
    x_words: str
    effect: SessionEffect
    sessions: tuple[ComparedSession, ...]
    line: Line | None
    notes: tuple[str, ...]

    @property
    def n(self) -> int:
        """How many sessions are compared."""
        return len(self.sessions)


def effect(trend: Trend) -> SessionEffect | None:
    """Pick the effect that most sessions tell of: ratings before and right after, else a scale."""
    ratings = [panel for panel in (trend.mood, trend.pain) if panel is not None]
    if any(course.indication is Indication.CHRONIC_PAIN for course in trend.courses):
        ratings.sort(key=lambda panel: panel.instrument.code != PAIN)
    found = [_of_rating(panel, trend) for panel in ratings]
    if trend.judged:
        found.append(_of_scale(trend))
    most = max(found, key=lambda one: len(one.changes), default=None)
    return most if most is not None and most.changes else None


def _of_rating(panel: PairPanel, trend: Trend) -> SessionEffect:
    changes: dict[int, Decimal] = {}
    for dose in trend.treatments:
        before, after = dose.ratings(panel.instrument.code)
        if before is not None and after is not None:
            changes[dose.session_id] = Decimal(after - before)
    name = panel.instrument.short_title
    return SessionEffect(
        instrument=panel.instrument,
        words=f"{name}, right after less before the session",
        changes=changes,
    )


def _of_scale(trend: Trend) -> SessionEffect:
    panel = trend.judged[0]
    return SessionEffect(
        instrument=panel.instrument,
        words=f"{panel.instrument.short_title}, the first after the dose less the last before it",
        changes={
            span.dose.session_id: span.later[0].total - span.before.total
            for span in episodes.spans_of_scale(panel, trend.treatments)
            if span.before is not None and span.later
        },
    )


def dose(trend: Trend, found: SessionEffect) -> SessionComparison:
    """Compare the doses of the drug and route that most sessions have."""
    known = [one for one in trend.treatments if one.session_id in found.changes]
    with_dose = [one for one in known if _amount(one) is not None]
    kinds = [_kind(one) for one in with_dose]
    kind = max(kinds, key=lambda each: (kinds.count(each), kinds.index(each)), default=None)
    alike = [one for one in with_dose if _kind(one) == kind]
    unit = "mg" if kind is not None and kind[2] else "mg/kg"
    name = f"{alike[0].drug.label}, {lower_first(alike[0].route.label)}, " if alike else ""
    left_out = len(with_dose) - len(alike)
    notes = []
    if left_out:
        notes.append(
            f"{times(left_out, 'session')} by another drug, route or unit left out: doses of two "
            "kinds do not compare."
        )
    return _compare("dose", "Dose and effect", f"{name}{unit}", found, alike, _amount, tuple(notes))


def dissociation(trend: Trend, found: SessionEffect) -> SessionComparison:
    """Compare the peak of dissociation, 0 to 10, with what changed."""
    known = [
        one
        for one in trend.treatments
        if one.session_id in found.changes and one.dissociation_peak is not None
    ]
    notes = []
    if len({_kind(one) for one in known}) > 1:
        notes.append("The drug or the route was not the same in all of them.")
    elif len({_amount(one) for one in known}) > 1:
        notes.append("The dose was not the same in all of them.")
    return _compare(
        "dissociation", "Dissociation and effect", "peak of dissociation, 0 to 10", found, known,
        _peak, tuple(notes),
    )  # fmt: skip


def _peak(one: SessionPoint) -> Decimal | None:
    return None if one.dissociation_peak is None else Decimal(one.dissociation_peak)


def _kind(one: SessionPoint) -> tuple[str, str, bool]:
    """Name what can be compared: a drug by a route, in whole milligrams or by weight."""
    by_mg = one.dose_mg_per_kg is None or is_nasal_esketamine(one.drug, one.route)
    return one.drug.value, one.route.value, by_mg


def _amount(one: SessionPoint) -> Decimal | None:
    return one.dose_mg if _kind(one)[2] else one.dose_mg_per_kg


def _compare(
    key: str,
    title: str,
    x_words: str,
    found: SessionEffect,
    sessions: Sequence[SessionPoint],
    amount: Callable[[SessionPoint], Decimal | None],
    notes: tuple[str, ...],
) -> SessionComparison:
    compared = [
        ComparedSession(one, x, found.changes[one.session_id])
        for one in sessions
        if (x := amount(one)) is not None
    ]
    return SessionComparison(
        key=key,
        title=title,
        x_words=x_words,
        effect=found,
        sessions=tuple(compared),
        line=_line(compared),
        notes=(*_few(compared, x_words), *_else(compared), *notes),
    )


def _line(compared: Sequence[ComparedSession]) -> Line | None:
    """Lay the line of Theil and Sen, which one odd session does not tilt; None through too few."""
    places = [(float(one.x), float(one.change)) for one in compared]
    slopes = [(d - b) / (c - a) for (a, b), (c, d) in combinations(places, 2) if a != c]
    if len(places) < LINE_MIN or not slopes:
        return None
    slope = median(slopes)
    rise = median(y - slope * x for x, y in places)
    low, high = min(x for x, _y in places), max(x for x, _y in places)
    return (low, rise + slope * low), (high, rise + slope * high)


def _few(compared: Sequence[ComparedSession], x_words: str) -> Iterator[str]:
    n = len(compared)
    values = {one.x for one in compared}
    if n == 0:
        yield "No session has both, so nothing can be compared."
    elif len(values) == 1 and n > 1:
        all_of = "both" if n == 2 else f"all {n}"
        yield (
            f"{x_words[:1].upper()}{x_words[1:]}: {number(compared[0].x)} in {all_of} sessions, so "
            "there is nothing to compare."
        )
    elif n < LINE_MIN:
        yield f"n = {n}: too few to see anything in."
    else:
        few = ", which is few" if n < FEW else ""
        yield f"n = {n} sessions of one person{few}: it shows what happened, and not what would."


def _else(compared: Sequence[ComparedSession]) -> Iterator[str]:
    """Say what else was different, of what is known."""
    if len({one.x for one in compared}) < 2:
        return
    steps = [(later.x - earlier.x) for earlier, later in pairwise(compared)]
    if all(step >= 0 for step in steps):
        yield "The higher values came later, so time and value cannot be told apart."
    elif all(step <= 0 for step in steps):
        yield "The lower values came later, so time and value cannot be told apart."
    series = {one.dose.series_number for one in compared}
    if len(series) > 1:
        yield f"They are of {len(series)} series."
    yield OTHERS


def alt(found: SessionComparison) -> str:
    """Say what the picture of a comparison shows."""
    return f"{found.title}: {found.x_words}, against {found.effect.words}. {' '.join(found.notes)}"


def tables(found: SessionComparison) -> Iterator[TextTable]:
    """Give what the picture shows as numbers, a row a session, in time."""
    headers = ("Session", f"{found.x_words[:1].upper()}{found.x_words[1:]}", found.effect.words)
    rows = tuple(
        (full_day(one.dose.at), number(one.x), with_sign(one.change)) for one in found.sessions
    )
    if rows:
        yield TextTable(found.title, headers, rows)
