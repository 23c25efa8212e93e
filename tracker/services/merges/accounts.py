"""The sign-ins of two records that are merged: one stays, a second one is disabled."""

import secrets
from typing import Any

from tracker.domain.problems import Problem
from tracker.models.database import db
from tracker.models.patients import Patient
from tracker.models.users import User
from tracker.services.merges import moving
from tracker.services.people import logins
from tracker.services.unit_of_work import Unit

NO_CHOICE = Problem("account_of", "Choose whose sign-in stays.")
STAFF = (
    "The sign-in of record {} is also that of somebody who works here. Keep it, or ask an "
    "administrator to take their other roles away first."
)
OF_PATIENT = "patient.user_id"  # not the table alone: what else a record said is noted under that


def check(kept: Patient, merged: Patient, account_of: int | None) -> list[Problem]:
    """List what is wrong with whose sign-in stays; where one has none, there is no choice.

    Who also works here is not shut out by a merge.
    """
    if kept.user_id is None or merged.user_id is None:
        return []
    ends = {kept.id: merged, merged.id: kept}.get(account_of or 0)
    if ends is None:
        return [NO_CHOICE]
    if not db.session.get_one(User, ends.user_id).is_staff:
        return []
    return [Problem("account_of", STAFF.format(ends.record_number))]


def unite(
    unit: Unit, merge_id: int, kept: Patient, merged: Patient, account_of: int | None
) -> None:
    """Give the kept record the sign-in that stays; where both have one, disable the other."""
    for one in (kept, merged):
        moving.note(merge_id, OF_PATIENT, one.id, {"user_id": one.user_id})
    if merged.user_id is None:
        return
    if kept.user_id is None or account_of == merged.id:
        _swap(kept, merged)
    if merged.user_id is not None:
        user = db.session.get_one(User, merged.user_id)
        moving.note(merge_id, User.__tablename__, user.id, {"active": user.active})
        user.active = False
        user.fs_uniquifier = secrets.token_hex(32)
        logins.end_all(user.id, reason="disabled", now=unit.now)
        unit.audit("user.disabled", f"user:{user.id}")


def part(unit: Unit, merge_id: int, kept: Patient, merged: Patient) -> None:
    """Give each record the sign-in that it had; one that was disabled is let in again."""
    before: dict[int, Any] = moving.read_notes(merge_id, OF_PATIENT)
    theirs = before[merged.id]["user_id"]
    if theirs is None:
        return  # one that was made since stays with the kept record
    if kept.user_id == theirs:
        _swap(kept, merged)
    for user_id, said in moving.read_notes(merge_id, User.__tablename__).items():
        user = db.session.get_one(User, user_id)
        if said["active"] and not user.active:
            user.active = True
            unit.audit("user.enabled", f"user:{user_id}")
    db.session.flush()


def _swap(kept: Patient, merged: Patient) -> None:
    """Change the sign-ins over; no two records may have one for a moment."""
    mine, theirs = kept.user_id, merged.user_id
    kept.user_id = merged.user_id = None
    db.session.flush()
    kept.user_id, merged.user_id = theirs, mine
    db.session.flush()
