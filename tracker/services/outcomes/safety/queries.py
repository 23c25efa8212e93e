"""The report on safety and completion, and its run chart."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from msgspec import Struct

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.outcomes.definitions import OutcomeDefinitions
from tracker.domain.outcomes.figures import OutcomeFigures
from tracker.domain.outcomes.safety.completion import Completion
from tracker.domain.outcomes.safety.counts import MonthCounts, SafetyCounts
from tracker.domain.outcomes.safety.figures import SafetyFigures, safety_figures
from tracker.domain.outcomes.safety.pressure import PressureLimits, pressure_limits
from tracker.domain.outcomes.safety.run_chart import RunChart, RunMeasure, run_chart
from tracker.models.clinics import Clinic
from tracker.models.database import db
from tracker.services import clock
from tracker.services.outcomes import keeping
from tracker.services.outcomes import queries as outcome_queries
from tracker.services.outcomes.keeping import Basis
from tracker.services.outcomes.safety import courses, events, log, pressures, sessions
from tracker.services.outcomes.safety.period import Period, SafetySelection, period, sessions_of
from tracker.services.progress import drawing
from tracker.services.progress.drawing import Picture
from tracker.services.unit_of_work import audit

USUAL_MONTHS = 24
ALL = SafetySelection()
# Worse and thoughts of suicide are told of the scale on which the published share was counted.
SCALE = "phq9"


class SafetyReport(Struct, frozen=True, kw_only=True):
    """What is shown, as of a day in the clinic, and by which definitions and limits.

    `courses` are the figures of all courses on `SCALE`, None while these are not counted yet.
    """

    chosen: SafetySelection
    since: date
    today: date
    definitions: OutcomeDefinitions
    limits: PressureLimits
    figures: SafetyFigures
    chart: RunChart
    completion: Completion | None
    courses: OutcomeFigures | None


def report(
    chosen: SafetySelection = ALL,
    measure: RunMeasure = RunMeasure.EFFECTS,
    *,
    by: Actor,
) -> SafetyReport:
    """Work out how safe sessions were: the last two years, where nothing else is chosen."""
    basis, asked, limits = ask(chosen, by)
    counts = _counts(basis, chosen, asked, limits)
    is_counted = keeping.is_counted(basis)
    return SafetyReport(
        chosen=chosen,
        since=asked.since,
        today=clock.today(basis.zone),
        definitions=basis.definitions,
        limits=limits,
        figures=safety_figures(counts),
        chart=_chart(counts.months, measure, asked, basis),
        completion=courses.complete(by.clinic_id, chosen, asked, basis.definitions)
        if is_counted
        else None,
        courses=outcome_queries.report(SCALE, by=by).figures,
    )


def show(
    chosen: SafetySelection = ALL,
    measure: RunMeasure = RunMeasure.EFFECTS,
    *,
    by: Actor,
) -> SafetyReport:
    """Work out the report for a page, and leave a line that it was seen."""
    found = report(chosen, measure, by=by)
    audit(by, "outcomes.viewed", "outcomes:safety")
    return found


def picture(
    chosen: SafetySelection, measure: RunMeasure, *, by: Actor, kind: str, shape: str, theme: str
) -> Picture:
    """Find the picture of the run chart, not drawn yet; it leaves a line that it was seen."""
    prepared = chart(chosen, measure, by=by)
    audit(by, "outcomes.viewed", "outcomes:safety", detail=kind)
    found = drawing.tag("run chart", prepared, kind, shape, theme)
    return Picture(found, kind, shape, theme, lambda: prepared)


def chart(chosen: SafetySelection, measure: RunMeasure, *, by: Actor) -> RunChart:
    """Prepare the run chart alone."""
    basis, asked, limits = ask(chosen, by)
    which = sessions_of(by.clinic_id, chosen, asked)
    months = _months(which, asked, limits if measure is RunMeasure.PRESSURE else None, by.clinic_id)
    return _chart(months, measure, asked, basis)


def ask(chosen: SafetySelection, by: Actor) -> tuple[Basis, Period, PressureLimits]:
    """Say by what, and over which months, sessions are counted; who may see that is checked."""
    authorize(by, Permission.OUTCOMES_VIEW, Subject(by.clinic_id))
    basis = keeping.of_clinic(by.clinic_id)
    stored: Any = db.session.get(Clinic, by.clinic_id)
    asked = period(chosen, clock.today(basis.zone), basis.zone, usual_months=USUAL_MONTHS)
    return basis, asked, pressure_limits(TreatmentSettings.read(stored.settings))


def _chart(
    months: Mapping[date, MonthCounts], measure: RunMeasure, asked: Period, basis: Basis
) -> RunChart:
    told = {month: months.get(month, MonthCounts()) for month in asked.months}
    return run_chart(told, measure, basis.definitions.people_min)


def _counts(
    basis: Basis, chosen: SafetySelection, asked: Period, limits: PressureLimits
) -> SafetyCounts:
    which = sessions_of(basis.clinic_id, chosen, asked)
    apart = log.read(log.corrected_twice(which, basis.clinic_id))
    gone, lasted = sessions.minutes(which)
    return SafetyCounts(
        months=_add(
            asked,
            sessions.by_month(which, asked),
            pressures.by_month(which, asked, limits, apart),
        ),
        people=sessions.people(which) | pressures.people(which, asked, limits, apart),
        effects=sessions.by_effect(which),
        gone_minutes=gone,
        lasted_minutes=lasted,
        events=events.count(which, apart),
    )


def _months(
    which: Any, asked: Period, limits: PressureLimits | None, clinic_id: int
) -> dict[date, MonthCounts]:
    if limits is None:
        return _add(asked, sessions.by_month(which, asked))
    apart = log.read(log.corrected_twice(which, clinic_id))
    return _add(asked, pressures.by_month(which, asked, limits, apart))


EARLIER = date.min  # what is before the months that are told one by one


def _add(asked: Period, *parts: dict[int, dict[str, int]]) -> dict[date, MonthCounts]:
    found: dict[int, dict[str, int]] = {}
    for part in parts:
        for month, counts in part.items():
            found.setdefault(month, {}).update(counts)
    return {
        asked.months[month] if month >= 0 else EARLIER: MonthCounts(**counts)
        for month, counts in sorted(found.items())
    }
