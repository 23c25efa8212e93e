"""What an account is called and signs in by: changed by who looks after it, or by its holder.

An address that changes ends what the old one could open: sign-ins, mailed links, an invitation.
"""

import hashlib
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec import Struct
from sqlalchemy import select

from tracker.domain.access import Actor, Permission, Role, Subject, authorize
from tracker.domain.parsing import NAME_MAX
from tracker.domain.people import sign_in_name
from tracker.domain.people.notices import AccountNotice
from tracker.domain.problems import InvalidError, NotFoundError, Problem
from tracker.models.clinics import Clinic
from tracker.models.database import db
from tracker.models.patients import Patient
from tracker.models.scoping import fetch, subject
from tracker.models.users import User
from tracker.services import clock, stamps
from tracker.services.check_ins import links as check_in_links
from tracker.services.patients import contact
from tracker.services.people import (
    accounts,
    brakes,
    logins,
    mailboxes,
    notices,
    of_record,
    second_person,
    unlocking,
)
from tracker.services.people.accounts import PersonView
from tracker.services.unit_of_work import Unit, audit, unit_of_work

if TYPE_CHECKING:
    from tracker.services.passkeys.ceremonies import SignedAnswer

LASTS = timedelta(hours=24)  # the link that confirms another address
_OF_RECORD = Problem(
    "email",
    "This is a patient's account: a clinician changes its name and e-mail, on the patient's page.",
)
_OWN = Problem("", "This is your own account: change it on the page of your account.")
_SAME = Problem("email", "This is your e-mail address already.")
_COLLEAGUES = Problem(
    "name",
    "Somebody who works here has this name, and records are signed by name. Add what tells you "
    "apart, such as a middle name.",
)
_LONG = Problem("email", f"Give an address of at most {NAME_MAX} characters: the record keeps it.")


class IdentityDraft(Struct, frozen=True, kw_only=True):
    """What an account is to be called, and to sign in by; no `sign_in_name` is ''."""

    name: str
    email: str
    sign_in_name: str = ""


class PatientAccount(Struct, frozen=True, kw_only=True):
    """A patient's account as a clinician sees it; `person` is None while there is none."""

    name: str
    email: str
    archived: bool
    person: PersonView | None


class _Change(Struct, frozen=True):
    """What changed, and where the account was written to before."""

    fields: tuple[str, ...]
    old_email: str
    opened: bool  # whether its holder has ever signed in: nobody else is told anything


def of_patient(patient_id: int, *, by: Actor) -> PatientAccount:
    """Tell what a patient signs in by; leaves the line of its page."""
    row = fetch(by, Patient, patient_id)
    authorize(by, Permission.PATIENT_INVITE, subject(row))
    user = db.session.get(User, row.user_id) if row.user_id else None
    found = PatientAccount(
        name=of_record.name_in(row),
        email=row.email,
        archived=row.archived_at is not None,
        person=accounts.view_of(user, clock.now()) if user else None,
    )
    audit(by, "patient.viewed", f"patient:{patient_id}", patient_id=patient_id)
    return found


def change(user_id: int, draft: IdentityDraft, *, by: Actor, opened: str = "") -> bool:
    """Change an account of the staff; say whether its invitation has to be sent again.

    Of a patient's account whoever manages people changes the name to sign in by alone.
    """
    authorize(by, Permission.PEOPLE_MANAGE, Subject(by.clinic_id))
    if user_id == by.user_id:
        raise InvalidError([_OWN])
    with unit_of_work(by) as unit:
        user = accounts.fetch_user(user_id, by, lock=True)
        stamps.refuse_other(opened, user.name, user.email, user.sign_in_name or "")
        is_patient = any(role.name == Role.PATIENT.value for role in user.roles)
        if is_patient and (draft.name, draft.email) != (user.name, user.email):
            raise InvalidError([_OF_RECORD])
        done = _change(unit, user, draft)
    return _tell(done, draft, by)


