"""Invent what became of many courses, for pictures that show nobody: seeded, and no row is real."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from msgspec import Struct

from tracker.domain.codes import Drug, Indication, Phase, Route, SeriesState
from tracker.domain.instruments.model import Instrument
from tracker.domain.outcomes import comparators, sums
from tracker.domain.outcomes.course_outcome import NO_SCALE, ChangeKind, CourseOutcome
from tracker.domain.outcomes.definitions import OutcomeDefinitions
from tracker.domain.outcomes.figures import figures
from tracker.domain.outcomes.pictures import (
    before_after,
    calendar,
    courses,
    dissociation,
    of_figures,
    routes,
    waterfall,
)
from tracker.domain.outcomes.pictures.before_after import RatedPair
from tracker.domain.outcomes.pictures.picture import OutcomePicture, Scope

TODAY = date(2026, 9, 18)
ENTRY, IMPORTANT, RELIABLE = 10, 5, 7  # of PHQ-9
REMISSION = 4
WEEKS = 12
ROUTES = (Route.IV,) * 6 + (Route.IM, Route.IM, Route.NASAL, Route.NASAL, Route.SUBLINGUAL)
DEFINITIONS = OutcomeDefinitions()


class CohortCourse(Struct, frozen=True):
    """A course by itself and on PHQ-9, and how many minutes of dissociation a session brought."""

    alone: CourseOutcome
    scored: CourseOutcome | None
    minutes: float | None


def invent(count: int, seed: int = 1) -> list[CohortCourse]:
    """Invent so many courses."""
    random = Random(seed)
    return [_course(random) for _ in range(count)]


def _course(random: Random) -> CohortCourse:
    doses = random.choice((3, 4, 6, 6, 6, 8))
    first = TODAY - timedelta(days=random.randrange(10, 360))
    last = first + timedelta(days=3 * (doses - 1))
    treatment: dict[str, Any] = {
        "course_number": 1, "indication": Indication.DEPRESSION, "drug": Drug.KETAMINE,
        "route": random.choice(ROUTES), "phase": Phase.INDUCTION, "first_dose_on": first,
        "last_dose_on": last, "induction_ended_on": last, "doses": doses,
        "induction_doses": doses, "induction_days": 3 * (doses - 1),
        "total_mg": Decimal(36 * doses), "mean_mg_per_kg": Decimal("0.5"),
        "state": SeriesState.COMPLETED, "failed_treatments": 2,
    }  # fmt: skip
    alone = CourseOutcome(instrument=NO_SCALE, **treatment)
    minutes = max(0.0, random.gauss(48, 22)) if random.random() < 0.9 else None
    if random.random() < 0.1:
        return CohortCourse(alone, None, minutes)
    scored = CourseOutcome(instrument="phq9", **treatment, **_on_scale(random, doses, last))
    return CohortCourse(alone, scored, minutes)


def _on_scale(random: Random, doses: int, last: date) -> dict[str, Any]:
    start, fall = random.gauss(17, 4), random.gauss(7, 5.5)
    totals = {week: _total(random, start, fall, week) for week in _weeks_with_answers(random)}
    baseline, closes = Decimal(_whole(start)), last + timedelta(days=31)
    told: dict[str, Any] = {
        "baseline": baseline, "is_entered": baseline >= ENTRY, "window_closes_on": closes,
        "by_week": ((0, baseline), *sorted(totals.items())),
        "by_session": ((0, baseline), *_by_session(random, start, fall, doses)),
    }  # fmt: skip
    if baseline < ENTRY:
        return told
    told |= _in_time(baseline, totals)
    outcome = totals.get(5, totals.get(4))
    return told if outcome is None else told | _at_window(baseline, outcome, last)


def _weeks_with_answers(random: Random) -> list[int]:
    until = random.choice((2, 5, 8, WEEKS, WEEKS))
    return [week for week in range(1, until + 1) if random.random() < 0.75]


def _total(random: Random, start: float, fall: float, week: int) -> Decimal:
    reached = min(week / 3, 1.0) - max(0, week - 6) * 0.06
    return Decimal(_whole(start - fall * reached + random.gauss(0, 1.4)))


def _whole(total: float) -> int:
    return max(0, min(27, round(total)))


def _by_session(random: Random, start: float, fall: float, doses: int) -> list[tuple[int, Decimal]]:
    return [
        (dose, Decimal(_whole(start - fall * dose / doses + random.gauss(0, 1.4))))
        for dose in range(1, doses + 1)
        if random.random() < 0.85
    ]


def _in_time(baseline: Decimal, totals: dict[int, Decimal]) -> dict[str, Any]:
    weeks = sorted(totals)
    if not weeks:
        return {}
    told: dict[str, Any] = {"followed_days": weeks[-1] * 7}
    reached = next((week for week in weeks if totals[week] * 2 <= baseline), None)
    if reached is None:
        return told
    later = [week for week in weeks if week > reached]
    lost = next((week for week in later if totals[week] * 2 > baseline + 2), None)
    end = lost or weeks[-1]
    return told | {
        "response_day": reached * 7 - int(baseline) % 5,
        "kept_days": (end - reached) * 7, "is_lost": lost is not None,
    }  # fmt: skip


def _at_window(baseline: Decimal, outcome: Decimal, last: date) -> dict[str, Any]:
    change = outcome - baseline
    kinds = (
        (-RELIABLE, ChangeKind.RELIABLY_BETTER), (-IMPORTANT, ChangeKind.IMPORTANTLY_BETTER),
        (IMPORTANT - 1, ChangeKind.ALIKE), (RELIABLE - 1, ChangeKind.IMPORTANTLY_WORSE),
    )  # fmt: skip
    kind = next((kind for most, kind in kinds if change <= most), ChangeKind.RELIABLY_WORSE)
    return {
        "outcome": outcome, "outcome_on": last + timedelta(days=14), "change": kind,
        "is_worse": kind is ChangeKind.RELIABLY_WORSE, "has_response": outcome * 2 <= baseline,
        "has_remission": outcome <= REMISSION,
    }  # fmt: skip


def pictures(found: Sequence[CohortCourse], scale: Instrument) -> tuple[OutcomePicture, ...]:
    """Prepare every picture of outcomes of some invented courses, as the services do from rows."""
    scope = Scope(scale=scale, people_min=DEFINITIONS.people_min)
    scored = [one.scored for one in found if one.scored]
    alone = sums.sums((one.alone for one in found), DEFINITIONS)
    told = figures(alone, sums.sums(scored, DEFINITIONS), [Indication.DEPRESSION], TODAY)
    cut = DEFINITIONS.cut(scale)
    highest = cut.at_most if cut else None
    published = comparators.beside(scale.code, highest)
    entered = [one for one in scored if one.is_entered]
    by_route = {route: [one.by_week for one in entered if one.route is route] for route in Route}
    of = told.flow.treated
    return (
        *of_figures.prepare(told, scope, published, highest),
        courses.prepare((one.by_week for one in entered), of, scope),
        waterfall.prepare(_pairs(entered), of, scope),
        routes.prepare(by_route, of, scope),
        dissociation.prepare(_minutes(found), of, scope),
        before_after.prepare(*_ratings(found), scope),
        calendar.prepare(_days(found), TODAY),
    )


def _pairs(entered: Iterable[CourseOutcome]) -> Iterable[waterfall.Pair]:
    for one in entered:
        if one.baseline is not None and one.outcome is not None:
            yield one.baseline, one.outcome, one.change, 1


def _minutes(found: Iterable[CohortCourse]) -> Iterable[dissociation.Told]:
    for one in found:
        told = one.scored
        if told is None or not told.is_entered or one.minutes is None:
            continue
        if told.baseline is not None and told.outcome is not None:
            yield one.minutes, told.baseline, told.outcome


def _ratings(found: Sequence[CohortCourse]) -> tuple[list[RatedPair], list[RatedPair]]:
    given = Counter(dose for one in found for dose in range(1, one.alone.doses + 1))
    mood = [RatedPair(dose, n, 3.2 + 0.35 * dose, 4.9 + 0.3 * dose) for dose, n in given.items()]
    pain = [RatedPair(dose, n, 6.1 - 0.2 * dose, 4.6 - 0.2 * dose) for dose, n in given.items()]
    return mood, pain


def _days(found: Iterable[CohortCourse]) -> Counter[date]:
    days: Counter[date] = Counter()
    for one in found:
        for dose in range(one.alone.doses):
            day = one.alone.first_dose_on + timedelta(days=3 * dose)
            days[day - timedelta(days=max(0, day.weekday() - 4))] += 1  # no clinic on Sundays
    return days
