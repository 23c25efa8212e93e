"""E-mails about check-ins: whom one may still go to, its text, and sending a lost link again."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, func, or_, select

from tracker.domain.access import Actor, Permission, Role, authorize
from tracker.domain.check_ins import messages as check_in_messages
from tracker.domain.check_ins.messages import AnswerRequest, Mail
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.codes import CheckInState, SeriesState
from tracker.domain.problems import InvalidError, Problem
from tracker.models.alerts import Alert
from tracker.models.check_ins import CheckIn
from tracker.models.clinics import Clinic
from tracker.models.database import db
from tracker.models.letters import Letter
from tracker.models.patients import Patient
from tracker.models.scoping import fetch, subject
from tracker.models.series import Series
from tracker.models.users import Role as RoleRow
from tracker.models.users import User, user_role
from tracker.services.calendar import appointments
from tracker.services.calendar.visits import ADDRESS
from tracker.services.check_ins import links as check_in_links
from tracker.services.check_ins import outbox
from tracker.services.check_ins.outbox import (
    ESCALATION,
    OF_APPOINTMENTS,
    REMINDER,
    UNSENT,
    QueuedLetter,
)
from tracker.services.clinic import clinics
from tracker.services.sessions import rows as session_rows
from tracker.services.unit_of_work import unit_of_work

ALERTS_PATH = "/alerts/"


class NeedlessError(Exception):
    """Nobody needs this letter any more; the message says why, in a word or two."""


class LetterText(Struct, frozen=True):
    """A letter's text, and whom it is about."""

    mail: Mail
    patient_id: int


def askable(now: datetime) -> Select[Any]:
    """Select the check-ins that somebody may be asked to answer now, with the address to ask at.

    Nobody is asked whose series was stopped, who is archived or who wants no such e-mails.
    """
    return (
        select(
            CheckIn.id,
            CheckIn.patient_id,
            CheckIn.due_at,
            CheckIn.closes_at,
            ADDRESS.label("address"),
            Clinic.name,
            Clinic.time_zone,
            Clinic.settings,
        )
        .join(Clinic, Clinic.id == CheckIn.clinic_id)
        .join(Patient, Patient.id == CheckIn.patient_id)
        .outerjoin(User, User.id == Patient.user_id)
        .outerjoin(Series, Series.id == CheckIn.series_id)
        .where(
            CheckIn.state == CheckInState.OPEN.value,
            CheckIn.opens_at <= now,
            CheckIn.closes_at > now,
            Patient.archived_at.is_(None),
            Patient.mail_stopped_at.is_(None),
            ADDRESS.is_not(None),
            or_(CheckIn.series_id.is_(None), Series.state != SeriesState.STOPPED.value),
        )
    )


def clinicians() -> Select[str]:
    """Select the addresses of the clinicians who can sign in."""
    return (
        select(User.email)
        .join(user_role, user_role.c.user_id == User.id)
        .join(RoleRow, RoleRow.id == user_role.c.role_id)
        .where(User.active.is_(True), RoleRow.name == Role.CLINICIAN.value)
    )


def compose(letter: QueuedLetter, *, base_address: str, now: datetime, by: Actor) -> LetterText:
    """Make the text of a letter; raise NeedlessError when its time is over."""
    if letter.kind == ESCALATION:
        return _escalation(letter, base_address)
    if letter.kind in OF_APPOINTMENTS:
        return _appointment(letter, base_address, now)
    return _asking(letter, base_address, now, by)


def _asking(letter: QueuedLetter, base_address: str, now: datetime, by: Actor) -> LetterText:
    row = db.session.execute(askable(now).where(CheckIn.id == letter.about_id)).one_or_none()
    if row is None:
        raise NeedlessError("no longer asked")
    settings = ClinicSettings.read(row.settings)
    if not settings.reminders:
        raise NeedlessError("reminders are off")
    if row.address != letter.address:
        raise NeedlessError("another address")
    with unit_of_work(by) as unit:
        # Until this letter is on its way, the link that somebody has goes on working.
        token = check_in_links.make(unit, letter.about_id, alongside=True)
    name = settings.name_in_mails(row.name)
    asking = AnswerRequest(
        clinic_name=name,
        phone=settings.phone,
        link=base_address + check_in_links.PATH.format(token=token),
        stop_link=base_address + check_in_links.STOP_PATH.format(token=token),
        until=min(row.closes_at, now + check_in_links.LONGEST).astimezone(ZoneInfo(row.time_zone)),
    )
    write = _WRITERS.get(letter.kind, check_in_messages.invitation)
    return LetterText(
        Mail(letter.address, check_in_messages.subject(name), write(asking)), row.patient_id
    )


_WRITERS = {REMINDER: check_in_messages.reminder, UNSENT: check_in_messages.please_send}


def _appointment(letter: QueuedLetter, base_address: str, now: datetime) -> LetterText:
    try:
        name, text, patient_id = appointments.notice(letter, base_address=base_address, now=now)
    except LookupError as over:
        raise NeedlessError(str(over)) from over
    return LetterText(Mail(letter.address, check_in_messages.subject(name), text), patient_id)


def _escalation(letter: QueuedLetter, base_address: str) -> LetterText:
    row = db.session.execute(
        select(Alert.patient_id, Alert.acknowledged_at, Clinic.name, Clinic.settings)
        .join(Clinic, Clinic.id == Alert.clinic_id)
        .where(Alert.id == letter.about_id)
    ).one()
    if row.acknowledged_at is not None:
        raise NeedlessError("acknowledged")
    here = clinicians().where(User.clinic_id == letter.clinic_id, User.email == letter.address)
    if db.session.execute(here).first() is None:
        raise NeedlessError("no clinician any more")
    name = ClinicSettings.read(row.settings).name_in_mails(row.name)
    text = check_in_messages.escalation(clinic_name=name, link=base_address + ALERTS_PATH)
    return LetterText(Mail(letter.address, check_in_messages.subject(name), text), row.patient_id)


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
        row = session_rows.lock(by, CheckIn, check_in_id)
        found = askable(unit.now).where(CheckIn.id == check_in_id)
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
    query = select(func.count()).select_from(Letter).where(Letter.about == about, *conditions)
    return db.session.scalar(query) or 0
