"""Passwords: how good and how kept; and the lock of an account after several failures."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import timedelta

from flask_security import hash_password
from sqlalchemy import bindparam, select

from tracker.domain.access import Actor
from tracker.models.database import db
from tracker.models.users import User
from tracker.services import clock
from tracker.services.unit_of_work import unit_of_work

SHORTEST = 12
LONGEST = 128
GOOD_ENOUGH = 3  # of 4, by zxcvbn: about 10^8 guesses or more
OWN_LETTERS = 6  # fewer, beside one's own name, are quickly tried out
_JUDGED = 72  # zxcvbn refuses to look at more, and a password is no weaker for what follows


def normalize(password: str) -> str:
    """Spell a password in one way, whichever keyboard typed its accents (NIST 800-63B 5.1.1.2)."""
    return unicodedata.normalize("NFKD", password)


def weakness(password: str, *, about: Iterable[str] = ()) -> str:
    """Say what is wrong with a new password; nothing when it is good enough.

    `about` is what others know of the person and would try first.
    """
    password = normalize(password)
    if len(password) < SHORTEST:
        return f"Choose a password of at least {SHORTEST} characters."
    if len(password) > LONGEST:
        return f"Choose a password of at most {LONGEST} characters."
    if len(_without(password, about)) < OWN_LETTERS:
        return "Too easy to guess (mostly your name or address). Take four unrelated words."
    from zxcvbn import zxcvbn

    judged = zxcvbn(password[:_JUDGED], user_inputs=list(about))
    if judged["score"] >= GOOD_ENOUGH:
        return ""
    warning = judged["feedback"]["warning"].rstrip(".")
    return f"Too easy to guess{f' ({warning})' if warning else ''}. Take four unrelated words."


def _without(password: str, about: Iterable[str]) -> str:
    """Leave the letters and digits that nobody could know from a name or an address."""
    rest = re.sub(r"\W+", "", password.casefold())
    words = {word for text in about for word in re.split(r"\W+", text.casefold()) if len(word) > 2}
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    return rest


def hash_for_storage(password: str) -> str:
    """Hash a password as it is kept (argon2id over an HMAC of all its characters)."""
    return str(hash_password(normalize(password)))


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
