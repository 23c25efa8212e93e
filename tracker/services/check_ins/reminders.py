"""Ask for what is due, tell clinicians what waits too long, and send it: safe to run twice."""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email.errors import MessageError
from smtplib import SMTPException, SMTPRecipientsRefused
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, String, cast, exists, literal, select

from tracker.domain import date_format
from tracker.domain.access import Actor
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.codes import ReplyState
from tracker.domain.date_format import DateFormat
from tracker.models.alerts import Alert
from tracker.models.check_ins import CheckIn, Reply
from tracker.models.clinics import Clinic
from tracker.models.database import db
from tracker.models.letters import Letter
from tracker.models.users import User
from tracker.services import clock
from tracker.services.calendar import appointments
from tracker.services.check_ins import closing, outbox, unsent
from tracker.services.check_ins import mail as check_in_mail
from tracker.services.check_ins.mail import NeedlessError
from tracker.services.check_ins.outbox import (
    ESCALATION,
    INVITATION,
    REMINDER,
    UNSENT,
    QueuedLetter,
)
from tracker.services.clinic import clinics
from tracker.services.unit_of_work import audit, unit_of_work

# Nobody is reminded of what they were told of, or answered some of, just now: a new link would
# end the one in their hands.
REMIND_AFTER = timedelta(hours=4)
# Answered to the end and not sent: nobody who puts the phone away for a meal is written to.
UNSENT_AFTER = timedelta(hours=2)
# A server that fails so often in a row is down: the rest of the letters wait for the next run.
FAILURES_IN_A_ROW = 3
FAILURES = (OSError, SMTPException, MessageError, ValueError)
# These are the letter's own fault, and say nothing of the server.
_OF_THE_LETTER = (SMTPRecipientsRefused, ValueError, MessageError)
_log = logging.getLogger(__name__)

Post = Callable[[str, str, str], None]  # address, subject, text; sends or raises


class Report(Struct):
    """What a run did, in counts; `waiting` letters are left for a later run."""

    queued: int = 0
    sent: int = 0
    dropped: int = 0
    failed: int = 0
    waiting: int = 0


class _Due(Struct, frozen=True):
    """A letter to be queued."""

    kind: str
    about: str
    address: str


def run(post: Post, *, base_address: str) -> Report:
    """Queue what is due, then send what waits; every letter goes out once, whoever else runs."""
    report = Report()
    for clinic_id in db.session.scalars(select(Clinic.id)).all():
        closing.close_over(clinic_id)
        report.queued += _queue(_clerk(clinic_id))
    _send_all(post, base_address, report)
    outbox.note_run()
    report.waiting = outbox.outbox().waiting
    return report


def _clerk(clinic_id: int) -> Actor:
    return clinics.console(clinic_id, "tracker remind")


def _queue(by: Actor) -> int:
    """Queue what is due at a clinic; count what is new."""
    now = clock.now()
    if not [*_due(by.clinic_id, now)]:
        return 0
    with unit_of_work(by) as unit:
        new = sum(
            outbox.queue(
                unit,
                clinic_id=by.clinic_id,
                kind=due.kind,
                about=due.about,
                address=due.address,
                not_before=now,
            )
            for due in [*_due(by.clinic_id, now)]
        )
        unit.audit("letters.queued", f"clinic:{by.clinic_id}", detail=f"{new} letters")
        return new


def _due(clinic_id: int, now: datetime) -> Iterator[_Due]:
    settings = ClinicSettings.read(clinics.view(clinic_id).settings)
    yield from _escalations(clinic_id, now - timedelta(minutes=settings.red_after_minutes))
    for kind, about, address in appointments.due(clinic_id, now):
        yield _Due(kind, about, address)
    if settings.reminders:
        yield from _to_be_sent(clinic_id, now)
        yield from _invitations(clinic_id, now)
        yield from _reminders(clinic_id, now)


def _invitations(clinic_id: int, now: datetime) -> Iterator[_Due]:
    query = check_in_mail.askable(now).where(
        CheckIn.clinic_id == clinic_id, ~_lies_there(CheckIn.id, "check-in", INVITATION)
    )
    for row in db.session.execute(query).all():
        yield _Due(INVITATION, f"check-in:{row.id}", row.address)


