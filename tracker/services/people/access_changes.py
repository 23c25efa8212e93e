"""What is done to somebody's way in: other roles, disabled, enabled, a second step forgotten.

Each wants a reason, which stays with the account, and is told to the person by a mail.
"""

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from msgspec import Struct
from sqlalchemy import delete, func, select

from tracker.domain.access import Actor, Permission, Role, Subject, authorize
from tracker.domain.formatting import times
from tracker.domain.parsing import REASON_MAX, is_blank
from tracker.domain.people.notices import AccountNotice
from tracker.domain.problems import InvalidError, Problem
from tracker.models.clinics import Clinic
from tracker.models.database import db
from tracker.models.patients import Patient
from tracker.models.users import AccountChange, Passkey, User
from tracker.models.users import Role as RoleRow
from tracker.services import stamps
from tracker.services.people import accounts, brakes, devices, logins, notices, unlocking
from tracker.services.unit_of_work import Unit, unit_of_work

_STAFF = frozenset({Role.ADMINISTRATOR, Role.CLINICIAN})
_ONLY_ONE = Problem(
    "roles", "This is the clinic's only administrator who can sign in. Make another one first."
)
_DONE_ALREADY = Problem(
    "reason", "Somebody did this meanwhile, and it stands. What you wrote is not kept."
)
_NO_REASON = Problem("reason", f"Say why, in at most {REASON_MAX} characters.")


class ChangeView(Struct, frozen=True):
    """What was done to an account, when, by whom and why; `action` as the trail calls it."""

    at: datetime
    by_name: str
    action: str
    reason: str


def history(user_id: int, *, by: Actor) -> list[ChangeView]:
    """List what was done to an account of the clinic, the newest first."""
    _allow(by)
    rows = db.session.execute(
        select(AccountChange.at, AccountChange.by_name, AccountChange.action, AccountChange.reason)
        .where(AccountChange.user_id == user_id, AccountChange.clinic_id == by.clinic_id)
        .order_by(AccountChange.at.desc(), AccountChange.id)
        .limit(50)
    )
    return [ChangeView(*row) for row in rows]


def set_roles(
    user_id: int, roles: Iterable[Role], *, reason: str, by: Actor, opened: str = ""
) -> None:
    """Give somebody of the staff other roles; they must sign in again, wherever they were."""
    new_roles = frozenset(roles)
    with _changing(user_id, "user.roles-changed", reason, AccountNotice.ROLES_CHANGED, by) as (
        unit,
        user,
    ):
        old_roles = {Role(row.name) for row in user.roles}
        stamps.refuse_other(opened, *sorted(old_roles))
        if problems := _check_roles(user, old_roles, new_roles, by):
            raise InvalidError(problems)
        user.roles = accounts.role_rows(new_roles)
        if Role.CLINICIAN not in new_roles:
            user.calendar_hash = None  # a secret that others may have must not work again later
        _end(unit, user, "roles changed")
        unit.audit("user.roles-changed", f"user:{user_id}", detail=_change(old_roles, new_roles))


def disable(user_id: int, *, reason: str, by: Actor) -> None:
    """Shut somebody out at once, wherever they are signed in. Nothing they recorded is touched."""
    with _changing(user_id, "user.disabled", reason, AccountNotice.DISABLED, by) as (unit, user):
        if problem := _oneself(user, by) or _last_administrator(user):
            raise InvalidError([problem])
        if not user.active:
            raise InvalidError([_DONE_ALREADY])
        user.active = False
        user.invitation_hash = user.email_hash = user.email_wanted = user.calendar_hash = None
        unlocking.end_all(user_id)
        devices.forget_all(user_id)
        _end(unit, user, "disabled")
        unit.audit("user.disabled", f"user:{user_id}")


def enable(user_id: int, *, reason: str, by: Actor) -> None:
    """Let somebody in again who was disabled; not into a record that was merged and is empty."""
    with _changing(user_id, "user.enabled", reason, AccountNotice.ENABLED, by) as (unit, user):
        if problem := _of_merged(user):
            raise InvalidError([problem])
        if user.active:
            raise InvalidError([_DONE_ALREADY])
        user.active = True
        unit.audit("user.enabled", f"user:{user_id}")


