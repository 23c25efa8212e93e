"""Passwords: whether one is good enough, and how it is kept."""

import re
import unicodedata
from collections.abc import Iterable

from flask_security import hash_password

SHORTEST = 12
LONGEST = 128
GOOD_ENOUGH = 3  # of 4, by zxcvbn: about 10^8 guesses or more
OWN_LETTERS = 6  # fewer, beside one's own name, are quickly tried out
_JUDGED = 72  # zxcvbn refuses to look at more, and a password is no weaker for what follows


def normalized(password: str) -> str:
    """Spell a password in one way, whichever keyboard typed its accents (NIST 800-63B 5.1.1.2)."""
    return unicodedata.normalize("NFKD", password)


def weakness(password: str, *, about: Iterable[str] = ()) -> str:
    """Say what is wrong with a new password; nothing when it is good enough.

    `about` is what others know of the person and would try first.
    """
    password = normalized(password)
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


def stored(password: str) -> str:
    """Hash a password as it is kept (argon2id over an HMAC of all its characters)."""
    return str(hash_password(normalized(password)))
