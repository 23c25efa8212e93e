"""The outcome report of a clinic, and the people behind each of its counts."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, cast

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Table, and_, func, select

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.codes import Indication, Word
from tracker.domain.instruments.model import Instrument
from tracker.domain.outcomes import figures as outcome_figures
from tracker.domain.outcomes import sums as sums_of
from tracker.domain.outcomes.course_outcome import NO_SCALE
from tracker.domain.outcomes.definitions import OutcomeDefinitions
from tracker.domain.outcomes.figures import OutcomeFigures
from tracker.domain.outcomes.selection import ALL, Selection
from tracker.domain.outcomes.strata import Dimension, Stratum
from tracker.domain.outcomes.sums import Key, Sum
from tracker.domain.problems import NotFoundError
from tracker.models.database import plain_rows
from tracker.models.outcomes import CourseOutcomeRow
from tracker.models.patients import Patient
from tracker.services import clock
from tracker.services.outcomes import keeping, selection, strata
from tracker.services.outcomes import rows as outcome_rows
from tracker.services.outcomes.keeping import Basis
from tracker.services.rows import from_row
from tracker.services.unit_of_work import audit


class OutcomeStep(Word):
    """A count of the report whose people can be listed."""

    NO_BASELINE = "no-baseline", "Without a baseline"
    NOT_ENTERED = "not-entered", "Not ill enough at baseline to be counted"
    WAITING = "waiting", "The window is still open"
    MISSING = "missing", "No score in the window"
    RESPONSE = "response", "In response"
    NO_RESPONSE = "no-response", "Observed, and not in response"
    REMISSION = "remission", "In remission"
    WORSE = "worse", "Worse"
    SUICIDE_MORE = "suicide-more", "More thoughts of suicide than at baseline"


class OutcomePerson(Struct, frozen=True, kw_only=True):
    """A course behind a count, and whose it is."""

    patient_id: int
    record_number: str
    name: str
    course_number: int
    first_dose_on: date
    last_dose_on: date
    baseline: Decimal | None
    outcome: Decimal | None
    outcome_on: date | None


class OutcomeReport(Struct, frozen=True, kw_only=True):
    """What is shown of one scale, as of a day in the clinic, and by which definitions.

    It is not counted where the definitions changed and the courses were not counted again yet:
    then there are no figures.
    """

    scale: Instrument
    scales: tuple[Instrument, ...]
    definitions: OutcomeDefinitions
    chosen: Selection
    today: date
    figures: OutcomeFigures | None
    dimensions: tuple[Dimension, ...] = ()
    strata: tuple[Stratum, ...] = ()

    @property
    def is_counted(self) -> bool:
        """Say whether the figures are those of the definitions."""
        return self.figures is not None


def report(
    code: str, chosen: Selection = ALL, *, by: Actor, with_places: bool = False
) -> OutcomeReport:
    """Work out the figures of a scale; NotFoundError for one that tells nothing of a course.

    `with_places` adds the totals by session and by week to what was picked out; of all courses they
    are there anyway.
    """
    authorize(by, Permission.OUTCOMES_VIEW, Subject(by.clinic_id))
    basis = keeping.of_clinic(by.clinic_id)
    scale = scale_of(basis, code)
    today, figures = clock.today(basis.zone), None
    if keeping.is_counted(basis):
        treated, sums = _sums(basis, code, chosen, with_places=with_places)
        figures = outcome_figures.figures(treated, sums, indications(scale, chosen), today)
    return OutcomeReport(
        scale=basis.definitions.instrument(scale),
        scales=basis.scales,
        definitions=basis.definitions,
        chosen=chosen,
        today=today,
        figures=figures,
    )


def show(
    code: str, chosen: Selection = ALL, *, by: Actor, part_by: Dimension | None = None
) -> OutcomeReport:
    """Work out the figures of a scale for a page, and leave a line that they were seen.

    `part_by` adds a table of its strata, unless the clinic does not part courses by that.
    """
    found = report(code, chosen, by=by, with_places=True)
    dimensions = strata.dimensions_of(found.definitions)
    found = replace(found, dimensions=dimensions)
    if found.is_counted and part_by is not None and part_by in dimensions:
        rows = selection.rows_of(by.clinic_id, code, chosen, found.definitions)
        found = replace(found, strata=strata.strata(rows, part_by, found.today))
    audit(by, "outcomes.viewed", f"outcomes:{code}")
    return found


def indications(scale: Instrument, chosen: Selection) -> tuple[Indication | None, ...]:
    """Name what the courses treat that count as treated."""
    if chosen.everything or not scale.indications:
        return (None, *Indication)
    return (None, Indication.OTHER, *scale.indications)


def _sums(
    basis: Basis, code: str, chosen: Selection, *, with_places: bool
) -> tuple[Mapping[Key, Sum], Mapping[Key, Sum]]:
    if chosen.is_all:
        kept = outcome_rows.sums_of(basis.clinic_id, (NO_SCALE, code), clock.today(basis.zone))
        return kept[NO_SCALE], kept[code]
    today = clock.today(basis.zone)
    treated, rows = (
        selection.rows_of(basis.clinic_id, one, chosen, basis.definitions)
        for one in (NO_SCALE, code)
    )
    sums = selection.sums_of_scale(rows, basis.definitions, today)
    if with_places:
        for part in (sums_of.BY_SESSION, sums_of.BY_WEEK):
            sums |= selection.sums_by_place(rows, part)
    return selection.sums_of_courses(treated, basis.definitions), sums


PEOPLE_MAX = 200
_ROWS, _WHO = (cast("Table", model.__table__).c for model in (CourseOutcomeRow, Patient))
_PEOPLE = (
    select(
        _ROWS.patient_id, _WHO.record_number, _WHO.given_name, _WHO.family_name,
        _ROWS.course_number, _ROWS.first_dose_on, _ROWS.last_dose_on, _ROWS.baseline,
        _ROWS.outcome, _ROWS.outcome_on,
    )
    .join(Patient.__table__, _WHO.id == _ROWS.patient_id)
    .order_by(_ROWS.last_dose_on.desc(), _ROWS.patient_id)
)  # fmt: skip


def people(
    code: str, step: OutcomeStep, chosen: Selection = ALL, *, by: Actor
) -> tuple[list[OutcomePerson], int]:
    """List the courses behind a count, the newest first, and how many there are in all.

    The line that it leaves names everybody whom it shows.
    """
    authorize(by, Permission.PATIENT_LIST, Subject(by.clinic_id))
    basis = keeping.of_clinic(by.clinic_id)
    rows = _behind(basis, scale_of(basis, code), step, chosen)
    found = [_person(row) for row in plain_rows(_PEOPLE.where(rows).limit(PEOPLE_MAX))]
    in_all = plain_rows(select(func.count()).where(rows)).scalar_one()
    shown = {one.patient_id for one in found}
    audit(by, "outcomes.listed", f"outcomes:{code}", patients=shown, detail=step.value)
    return found, in_all


def scale_of(basis: Basis, code: str) -> Instrument:
    """Find a scale that tells what became of a course; raise NotFoundError."""
    found = next((one for one in basis.scales if one.code == code), None)
    if found is None:
        raise NotFoundError
    return found


def _behind(
    basis: Basis, scale: Instrument, step: OutcomeStep, chosen: Selection
) -> ColumnElement[bool]:
    if step is OutcomeStep.NO_BASELINE:
        courses = selection.rows_of(basis.clinic_id, NO_SCALE, chosen, basis.definitions)
        return selection.without_baseline(courses, scale.code, indications(scale, chosen))
    rows = selection.rows_of(basis.clinic_id, scale.code, chosen, basis.definitions)
    return and_(rows, selection.behind(step.value, clock.today(basis.zone)))


def _person(row: Any) -> OutcomePerson:
    return from_row(OutcomePerson, row, name=f"{row.given_name} {row.family_name}")
