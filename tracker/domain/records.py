"""The stored nouns as plain values: what services hand to pages, pictures and files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from tracker.domain import measures
from tracker.domain.codes import (
    Completeness,
    Drug,
    Effect,
    Indication,
    Mode,
    Occasion,
    Phase,
    Route,
    SeriesState,
    SessionState,
    Severity,
    Sex,
    SideEffect,
)
from tracker.domain.measures import VitalSigns


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientRecord:
    """A patient as stored."""

    record_number: str
    given_name: str
    family_name: str
    birth_date: date | None
    sex: Sex
    email: str
    phone: str
    indications: tuple[Indication, ...]
    notes: str
    archived_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesRecord:
    """A series as stored; `number` counts from 1 within the patient."""

    record_number: str
    number: int
    indication: Indication
    drug: Drug
    route: Route
    phase: Phase
    template: str
    planned_dose_mg: Decimal | None
    planned_dose_mg_per_kg: Decimal | None
    starts_on: date
    state: SeriesState
    state_reason: str


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRecord:
    """A completed scale as stored; where `time_known` is False only the day counts.

    `total` is None for an incomplete one. `answers` are by item code; a missing one is not there.
    """

    record_number: str
    series_number: int | None
    session_id: int | None
    score_id: int
    instrument: str
    total: Decimal | None
    taken_at: datetime
    time_known: bool
    occasion: Occasion
    hours_after: Decimal | None
    note: str
    instrument_version: str = ""
    mode: Mode = Mode.TOTAL
    completeness: Completeness = Completeness.COMPLETE
    answers: Mapping[str, Decimal | None] = field(default_factory=dict)
    stated_total: Decimal | None = None
    seconds_taken: int | None = None
