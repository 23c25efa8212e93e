"""A second person: a colleague who confirms it by their own password or code, or a stated name."""

from msgspec import Struct
from sqlalchemy import Select, select

from tracker.domain.access import Actor, Role
from tracker.domain.parsing import visible_text
from tracker.domain.people import second_person
from tracker.domain.people.second_person import SecondPerson, SecondPersonClaim, SecondPersonHow
from tracker.domain.problems import InvalidError, Problem
from tracker.models.database import db
from tracker.models.users import AccountChange, User, user_role
from tracker.models.users import Role as RoleRow
from tracker.services.people import brakes, passwords
from tracker.services.unit_of_work import Unit, audit

SECRET = "second_secret"  # noqa: S105 - the name of a field
CHOSEN = "second_id"
RENAMED = "user.changed"  # by themself; nothing else is kept under that word with an account
_STAFF = (Role.CLINICIAN.value, Role.ADMINISTRATOR.value)
_CODE_LENGTH = 6
_OWN_NAME = "Give the name of a second person: this one is your own, from before."
_LOCKED = "{} cannot confirm just now: too many wrong tries. Wait 15 minutes, or name another."


class Colleague(Struct, frozen=True):
    """Somebody of the clinic's staff who can sign in."""

    user_id: int
    name: str


def colleagues(*, by: Actor) -> list[Colleague]:
    """List who may be chosen as a second person: the staff but oneself, by name."""
    rows = db.session.execute(
        _of_staff(by)
        .where(User.active.is_(True), User.password.is_not(None), User.id != (by.user_id or 0))
        .order_by(User.name, User.id)
    )
    return [Colleague(row.id, row.name) for row in rows]


def _of_staff(by: Actor) -> Select[int, str]:
    staff = (
        select(user_role.c.user_id)
        .join(RoleRow, RoleRow.id == user_role.c.role_id)
        .where(RoleRow.name.in_(_STAFF))
    )
    return select(User.id, User.name).where(User.clinic_id == by.clinic_id, User.id.in_(staff))


def name_of(claim: SecondPersonClaim, *, by: Actor) -> str:
    """Name whom a claim is about; '' where it names nobody, or nobody of the list."""
    if claim.user_id is None:
        return visible_text(claim.name)
    found = [one.name for one in colleagues(by=by) if one.user_id == claim.user_id]
    return found[0] if found else ""


def problems(claim: SecondPersonClaim, field: str, *, by: Actor) -> list[Problem]:
    """List what cannot be about a second person before a secret is looked at.

    `field` is where a name is typed. Whoever has an account confirms with it.
    """
    if claim.user_id is not None:
        if not name_of(claim, by=by):
            return [Problem(CHOSEN, "Choose one of the list.")]
        if not claim.secret:
            message = "They type their own password here, or the code of their authenticator."
            return [Problem(SECRET, message)]
        return []
    if _is_oneself(claim.name, by=by):
        return [Problem(field, _OWN_NAME)]
    if holder := _account_holder(claim.name, by=by):
        message = f"{holder} has an account: choose them from the list, and let them confirm."
        return [Problem(field, message)]
    return []


def settle(claim: SecondPersonClaim, *, by: Actor) -> SecondPerson:
    """Say who was there besides, once they have confirmed it; raise InvalidError where not.

    A wrong secret counts as one at sign-in does, and leaves its line.
    """
    name = name_of(claim, by=by)
    if claim.user_id is None:
        return SecondPerson(name, SecondPersonHow.WITHOUT_ACCOUNT if name else None)
    user = db.session.get_one(User, claim.user_id)
    place = brakes.beside(by)
    if brakes.is_locked(user.id, place):
        raise InvalidError([Problem(SECRET, _LOCKED.format(name))])
    if not _is_right(user, claim.secret):
        # At the account that was tried, nobody knows who tried; here it is somebody signed in.
        audit(by, "second-person.refused", f"user:{user.id}")
        closed = brakes.count_failure(user.id, "second person's secret", place)
        wrong = f"This is not the password or the code of {name}. Let them type it again."
        raise InvalidError([Problem(SECRET, _LOCKED.format(name) if closed else wrong)])
    audit(by, "second-person.confirmed", f"user:{user.id}")
    return SecondPerson(name, SecondPersonHow.CONFIRMED, user.id)


def accept(claim: SecondPersonClaim, *, by: Actor) -> SecondPerson:
    """Take a typed name as it is, where a session must not wait: marked as not confirmed.

    A colleague who is chosen confirms all the same.
    """
    if claim.user_id is not None:
        return settle(claim, by=by)
    name = visible_text(claim.name)
    known = _is_oneself(name, by=by) or _account_holder(name, by=by)
    how = SecondPersonHow.NOT_CONFIRMED if known else SecondPersonHow.WITHOUT_ACCOUNT
    return SecondPerson(name, how if name else None)


def is_of_colleague(name: str, *, by: Actor) -> bool:
    """Say whether a name is that of somebody else who works at the clinic, or did."""
    query = _of_staff(by).where(User.id != (by.user_id or 0))
    return any(second_person.is_same_name(row.name, name) for row in db.session.execute(query))


def note_former_name(unit: Unit, by: Actor, before: str, now: str) -> None:
    """Note in the history of one's own account what one was called before, and is called now."""
    db.session.add(
        AccountChange(
            clinic_id=by.clinic_id,
            user_id=by.user_id,
            at=unit.now,
            by_name=before,
            action=RENAMED,
            reason=f"Their own name, which is {now} now",
        )
    )


def _is_oneself(name: str, *, by: Actor) -> bool:
    """Say whether a typed name is one that the writer had before; the present one, a form refuses.

    Whoever takes another name for a while could be their own witness.
    """
    query = select(AccountChange.by_name).where(
        AccountChange.user_id == by.user_id, AccountChange.action == RENAMED
    )
    return any(second_person.is_same_name(one, name) for one in db.session.scalars(query))


def _account_holder(name: str, *, by: Actor) -> str:
    found = (one.name for one in colleagues(by=by) if second_person.is_same_name(one.name, name))
    return next(found, "")


def _is_right(user: User, secret: str) -> bool:
    if len(secret) == _CODE_LENGTH and secret.isdecimal() and user.tf_totp_secret:
        return passwords.is_right_code(user, secret)
    return passwords.is_right(user, secret)
