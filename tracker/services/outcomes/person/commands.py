"""Write the letter for the referrer: keep a draft, sign one. Every version stays as it was."""

from typing import cast

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.outcomes.person import letter as letter_rules
from tracker.domain.outcomes.person.letter import LetterDraft
from tracker.domain.problems import InvalidError, Problem, StaleError
from tracker.models.database import db, new_id
from tracker.models.patients import Patient
from tracker.models.referral_letters import ReferralLetter
from tracker.models.scoping import fetch, subject
from tracker.services.outcomes.person import letters
from tracker.services.sessions import rows as session_rows
from tracker.services.unit_of_work import unit_of_work

UNFIT = "With its picture the letter does not fit on one page. Write less."


def write(
    patient_id: int, draft: LetterDraft, *, is_signed: bool, version: int, by: Actor, once: str = ""
) -> int:
    """Keep a version of a patient's letter, and sign it where that is asked; return its id.

    StaleError tells that somebody kept another version since `version` was opened.
    """
    authorize(by, Permission.REFERRAL_LETTER_WRITE, subject(fetch(by, Patient, patient_id)))
    if problems := letter_rules.check(draft, is_signed=is_signed):
        raise InvalidError(problems)
    picture = letters.draw(patient_id, by=by) if is_signed else letters.NO_PICTURE
    with unit_of_work(by) as unit:
        unit.once(once)
        patient = session_rows.lock_patient(by, patient_id)
        count = letters.count(patient_id)
        if count != version:
            raise StaleError(count)
        row = ReferralLetter(
            id=new_id(),
            clinic_id=patient.clinic_id,
            patient_id=patient_id,
            is_signed=is_signed,
            recipient=draft.recipient.strip(),
            words=draft.words.strip(),
            picture=picture.content,
            picture_words=picture.words,
            written_at=unit.now,
            written_by=by.name,
            written_by_id=cast("int", by.user_id),
        )
        if is_signed and not letters.fits(row, patient):
            raise InvalidError([Problem("words", UNFIT)])
        db.session.add(row)
        action = "referral-letter.signed" if is_signed else "referral-letter.saved"
        unit.audit(action, f"referral-letter:{row.id}", patient_id=patient_id)
        unit.mark_saved(once, row.id)
        return row.id
