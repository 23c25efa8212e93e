"""Send the link to a check-in again, when a patient has lost the e-mail."""

from sqlalchemy import ColumnElement, func, select

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.problems import InvalidError, Problem
from tracker.models.check_ins import CheckIn
from tracker.models.database import db
from tracker.models.letters import Letter
from tracker.models.scoping import fetch, subject
from tracker.services.check_ins import letter_texts, outbox
from tracker.services.clinic import clinics
from tracker.services.sessions import rows as session_rows
from tracker.services.unit_of_work import unit_of_work

# Each one is a kind of its own: the table refuses a second letter of a kind about the same thing.
AGAIN = "again-{}"

_OFF = "The clinic sends no e-mails about check-ins: its settings say so."
_NOBODY = (
    "Nothing can be sent. Either it is not open now, or the patient has no e-mail address, wants "
    "no e-mails, or is not treated any more."
)
_WAITS = "An e-mail with a link is waiting to be sent already."


def send_again(check_in_id: int, *, by: Actor) -> None:
    """Queue another letter with a new link to a check-in; InvalidError says why it cannot be."""
    authorize(by, Permission.CHECK_IN_EDIT, subject(fetch(by, CheckIn, check_in_id)))
    if not ClinicSettings.read(clinics.view(by.clinic_id).settings).reminders:
        raise InvalidError([Problem("", _OFF)])
    about = f"check-in:{check_in_id}"
    with unit_of_work(by) as unit:
        row = session_rows.locked(by, CheckIn, check_in_id)
        found = letter_texts.askable(unit.now).where(CheckIn.id == check_in_id)
        asked = db.session.execute(found).one_or_none()
        if asked is None:
            raise InvalidError([Problem("", _NOBODY)])
        if _count(about, Letter.sent_at.is_(None), Letter.dropped_at.is_(None)):
            raise InvalidError([Problem("", _WAITS)])
        outbox.queue(
            unit,
            clinic_id=row.clinic_id,
            kind=AGAIN.format(_count(about) + 1),
            about=about,
            address=asked.address,
            not_before=unit.now,
        )
        unit.audit("check-in.sent-again", about, patient_id=row.patient_id)


def _count(about: str, *conditions: ColumnElement[bool]) -> int:
    wanted = select(func.count()).select_from(Letter).where(Letter.about == about, *conditions)
    return db.session.scalar(wanted) or 0
