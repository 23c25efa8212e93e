"""Invite people: a link by e-mail with which they set their first password."""

import hashlib
import logging
import secrets
from collections.abc import Callable
from datetime import timedelta
from smtplib import SMTPException

from flask_security import send_mail
from msgspec import Struct
from sqlalchemy import select

from tracker.domain.access import Actor, Permission, Role, Subject, allows, authorize
from tracker.domain.problems import InvalidError, NotFoundError, Problem
from tracker.models.database import db
from tracker.models.patients import Patient
from tracker.models.scoping import fetch, subject
from tracker.models.users import User
from tracker.services import clock
from tracker.services.people import accounts, logins, mailboxes, of_record, passwords
from tracker.services.unit_of_work import audit, unit_of_work

LASTS = timedelta(days=7)
SUBJECT = "Your account"  # seen on locked phones by anybody: it says nothing of the clinic
_log = logging.getLogger(__name__)


class InvitedView(Struct, frozen=True):
    """Whom an invitation is for."""

    name: str
    email: str
    sign_in_name: str


def invite_patient(patient_id: int, *, sign_in_name: str = "", once: str = "", by: Actor) -> int:
    """Make an account for a patient and return its id; send the invitation after that.

    It goes to the e-mail of the record; InvalidError where the record has none.
    """
    row = fetch(by, Patient, patient_id)
    authorize(by, Permission.PATIENT_INVITE, subject(row))
    if row.archived_at is not None:
        raise InvalidError([Problem("", "This patient is archived. Restore them first.")])
    if not row.email:
        raise InvalidError([of_record.NO_EMAIL])
    draft = accounts.AccountDraft(
        name=of_record.name_in(row),
        email=row.email,
        roles=frozenset({Role.PATIENT}),
        sign_in_name=sign_in_name,
    )
    with unit_of_work(by) as unit:
        unit.once(once)
        user_id = accounts.insert(unit, draft, by=by, patient_id=patient_id)
        unit.mark_saved(once, user_id)
        return user_id


def send(user_id: int, *, link: Callable[[str], str], by: Actor) -> bool:
    """Make a new link, which ends an earlier one, and mail it; say whether the mail went out.

    A patient's goes to the e-mail that their record has now. `link` writes the address of the page
    that takes a token. The account stands whatever becomes of the mail, so that it can be sent
    again.
    """
    token = secrets.token_urlsafe(32)
    with unit_of_work(by) as unit:
        user = _invitable(user_id, by)
        _follow_record(user)
        user.invitation_hash, user.invited_at = _hash(token), unit.now
        email = user.email
        unit.audit("invitation.made", f"user:{user_id}")
    try:
        send_mail(
            SUBJECT,
            email,
            "security/email/welcome",
            user=user,
            invited_by=by.name if by.user_id is not None else "",
            reset_link=link(token),
            within=f"{LASTS.days} days",
        )
    except (OSError, SMTPException) as error:
        _log.warning("an invitation could not be mailed: %s", type(error).__name__)
        audit(by, "invitation.not-sent", f"user:{user_id}", detail=type(error).__name__)
        return False
    audit(by, "invitation.sent", f"user:{user_id}")
    return True


def find(token: str) -> InvitedView:
    """Find whom a link was made for; raise NotFoundError when it is used, ended or too old."""
    user = _holder(token)
    return InvitedView(user.name, user.email, user.sign_in_name or "")


def accept(token: str, password: str, *, address: str) -> int:
    """Set the first password and return whose it is, who is then signed in. The link works once."""
    user = _holder(token)
    if weak := passwords.weakness(password, about=passwords.known_of(user)):
        raise InvalidError([Problem("password", weak)])
    stored = passwords.hash_for_storage(
        password
    )  # takes its time on purpose: not while others wait to save
    with unit_of_work(logins.actor_of(user.id, address=address)) as unit:
        user = _holder(token, lock=True)
        user.password, user.confirmed_at = stored, unit.now
        user.invitation_hash = None
        user.fs_uniquifier = secrets.token_hex(32)
        logins.end_all(user.id, reason="password set", now=unit.now)
        unit.audit("invitation.accepted", f"user:{user.id}")
        return int(user.id)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _holder(token: str, *, lock: bool = False) -> User:
    query = select(User).where(User.invitation_hash == _hash(token), User.active.is_(True))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    user = db.session.scalar(query)
    if user is None or user.invited_at is None or user.invited_at + LASTS < clock.now():
        raise NotFoundError
    return user


def _invitable(user_id: int, by: Actor) -> User:
    """Fetch somebody who was enrolled here and has no password yet."""
    user = db.session.scalar(
        select(User)
        .where(User.id == user_id, User.clinic_id == by.clinic_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if user is None:
        raise NotFoundError
    if not (
        allows(by, Permission.PEOPLE_MANAGE, Subject(user.clinic_id)) or _is_invitable(user, by)
    ):
        raise NotFoundError
    if not user.active or user.confirmed_at is not None:
        raise InvalidError([Problem("email", "This person set their password already.")])
    return user


def _follow_record(user: User) -> None:
    """Give a patient's account, which nobody has opened yet, the e-mail of the record."""
    written = db.session.scalar(select(Patient.email).where(Patient.user_id == user.id))
    if written is None:
        return  # somebody of the staff, who has no record
    if not written:
        raise InvalidError([of_record.NO_EMAIL])
    try:
        email = accounts.normalize_email(written)
    except ValueError as error:
        raise InvalidError([of_record.UNUSABLE_EMAIL]) from error
    if email == user.email:
        return
    mailboxes.hold(email)
    if problems := mailboxes.check(
        email, user.sign_in_name or "", clinic_id=user.clinic_id, own_id=user.id
    ):
        raise InvalidError(problems)
    user.email = email


def _is_invitable(user: User, by: Actor) -> bool:
    """Say whether it is the account of a patient, and nothing else, whom `by` may invite."""
    patient_id = db.session.scalar(select(Patient.id).where(Patient.user_id == user.id))
    if patient_id is None or user.is_staff:
        return False
    return allows(by, Permission.PATIENT_INVITE, Subject(user.clinic_id, patient_id))
