"""Recovery codes for the day a phone is lost: made with the second step, and said to be kept."""

from flask_security.proxies import _security
from sqlalchemy import select

from tracker.domain.access import Actor
from tracker.models.database import db
from tracker.models.users import User
from tracker.services.people import logins
from tracker.services.unit_of_work import unit_of_work

HOW_MANY = 5  # as Flask-Security makes where it is asked to


def are_kept(user_id: int) -> bool:
    """Say whether somebody has codes left, and has said that they keep them."""
    row = db.session.execute(
        select(User.mf_recovery_codes, User.codes_kept_at).where(User.id == user_id)
    ).one()
    return bool(row.mf_recovery_codes) and row.codes_kept_at is not None


def make(user_id: int, *, address: str) -> None:
    """Make the first codes of somebody who has just set a second step up."""
    with unit_of_work(logins.actor_of(user_id, address=address)) as unit:
        user = db.session.get_one(User, user_id)
        codes = _security.totp_factory.generate_recovery_codes(HOW_MANY)
        user.mf_recovery_codes = _security.mf_recovery_codes_util._encrypt_codes(codes)
        user.codes_kept_at = None
        unit.audit("user.recovery-codes-made", f"user:{user_id}")


def note_new(user_id: int, *, address: str) -> None:
    """Leave the line about other codes, which nobody has kept yet."""
    with unit_of_work(logins.actor_of(user_id, address=address)) as unit:
        user = db.session.get_one(User, user_id)
        user.codes_kept_at = None
        had_some, email, clinic_id = bool(user.mf_recovery_codes), user.email, user.clinic_id
        unit.audit("user.recovery-codes-made", f"user:{user_id}")
    if had_some:
        from tracker.domain.people.notices import AccountNotice
        from tracker.services.people import notices  # seldom: a start does without

        notices.tell(email, AccountNotice.RECOVERY_CODES_MADE, clinic_id=clinic_id)


def keep(*, by: Actor) -> None:
    """Write down that the codes are kept."""
    with unit_of_work(by) as unit:
        db.session.get_one(User, by.user_id).codes_kept_at = unit.now
        unit.audit("user.recovery-codes-kept", f"user:{by.user_id}")
