"""Passwords: how good and how kept; and the lock of an account after several failures."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import timedelta

from flask_security import hash_password, verify_password
from flask_security.proxies import _security
from sqlalchemy import bindparam, select

from tracker.domain.access import Actor
from tracker.domain.problems import InvalidError, Problem
from tracker.models.database import begin_writing, db
from tracker.models.users import User
from tracker.services import clock
from tracker.services.unit_of_work import housekeeping, unit_of_work

SHORTEST = 12
LONGEST = 128
GOOD_ENOUGH = 3  # of 4, by zxcvbn: about 10^8 guesses or more
OWN_LETTERS = 6  # fewer, beside one's own name, are quickly tried out
# What is tried first here, as one's own name is (ASVS 5.0, 6.1.2 and 6.2.11).
OF_THE_PLACE = (
    "ketamine", "esketamine", "spravato", "tracker", "session", "clinic", "patient", "infusion",
    "treatment", "administrator", "clinician",
)  # fmt: skip
_JUDGED = 72  # zxcvbn refuses to look at more, and a password is no weaker for what follows


def normalize(password: str) -> str:
    """Spell a password in one way, whichever keyboard typed its accents (NIST 800-63B 5.1.1.2)."""
    return unicodedata.normalize("NFKD", password)


def weakness(password: str, *, about: Iterable[str] = ()) -> str:
    """Say what is wrong with a new password; nothing when it is good enough.

    `about` is what others know of the person and would try first.
    """
    password, about = normalize(password), (*about, *OF_THE_PLACE)
    if len(password) < SHORTEST:
        return f"Choose a password of at least {SHORTEST} characters."
    if len(password) > LONGEST:
        return f"Choose a password of at most {LONGEST} characters."
    if len(_without(password, about)) < OWN_LETTERS:
        return "Too easy to guess (mostly your name, address or work). Take four unrelated words."
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


def number_reset_link(owner: str) -> int:
    """Count a link that sets a new password: it ends those made before for the account.

    `owner` is what Flask-Security writes into it.
    """
    with housekeeping():
        user = db.session.execute(_OWNER.with_for_update(), {"owner": owner}).scalar_one()
        user.reset_number += 1
        return int(user.reset_number)


def is_last_reset_link(owner: str, number: int, *, hold: bool) -> bool:
    """Say whether a link is the last one made; `hold` the account until the password is stored."""
    query = _OWNER
    if hold:
        begin_writing()
        query = query.with_for_update()
    user = db.session.execute(query, {"owner": owner}).scalar_one_or_none()
    return user is not None and user.reset_number == number


_OWNER = (
    select(User)
    .where(User.fs_uniquifier == bindparam("owner"))
    .execution_options(populate_existing=True)
)
MOST_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)
LOCKED = (
    "This account is closed for a while after several wrong tries. Wait 15 minutes, "
    "or ask an administrator to unlock it."
)

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


def is_right(user: User, password: str) -> bool:
    """Say whether a password is somebody's."""
    return user.password is not None and bool(verify_password(normalize(password), user.password))


def is_right_code(user: User, code: str) -> bool:
    """Say whether six digits are what somebody's authenticator shows, and use them up."""
    secret = user.tf_totp_secret
    if not secret:
        return False
    factory = _security._totp_factory
    return bool(factory.verify_totp(token=code, totp_secret=secret, user=user, window=30))


def prove(user_id: int, password: str, code: str, *, address: str) -> None:
    """Raise InvalidError unless somebody gives their password, and a code where they have one.

    A wrong one counts as one at sign-in does, and says which.
    """
    if is_locked(user_id):
        raise InvalidError([Problem("password", LOCKED)])
    user = db.session.get_one(User, user_id)
    second = user.tf_primary_method is not None
    if not is_right(user, password):
        wrong = Problem("password", "This is not your password.")
    elif second and not is_right_code(user, code.strip()):
        wrong = Problem("code", "This code does not fit. Wait for the next one: each works once.")
    else:
        return
    closed = count_failure(
        user_id, "code" if wrong.field == "code" else "password", address=address
    )
    raise InvalidError([Problem(wrong.field, LOCKED) if closed else wrong])


def refuse(user_id: int, reason: str, *, address: str) -> None:
    """Leave a line about a right password that was refused all the same."""
    user = db.session.get_one(User, user_id)
    somebody = Actor(None, user.clinic_id, "", frozenset(), address=address)
    with unit_of_work(somebody) as unit:
        unit.audit("sign-in.refused", f"user:{user_id}", detail=reason)


def note_stranger(*, address: str, several: bool = False) -> None:
    """Leave a line about an e-mail that nobody here has, or that several people share.

    The e-mail is left out: people type passwords there, and who is no patient is nobody's business.
    """
    with unit_of_work(None) as unit:
        what = "an e-mail that several people share" if several else "unknown e-mail"
        unit.audit("sign-in.failed", detail=f"{what}, from {address}")


def note_guess(*, address: str, where: str) -> None:
    """Leave a line about an address with a secret in it that is none, or none any more."""
    with unit_of_work(None) as unit:
        unit.audit("link.refused", where, detail=f"from {address}")


def note_flood(*, address: str, where: str) -> None:
    """Leave a line about an address that tried too often."""
    with unit_of_work(None) as unit:
        unit.audit("sign-in.limited", where, detail=f"too many tries, from {address}")
