"""A second person beside the one who writes: never oneself in another spelling."""

import re
import unicodedata

from msgspec import Struct

from tracker.domain.codes import Word

# Before or behind a name, and no part of it.
_TITLES = frozenset(
    (
        "dr", "doctor", "prof", "professor", "mr", "mrs", "ms", "miss", "mx", "sir", "nurse",
        "sister", "rn", "lpn", "np", "aprn", "crna", "pa", "pac", "md", "do", "mbbs", "phd", "dnp",
        "bsn", "msn", "pharmd", "rph", "cma", "emt",
    )
)  # fmt: skip
_WORD = re.compile(r"\w+")


class SecondPersonHow(Word):
    """How it is known that the second person was there."""

    CONFIRMED = "confirmed", "confirmed it"
    WITHOUT_ACCOUNT = "without-account", "without an account"
    NOT_CONFIRMED = "not-confirmed", "not confirmed"


class SecondPerson(Struct, frozen=True):
    """Who was there besides; `how` is None where nobody is named, or from before it was asked."""

    name: str = ""
    how: SecondPersonHow | None = None
    user_id: int | None = None


class SecondPersonClaim(Struct, frozen=True):
    """What a form says of a second person: a colleague who confirms it, or a name that is typed."""

    name: str = ""
    user_id: int | None = None
    secret: str = ""

    def __repr__(self) -> str:
        """Leave the secret out of every log."""
        return f"SecondPersonClaim(user_id={self.user_id})"


NOBODY = SecondPersonClaim()


def name_words(name: str) -> tuple[str, ...]:
    """Fold a name into its words in one order: case, accents, titles and unseen letters away."""
    plain = unicodedata.normalize("NFKD", name).casefold().replace(".", "")
    seen = "".join(
        char
        for char in plain
        if not unicodedata.combining(char) and unicodedata.category(char) != "Cf"
    )
    words = _WORD.findall(seen)
    return tuple(sorted([word for word in words if word not in _TITLES] or words))


def is_same_name(one: str, other: str) -> bool:
    """Say whether two names are one person's as far as a spelling can tell."""
    words = name_words(one)
    return bool(words) and words == name_words(other)
