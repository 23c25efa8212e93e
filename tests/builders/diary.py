"""What patients wrote, for tests."""

from datetime import datetime

from tracker.domain.access import Actor, Role
from tracker.domain.diary.draft import DiaryDraft
from tracker.domain.diary.kinds import DiaryKind
from tracker.services import clock
from tracker.services.diary import commands as diary_commands
from tracker.services.unit_of_work import unit_of_work

NOTE = DiaryDraft(kind=DiaryKind.NOTE, words="I would like to ask about the dose")


def an_entry(
    by: Actor, patient_id: int, draft: DiaryDraft = NOTE, *, at: datetime | None = None
) -> int:
    """Store what a patient without an account wrote, in the clinic of `by`; return its id."""
    patient = Actor(None, by.clinic_id, "The patient", frozenset({Role.PATIENT}), patient_id)
    with unit_of_work(patient) as unit:
        entry = diary_commands.store(
            unit, patient, draft, patient_id=patient_id, at=at or clock.now()
        )
        return entry.id
