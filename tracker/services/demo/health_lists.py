"""Allergies and medicines for the demonstration: a few, none, and nobody asked."""

from datetime import date

from tracker.domain.access import Actor
from tracker.domain.health_lists.draft import HealthItemDraft, HealthItemKind
from tracker.services.clinic import clinics
from tracker.services.health_lists import commands as item_commands

_KIND = HealthItemKind
# By the last digit of the record number; for whom there is nothing, nobody has asked.
_LISTS: dict[str, tuple[tuple[HealthItemKind, str, str], ...]] = {
    "1": (
        (_KIND.ALLERGY, "Penicillin", "rash"),
        (_KIND.MEDICINE, "Venlafaxine", "225 mg daily"),
    ),
    "2": ((_KIND.NO_ALLERGIES, "", ""), (_KIND.MEDICINE, "Sertraline", "100 mg daily")),
    "3": (
        (_KIND.ALLERGY, "Latex", ""),
        (_KIND.ALLERGY, "Ibuprofen", "wheeze"),
        (_KIND.MEDICINE, "Lithium", "800 mg at night"),
        (_KIND.MEDICINE, "Lamotrigine", "100 mg twice daily"),
        (_KIND.MEDICINE, "Amlodipine", "5 mg daily"),
    ),
    "4": ((_KIND.NO_ALLERGIES, "", ""), (_KIND.NO_MEDICINES, "", "")),
}


def enter(patient_id: int, record_number: str, first_day: date, *, by: Actor) -> None:
    """Enter what was said on the first day, or today where that is still to come."""
    noted_on = min(first_day, clinics.today(by.clinic_id))
    for kind, name, detail in _LISTS.get(record_number[-1], ()):
        draft = HealthItemDraft(kind=kind, name=name, detail=detail, noted_on=noted_on)
        item_commands.add(patient_id, draft, by=by)
