"""People who sign in: enrol, list, change, disable, and tie a patient to their account."""

import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

import email_validator
from msgspec import Struct
from sqlalchemy import bindparam, func, select, update
from sqlalchemy.exc import IntegrityError

from tracker.domain.access import Actor, Permission, Role, Subject, authorize
from tracker.domain.codes import Word
from tracker.domain.parsing import LINE_MAX, visible_text
from tracker.domain.problems import InvalidError, NotFoundError, Problem
from tracker.models.database import db
from tracker.models.patients import Patient
from tracker.models.users import Role as RoleRow
from tracker.models.users import User
from tracker.services import clock
from tracker.services.patients import formerly
from tracker.services.people import logins, of_record, passwords
from tracker.services.unit_of_work import Unit, unit_of_work

# A name stands in the trail and in lists on a terminal: it must not begin a line of its own there.
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
TAKEN = Problem("email", "Somebody has this e-mail address already.")
ROLES = frozenset({Role.ADMINISTRATOR, Role.CLINICIAN, Role.PATIENT})

_SAME_EMAIL = select(User.id).where(func.lower(User.email) == bindparam("email"))
_BY_NUMBER = select(
    Patient.id,
    Patient.user_id,
    Patient.archived_at,
    Patient.record_number,
    Patient.given_name,
    Patient.family_name,
    Patient.email,
).where(Patient.clinic_id == bindparam("clinic_id"), Patient.record_number == bindparam("number"))


class AccountState(Word):
    """The life of an account."""

    INVITED = "invited", "Invited"
    ACTIVE = "active", "Active"
    LOCKED = "locked", "Locked"
    DISABLED = "disabled", "Disabled"


class PersonView(Struct, frozen=True, kw_only=True):
    """An account as an administrator sees it: nothing clinical, no patient's record."""

    id: int
    name: str
    email: str
    roles: tuple[Role, ...]
    state: AccountState
    invited_at: datetime | None
    last_sign_in_at: datetime | None
    second_factor: bool


class AccountDraft(Struct, frozen=True, kw_only=True):
    """A new account as it was typed; only patients have a record number."""

    name: str
    email: str
    roles: frozenset[Role]
    record_number: str = ""


def enrol(
    *,
    name: str,
    email: str,
    roles: Iterable[Role],
    password: str | None = None,
    patient_id: int | None = None,
    by: Actor,
) -> int:
    """Make an account and return its id. Without a password nobody can sign in until they set one.

    `patient_id` ties the account to the patient whom it shows their own record.
    """
    _allow(by)
    draft = AccountDraft(name=name, email=email, roles=frozenset(roles))
    stored = passwords.hash_for_storage(password) if password else None
    with unit_of_work(by) as unit:
        return insert(unit, draft, by=by, patient_id=patient_id, password=stored)


def invite(draft: AccountDraft, *, once: str = "", by: Actor) -> int:
    """Make an account that waits for its first password; invitations.send mails the link to it."""
    _allow(by)
    with unit_of_work(by) as unit:
        unit.once(once)
        patient_id, problems = _whose(draft, by)
        user_id = insert(unit, draft, by=by, patient_id=patient_id, problems=problems)
        unit.mark_saved(once, user_id)
        return user_id


def insert(
    unit: Unit,
    draft: AccountDraft,
    *,
    by: Actor,
    patient_id: int | None = None,
    password: str | None = None,
    problems: Iterable[Problem] = (),
) -> int:
    """Store an account inside a unit of work that was authorized; raise every problem at once."""
    if found := [*check(draft), *problems]:
        raise InvalidError(found)
    user = User(
        clinic_id=by.clinic_id,
        name=draft.name.strip(),
        email=normalize_email(draft.email),
        password=password,
        fs_uniquifier=secrets.token_hex(32),
        invited_at=unit.now,
        confirmed_at=unit.now if password else None,
        roles=_rows(draft.roles),
    )
    db.session.add(user)
    try:
        db.session.flush()
    except IntegrityError as error:  # somebody else took the address since we looked
        raise InvalidError([TAKEN]) from error
    if patient_id is not None:
        _link_account(patient_id, int(user.id), by)
    words = " ".join(sorted(draft.roles))
    unit.audit("user.enrolled", f"user:{user.id}", patient_id=patient_id, detail=words)
    return int(user.id)


def check(draft: AccountDraft) -> list[Problem]:
    """List what is wrong with a new account."""
    problems = check_words(draft)
    readable = all(problem.field != "email" for problem in problems)
    if readable and is_taken(normalize_email(draft.email)):
        problems.append(TAKEN)
    return problems


