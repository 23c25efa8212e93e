"""Passwords: how good and how kept, and the links that set a new one."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from flask_security import hash_password, verify_password
from flask_security.proxies import _security
from sqlalchemy import bindparam, select

from tracker.models.clinics import Clinic
from tracker.models.database import begin_writing, db
from tracker.models.users import User
from tracker.services.unit_of_work import housekeeping

SHORTEST = 12
LONGEST = 128
GOOD_ENOUGH = 3  # of 4, by zxcvbn: about 10^8 guesses or more
OWN_LETTERS = 6  # fewer, beside one's own name, are quickly tried out
_COMMON = 1_000  # of the passwords that most people have, by zxcvbn's list
_MOSTLY = 0.6  # of a password: what is left when each word is said once
_AGAIN = re.compile(r"(.{2,}?)\1+")
# Words of what this is and where it stands: whoever tries to get in begins with them.
_PRODUCT = frozenset(
    {
        "clinic", "esketamine", "infusion", "ketamine", "patient", "session", "spravato",
        "therapy", "tracker", "treatment",
    }
)  # fmt: skip
# Of a keyboard, from left to right and from top to bottom, and back.
_WALKS = (
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
)
_ROWS = (*_WALKS, *(walk[::-1] for walk in _WALKS))
# What zxcvbn calls it, and in words.
_REASONS = {
    "user_inputs": "mostly your name, your address or a word of the clinic",
    "passwords": "many people have it as a password",
    "spatial": "keys that lie side by side",
    "sequence": "a row of letters or digits",
    "repeat": "the same again and again",
    "date": "mostly a date",
    "regex": "mostly a year",
}
_FEW = "too few words, or words that often stand together"
_JUDGED = 72  # zxcvbn refuses to look at more, and a password is no weaker for what follows


def normalize(password: str) -> str:
    """Spell a password in one way, whichever keyboard typed its accents (NIST 800-63B 5.1.1.2)."""
    return unicodedata.normalize("NFKD", password)


def known_of(user: User) -> tuple[str, ...]:
    """List what others know of somebody and would try first: what they are called, and where."""
    clinic = db.session.scalar(select(Clinic.name).where(Clinic.id == user.clinic_id))
    return user.name, user.email, user.sign_in_name or "", clinic or ""


def weakness(password: str, *, about: Iterable[str] = ()) -> str:
    """Say what is wrong with a new password; nothing when it is good enough.

    `about` is what others know of the person and would try first.
    """
    password = normalize(password)
    if len(password) < SHORTEST:
        return f"Choose a password of at least {SHORTEST} characters."
    if len(password) > LONGEST:
        return f"Choose a password of at most {LONGEST} characters."
    known = _words_of(about) | _PRODUCT
    if len(_without(password, known)) < OWN_LETTERS:
        return _too_easy(_REASONS["user_inputs"])
    from zxcvbn import zxcvbn

    # What is said again adds nothing, whatever zxcvbn gives for it; the whole may be a stolen one.
    core, reason = _without_repeats(password), ""
    for text in dict.fromkeys((core, password)):
        judged = zxcvbn(text[:_JUDGED], user_inputs=sorted(known))
        weakest, own = _weakest(judged["sequence"])
        if judged["score"] < GOOD_ENOUGH or own < OWN_LETTERS:
            reason = reason or weakest
    if reason and len(core) <= len(password) * _MOSTLY:
        reason = _REASONS["repeat"]
    return _too_easy(reason) if reason else ""


def _too_easy(reason: str) -> str:
    return f"Too easy to guess: {reason}. Take four unrelated words."


def _words_of(texts: Iterable[str]) -> set[str]:
    words = (word for text in texts for word in re.split(r"\W+", text.casefold()))
    return {word for word in words if len(word) > 2}


def _without(password: str, known: Iterable[str]) -> str:
    """Leave the letters and digits that nobody could know from a name or an address."""
    rest = re.sub(r"\W+", "", password.casefold())
    for word in sorted(known, key=len, reverse=True):
        rest = rest.replace(word, "")
    return rest


def _without_repeats(password: str) -> str:
    """Leave each word once, in its place, and once what is repeated within a word.

    Without spaces: zxcvbn takes a word between two for letters drawn at random.
    """
    words = dict.fromkeys(re.split(r"[\W_]+", password.casefold()))
    return "".join(_AGAIN.sub(r"\1", word) for word in words if word)


def _weakest(found: Iterable[Mapping[str, Any]]) -> tuple[str, int]:
    """Say what most of a password is made of, and how many characters are none of that."""
    covered = Counter[str]()
    own = 0
    for part in found:
        kind = part["pattern"]
        if kind == "dictionary":
            kind = part["dictionary_name"]
            if any(part["token"] in row for row in _ROWS):
                kind = "spatial"
            elif kind == "passwords" and part["rank"] > _COMMON:
                kind = "word"
        if kind in _REASONS:
            covered[kind] += len(part["token"])
        else:
            own += len(part["token"].strip())
    most = covered.most_common(1)
    return (_REASONS[most[0][0]] if most else _FEW), own


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
