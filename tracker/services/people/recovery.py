"""Recovery codes for the day a phone or passkey is lost: shown once, kept as hashes, good once.

A code is stored as a password is (OWASP ASVS 5.0, 6.5.2). Until somebody says that they keep
theirs, the browser in which they were made has them, encrypted by a key that only the server knows;
from the database nobody could show them again.
"""

from typing import TYPE_CHECKING, cast

from cryptography.fernet import InvalidToken
from flask_security import hash_password, verify_password
from flask_security.proxies import _security
from sqlalchemy import select

from tracker.domain.access import Actor
from tracker.models.database import db
from tracker.models.users import User
from tracker.services.people import logins
from tracker.services.unit_of_work import housekeeping, unit_of_work

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

HOW_MANY = 5  # as Flask-Security makes where it is asked to
_HASH = "$"  # what every hash begins with, and nothing that was encrypted before


def are_kept(user_id: int) -> bool:
    """Say whether somebody has codes left, and has said that they keep them."""
    row = db.session.execute(
        select(User.mf_recovery_codes, User.codes_kept_at).where(User.id == user_id)
    ).one()
    return bool(row.mf_recovery_codes) and row.codes_kept_at is not None


def make(user_id: int, *, address: str) -> str:
    """Make somebody's codes, which end any from before; give them sealed, for `unseal`."""
    codes = _security.totp_factory.generate_recovery_codes(HOW_MANY)
    hashes = [hash_password(code) for code in codes]
    with unit_of_work(logins.actor_of(user_id, address=address)) as unit:
        user = db.session.get_one(User, user_id)
        ends_some = bool(user.mf_recovery_codes)
        user.mf_recovery_codes, user.codes_kept_at = hashes, None
        email, clinic_id = user.email, user.clinic_id
        unit.audit("user.recovery-codes-made", f"user:{user_id}")
    if ends_some:
        from tracker.domain.people.notices import AccountNotice
        from tracker.services.people import notices  # seldom: a start does without

        notices.tell(email, AccountNotice.RECOVERY_CODES_MADE, clinic_id=clinic_id)
    sealed = "\n".join((str(user_id), *codes)).encode()
    return str(_cryptor().encrypt(sealed).decode())


def unseal(sealed: str, user_id: int) -> list[str]:
    """Open what `make` gave; nothing where it is somebody else's, or newer codes ended these."""
    try:
        whose, *codes = _cryptor().decrypt(sealed.encode()).decode().split("\n")
    except InvalidToken:
        return []
    kept = db.session.get_one(User, user_id).mf_recovery_codes or []
    is_theirs = whose == str(user_id) and any(_is_it(one, codes[0]) for one in kept)
    return codes if is_theirs else []


def spend(user_id: int, code: str, *, address: str) -> bool:
    """Use a code up; False where it is none of somebody's unused ones."""
    kept = db.session.get_one(User, user_id).mf_recovery_codes or []
    fits = next((one for one in kept if _is_it(one, code)), None)
    if fits is None:
        return False
    with unit_of_work(logins.actor_of(user_id, address=address), needs_room=False) as unit:
        user = db.session.get_one(User, user_id, populate_existing=True, with_for_update=True)
        before = user.mf_recovery_codes or []
        user.mf_recovery_codes = [one for one in before if one != fits]
        is_first = fits in before  # of two who typed it in the same instant
        told = ("user.recovery-code-used", "") if is_first else ("sign-in.refused", "used before")
        unit.audit(told[0], f"user:{user_id}", detail=told[1])
    return is_first


def hash_older(user_id: int) -> None:
    """Hash codes that an older program kept encrypted; where all are hashes nothing is done."""
    if all(one.startswith(_HASH) for one in _codes_of(user_id)):
        return
    with housekeeping(needs_room=False):
        user = db.session.get_one(User, user_id, populate_existing=True, with_for_update=True)
        plain = (_open(one) or one for one in user.mf_recovery_codes or [])
        user.mf_recovery_codes = [
            one if one.startswith(_HASH) else hash_password(one) for one in plain
        ]


def keep(*, by: Actor) -> None:
    """Write down that the codes are kept."""
    with unit_of_work(by) as unit:
        db.session.get_one(User, by.user_id).codes_kept_at = unit.now
        unit.audit("user.recovery-codes-kept", f"user:{by.user_id}")


def _codes_of(user_id: int) -> list[str]:
    return db.session.scalar(select(User.mf_recovery_codes).where(User.id == user_id)) or []


def _is_it(kept: str, code: str) -> bool:
    if kept.startswith(_HASH):
        return bool(verify_password(code, kept))
    return _open(kept) == code


def _open(kept: str) -> str:
    """Decrypt a code from before codes were hashed; nothing where it is none."""
    try:
        return str(_cryptor().decrypt(kept.encode()).decode())
    except InvalidToken:
        return ""


def _cryptor() -> "MultiFernet":
    """Give what encrypts by the instance's recovery_key."""
    return cast("MultiFernet", _security.mf_recovery_codes_util.cryptor)