def change_patient(patient_id: int, draft: IdentityDraft, *, by: Actor, opened: str = "") -> bool:
    """Change a patient's account, and the e-mail of their record with it."""
    row = fetch(by, Patient, patient_id)
    authorize(by, Permission.PATIENT_INVITE, subject(row))
    if row.user_id is None:
        raise NotFoundError
    with unit_of_work(by) as unit:
        user = accounts.fetch_user(row.user_id, by, lock=True)
        stamps.refuse_other(opened, user.name, user.email, user.sign_in_name or "")
        done = _change(unit, user, draft, patient_id=patient_id)
    return _tell(done, draft, by)


def rename_self(name: str, *, by: Actor) -> None:
    """Change one's own name; staff take none of a colleague's, and the old one stays findable.

    Records are signed by name: whoever took a colleague's for a while would sign as them.
    """
    authorize(by, Permission.ACCOUNT_USE, Subject(by.clinic_id))
    if wrong := accounts.fault_of_name(name):
        raise InvalidError([Problem("name", wrong.replace("the person's", "your"))])
    with unit_of_work(by) as unit:
        user = db.session.get_one(User, by.user_id)
        if by.is_staff:
            # One after the other: two who take one name at once would each look before the other.
            db.session.execute(select(Clinic.id).where(Clinic.id == by.clinic_id).with_for_update())
            if second_person.is_of_colleague(name, by=by):
                raise InvalidError([_COLLEAGUES])
        before, user.name = user.name, name.strip()
        email, is_other = user.email, before != user.name
        if by.is_staff and is_other:
            second_person.note_former_name(unit, by, before, user.name)
        unit.audit("user.changed", f"user:{by.user_id}", detail="name")
    if is_other:
        notices.tell(email, AccountNotice.NAME_CHANGED, clinic_id=by.clinic_id)


def ask_address(
    email: str,
    *,
    password: str,
    code: str,
    link: Callable[[str], str],
    by: Actor,
    signed: "SignedAnswer | None" = None,
) -> None:
    """Mail a link to another address of one's own; opening it makes the address the account's.

    The page says the same whoever has the address already: only its mailbox is told. Whoever has a
    second step gives it, too: a code, or what a passkey `signed` where there is no authenticator.
    """
    authorize(by, Permission.ACCOUNT_USE, Subject(by.clinic_id))
    user = db.session.get_one(User, by.user_id)
    brakes.prove(user.id, password, code, brakes.beside(by))
    if problems := [
        one for one in accounts.check_identity(user.name, email, "") if one.field == "email"
    ]:
        raise InvalidError(problems)
    wanted, token = accounts.normalize_email(email), secrets.token_urlsafe(32)
    if wanted == user.email:
        raise InvalidError([_SAME])
    if by.patient_id is not None and len(wanted) > NAME_MAX:
        raise InvalidError([_LONG])
    if user.has_passkey and user.tf_primary_method is None:
        _prove_passkey(user.id, signed, by)
    with unit_of_work(by) as unit:
        user.email_wanted, user.email_asked_at = wanted, unit.now
        user.email_hash = _hash(token)
        unit.audit("user.address-asked", f"user:{user.id}", detail="email")
    if mailboxes.has_room(wanted, own_id=user.id):
        notices.tell(wanted, AccountNotice.ADDRESS_ASKED, clinic_id=by.clinic_id, link=link(token))
    else:
        notices.tell(wanted, AccountNotice.ADDRESS_IN_USE, clinic_id=by.clinic_id)


def _prove_passkey(user_id: int, signed: "SignedAnswer | None", by: Actor) -> None:
    from tracker.domain.passkeys import wording  # seldom: a start does without
    from tracker.services.passkeys import commands as passkeys

    if signed is None:
        raise InvalidError([Problem(passkeys.CREDENTIAL, wording.NOT_MADE)])
    place = brakes.beside(by)
    try:
        passkeys.use_second(user_id, signed.answer, signed.question, place=place)
    except passkeys.PasskeyRefusedError:
        raise InvalidError([Problem(passkeys.CREDENTIAL, wording.REFUSED)]) from None


