"""Tell people what waits, and clinicians what waits too long: safe to run twice."""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from email.errors import MessageError
from smtplib import SMTPException, SMTPRecipientsRefused

from msgspec import Struct
from sqlalchemy import select

from tracker.domain import date_format
from tracker.domain.access import Actor
from tracker.domain.date_format import DateFormat
from tracker.models.clinics import Clinic
from tracker.models.database import db
from tracker.services import clock
from tracker.services.check_ins import closing
from tracker.services.clinic import clinics
from tracker.services.letters import day_before, escalations, forms_due, mail, outbox, waiting
from tracker.services.letters.mail import ReadyMail
from tracker.services.letters.outbox import Due, QueuedLetter
from tracker.services.letters.waiting import Waiting
from tracker.services.unit_of_work import audit, unit_of_work

# A server that fails so often in a row is down: the rest of the e-mails wait for the next run.
FAILURES_IN_A_ROW = 3
FAILURES = (OSError, SMTPException, MessageError, ValueError)
# These are the e-mail's own fault, and say nothing of the server.
_OF_THE_LETTER = (SMTPRecipientsRefused, ValueError, MessageError)
_log = logging.getLogger(__name__)

Post = Callable[[str, str, str], None]  # address, subject, text; sends or raises


class Report(Struct):
    """What a run did, in things told; `waiting` ones are left for a later run.

    `mails` left: all that is told to one person is in one.
    """

    queued: int = 0
    sent: int = 0
    dropped: int = 0
    failed: int = 0
    waiting: int = 0
    mails: int = 0


def run(post: Post, *, base_address: str) -> Report:
    """Queue what is due, then send what waits; everything is told once, whoever else runs."""
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
    if not [*_due(by, now)]:
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
            for due in [*_due(by, now)]
        )
        unit.audit("letters.queued", f"clinic:{by.clinic_id}", detail=f"{new} letters")
        return new


def _due(by: Actor, now: datetime) -> Iterator[Due]:
    clinic = clinics.view(by.clinic_id)
    yield from escalations.due(clinic, now)
    yield from day_before.due(by.clinic_id, now)
    yield from forms_due.due(clinic, now, by=by)


def _send_all(post: Post, base_address: str, report: Report) -> None:
    in_a_row = 0
    for one in waiting.collect(clock.now()):
        if in_a_row >= FAILURES_IN_A_ROW:
            return
        if not outbox.claim(one.letters):
            continue
        before = report.mails
        error = _send(one, post, base_address, report)
        if report.mails > before:
            in_a_row = 0
        elif error is not None and not isinstance(error, _OF_THE_LETTER):
            in_a_row += 1


def _send(one: Waiting, post: Post, base_address: str, report: Report) -> Exception | None:
    """Send one e-mail and return what went wrong; what it was to tell then waits again."""
    by, left = _clerk(one.clinic_id), one.letters
    try:
        made = _compose(one, base_address, by)
        for letter, why in made.needless:
            outbox.drop(letter, why, by=by)
            report.dropped += 1
        left = tuple(told.letter for told in made.told)
        if made.mail is not None:
            post(made.mail.address, made.mail.subject, made.mail.text)
            outbox.mark_sent(made.told, by=by)
            report.sent += len(left)
            report.mails += 1
    except FAILURES as error:
        _release(left, error, by)
        report.failed += len(left)
        return error
    return None


def _compose(one: Waiting, base_address: str, by: Actor) -> ReadyMail:
    with date_format.write_in(DateFormat.read(clinics.view(one.clinic_id).settings)):
        return mail.compose(one, base_address=base_address, now=clock.now(), by=by)


def _release(letters: Sequence[QueuedLetter], error: Exception, by: Actor) -> None:
    """Give letters back. The first failure of each leaves a line; an outage is no flood."""
    name = type(error).__name__
    outbox.release(letters, name)
    _log.warning("an e-mail could not be sent: %s", name)
    for letter in letters:
        if letter.attempts == 0:
            audit(by, "letter.not-sent", letter.about, detail=name)
