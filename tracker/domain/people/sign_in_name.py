"""A name to sign in by: for people who share a mailbox, and so cannot be told apart by its address.

It never looks like an e-mail address, so that one field of a form can take either.
"""

import re
import unicodedata

LONGEST = 40
_USABLE = re.compile(r"[a-z0-9][a-z0-9._-]{2,39}")
FAULT = (
    f"Give 3 to {LONGEST} letters without accents, digits, dots, hyphens or underscores, such as "
    "ben.miller"
)


def normalize(text: str) -> str:
    """Spell a name to sign in by the one way it is stored; capitals and spaces do not matter."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def fault(text: str) -> str:
    """Say what is wrong with a name to sign in by; nothing where it is right, or empty."""
    name = normalize(text)
    return "" if not name or _USABLE.fullmatch(name) else FAULT
