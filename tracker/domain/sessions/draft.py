"""One treatment session: what is recorded of it and what makes a record impossible."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from tracker.domain import measures
from tracker.domain.codes import Drug, Effect, Route, Severity, SideEffect
from tracker.domain.measures import VitalSigns
from tracker.domain.parsing import LINE_MAX, TEXT_MAX
from tracker.domain.problems import Problem

YEAR_FIRST = 1970  # ketamine was approved that year (US NDA 016812)

# Given in full as 0 minutes: an injection, a lozenge.
SCALES_0_TO_10 = {
    "mood_before": "mood before",
    "mood_after": "mood after",
    "pain_before": "pain before",
    "pain_after": "pain after",
    "dissociation_peak": "peak of dissociation",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDraft:
    """What somebody says happened in a session. Missing is None, never 0.

    Mood runs from 0 worst to 10 best, pain from 0 none to 10 worst, dissociation from 0 none to 10
    most. Minutes of onset and end are counted from `started_at`. `comment` answers the findings.
    """

    started_at: datetime | None
    drug: Drug | None
    route: Route | None
    dose_mg: Decimal | None = None
    weight_kg: Decimal | None = None
    duration_minutes: int | None = None
    dose_notes: str = ""
    mood_before: int | None = None
    mood_after: int | None = None
    pain_before: int | None = None
    pain_after: int | None = None
    dissociation_peak: int | None = None
    dissociation_onset_minute: int | None = None
    dissociation_end_minute: int | None = None
    dissociation_resolved: bool | None = None
    effects: Mapping[Effect, Severity] = field(default_factory=dict)
    effects_other: str = ""
    side_effects: Mapping[SideEffect, Severity] = field(default_factory=dict)
    side_effects_other: str = ""
    before: VitalSigns = field(default_factory=VitalSigns)
    after: VitalSigns = field(default_factory=VitalSigns)
    discharged_at: datetime | None = None
    escort: str = ""
    private_notes: str = ""
    patient_notes: str = ""
    comment: str = ""

    @property
    def dose_mg_per_kg(self) -> Decimal | None:
        """The dose per kilogram, to 0.01 mg/kg."""
        return measures.mg_per_kg(self.dose_mg, self.weight_kg)


def check(draft: SessionDraft, *, now: datetime) -> list[Problem]:
    """List everything that cannot be, field by field."""
    return [
        *_check_times(draft, now),
        *_check_duration(draft, now),
        *_check_dose(draft),
        *_check_scales(draft),
        *_check_dissociation(draft),
        *measures.check_vital_signs(draft.before, "before_"),
        *measures.check_vital_signs(draft.after, "after_"),
        *_check_texts(draft),
    ]


def _check_times(draft: SessionDraft, now: datetime) -> Iterator[Problem]:
    start, left = draft.started_at, draft.discharged_at
    if start is None:
        yield Problem("started_at", "Give the day and the time the session started.")
    elif start > now:
        yield Problem("started_at", "The session cannot start in the future.")
    elif start.year < YEAR_FIRST:
        yield Problem("started_at", f"Give a day from {YEAR_FIRST} on. Is the year right?")
    if left is not None and left > now:
        yield Problem("discharged_at", "The discharge cannot be in the future.")
    if left is not None and start is not None and left < start:
        yield Problem("discharged_at", "The discharge cannot be before the start.")
    elif left is not None and start is not None and left - start > timedelta(hours=48):
        yield Problem("discharged_at", "The discharge is more than two days after the start.")


def _check_duration(draft: SessionDraft, now: datetime) -> Iterator[Problem]:
    start, left, minutes = draft.started_at, draft.discharged_at, draft.duration_minutes
    if minutes is None:
        return
    if not 0 <= minutes <= measures.DURATION_MINUTES_MAX:
        yield Problem("duration_minutes", "Give the duration in minutes, from 0 to 1440.")
    elif start and left and left >= start and start + timedelta(minutes=minutes) > left:
        yield Problem("duration_minutes", "The dose would end after the patient left.")
    elif start and start <= now < start + timedelta(minutes=minutes):
        yield Problem(
            "duration_minutes", "The dose would end in the future. Check start and duration."
        )


def _check_dose(draft: SessionDraft) -> Iterator[Problem]:
    if draft.drug is None:
        yield Problem("drug", "Choose the drug.")
    if draft.route is None:
        yield Problem("route", "Choose the route.")
    dose, weight = draft.dose_mg, draft.weight_kg
    # A comparison with a NaN raises, so finite comes first.
    if dose is not None and not (dose.is_finite() and 0 < dose <= measures.DOSE_MG_MAX):
        yield Problem("dose_mg", "Give the dose in milligrams, above zero and at most 5000.")
    elif dose is not None and not measures.is_kept_exactly(dose):
        yield Problem("dose_mg", "Give at most 4 digits after the decimal point.")
    if weight is not None and not (weight.is_finite() and 1 <= weight <= measures.WEIGHT_KG_MAX):
        yield Problem("weight_kg", "Give the weight in kilograms, from 1 to 635.")
    elif weight is not None and not measures.is_kept_exactly(weight):
        yield Problem("weight_kg", "Give at most 4 digits after the decimal point.")


def _check_scales(draft: SessionDraft) -> Iterator[Problem]:
    for name, words in SCALES_0_TO_10.items():
        value = getattr(draft, name)
        if value is not None and value not in measures.SCALE_0_TO_10:
            yield Problem(name, f"Give the {words} as a whole number from 0 to 10.")


def _check_dissociation(draft: SessionDraft) -> Iterator[Problem]:
    onset, end = draft.dissociation_onset_minute, draft.dissociation_end_minute
    for name, value in (("dissociation_onset_minute", onset), ("dissociation_end_minute", end)):
        if value is not None and not 0 <= value <= measures.DURATION_MINUTES_MAX:
            yield Problem(name, "Give the minute counted from the start, from 0 to 1440.")
    if onset is not None and end is not None and end < onset:
        yield Problem("dissociation_end_minute", "The end cannot be before the onset.")
    if draft.dissociation_peak == 0 and (onset is not None or end is not None):
        yield Problem("dissociation_peak", "A peak of 0 has no onset and no end.")


def _check_texts(draft: SessionDraft) -> Iterator[Problem]:
    for name in ("private_notes", "patient_notes", "dose_notes", "comment"):
        if len(getattr(draft, name)) > TEXT_MAX:
            yield Problem(name, f"This text is longer than {TEXT_MAX} characters. Shorten it.")
    for name in ("escort", "effects_other", "side_effects_other"):
        if len(getattr(draft, name)) > LINE_MAX:
            yield Problem(name, f"This text is longer than {LINE_MAX} characters. Shorten it.")
    if Effect.OTHER in draft.effects and not draft.effects_other.strip():
        yield Problem("effects_other", "Say what the other effect was.")
    if SideEffect.OTHER in draft.side_effects and not draft.side_effects_other.strip():
        yield Problem("side_effects_other", "Say what the other side effect was.")
