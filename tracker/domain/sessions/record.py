"""A stored session as a plain value: what services hand to pages, pictures and files."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tracker.domain import measures
from tracker.domain.codes import (
    Drug,
    Effect,
    Route,
    SessionState,
    Severity,
    SideEffect,
)
from tracker.domain.measures import VitalSigns


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """A treatment session as stored; times are aware, `number` counts from 1 within the series.

    `session_id` is the stable identity that a file keeps across export and import.
    """

    record_number: str
    series_number: int
    session_id: int
    number: int
    state: SessionState
    state_reason: str
    planned_on: date | None
    started_at: datetime | None
    drug: Drug
    route: Route
    dose_mg: Decimal | None
    weight_kg: Decimal | None
    duration_minutes: int | None
    dose_notes: str
    mood_before: int | None
    mood_after: int | None
    pain_before: int | None
    pain_after: int | None
    dissociation_peak: int | None
    dissociation_onset_minute: int | None
    dissociation_end_minute: int | None
    dissociation_resolved: bool | None
    effects: Mapping[Effect, Severity]
    effects_other: str
    side_effects: Mapping[SideEffect, Severity]
    side_effects_other: str
    before: VitalSigns
    after: VitalSigns
    discharged_at: datetime | None
    escort: str
    private_notes: str
    patient_notes: str
    comment: str

    @property
    def dose_mg_per_kg(self) -> Decimal | None:
        """The dose per kilogram, to 0.01 mg/kg."""
        return measures.mg_per_kg(self.dose_mg, self.weight_kg)
