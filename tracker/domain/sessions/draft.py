"""One treatment session: what is recorded of it and what makes a record impossible."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import Struct, field

from tracker.domain import measures
from tracker.domain.codes import Drug, Effect, Route, Severity, SideEffect, WeightUnit
from tracker.domain.measures import VitalSigns
from tracker.domain.parsing import is_blank
from tracker.domain.problems import Problem
from tracker.domain.sessions import effects
from tracker.domain.sessions.fields import BY_NAME, LIMITED

YEAR_FIRST = 1970  # ketamine was approved that year (US NDA 016812)


class SessionDraft(Struct, frozen=True, kw_only=True):
    """What somebody says happened in a session. Missing is None, never 0.

    Mood runs from 0 worst to 10 best, pain from 0 none to 10 worst, dissociation from 0 none to 10
    most. Minutes of onset and end are counted from `started_at`. `weight_unit` is what the weight
    was typed in, before it became kilograms. `comment` answers the findings.
    It is a shape of its own because what is typed may lack anything, its drug and route too.
    """

    started_at: datetime | None
    drug: Drug | None
    route: Route | None
    dose_mg: Decimal | None = None
    weight_kg: Decimal | None = None
    weight_unit: WeightUnit | None = None
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
    effects: Mapping[Effect, Severity | None] = field(default_factory=dict)
    effects_other: str = ""
    side_effects: Mapping[SideEffect, Severity | None] = field(default_factory=dict)
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

    @property
    def dose_mg_per_kg_per_hour(self) -> Decimal | None:
        """The dose per kilogram and hour, to 0.01 mg/kg/h; None for what is given at once."""
        minutes = self.duration_minutes
        return measures.mg_per_kg_per_hour(self.dose_mg, self.weight_kg, minutes)


def check(draft: SessionDraft, *, now: datetime) -> list[Problem]:
    """List everything that cannot be, field by field."""
    return [
        *_check_times(draft, now),
        *_check_duration(draft, now),
        *_check_choices(draft),
        *_check_limits(draft),
        *_check_dissociation(draft),
        *measures.check_vital_signs(draft.before, "before_"),
        *measures.check_vital_signs(draft.after, "after_"),
        *_check_others(draft),
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
    if not BY_NAME["duration_minutes"].allows(minutes):
        return  # too long to reckon with
    if start and left and left >= start and start + timedelta(minutes=minutes) > left:
        yield Problem("duration_minutes", "The dose would end after the patient left.")
    elif start and start <= now < start + timedelta(minutes=minutes):
        yield Problem(
            "duration_minutes", "The dose would end in the future. Check start and duration."
        )


def _check_choices(draft: SessionDraft) -> Iterator[Problem]:
    if draft.drug is None:
        yield Problem("drug", "Choose the drug.")
    if draft.route is None:
        yield Problem("route", "Choose the route.")


def _check_limits(draft: SessionDraft) -> Iterator[Problem]:
    for one in LIMITED:
        value = getattr(draft, one.name)
        if value is None:
            continue
        if not one.allows(value):
            told = f"This text is longer than {one.longest} characters. Shorten it."
            yield Problem(one.name, one.wanted or told)
        elif isinstance(value, Decimal) and not measures.is_kept_exactly(value):
            yield Problem(one.name, "Give at most 4 digits after the decimal point.")


def _check_dissociation(draft: SessionDraft) -> Iterator[Problem]:
    onset, end = draft.dissociation_onset_minute, draft.dissociation_end_minute
    if onset is not None and end is not None and end < onset:
        yield Problem("dissociation_end_minute", "The end cannot be before the onset.")
    if draft.dissociation_peak == 0 and (onset is not None or end is not None):
        yield Problem("dissociation_peak", "A peak of 0 has no onset and no end.")


def _check_others(draft: SessionDraft) -> Iterator[Problem]:
    yield from effects.check("effects", draft.effects)
    yield from effects.check("side_effects", draft.side_effects)
    if Effect.OTHER in draft.effects and is_blank(draft.effects_other):
        yield Problem("effects_other", "Say what the other effect was.")
    if SideEffect.OTHER in draft.side_effects and is_blank(draft.side_effects_other):
        yield Problem("side_effects_other", "Say what the other side effect was.")
