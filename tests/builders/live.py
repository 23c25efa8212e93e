"""Sessions under way for tests: begun, written into, with their checks before and after."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tracker.domain.access import Actor
from tracker.domain.checklists.discharge import CriterionResult, Discharge, Instruction, criteria
from tracker.domain.checklists.items import YesNoUnknown
from tracker.domain.checklists.pre_session import Pregnancy, PreSession, SinceLast
from tracker.domain.codes import Drug
from tracker.domain.live.entries import (
    AdverseEvent,
    Content,
    DissociationMark,
    Dose,
    EntryDraft,
    EntryKind,
    Infusion,
    InfusionAction,
    Note,
    Reading,
)
from tracker.domain.measures import VitalSigns
from tracker.services.checklists import discharge as discharge_checklist
from tracker.services.checklists import pre_session as pre_session_checklist
from tracker.services.live import entry_log

START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # 10:00 in New York, where the clinic is
SIGNS = VitalSigns(
    systolic_mmhg=128,
    diastolic_mmhg=82,
    heart_rate_bpm=72,
    spo2_percent=98,
    respiratory_rate_per_min=14,
)
CLEAR = PreSession(
    measured_at=START - timedelta(minutes=10),
    baseline=SIGNS,
    weight_kg=Decimal(70),
    dose_mg_per_kg=Decimal("0.5"),
    dose_mg=Decimal(35),
    concentration_mg_per_ml=Decimal(50),
    dose_checked_by="Nurse Otis",
    last_food_at=START - timedelta(hours=12),
    last_drink_at=START - timedelta(hours=3),
    escort_name="Maria",
    escort_phone="555 0100",
    escort_confirmed=True,
    consent_version="2026-1",
    consent_confirmed=True,
    suicide_asked="in words",
    suicide=YesNoUnknown.NO,
    changes=dict.fromkeys(SinceLast, YesNoUnknown.NO),
    pregnancy=Pregnancy.NOT_APPLICABLE,
    prescriber="Dr Reyes",
    monitor="Anna Clinician",
    mood_before=3,
    pain_before=0,
)
NASAL = {
    "drug": "esketamine", "route": "nasal", "planned_dose_mg_per_kg": None,
    "planned_dose_mg": Decimal(56),
}  # fmt: skip
_KINDS: dict[type[Any], EntryKind] = {
    Reading: EntryKind.READING,
    Dose: EntryKind.GIVEN,
    Infusion: EntryKind.INFUSION,
    AdverseEvent: EntryKind.EVENT,
    DissociationMark: EntryKind.DISSOCIATION,
    Note: EntryKind.NOTE,
}


def at(minute: float) -> datetime:
    """Count minutes from the start."""
    return START + timedelta(minutes=minute)


def write(session_id: int, minute: float, content: Content, *, by: Actor) -> int:
    """Write one entry into the log of a session."""
    kind = _KINDS[type(content)]
    key = f"{kind.value}-{minute}-{len(entry_log.of_session(session_id))}".replace(".", "_")
    draft = EntryDraft(key=key.ljust(8, "x"), kind=kind, at=at(minute), content=content)
    return entry_log.add(session_id, draft, by=by)


def infuse(session_id: int, *, by: Actor, stop: float = 40, mg: str | None = "35") -> None:
    """Infuse from minute 0 on, with a reading in the middle and one at the end."""
    start = Infusion(action=InfusionAction.START, dose_mg=Decimal(35))
    write(session_id, 0, start, by=by)
    high = Reading(systolic_mmhg=138, diastolic_mmhg=88, heart_rate_bpm=84, dissociation=6)
    write(session_id, stop / 2, high, by=by)
    dose = Decimal(mg) if mg else None
    write(session_id, stop, Infusion(action=InfusionAction.STOP, dose_mg=dose), by=by)
    calm = Reading(systolic_mmhg=126, diastolic_mmhg=80, heart_rate_bpm=70, dissociation=0)
    write(session_id, stop + 40, calm, by=by)


def check_before(session_id: int, gate: PreSession = CLEAR, *, by: Actor, opened: int = 0) -> None:
    """Save the checks before a session."""
    pre_session_checklist.save(session_id, gate, opened=opened, by=by)


def leaving(drug: Drug = Drug.KETAMINE, **values: Any) -> Discharge:
    """Say that everything holds before somebody leaves, at minute 125."""
    return Discharge(
        **{
            "met": {one.code: CriterionResult.YES for one in criteria(drug)},
            "escort_name": "Maria",
            "escort_relation": "sister",
            "instructions": (Instruction.NO_DRIVING,),
            "mood_after": 6,
            "pain_after": 0,
            "left_at": at(125),
        }
        | values
    )


def check_after(
    session_id: int, discharge: Discharge | None = None, *, by: Actor, opened: int = 0
) -> None:
    """Save the checks before leaving."""
    discharge_checklist.save(session_id, discharge or leaving(), opened=opened, by=by)
