"""People who sign in: enrol, disable, and tie a patient to their account."""

import secrets
from collections.abc import Iterable

from flask_security import hash_password
from sqlalchemy import func, select

from tracker.domain.access import Actor, Permission, Role, Subject, authorize
from tracker.domain.problems import InvalidError, Problem
from tracker.models.database import db
from tracker.models.patients import Patient
from tracker.models.users import Role as RoleRow
from tracker.models.users import User
from tracker.services.unit import unit_of_work


def enrol(
    *, name: str, email: str, roles: Iterable[Role], password: str | None = None,
    patient_id: int | None = None, by: Actor,
) -> int:  # fmt: skip
    """Make an account and return its id. Without a password nobody can sign in until they set one."""
    authorize(by, Permission.PEOPLE_MANAGE, Subject(by.clinic_id))
    wanted = {role.value for role in roles}
    if problems := _check(name, email, wanted):
        raise InvalidError(problems)
    with unit_of_work(by) as unit:
        rows = db.session.scalars(select(RoleRow).where(RoleRow.name.in_(wanted))).all()
        user = User(
            clinic_id=by.clinic_id,
            name=name.strip(),
            email=email.strip().lower(),
            password=hash_password(password or secrets.token_urlsafe(48)),
            fs_uniquifier=secrets.token_hex(32),
            invited_at=unit.now,
            confirmed_at=unit.now if password else None,
            roles=list(rows),
        )
        db.session.add(user)
        db.session.flush()
        if patient_id is not None:
            db.session.get_one(Patient, patient_id).user_id = user.id
        unit.audit("user.enrolled", f"user:{user.id}", patient_id=patient_id, detail=" ".join(sorted(wanted)))
        return int(user.id)


def _check(name: str, email: str, roles: set[str]) -> list[Problem]:
    problems = []
    if not name.strip():
        problems.append(Problem("name", "Give the person's name."))
    if "@" not in email.strip("@ "):
        problems.append(Problem("email", "Give an e-mail address such as name@example.org."))
    elif db.session.scalar(
        select(User.id).where(func.lower(User.email) == email.strip().lower())
    ):
        problems.append(Problem("email", "Somebody has this e-mail address already."))
    if not roles:
        problems.append(Problem("roles", "Choose at least one role."))
    return problems
