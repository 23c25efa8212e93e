"""What a plan would be asked about on the day: told while it is made, never blocking."""

from collections.abc import Iterator, Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from tracker.domain import age
from tracker.domain.clinic import dose_slips, doses, first_dose, under_age
from tracker.domain.clinic.dose_slips import ExpectedDose
from tracker.domain.clinic.first_dose import DoseHistory
from tracker.domain.clinic.labels import UNTIL_CHOSEN, Labels
from tracker.domain.codes import Drug
from tracker.domain.formatting import full_day
from tracker.domain.measures import CLINIC_DEFAULT
from tracker.domain.problems import Finding
from tracker.domain.series.plan import SeriesChange, SeriesDraft
from tracker.domain.series.planned_dose import PlannedDose


class OtherSeries(Struct, frozen=True):
    """Another series of the patient that goes on or is planned, with its days still to come."""

    number: int
    drug: Drug
    first: date
    last: date


class PlanContext(Struct, frozen=True, kw_only=True):
    """What the record says besides a plan.

    `had_esketamine` says whether nasal esketamine was given before, `labels` are those that apply.
    `before` is the dose that stood in the plan, else the last one given of its drug and route.
    """

    birth_date: date | None = None
    had_esketamine: bool = False
    others: tuple[OtherSeries, ...] = ()
    labels: Labels = UNTIL_CHOSEN
    before: PlannedDose = PlannedDose()


def remarks(
    plan: SeriesDraft | SeriesChange,
    template: str,
    days: Sequence[date],
    about: PlanContext,
    doses_to_come: Sequence[PlannedDose] = (),
) -> list[Finding]:
    """List what is unusual about a plan for some days; `template` laid them out.

    `doses_to_come` are those of its sessions, first to last, where some have one of their own.
    """
    of_series = PlannedDose(plan.planned_dose_mg, plan.planned_dose_mg_per_kg)
    planned = tuple(dict.fromkeys(doses_to_come)) or (of_series,)
    return [
        *_of_age(days, about),
        *_of_slips(of_series, planned, about.before),
        *(found for one in planned for found in _of_dose(plan, one, about)),
        *_of_first_dose(plan, planned[0], template, days, about),
        *_of_other_drugs(plan, days, about),
    ]


def _of_age(days: Sequence[date], about: PlanContext) -> Iterator[Finding]:
    if days and (said := under_age.words(about.birth_date, days[0])):
        yield Finding("starts_on", f"{said} on the first day.", under_age.SOURCE.text(about.labels))


def _of_dose(
    plan: SeriesDraft | SeriesChange, planned: PlannedDose, about: PlanContext
) -> Iterator[Finding]:
    if plan.drug is None or plan.route is None:
        return
    if planned.mg is not None:
        for found in doses.remarks(
            plan.drug,
            plan.route,
            plan.indication,
            labels=about.labels,
            dose_mg=planned.mg,
        ):
            yield replace(found, field="planned_dose_mg")
    elif planned.mg_per_kg is not None:
        per_kg = planned.mg_per_kg
        for found in doses.remarks_by_weight(
            plan.drug, plan.route, plan.indication, per_kg, labels=about.labels
        ):
            yield replace(found, field="planned_dose_mg_per_kg")


def of_one_session(plan: SeriesChange, before: PlannedDose, labels: Labels) -> list[Finding]:
    """List what is unusual about a dose for one session of a series; `before` stood there."""
    own = PlannedDose(plan.planned_dose_mg, plan.planned_dose_mg_per_kg)
    return [*slips_between(own, before), *_of_dose(plan, own, PlanContext(labels=labels))]


def _of_slips(
    of_series: PlannedDose, planned: Sequence[PlannedDose], before: PlannedDose
) -> Iterator[Finding]:
    """Ask about a dose far from the one before, and one of a session far from its series'."""
    asked: dict[str, Finding] = {}
    for one, other, beside in (
        (of_series, before, "earlier"),
        *((one, of_series, "planned") for one in planned),
    ):
        for found in slips_between(one, other, beside):
            asked.setdefault(found.message, found)
    yield from asked.values()


def slips_between(
    planned: PlannedDose, other: PlannedDose, beside: str = "planned"
) -> Iterator[Finding]:
    """Ask about a planned dose far from another one in the same unit; to begin low is usual."""
    for name, unit, value, expected in (
        ("planned_dose_mg", "mg", planned.mg, other.mg),
        ("planned_dose_mg_per_kg", "mg/kg", planned.mg_per_kg, other.mg_per_kg),
    ):
        stands = ExpectedDose(amount=expected, unit=unit, beside=beside)
        yield from dose_slips.review(value, stands, field=name, is_part=True)


def _of_first_dose(
    plan: SeriesDraft | SeriesChange,
    first: PlannedDose,
    template: str,
    days: Sequence[date],
    about: PlanContext,
) -> Iterator[Finding]:
    history = DoseHistory(
        labels=about.labels,
        had_esketamine=about.had_esketamine,
        age_years=age.years_if_known(about.birth_date, days[0] if days else None),
        indication=plan.indication,
        template=template,
    )
    for found in first_dose.review(plan.drug, plan.route, first.mg, history):
        yield replace(found, field="planned_dose_mg")


def _of_other_drugs(
    plan: SeriesDraft | SeriesChange, days: Sequence[date], about: PlanContext
) -> Iterator[Finding]:
    for other in about.others:
        overlaps = bool(days) and days[0] <= other.last and other.first <= days[-1]
        if overlaps and plan.drug is not None and other.drug is not plan.drug:
            said = (
                f"Series {other.number} of {other.drug.label.lower()} has sessions from "
                f"{full_day(other.first)} to {full_day(other.last)}: two drugs on overlapping days."
            )
            yield Finding("drug", said, CLINIC_DEFAULT)
