"""Where people are signed in, and who they are on each request."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import Connection, bindparam, distinct, exists, func, or_, select, update

from tracker.domain.access import Actor, Role
from tracker.models.alerts import Alert
from tracker.models.clinics import Clinic
from tracker.models.database import db, plain_rows
from tracker.models.drafts import PAGE, Draft
from tracker.models.patients import Patient
from tracker.models.users import Role as RoleRow
from tracker.models.users import SignIn, User, user_role
from tracker.services import clock
from tracker.services.people import brakes, devices
from tracker.services.unit_of_work import UNAVAILABLE, Unit, audit, housekeeping, unit_of_work

# Writing the time of the last request down more often than this would cost a disk flush a page.
SEEN_EVERY = timedelta(seconds=60)
SIGNED_OUT_ELSEWHERE = "user.signed-out-elsewhere"
# When a browser was last used, where that could not be written down; of this process alone.
_seen_unwritten: dict[str, datetime] = {}
_SEEN_MAX = 4_096

# Alerts of one form are one to look at, as their list has it.
_OPEN_ALERTS = (
    select(func.count(distinct(func.coalesce(Alert.assessment_id, -Alert.reply_id))))
    .where(Alert.clinic_id == User.clinic_id, Alert.acknowledged_at.is_(None))
    .correlate(User)
    .scalar_subquery()
)
_WHO = (
    select(
        User.id,
        User.clinic_id,
        User.name,
        SignIn.seen_at,
        SignIn.began_at,
        Patient.id,
        Clinic.name,
        Clinic.time_zone,
        Clinic.settings,
        _OPEN_ALERTS,
        exists().where(Draft.user_id == User.id, Draft.form.startswith(PAGE)),
        RoleRow.name,
    )
    .join_from(SignIn, User, SignIn.user_id == User.id)
    .join(Clinic, Clinic.id == User.clinic_id)
    .outerjoin(Patient, Patient.user_id == User.id)
    .outerjoin(user_role, user_role.c.user_id == User.id)
    .outerjoin(RoleRow, RoleRow.id == user_role.c.role_id)
    .where(
        SignIn.token_hash == bindparam("token_hash"),
        SignIn.ended_at.is_(None),
        User.fs_uniquifier == bindparam("uniquifier"),
        User.active.is_(True),
    )
)


class ClinicView(Struct, frozen=True):
    """What pages need to know of the clinic."""

    id: int
    name: str
    zone: ZoneInfo
    settings: dict[str, Any]


class SignedIn(Struct, frozen=True):
    """Somebody signed in: who, where, and when they were last seen to do something.

    `open_alerts` wait in their clinic; read with the rest, so that a menu may show how many.
    `has_typed` says whether drafts of pages are kept for them.
    """

    actor: Actor
    clinic: ClinicView
    seen_at: datetime
    began_at: datetime
    open_alerts: int
    has_typed: bool = False


class SignInMethods(Struct, frozen=True):
    """By what somebody signs in; `authenticator` is an app that shows codes."""

    email: str
    sign_in_name: str
    authenticator: bool
    passkey: bool
    recovery_codes: int

    @property
    def second_factor(self) -> bool:
        """Say whether a password alone is not enough."""
        return self.authenticator or self.passkey


class Place(Struct, frozen=True):
    """One browser where somebody is signed in."""

    began_at: datetime
    seen_at: datetime
    address: str
    here: bool


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def begin(
    user_id: int, *, address: str, place: brakes.TryPlace | None = None, how: str = ""
) -> str:
    """Open a sign-in for a user and return the token that the browser keeps.

    What went wrong before at the `place` is forgotten. `how` is said where it was no password.
    """
    token = secrets.token_urlsafe(32)
    with unit_of_work(actor_of(user_id, address=address), needs_room=False) as unit:
        row = SignIn(
            token_hash=_hash(token),
            user_id=user_id,
            began_at=unit.now,
            seen_at=unit.now,
            address=address,
        )
        db.session.add(row)
        user = db.session.get_one(User, user_id)
        brakes.forget_failures(user, place or brakes.at_address(address))
        unit.audit("signed-in", f"user:{user_id}", detail=how)
    return token


def find(token: str, uniquifier: str, *, address: str) -> SignedIn | None:
    """Find who holds a token; None when it was ended, or the user is disabled or changed."""
    asked = {"token_hash": _hash(token), "uniquifier": uniquifier}
    rows = plain_rows(_WHO, asked).all()
    if not rows:
        return None
    user_id, clinic_id, name, seen_at, began_at, patient_id, *here, _ = rows[0]
    clinic_name, zone, kept, open_alerts, has_typed = here
    roles = frozenset(Role(row[-1]) for row in rows if row[-1])
    actor = Actor(user_id, clinic_id, name, roles, patient_id, address)
    clinic = ClinicView(clinic_id, clinic_name, ZoneInfo(zone), kept)
    seen_at = max(seen_at, _seen_unwritten.get(asked["token_hash"], seen_at))
    return SignedIn(actor, clinic, seen_at, began_at, open_alerts, bool(has_typed))


def touch(token: str, seen_at: datetime) -> None:
    """Write down that the person did something, at most once a minute."""
    now = clock.now()
    if now - seen_at < SEEN_EVERY:
        return
    try:
        with housekeeping(needs_room=False):
            db.session.execute(
                update(SignIn).where(SignIn.token_hash == _hash(token)).values(seen_at=now)
            )
    except UNAVAILABLE:  # whoever reads while nothing can be written is not idle
        if len(_seen_unwritten) >= _SEEN_MAX:
            _seen_unwritten.clear()
        _seen_unwritten[_hash(token)] = now
    else:
        _seen_unwritten.pop(_hash(token), None)


def end(token: str, *, by: Actor, reason: str) -> None:
    """End one sign-in, so that no copy of its cookie works any more."""
    with unit_of_work(by, needs_room=False) as unit:
        row = db.session.get(SignIn, _hash(token))
        if row is not None and row.ended_at is None:
            row.ended_at, row.end_reason = unit.now, reason
        unit.audit("signed-out", f"user:{by.user_id}", detail=reason)


def end_all(user_id: int, *, reason: str, now: datetime, keep: str = "") -> None:
    """End a user's sign-ins but that of the token to keep, inside the caller's unit of work."""
    db.session.execute(
        update(SignIn)
        .where(
            SignIn.user_id == user_id,
            SignIn.ended_at.is_(None),
            SignIn.token_hash != _hash(keep),
        )
        .values(ended_at=now, end_reason=reason)
    )


def end_others(user_id: int, token: str, *, action: str, by: Actor) -> None:
    """Sign a user out everywhere but where they are; `action` says in the trail what they did.

    Whoever does any of these has a password: an invitation that still lies about ends with it. So
    do the browsers that the account knows where `action` is another password or second step.
    """
    with unit_of_work(by) as unit:
        note_change(unit, db.session.get_one(User, user_id), token, action)


def note_change(unit: Unit, user: User, token: str, action: str) -> None:
    """Do what `end_others` does inside the caller's unit of work."""
    end_all(user.id, reason=action, now=unit.now, keep=token)
    user.invitation_hash, user.confirmed_at = None, user.confirmed_at or unit.now
    if action != SIGNED_OUT_ELSEWHERE:
        devices.forget_all(user.id)
    unit.audit(action, f"user:{user.id}")