def find_asked(token: str) -> str:
    """Find which address a link confirms; raise NotFoundError when it is used or too old."""
    return str(_asker(token).email_wanted)


def confirm_address(token: str, *, address: str) -> None:
    """Make the address that a link was mailed to that of the account; everybody is signed out."""
    asker = _asker(token)
    by = logins.actor_of(asker.id, address=address)
    with unit_of_work(by) as unit:
        user = _asker(token, lock=True)
        draft = IdentityDraft(
            name=user.name, email=str(user.email_wanted), sign_in_name=user.sign_in_name or ""
        )
        done = _change(unit, user, draft, patient_id=by.patient_id)
    _tell(done, draft, by)


def _change(
    unit: Unit, user: User, draft: IdentityDraft, *, patient_id: int | None = None
) -> _Change:
    problems = accounts.check_identity(draft.name, draft.email, draft.sign_in_name)
    if patient_id is not None and len(draft.email.strip()) > NAME_MAX:
        problems.append(_LONG)
    if problems:
        raise InvalidError(problems)
    email = accounts.normalize_email(draft.email)
    name = sign_in_name.normalize(draft.sign_in_name)
    mailboxes.hold(email)
    if problems := mailboxes.check(email, name, clinic_id=user.clinic_id, own_id=user.id):
        raise InvalidError(problems)
    before = {"name": user.name, "email": user.email, "sign_in_name": user.sign_in_name}
    user.name, user.email, user.sign_in_name = draft.name.strip(), email, name or None
    changed = tuple(field for field, old in before.items() if getattr(user, field) != old)
    if set(changed) & {"email", "sign_in_name"}:
        _end_ways_in(unit, user)
    if "email" in changed and patient_id is not None:
        contact.follow_account(unit, patient_id, email)
        check_in_links.end_all_of(unit, patient_id)
    detail = " ".join(changed) or "nothing"
    unit.audit("user.changed", f"user:{user.id}", patient_id=patient_id, detail=detail)
    return _Change(changed, str(before["email"]), user.confirmed_at is not None)


def _end_ways_in(unit: Unit, user: User) -> None:
    user.fs_uniquifier = secrets.token_hex(32)  # ends links to set a password, too
    user.invitation_hash = user.email_hash = user.email_wanted = None
    unlocking.end_all(user.id)
    logins.end_all(user.id, reason="address changed", now=unit.now)


def _tell(done: _Change, draft: IdentityDraft, by: Actor) -> bool:
    """Write to both addresses; say whether an invitation that nobody accepted was ended."""
    signs_in_by = set(done.fields) & {"email", "sign_in_name"}
    if not done.opened:
        return bool(signs_in_by)
    new = accounts.normalize_email(draft.email)
    name = sign_in_name.normalize(draft.sign_in_name)
    here = by.clinic_id
    if "email" in done.fields:
        notices.tell(done.old_email, AccountNotice.ADDRESS_LEFT, clinic_id=here)
        notices.tell(new, AccountNotice.ADDRESS_TAKEN_UP, clinic_id=here, sign_in_name=name)
    elif "sign_in_name" in done.fields:
        notices.tell(new, AccountNotice.SIGN_IN_NAME_CHANGED, clinic_id=here, sign_in_name=name)
    elif "name" in done.fields:
        notices.tell(new, AccountNotice.NAME_CHANGED, clinic_id=here)
    return False


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _asker(token: str, *, lock: bool = False) -> User:
    query = select(User).where(User.email_hash == _hash(token), User.active.is_(True))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    user = db.session.scalar(query)
    if user is None or user.email_asked_at is None or user.email_asked_at + LASTS < clock.now():
        raise NotFoundError
    return user
