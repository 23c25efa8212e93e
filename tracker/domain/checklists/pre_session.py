"""The checks before a session: what was asked and measured, and what of it cannot be."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from msgspec import Struct, field

from tracker.domain import measures, weights
from tracker.domain.checklists import items as checklist_items
from tracker.domain.checklists.items import YesNoUnknown
from tracker.domain.codes import Drug, Route, WeightUnit, Word
from tracker.domain.drugs import DEVICE_MG, is_nasal_esketamine
from tracker.domain.formatting import number, times
from tracker.domain.measures import VitalSigns
from tracker.domain.people import second_person
from tracker.domain.people.second_person import SecondPersonHow
from tracker.domain.problems import Problem
from tracker.domain.sessions import draft as session_draft
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.stored_content import read_stored

CONCENTRATION_MG_PER_ML_MAX = Decimal(200)  # vials hold 10, 50 or 100 mg/mL (ketamine label)
DOSE_MG_PER_KG_MAX = Decimal(50)
# In the fields of a stored gate beside its own: the key of the entry that holds its reading.
BASELINE_KEY = "baseline_key"
LOOK_BACK = timedelta(days=7)  # a last meal before that is a slip of the day


class SinceLast(Word):
    """What may have changed since the last visit."""

    MEDICATION = "medication", "New or changed medication"
    ADVERSE = "adverse", "Unwanted effects of earlier treatment"
    URINARY = "urinary", "Urinary symptoms"
    SUBSTANCES = "substances", "Alcohol or other substances"
    DIAGNOSES = "diagnoses", "New diagnoses or illness"


class Pregnancy(Word):
    """What is known of a pregnancy."""

    NOT_APPLICABLE = "not-applicable", "Does not apply"
    TEST_NEGATIVE = "test-negative", "Test negative"
    DENIED = "denied", "Says no, not tested"
    PREGNANT = "pregnant", "Pregnant"
    UNKNOWN = "unknown", "Unknown"


class PreSession(Struct, frozen=True, kw_only=True):
    """What was found before a session; what was not asked or measured is None or ''.

    `baseline` is from `measured_at`. Mood runs from 0 worst to 10 best, pain from 0 none to 10
    worst. `consent_by` is who consents for a patient under
    age. `comments` are what was said to the lines of the review, by their code.
    """

    measured_at: datetime | None = None
    baseline: VitalSigns = field(default_factory=VitalSigns)
    weight_kg: Decimal | None = None
    weight_unit: WeightUnit | None = None
    dose_mg_per_kg: Decimal | None = None
    dose_mg: Decimal | None = None
    concentration_mg_per_ml: Decimal | None = None
    dose_checked_by: str = ""
    dose_check_how: SecondPersonHow | None = None
    last_food_at: datetime | None = None
    last_drink_at: datetime | None = None
    nasal_spray: YesNoUnknown | None = None
    nasal_spray_at: datetime | None = None
    escort_name: str = ""
    escort_phone: str = ""
    escort_confirmed: bool = False
    consent_version: str = ""
    consent_confirmed: bool = False
    consent_by: str = ""
    suicide_asked: str = ""
    suicide: YesNoUnknown | None = None
    changes: Mapping[SinceLast, YesNoUnknown] = field(default_factory=dict)
    pregnancy: Pregnancy | None = None
    enrolled: YesNoUnknown | None = None
    enrolment_verified_on: date | None = None
    prescriber: str = ""
    monitor: str = ""
    mood_before: int | None = None
    pain_before: int | None = None
    comments: Mapping[str, str] = field(default_factory=dict)


def draft(checks: PreSession, drug: Drug, route: Route) -> SessionDraft:
    """Say what is known of a session before it has begun."""
    return SessionDraft(
        started_at=None,
        drug=drug,
        route=route,
        dose_mg=checks.dose_mg,
        weight_kg=checks.weight_kg,
        weight_unit=checks.weight_unit,
        mood_before=checks.mood_before,
        pain_before=checks.pain_before,
        before=checks.baseline,
    )


_OF_A_SESSION = {
    "dose_mg", "weight_kg", "mood_before", "pain_before",
    *(f"before_{name}" for name in VitalSigns.__struct_fields__),
}  # fmt: skip
_LINES = (
    "dose_checked_by", "escort_name", "consent_version", "consent_by", "suicide_asked",
    "prescriber",
)  # fmt: skip
_TIMES = ("measured_at", "last_food_at", "last_drink_at", "nasal_spray_at")


def check(
    checks: PreSession, drug: Drug, route: Route, *, writer: str, now: datetime
) -> list[Problem]:
    """List everything that cannot be; `writer` is who fills the gate in."""
    found = session_draft.check(draft(checks, drug, route), now=now)
    lines = {name: getattr(checks, name) for name in (*_LINES, "escort_phone", "monitor")}
    return [
        *(problem for problem in found if problem.field in _OF_A_SESSION),
        *_check_strengths(checks),
        *_check_times(checks, now),
        *_check_second(checks, writer),
        *checklist_items.check_lines(lines),
        *checklist_items.check_comments(checks.comments),
    ]


def _check_strengths(checks: PreSession) -> Iterator[Problem]:
    for name, value, most, words in (
        ("dose_mg_per_kg", checks.dose_mg_per_kg, DOSE_MG_PER_KG_MAX, "dose in mg/kg"),
        (
            "concentration_mg_per_ml",
            checks.concentration_mg_per_ml,
            CONCENTRATION_MG_PER_ML_MAX,
            "concentration in mg/mL",
        ),
    ):
        message = f"Give the {words}, above zero and at most {most}."
        yield from measures.check_amount(name, value, most, message)


def _check_times(checks: PreSession, now: datetime) -> Iterator[Problem]:
    for name in _TIMES:
        at = getattr(checks, name)
        yield from checklist_items.in_future(name, at, now)
        if at is not None and at < now - LOOK_BACK:
            yield Problem(name, "This is more than a week ago. Is the day right?")
    verified = checks.enrolment_verified_on
    if verified is not None and verified > now.date() + timedelta(days=1):
        yield Problem("enrolment_verified_on", "This day has not come yet.")


def _check_second(checks: PreSession, writer: str) -> Iterator[Problem]:
    if second_person.is_same_name(checks.dose_checked_by, writer):
        yield Problem(
            "dose_checked_by",
            "The second person is somebody else than you. Leave it empty if none.",
        )


def planned_mg(checks: PreSession) -> Decimal | None:
    """Multiply mg/kg by kg, to 0.1 mg; None when either is missing."""
    if checks.dose_mg_per_kg is None or checks.weight_kg is None:
        return None
    return measures.mg_from_mg_per_kg(checks.dose_mg_per_kg, checks.weight_kg)


def volume_ml(checks: PreSession) -> Decimal | None:
    """Divide mg by mg/mL, to 0.01 mL; None when either is missing."""
    if checks.dose_mg is None or not checks.concentration_mg_per_ml:
        return None
    return (checks.dose_mg / checks.concentration_mg_per_ml).quantize(
        Decimal("0.01"), ROUND_HALF_UP
    )


def arithmetic(checks: PreSession, drug: Drug, route: Route) -> list[str]:
    """Say in words what the numbers of the dose make, step by step."""
    steps = []
    if (mg := planned_mg(checks)) is not None and checks.dose_mg_per_kg and checks.weight_kg:
        per_kg = number(checks.dose_mg_per_kg)
        weight = weights.words(checks.weight_kg, checks.weight_unit, with_other=False)
        steps.append(f"{per_kg} mg/kg \N{MULTIPLICATION SIGN} {weight} = {number(mg)} mg")
    if (ml := volume_ml(checks)) is not None and checks.dose_mg and checks.concentration_mg_per_ml:
        strength = number(checks.concentration_mg_per_ml)
        steps.append(f"{number(checks.dose_mg)} mg / ({strength} mg/mL) = {number(ml)} mL")
    if is_nasal_esketamine(drug, route) and checks.dose_mg and not checks.dose_mg % DEVICE_MG:
        devices = times(int(checks.dose_mg // DEVICE_MG), "device")
        steps.append(f"{number(checks.dose_mg)} mg = {devices} of {DEVICE_MG} mg")
    return steps


def read(stored: Mapping[str, Any]) -> PreSession:
    """Read a gate back from the fields of its entry; what it does not know is left out."""
    return read_stored(stored, PreSession)