def places(token: str, *, since: datetime, by: Actor) -> list[Place]:
    """List where somebody is signed in and was seen since then, the latest used first."""
    rows = db.session.execute(
        select(SignIn.token_hash, SignIn.began_at, SignIn.seen_at, SignIn.address)
        .where(SignIn.user_id == by.user_id, SignIn.ended_at.is_(None), SignIn.seen_at >= since)
        .order_by(SignIn.seen_at.desc())
    )
    here = _hash(token)
    return [Place(*row[1:], here=row[0] == here) for row in rows]


def sign_in_methods(*, by: Actor) -> SignInMethods:
    """Tell by what somebody signs in."""
    user = db.session.get_one(User, by.user_id)
    codes = user.mf_recovery_codes or []
    return SignInMethods(
        email=user.email,
        sign_in_name=user.sign_in_name or "",
        authenticator=user.tf_primary_method is not None,
        passkey=user.has_passkey,
        recovery_codes=len(codes),
    )


def spend_code(user_id: int, counter: int) -> bool:
    """Use a one-time code up; False when it, or a later one, was used before."""
    with housekeeping(needs_room=False):
        spent = db.session.execute(
            update(User)
            .where(
                User.id == user_id,
                or_(User.tf_last_counter.is_(None), User.tf_last_counter < counter),
            )
            .values(tf_last_counter=counter)
        )
        return spent.rowcount == 1  # type: ignore[attr-defined,no-any-return]


def leave_line(user_id: int, action: str, *, address: str) -> None:
    """Leave a line about what a user did to the way they sign in."""
    audit(actor_of(user_id, address=address), action, f"user:{user_id}")


def half_open(uniquifier: str) -> int | None:
    """Find whose password was right, and whose second step is still to come."""
    return db.session.scalar(select(User.id).where(User.fs_uniquifier == uniquifier))


def actor_of(user_id: int, *, address: str = "") -> Actor:
    """Make the actor of a user by id, for what happens before there is a sign-in."""
    user = db.session.get_one(User, user_id)
    patient_id = db.session.scalar(select(Patient.id).where(Patient.user_id == user_id))
    roles = frozenset(Role(role.name) for role in user.roles)
    return Actor(user.id, user.clinic_id, user.name, roles, patient_id, address)


def administrators_in(connection: Connection) -> int:
    """Count who can sign in as an administrator, of a database that no application has opened."""
    query = (
        select(func.count(distinct(User.id)))
        .join(user_role, user_role.c.user_id == User.id)
        .join(RoleRow, RoleRow.id == user_role.c.role_id)
        .where(
            RoleRow.name == Role.ADMINISTRATOR.value,
            User.active.is_(True),
            User.password.is_not(None),
        )
    )
    return int(connection.execute(query).scalar_one())