def _reminders(clinic_id: int, now: datetime) -> Iterator[_Due]:
    """Remind once, when it is overdue and the invitation went out a while ago."""
    answering = exists().where(Reply.check_in_id == CheckIn.id, Reply.saved_at > now - REMIND_AFTER)
    invited = _lies_there(CheckIn.id, "check-in", INVITATION, Letter.sent_at <= now - REMIND_AFTER)
    query = check_in_mail.askable(now).where(
        CheckIn.clinic_id == clinic_id,
        CheckIn.due_at < now,
        invited,
        ~answering,
        ~_lies_there(CheckIn.id, "check-in", REMINDER),
        ~_lies_there(CheckIn.id, "check-in", UNSENT),
    )
    for row in db.session.execute(query).all():
        yield _Due(REMINDER, f"check-in:{row.id}", row.address)


def _to_be_sent(clinic_id: int, now: datetime) -> Iterator[_Due]:
    """Tell whoever answered to the end, and did not send it, that it waits; once."""
    resting = select(Reply.check_in_id).where(
        Reply.check_in_id == CheckIn.id,
        Reply.state == ReplyState.OPEN.value,
        Reply.answers != {},
        Reply.saved_at <= now - UNSENT_AFTER,
    )
    query = check_in_mail.askable(now).where(
        CheckIn.clinic_id == clinic_id,
        resting.exists(),
        ~_lies_there(CheckIn.id, "check-in", UNSENT),
        ~_lies_there(CheckIn.id, "check-in", REMINDER),
    )
    by, rows = _clerk(clinic_id), db.session.execute(query).all()
    begun = unsent.of_check_ins((row.id for row in rows), by=by)
    for row in rows:
        if any(form.is_whole for form in begun.get(row.id, ())):
            yield _Due(UNSENT, f"check-in:{row.id}", row.address)


def _escalations(clinic_id: int, raised_before: datetime) -> Iterator[_Due]:
    query = (
        select(Alert.id, User.email)
        .join(User, User.clinic_id == Alert.clinic_id)
        .where(
            Alert.clinic_id == clinic_id,
            Alert.acknowledged_at.is_(None),
            Alert.raised_at <= raised_before,
            User.email.in_(check_in_mail.clinicians()),
            ~_lies_there(Alert.id, "alert", ESCALATION, Letter.address == User.email),
        )
    )
    for row in db.session.execute(query).all():
        yield _Due(ESCALATION, f"alert:{row.id}", row.email)


def _lies_there(
    of: Any, noun: str, kind: str, *conditions: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Say whether a letter of this kind about a row was queued, and not given up since."""
    return exists().where(
        Letter.about == literal(f"{noun}:") + cast(of, String),
        Letter.kind == kind,
        Letter.dropped_at.is_(None),
        *conditions,
    )


def _send_all(post: Post, base_address: str, report: Report) -> None:
    in_a_row = 0
    for letter in outbox.ready():
        if in_a_row >= FAILURES_IN_A_ROW:
            return
        if not outbox.claim(letter):
            continue
        try:
            _send(letter, post, base_address)
        except NeedlessError as needless:
            outbox.drop(letter, str(needless), by=_clerk(letter.clinic_id))
            report.dropped += 1
        except FAILURES as error:
            _release(letter, error)
            report.failed += 1
            in_a_row = in_a_row if isinstance(error, _OF_THE_LETTER) else in_a_row + 1
        else:
            report.sent += 1
            in_a_row = 0


def _send(letter: QueuedLetter, post: Post, base_address: str) -> None:
    by = _clerk(letter.clinic_id)
    with date_format.write_in(DateFormat.read(clinics.view(letter.clinic_id).settings)):
        ready = check_in_mail.compose(letter, base_address=base_address, now=clock.now(), by=by)
    post(ready.mail.address, ready.mail.subject, ready.mail.text)
    outbox.mark_sent(letter, patient_id=ready.patient_id, by=by)


def _release(letter: QueuedLetter, error: Exception) -> None:
    """Give the letter back. The first failure of each leaves a line; an outage is no flood."""
    name = type(error).__name__
    outbox.release(letter, name)
    _log.warning("a letter could not be sent: %s", name)
    if letter.attempts == 0:
        audit(_clerk(letter.clinic_id), "letter.not-sent", letter.about, detail=name)
