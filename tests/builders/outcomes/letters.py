"""A signed letter for the referrer, as its row: nothing has to be drawn for it."""

from tracker.domain.access import Actor
from tracker.models import db
from tracker.models.database import new_id
from tracker.models.referral_letters import ReferralLetter
from tracker.services.unit_of_work import unit_of_work


def a_letter(by: Actor, patient_id: int) -> int:
    """Store a signed letter about a patient, by a clinician, and return its id."""
    with unit_of_work(by) as unit:
        row = ReferralLetter(
            id=new_id(), clinic_id=by.clinic_id, patient_id=patient_id, is_signed=True,
            recipient="Dr Referrer", words="Signed words", written_at=unit.now,
            written_by=by.name, written_by_id=by.user_id,
        )  # fmt: skip
        db.session.add(row)
        about = f"referral-letter:{row.id}"
        unit.audit("referral-letter.signed", about, patient_id=patient_id)
        return row.id