def is_taken(email: str) -> bool:
    """Say whether somebody has an e-mail address, which is spelt as it is stored."""
    return db.session.scalar(_SAME_EMAIL, {"email": email}) is not None


def check_words(draft: AccountDraft) -> list[Problem]:
    """List what is wrong with the words of a new account, whoever else has one."""
    problems = []
    name = visible_text(draft.name)
    if not name:
        problems.append(Problem("name", "Give the person's name."))
    elif len(name) > LINE_MAX:
        problems.append(Problem("name", f"Give a name of at most {LINE_MAX} characters."))
    elif _BREAKS.search(name):
        problems.append(Problem("name", "Write the name on one line, without tabs."))
    try:
        normalize_email(draft.email)
    except email_validator.EmailNotValidError:
        problems.append(Problem("email", "Give an e-mail address such as name@example.org."))
    if not draft.roles or not draft.roles <= ROLES:
        problems.append(Problem("roles", "Choose at least one role."))
    return problems


def normalize_email(email: str) -> str:
    """Spell an e-mail address the one way it is stored; raise EmailNotValidError."""
    checked = email_validator.validate_email(email.strip(), check_deliverability=False)
    return checked.normalized.lower()


def listing(*, by: Actor) -> list[PersonView]:
    """List everybody with an account at the clinic, by name."""
    _allow(by)
    now = clock.now()
    rows = db.session.scalars(
        select(User).where(User.clinic_id == by.clinic_id).order_by(User.name, User.id)
    )
    return [_view(row, now) for row in rows]


def find(user_id: int, *, by: Actor) -> PersonView:
    """Find an account of the clinic."""
    _allow(by)
    return _view(_fetch(user_id, by), clock.now())


def find_by_email(email: str, *, by: Actor) -> PersonView:
    """Find an account of the clinic by its e-mail address."""
    _allow(by)
    row = db.session.scalar(
        select(User).where(
            User.clinic_id == by.clinic_id, func.lower(User.email) == email.strip().lower()
        )
    )
    if row is None:
        raise NotFoundError(f"nobody here has the e-mail address {email.strip()}")
    return _view(row, clock.now())


def set_roles(user_id: int, roles: Iterable[Role], *, by: Actor) -> None:
    """Give somebody other roles; wherever they are signed in, they must sign in again."""
    new_roles = frozenset(roles)
    with _changing(user_id, by) as (unit, user):
        old_roles = {Role(row.name) for row in user.roles}
        if problems := _check_roles(user, old_roles, new_roles, by):
            raise InvalidError(problems)
        user.roles = _rows(new_roles)
        logins.end_all(user_id, reason="roles changed", now=unit.now)
        user.fs_uniquifier = secrets.token_hex(32)
        unit.audit("user.roles-changed", f"user:{user_id}", detail=_change(old_roles, new_roles))


def disable(user_id: int, *, by: Actor) -> None:
    """Shut somebody out at once, wherever they are signed in. Nothing they recorded is touched."""
    with _changing(user_id, by) as (unit, user):
        if problem := _oneself(user, by) or _last_administrator(user):
            raise InvalidError([problem])
        user.active = False
        user.invitation_hash = None
        user.fs_uniquifier = secrets.token_hex(32)
        logins.end_all(user_id, reason="disabled", now=unit.now)
        unit.audit("user.disabled", f"user:{user_id}")


def enable(user_id: int, *, by: Actor) -> None:
    """Let somebody in again who was disabled; not into a record that was merged and is empty."""
    with _changing(user_id, by) as (unit, user):
        if problem := _of_merged(user):
            raise InvalidError([problem])
        user.active = True
        unit.audit("user.enabled", f"user:{user_id}")


def unlock(user_id: int, *, by: Actor) -> None:
    """Open an account before the time that several failures closed it for is over."""
    with _changing(user_id, by) as (unit, user):
        user.failed_count, user.locked_until = 0, None
        unit.audit("user.unlocked", f"user:{user_id}")


def reset_second_factor(user_id: int, *, by: Actor) -> None:
    """Forget somebody's authenticator and recovery codes; at the next sign-in they set up anew."""
    with _changing(user_id, by) as (unit, user):
        if problem := _oneself(user, by):
            raise InvalidError([problem])
        user.tf_primary_method = user.tf_totp_secret = None
        user.mf_recovery_codes = None
        user.fs_uniquifier = secrets.token_hex(32)
        logins.end_all(user_id, reason="second factor reset", now=unit.now)
        unit.audit("user.second-factor-reset", f"user:{user_id}")


def _allow(by: Actor) -> None:
    authorize(by, Permission.PEOPLE_MANAGE, Subject(by.clinic_id))


