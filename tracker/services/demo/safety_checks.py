"""Results of safety checks for the demonstration: before the first dose, and some later ones."""

from datetime import date, timedelta

from tracker.domain.access import Actor
from tracker.domain.safety_checks.draft import SafetyCheckDraft
from tracker.domain.safety_checks.kinds import CheckKind
from tracker.services.clinic import clinics
from tracker.services.safety_checks import commands as check_commands

_FOUND = {
    CheckKind.LIVER: "ALT 24 U/L, AST 21 U/L, ALP 68 U/L, GGT 30 U/L",
    CheckKind.URINARY: "No frequency, urgency or pain",
    CheckKind.COGNITION: "MoCA 28 of 30",
    CheckKind.CRAVING: "Craving 0 of 10, no use outside the clinic",
}
BEFORE = timedelta(days=3)


def record_baselines(patient_id: int, first_dose_on: date, *, by: Actor) -> None:
    """Record what was found a few days before the first dose; nothing of days to come."""
    checked_on = first_dose_on - BEFORE
    if checked_on > clinics.today(by.clinic_id):
        return
    for kind, value in _FOUND.items():
        draft = SafetyCheckDraft(kind=kind, checked_on=checked_on, value=value)
        check_commands.record(patient_id, draft, by=by)
