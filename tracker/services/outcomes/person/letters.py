"""Letters for the referrer: the one that is being written, those from before, and their PDF."""

from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import bindparam, func, select

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.formatting import full_day
from tracker.domain.outcomes.person import durability
from tracker.domain.outcomes.person import letter as letter_rules
from tracker.domain.outcomes.person.letter import LetterDraft
from tracker.domain.problems import NotFoundError
from tracker.domain.progress import summary as progress_summary
from tracker.exchange.pdf import referral
from tracker.exchange.pdf.referral import SignedLetter
from tracker.models.clinics import Clinic
from tracker.models.database import db, plain_rows
from tracker.models.patients import Patient
from tracker.models.referral_letters import ReferralLetter
from tracker.models.scoping import fetch, subject
from tracker.services.outcomes.person import queries
from tracker.services.progress.drawing import Picture
from tracker.services.unit_of_work import audit

_COUNT = select(func.count(ReferralLetter.id)).where(
    ReferralLetter.patient_id == bindparam("patient_id")
)
_ALL = (
    select(
        ReferralLetter.id,
        ReferralLetter.is_signed,
        ReferralLetter.recipient,
        ReferralLetter.words,
        ReferralLetter.written_at,
        ReferralLetter.written_by,
    )
    .where(ReferralLetter.patient_id == bindparam("patient_id"))
    .order_by(ReferralLetter.written_at, ReferralLetter.id)
)


class LetterVersion(Struct, frozen=True, kw_only=True):
    """A version of a letter as pages list it."""

    id: int
    is_signed: bool
    recipient: str
    words: str
    written_at: datetime
    written_by: str


class LetterPicture(Struct, frozen=True):
    """The PNG of a letter and its words; None where nothing can be drawn."""

    content: bytes | None
    words: str


class LetterDesk(Struct, frozen=True, kw_only=True):
    """What somebody who writes has before them: what to go on from, and every version so far.

    `version` counts them; `is_new` says that nothing was kept since the last one was signed.
    """

    draft: LetterDraft
    version: int
    is_new: bool
    versions: tuple[LetterVersion, ...]


NO_PICTURE = LetterPicture(None, "")


def desk(patient_id: int, *, by: Actor) -> LetterDesk:
    """Find the draft that was kept last, or write a first one from what is recorded."""
    patient = fetch(by, Patient, patient_id)
    authorize(by, Permission.REFERRAL_LETTER_WRITE, subject(patient))
    found = [LetterVersion(**row._mapping) for row in plain_rows(_ALL, {"patient_id": patient_id})]
    latest = found[-1] if found else None
    is_new = latest is None or latest.is_signed
    if latest is None or latest.is_signed:
        name = f"{patient.given_name} {patient.family_name}"
        words = letter_rules.draft_of(queries.report(patient_id, by=by), name)
        draft = LetterDraft(recipient=latest.recipient if latest else "", words=words)
    else:
        draft = LetterDraft(recipient=latest.recipient, words=latest.words)
    audit(by, "referral-letters.viewed", f"patient:{patient_id}", patient_id=patient_id)
    return LetterDesk(
        draft=draft, version=len(found), is_new=is_new, versions=tuple(reversed(found))
    )


def count(patient_id: int) -> int:
    """Count the versions of a patient's letters."""
    found: int = plain_rows(_COUNT, {"patient_id": patient_id}).scalar_one()
    return found


def draw(patient_id: int, *, by: Actor) -> LetterPicture:
    """Draw what a letter shows: what is left after the last dose, else the whole course."""
    rows, found = queries.load(patient_id, by=by)
    kept, trend = found.durability, found.trend
    if kept is not None:
        picture = Picture(rows.tag("letter", "durability"), "png", "desktop", "light", lambda: kept)
        return LetterPicture(picture.content(), durability.alt(kept))
    if trend.empty:
        return NO_PICTURE
    picture = Picture(rows.tag("letter", "course"), "png", "desktop", "light", lambda: trend)
    return LetterPicture(picture.content(), progress_summary.alt(trend))


def pdf(letter_id: int, *, by: Actor) -> bytes:
    """Write a signed letter as PDF, as it was signed; NotFoundError for a draft."""
    row = fetch(by, ReferralLetter, letter_id)
    authorize(by, Permission.REFERRAL_LETTER_WRITE, subject(row))
    if not row.is_signed:
        raise NotFoundError
    audit(by, "referral-letter.printed", f"referral-letter:{letter_id}", patient_id=row.patient_id)
    return referral.write(_paper(row, fetch(by, Patient, row.patient_id)))


def fits(row: ReferralLetter, patient: Patient) -> bool:
    """Say whether a letter stands on one page with its picture."""
    return referral.fits(_paper(row, patient))


def _paper(row: ReferralLetter, patient: Patient) -> SignedLetter:
    clinic = db.session.get_one(Clinic, row.clinic_id)
    settings = TreatmentSettings.read(clinic.settings)
    born = f", born {full_day(patient.birth_date)}" if patient.birth_date else ""
    name = f"{patient.given_name} {patient.family_name}"
    return SignedLetter(
        clinic=clinic.name,
        address=settings.address,
        phone=ClinicSettings.read(clinic.settings).phone,
        about=f"{name}{born}, record {patient.record_number}",
        record_number=patient.record_number,
        recipient=row.recipient,
        words=row.words,
        picture=row.picture,
        picture_words=row.picture_words,
        signed_by=row.written_by,
        signed_at=row.written_at.astimezone(ZoneInfo(clinic.time_zone)),
    )