@contextmanager
def _changing(user_id: int, by: Actor) -> Iterator[tuple[Unit, User]]:
    """Hold an account of the clinic while it is changed."""
    _allow(by)
    with unit_of_work(by) as unit:
        yield unit, _fetch(user_id, by, lock=True)


def _fetch(user_id: int, by: Actor, *, lock: bool = False) -> User:
    query = select(User).where(User.id == user_id, User.clinic_id == by.clinic_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = db.session.scalar(query)
    if row is None:
        raise NotFoundError
    return row


def _view(row: User, now: datetime) -> PersonView:
    return PersonView(
        id=row.id,
        name=row.name,
        email=row.email,
        roles=tuple(sorted(Role(role.name) for role in row.roles)),
        state=_state(row, now),
        invited_at=row.invited_at,
        last_sign_in_at=row.current_login_at,
        second_factor=row.tf_primary_method is not None,
    )


def _state(row: User, now: datetime) -> AccountState:
    if not row.active:
        return AccountState.DISABLED
    if row.locked_until is not None and row.locked_until > now:
        return AccountState.LOCKED
    return AccountState.INVITED if row.confirmed_at is None else AccountState.ACTIVE


def _rows(roles: frozenset[Role]) -> list[RoleRow]:
    return list(db.session.scalars(select(RoleRow).where(RoleRow.name.in_(sorted(roles)))))


def _whose(draft: AccountDraft, by: Actor) -> tuple[int | None, list[Problem]]:
    """Find the patient whom an account is for, or say why there can be none."""

    def wrong(message: str) -> tuple[None, list[Problem]]:
        return None, [Problem("record_number", message)]

    number = draft.record_number.strip()
    if Role.PATIENT not in draft.roles:
        return (
            wrong("Only a patient has one: tick Patient, or empty this.") if number else (None, [])
        )
    if not number:
        return wrong("Give the patient's record number.")
    kept = formerly.follow_number(number, by=by)
    found = db.session.execute(_BY_NUMBER, {"clinic_id": by.clinic_id, "number": kept}).first()
    if found is None or found.archived_at is not None:
        return wrong(f"No current patient has the record number {number}.")
    if found.user_id is not None:
        return wrong("This patient has an account already.")
    return int(found.id), list(of_record.compare(draft.name, draft.email, found))


def _link_account(patient_id: int, user_id: int, by: Actor) -> None:
    """Tie an account to a patient who has none yet; whoever was quicker wins."""
    done = db.session.execute(
        update(Patient)
        .where(
            Patient.id == patient_id, Patient.clinic_id == by.clinic_id, Patient.user_id.is_(None)
        )
        .values(user_id=user_id)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise InvalidError([Problem("email", "This patient has an account already.")])


def _check_roles(
    user: User, old_roles: set[Role], roles: frozenset[Role], by: Actor
) -> list[Problem]:
    if problem := _oneself(user, by):
        return [problem]
    if (Role.PATIENT in old_roles) != (Role.PATIENT in roles):
        return [Problem("roles", "A patient's account belongs to their record and stays so.")]
    if not roles or not roles <= ROLES:
        return [Problem("roles", "Choose at least one role.")]
    if Role.ADMINISTRATOR not in roles and (problem := _last_administrator(user)):
        return [problem]
    return []


def _oneself(user: User, by: Actor) -> Problem | None:
    """Keep people from locking themselves out, and from raising themselves unseen."""
    if user.id != by.user_id:
        return None
    return Problem("roles", "Ask another administrator to change your own account.")


def _of_merged(user: User) -> Problem | None:
    """Keep an account shut whose record was merged: it would show an empty record as theirs."""
    merged = select(Patient.id).where(
        Patient.user_id == user.id, Patient.merged_into_id.is_not(None)
    )
    if db.session.scalar(merged) is None:
        return None
    return Problem(
        "roles",
        "Their record was merged into another one, which has a sign-in of its own. They use that.",
    )


def _last_administrator(user: User) -> Problem | None:
    others = db.session.scalar(
        select(func.count())
        .select_from(User)
        .join(User.roles)
        .where(
            User.clinic_id == user.clinic_id,
            User.id != user.id,
            User.active.is_(True),
            RoleRow.name == Role.ADMINISTRATOR.value,
        )
    )
    if others or all(role.name != Role.ADMINISTRATOR.value for role in user.roles):
        return None
    return Problem("roles", "This is the clinic's only administrator. Make another one first.")


def _change(old_roles: Iterable[Role], roles: Iterable[Role]) -> str:
    return f"{' '.join(sorted(old_roles))} -> {' '.join(sorted(roles))}"
