"""Close an account for a while after several failures. The count stands in the database.

Limits per address are counted elsewhere, in the memory of one process (tracker.web.login_limits).
"""

from datetime import timedelta

from sqlalchemy import bindparam, select

from tracker.domain.access import Actor
from tracker.models.database import db
from tracker.models.users import User
from tracker.services import clock
from tracker.services.unit_of_work import unit_of_work

MOST_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)

_UNTIL = select(User.locked_until).where(User.id == bindparam("user_id"))


def is_locked(user_id: int) -> bool:
    """Say whether an account is closed just now, whatever is typed."""
    until = db.session.scalar(_UNTIL, {"user_id": user_id})
    return until is not None and until > clock.now()


def count_failure(user_id: int, what: str, *, address: str) -> bool:
    """Count a wrong password or code, and say whether the account is closed now.

    While it is closed nothing is counted, so that nobody can keep it closed for ever.
    """
    user = db.session.get_one(User, user_id)
    somebody = Actor(None, user.clinic_id, "", frozenset(), address=address)
    with unit_of_work(somebody) as unit:
        user = db.session.get_one(User, user_id, populate_existing=True, with_for_update=True)
        subject = f"user:{user_id}"
        if user.locked_until is not None and user.locked_until > unit.now:
            unit.audit("sign-in.refused", subject, detail=f"{what}; locked")
            return True
        unit.audit("sign-in.failed", subject, detail=f"wrong {what}")
        user.failed_count += 1
        if user.failed_count < MOST_FAILURES:
            return False
        user.failed_count, user.locked_until = 0, unit.now + LOCKED_FOR
        unit.audit("user.locked", subject, detail=f"after {MOST_FAILURES} failures")
        return True


def refuse(user_id: int, reason: str, *, address: str) -> None:
    """Leave a line about a right password that was refused all the same."""
    user = db.session.get_one(User, user_id)
    somebody = Actor(None, user.clinic_id, "", frozenset(), address=address)
    with unit_of_work(somebody) as unit:
        unit.audit("sign-in.refused", f"user:{user_id}", detail=reason)


def note_stranger(*, address: str) -> None:
    """Leave a line about an e-mail that nobody here has.

    The e-mail is left out: people type passwords there, and who is no patient is nobody's business.
    """
    with unit_of_work(None) as unit:
        unit.audit("sign-in.failed", detail=f"unknown e-mail, from {address}")


def note_flood(*, address: str, where: str) -> None:
    """Leave a line about an address that tried too often."""
    with unit_of_work(None) as unit:
        unit.audit("sign-in.limited", where, detail=f"too many tries, from {address}")
