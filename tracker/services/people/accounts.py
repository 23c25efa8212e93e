"""People who sign in: enrol, list, and tie a patient to their account."""

import secrets
from collections.abc import Iterable
from datetime import datetime

import email_validator
from msgspec import Struct
from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError

from tracker.domain.access import Actor, Permission, Role, Subject, authorize
from tracker.domain.codes import Word
from tracker.domain.parsing import LINE_MAX, is_one_line, visible_text
from tracker.domain.people import sign_in_name
from tracker.domain.problems import InvalidError, NotFoundError, Problem
from tracker.models import sealing
from tracker.models.database import db
from tracker.models.patients import Patient
from tracker.models.users import Role as RoleRow
from tracker.models.users import User
from tracker.services import clock
from tracker.services.patients import formerly
from tracker.services.people import mailboxes, of_record, passwords
from tracker.services.unit_of_work import Unit, audit, unit_of_work

APART = Problem(
    "roles",
    "A patient's account shows their own record and nothing else. Somebody who also works here "
    "gets a second account, by an invitation of its own.",
)
ROLES = frozenset({Role.ADMINISTRATOR, Role.CLINICIAN, Role.PATIENT})

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
    sign_in_name: str
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
    sign_in_name: str = ""


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
    if found := [*check(draft, by.clinic_id), *problems]:
        raise InvalidError(found)
    user = User(
        clinic_id=by.clinic_id,
        name=draft.name.strip(),
        email=normalize_email(draft.email),
        sign_in_name=sign_in_name.normalize(draft.sign_in_name) or None,
        password=password,
        fs_uniquifier=secrets.token_hex(32),
        invited_at=unit.now,
        confirmed_at=unit.now if password else None,
        roles=role_rows(draft.roles),
    )
    db.session.add(user)
    try:
        db.session.flush()
    except IntegrityError as error:  # somebody else took the address since we looked
        taken = mailboxes.NAME_TAKEN if draft.sign_in_name else mailboxes.TAKEN
        raise InvalidError([taken]) from error
    if patient_id is not None:
        _link_account(patient_id, int(user.id), by)
    words = " ".join(sorted(draft.roles))
    unit.audit("user.enrolled", f"user:{user.id}", patient_id=patient_id, detail=words)
    return int(user.id)


def check(draft: AccountDraft, clinic_id: int) -> list[Problem]:
    """List what is wrong with a new account, inside the unit of work that makes it."""
    problems = check_words(draft)
    faulty = {problem.field for problem in problems}
    if not faulty & {"email", "sign_in_name"}:
        email = normalize_email(draft.email)
        mailboxes.hold(email)
        name = sign_in_name.normalize(draft.sign_in_name)
        problems += mailboxes.check(email, name, clinic_id=clinic_id)
    return problems


def check_words(draft: AccountDraft) -> list[Problem]:
    """List what is wrong with the words of a new account, whoever else has one."""
    problems = check_identity(draft.name, draft.email, draft.sign_in_name)
    if not draft.roles or not draft.roles <= ROLES:
        problems.append(Problem("roles", "Choose at least one role."))
    elif Role.PATIENT in draft.roles and len(draft.roles) > 1:
        problems.append(APART)
    return problems


def check_identity(name: str, email: str, typed_name: str) -> list[Problem]:
    """List what is wrong with what somebody is called, and with what they sign in by."""
    problems = []
    if wrong := fault_of_name(name):
        problems.append(Problem("name", wrong))
    try:
        normalize_email(email)
    except email_validator.EmailNotValidError:
        problems.append(Problem("email", "Give an e-mail address such as name@example.org."))
    if wrong := sign_in_name.fault(typed_name):
        problems.append(Problem("sign_in_name", wrong))
    return problems


def fault_of_name(name: str) -> str:
    """Say what is wrong with a person's name; nothing where it is right."""
    seen = visible_text(name)
    if not seen:
        return "Give the person's name."
    if len(seen) > LINE_MAX:
        return f"Give a name of at most {LINE_MAX} characters."
    # It stands in the trail and in lists on a terminal: it must not begin a line of its own there.
    return "" if is_one_line(seen) else "Write the name on one line, without tabs."


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
    people = [view_of(row, now) for row in rows]
    of_patients = select(Patient.id).where(
        Patient.clinic_id == by.clinic_id, Patient.user_id.is_not(None)
    )
    shown = db.session.scalars(of_patients).all()
    audit(by, "people.listed", patients=shown, detail=f"{len(people)} accounts")
    return people


def view(user_id: int, *, by: Actor) -> PersonView:
    """Show an account of the clinic; leaves a line, of the patient where it is a patient's."""
    person = find(user_id, by=by)
    patient_id = db.session.scalar(select(Patient.id).where(Patient.user_id == user_id))
    audit(by, "person.viewed", f"user:{user_id}", patient_id=patient_id)
    return person


def find(user_id: int, *, by: Actor) -> PersonView:
    """Find an account of the clinic."""
    _allow(by)
    return view_of(fetch_user(user_id, by), clock.now())


def find_by_email(typed: str, *, by: Actor) -> PersonView:
    """Find an account of the clinic by its e-mail address, or by its name to sign in by."""
    _allow(by)
    found = [row for row in mailboxes.find(typed) if row.clinic_id == by.clinic_id]
    if not found:
        raise NotFoundError(f"nobody here has the e-mail address or sign-in name {typed.strip()}")
    if len(found) > 1:
        names = ", ".join(str(row.sign_in_name) for row in found)
        raise NotFoundError(f"several people have that e-mail address: give one of {names}")
    return view_of(found[0], clock.now())


def _allow(by: Actor) -> None:
    authorize(by, Permission.PEOPLE_MANAGE, Subject(by.clinic_id))


def fetch_user(user_id: int, by: Actor, *, lock: bool = False) -> User:
    """Fetch an account of the clinic, held until the commit where it is about to change."""
    query = select(User).where(User.id == user_id, User.clinic_id == by.clinic_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = db.session.scalar(query)
    if row is None:
        raise NotFoundError
    return row


def view_of(row: User, now: datetime) -> PersonView:
    """Make the view of an account's row."""
    return PersonView(
        id=row.id,
        name=row.name,
        email=row.email,
        sign_in_name=row.sign_in_name or "",
        roles=tuple(sorted(Role(role.name) for role in row.roles)),
        state=_state(row, now),
        invited_at=row.invited_at,
        last_sign_in_at=row.current_login_at,
        second_factor=row.has_second_factor,
    )


def _state(row: User, now: datetime) -> AccountState:
    if not row.active:
        return AccountState.DISABLED
    if row.locked_until is not None and row.locked_until > now:
        return AccountState.LOCKED
    return AccountState.INVITED if row.confirmed_at is None else AccountState.ACTIVE


def role_rows(roles: frozenset[Role]) -> list[RoleRow]:
    """Read the rows of roles."""
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
    sealing.touch(Patient, [patient_id])
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise InvalidError([Problem("email", "This patient has an account already.")])
