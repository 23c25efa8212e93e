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
# Letters of Cyrillic and Greek, and digits, that are read as Latin letters (UTS #39): a name
# with one of them looks like a colleague's, and would be another one. A capital may look otherwise
# than its small letter, so this is looked up before case is folded away.
_LOOKS_LIKE = {
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425": "ABEKMHOPCTYX",
    "\u0406\u0408\u0405\u04ae\u0500\u050c\u051a\u051c\u04c0": "IJSYDGQWI",
    "\u0430\u0432\u0435\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445": "abekmhopctyx",
    "\u0456\u0458\u0455\u04af\u04bb\u0501\u051b\u051d\u04cf": "ijsyhdqwl",
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4": "ABEZHIKMNOPT",
    "\u03a5\u03a7": "YX",
    "\u03b1\u03b5\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7": "aeikvoptyx",
    "01\u0131\u0251\u0261": "oliag",
}
_AS_LATIN = str.maketrans("".join(_LOOKS_LIKE), "".join(_LOOKS_LIKE.values()))


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
    """Fold a name into its words in one order: case, accents, titles and unseen letters away.

    Letters of other alphabets that look like Latin ones count as those.
    """
    plain = unicodedata.normalize("NFKD", name).translate(_AS_LATIN).casefold().replace(".", "")
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
