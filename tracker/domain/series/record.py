"""A stored series as a plain value: what services hand to pages and files."""

from datetime import date
from decimal import Decimal

from msgspec import Struct

from tracker.domain.codes import (
    CourseRole,
    Drug,
    Indication,
    Phase,
    Route,
    SeriesState,
)


class SeriesRecord(Struct, frozen=True, kw_only=True):
    """A series as stored; `number` counts from 1 within the patient.

    `course_role` is None where nobody said whether it begins a course: then the rule decides.
    """

    record_number: str
    number: int
    indication: Indication
    drug: Drug
    route: Route
    phase: Phase
    course_role: CourseRole | None = None
    template: str
    planned_dose_mg: Decimal | None
    planned_dose_mg_per_kg: Decimal | None
    starts_on: date
    state: SeriesState
    state_reason: str
