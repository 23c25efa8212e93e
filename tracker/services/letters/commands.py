"""What people choose about e-mails: stop and resume them, their hour; and a lost link once more."""

from sqlalchemy import ColumnElement, func, select

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.codes import MailTime
from tracker.domain.problems import InvalidError, NotFoundError, Problem
from tracker.models.check_ins import CheckIn
from tracker.models.database import db
from tracker.models.letters import Letter
from tracker.models.patients import Patient
from tracker.models.scoping import fetch, subject
from tracker.services.clinic import clinics
from tracker.services.letters import forms_due, outbox
from tracker.services.sessions import rows as session_rows
from tracker.services.unit_of_work import unit_of_work

_OFF = "The clinic sends no e-mails about check-ins: its settings say so."
_NOBODY = (
    "Nothing can be sent. Either it is not open now, or the patient has no e-mail address, wants "
    "no e-mails, or is not treated any more."
)
_WAITS = "A new link is waiting to be sent already."


def stop_mail(patient_id: int, *, by: Actor) -> None:
    """Send a patient no more reminders: said by them, also by a mailed link, or for them by staff.

    The hour that they chose is kept.
    """
    _choose(patient_id, by, is_on=False)


def resume_mail(patient_id: int, *, by: Actor, at: MailTime | None = None) -> None:
    """Send a patient reminders, at the hour that they choose; None leaves that as it is."""
    _choose(patient_id, by, is_on=True, at=at)


def _choose(patient_id: int, by: Actor, *, is_on: bool, at: MailTime | None = None) -> None:
    about = Subject(by.clinic_id, patient_id, by.check_in_id)  # themself, or by their own link
    if by.patient_id != patient_id:
        about = subject(fetch(by, Patient, patient_id))
    authorize(by, Permission.REMINDERS_CHOOSE, about)
    with unit_of_work(by) as unit:
        row = db.session.scalar(
            select(Patient)
            .where(Patient.id == patient_id, Patient.clinic_id == by.clinic_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if row is None:
            raise NotFoundError
        done = []
        if is_on is (row.mail_stopped_at is not None):
            done.append(("mail.resumed" if is_on else "mail.stopped", "mail_stopped_at"))
            row.mail_stopped_at = None if is_on else unit.now
        if at is not None and row.mail_time != at:
            done.append(("mail.time-chosen", "mail_time"))
            row.mail_time = at.value
        for action, field in done or [("mail.time-chosen", "nothing")]:
            unit.audit(action, f"patient:{patient_id}", patient_id=patient_id, detail=field)


def send_again(check_in_id: int, *, by: Actor) -> None:
    """Queue another letter with a new link to a check-in; InvalidError says why it cannot be."""
    authorize(by, Permission.CHECK_IN_EDIT, subject(fetch(by, CheckIn, check_in_id)))
    if not ClinicSettings.read(clinics.view(by.clinic_id).settings).reminders:
        raise InvalidError([Problem("", _OFF)])
    about = f"check-in:{check_in_id}"
    with unit_of_work(by) as unit:
        row = session_rows.lock(by, CheckIn, check_in_id)
        found = forms_due.askable(unit.now).where(CheckIn.id == check_in_id)
        asked = db.session.execute(found).one_or_none()
        if asked is None:
            raise InvalidError([Problem("", _NOBODY)])
        again = Letter.kind.startswith(outbox.AGAIN.format(""))
        if _count(about, again, Letter.sent_at.is_(None), Letter.dropped_at.is_(None)):
            raise InvalidError([Problem("", _WAITS)])
        outbox.queue(
            unit,
            clinic_id=row.clinic_id,
            kind=outbox.AGAIN.format(_count(about) + 1),
            about=about,
            address=asked.address,
            not_before=unit.now,
        )
        unit.audit("check-in.sent-again", about, patient_id=row.patient_id)


def _count(about: str, *conditions: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(Letter).where(Letter.about == about, *conditions)
    return db.session.scalar(query) or 0