def reset_second_factor(user_id: int, *, reason: str, by: Actor) -> None:
    """Forget somebody's authenticator, passkeys and recovery codes; staff then set one up anew."""
    told = AccountNotice.SECOND_STEP_RESET
    with _changing(user_id, "user.second-factor-reset", reason, told, by) as (unit, user):
        if problem := _oneself(user, by):
            raise InvalidError([problem])
        user.tf_primary_method = user.tf_totp_secret = None
        user.mf_recovery_codes = user.codes_kept_at = None
        gone = db.session.execute(delete(Passkey).where(Passkey.user_id == user_id))
        devices.forget_all(user_id)
        _end(unit, user, "second factor reset")
        count = times(gone.rowcount, "passkey")  # type: ignore[attr-defined]
        unit.audit("user.second-factor-reset", f"user:{user_id}", detail=f"{count} removed")


def unlock(user_id: int, *, by: Actor) -> None:
    """Open an account before the time that several failures closed it for is over."""
    _allow(by)
    with unit_of_work(by) as unit:
        user = accounts.fetch_user(user_id, by, lock=True)
        brakes.open_again(user)
        unit.audit("user.unlocked", f"user:{user_id}")


def _allow(by: Actor) -> None:
    authorize(by, Permission.PEOPLE_MANAGE, Subject(by.clinic_id))


@contextmanager
def _changing(
    user_id: int, action: str, reason: str, told: AccountNotice, by: Actor
) -> Iterator[tuple[Unit, User]]:
    """Hold an account of the clinic while it is changed, keep why, and write to its holder."""
    _allow(by)
    wanting = is_blank(reason) or len(reason) > REASON_MAX
    with unit_of_work(by) as unit:
        # One change of the clinic's staff after the other: two administrators who shut each other
        # out at the same moment would leave none.
        db.session.execute(select(Clinic.id).where(Clinic.id == by.clinic_id).with_for_update())
        user = accounts.fetch_user(user_id, by, lock=True)
        address = user.email if user.confirmed_at is not None else ""
        try:
            yield unit, user
        except InvalidError as error:
            raise InvalidError([*error.problems, *[_NO_REASON][: int(wanting)]]) from error
        if wanting:
            raise InvalidError([_NO_REASON])
        db.session.add(
            AccountChange(
                clinic_id=by.clinic_id,
                user_id=user_id,
                at=unit.now,
                by_name=by.name,
                action=action,
                reason=reason.strip(),
            )
        )
    if address:  # nobody is written to about an account that they never opened
        notices.tell(address, told, clinic_id=by.clinic_id)


def _end(unit: Unit, user: User, why: str) -> None:
    user.fs_uniquifier = secrets.token_hex(32)
    logins.end_all(user.id, reason=why, now=unit.now)


def _check_roles(
    user: User, old_roles: set[Role], roles: frozenset[Role], by: Actor
) -> list[Problem]:
    if problem := _oneself(user, by):
        return [problem]
    if Role.PATIENT in old_roles or Role.PATIENT in roles:
        return [accounts.APART]
    if not roles or not roles <= _STAFF:
        return [Problem("roles", "Choose at least one role.")]
    if Role.ADMINISTRATOR not in roles and (problem := _last_administrator(user)):
        return [problem]
    return []


def _oneself(user: User, by: Actor) -> Problem | None:
    """Keep people from locking themselves out, and from raising themselves unseen."""
    if user.id != by.user_id:
        return None
    return Problem("roles", "Ask another administrator to change your own account.")


def _last_administrator(user: User) -> Problem | None:
    """Count who else can sign in as one: somebody who was only invited cannot yet."""
    others = db.session.scalar(
        select(func.count())
        .select_from(User)
        .join(User.roles)
        .where(
            User.clinic_id == user.clinic_id,
            User.id != user.id,
            User.active.is_(True),
            User.password.is_not(None),
            RoleRow.name == Role.ADMINISTRATOR.value,
        )
    )
    if others or all(role.name != Role.ADMINISTRATOR.value for role in user.roles):
        return None
    return _ONLY_ONE


def _change(old_roles: Iterable[Role], roles: Iterable[Role]) -> str:
    return f"{' '.join(sorted(old_roles))} -> {' '.join(sorted(roles))}"


def _of_merged(user: User) -> Problem | None:
    """Keep an account shut whose record was merged: it would show an empty record as theirs."""
    merged = select(Patient.id).where(
        Patient.user_id == user.id, Patient.merged_into_id.is_not(None)
    )
    if db.session.scalar(merged) is None:
        return None
    return Problem(
        "",
        "Their record was merged into another one, which has a sign-in of its own. They use that.",
    )
