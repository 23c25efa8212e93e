"""Text and numbers as people type them: read strictly, never guessed.

While somebody types, `static/components/numbers.js` reads numbers just so; a journey compares both.
"""

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal

from tracker.domain.measures import DECIMALS_MAX, TOO_MANY_DIGITS
from tracker.domain.problems import Problem

# How long a text may be, in characters: a few kinds, each longer than anybody types by hand.
CODE_MAX = 40  # a number that somebody else gave: of a record, of a package
NAME_MAX = 100  # a part of a name
LINE_MAX = 200  # a text on one line; a whole name
SHORT_REASON_MAX = 500  # what a patient writes on a phone
REASON_MAX = 1_000  # why something was changed; a comment on a line of a checklist
PARAGRAPH_MAX = 2_000  # what was done; a note on a score
DECISION_REASON_MAX = 4_000  # what was weighed before treatment
TEXT_MAX = 10_000  # a note, a comment on a session; longer is a pasted document

NO_NUMBER = "Give a plain number, such as 35 or 35.5, without a unit."
MINUS = "\N{MINUS SIGN}"  # how pages print it; a keyboard has the hyphen
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(?:[.,][0-9]*)?")
# 1.234 is a thousand and more to one reader and one and a bit to the next; 0.234 is clear to both.
_TWO_READINGS = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
_WHOLE = re.compile(r"[+-]?[0-9]{1,9}")
_ROW_ID = re.compile(r"[0-9]{1,16}")  # fits every database, and JavaScript's numbers


def read_decimal(text: str) -> Decimal:
    """Read `35`, `35.5` or `35,5`; raise ValueError, with words for people, for anything else.

    Whatever `write_decimal` writes is read as the same number.
    """
    text = text.replace(MINUS, "-")
    if not _NUMBER.fullmatch(text):
        raise ValueError(NO_NUMBER)
    if has_two_readings(text):
        whole, part = re.split("[.,]", text)
        raise ValueError(f"{text} could be read two ways. Write {whole}{part} or {whole}.{part}0.")
    if len(text.replace(",", ".").partition(".")[2]) > DECIMALS_MAX:
        raise ValueError(TOO_MANY_DIGITS)
    return Decimal(text.replace(",", ".")) + 0  # + 0 makes -0 plain


def write_decimal(value: Decimal) -> str:
    """Write a number in full as it can be typed: no exponent, no needless zeros, no doubt.

    1.234 is written 1.2340, for 1.234 would be refused when somebody sends it as it stands.
    """
    text = f"{value + 0:f}"  # + 0 makes -0 plain
    shorter = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{shorter}0" if has_two_readings(shorter) else shorter


def read_whole(text: str) -> int:
    """Read `40`; raise ValueError, with words for people, for anything else."""
    if not _WHOLE.fullmatch(text):
        raise ValueError("Give a whole number, such as 40, without a unit.")
    return int(text)


def row_id(text: str) -> int | None:
    """Read an id, a version or a sequence number; None for what no row can have."""
    return int(text) if _ROW_ID.fullmatch(text) else None


def has_two_readings(text: str) -> bool:
    """Say whether a number means one thing to some readers and another to others."""
    return _TWO_READINGS.fullmatch(text) is not None


_NEVER_TYPED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def refuse_unstorable(text: str) -> None:
    """Raise ValueError, with words for people, where a text holds what cannot be stored."""
    if _NEVER_TYPED.search(text):
        raise ValueError("This text holds a character that cannot be stored. Type it anew.")


# What begins a line, and what turns the order round of all that stands behind it on a page: a birth
# date or a record number would be read backwards (Trojan Source, CVE-2021-42574).
_LEAVES_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def is_one_line(text: str) -> bool:
    """Say whether a text stays on one line, in the order in which its letters stand."""
    return not _LEAVES_LINE.search(text)


# Letters and marks by name that print nothing: fillers of Hangul, the empty braille cell.
_EMPTY_GLYPHS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_SHOWN = frozenset("LNPS")  # letters, numbers, punctuation, symbols


def is_blank(text: str) -> bool:
    """Say whether a text shows nothing: blanks, and characters that nobody sees, are no text.

    The one rule of every required text. U+200B, U+2060, a soft hyphen or a byte order mark alone
    would pass for a name or a reason. Categories are those of Unicode (UAX #44).
    """
    if text[:1].isascii() and text[:1].isalnum():  # nearly all: a letter or a digit is shown
        return False
    return not any(
        unicodedata.category(char)[0] in _SHOWN and char not in _EMPTY_GLYPHS for char in text
    )


def visible_text(text: str) -> str:
    """Give a text without the blanks round it, '' where it shows nothing."""
    return "" if is_blank(text) else text.strip()


def clean_identifier(text: str) -> str:
    """Write a number that somebody else gave as it is shown: its width plain, nothing unseen."""
    if text.isascii() and text.isprintable():  # nearly all: an import asks for each row
        return " ".join(text.split())
    plain = unicodedata.normalize("NFKC", text)
    seen = "".join(char for char in plain if unicodedata.category(char) not in ("Cf", "Cc"))
    return " ".join(seen.split())


def fold_identifier(text: str) -> str:
    """Fold a number into what it is compared by: case, blanks, hyphens and first zeros away.

    A spreadsheet drops the zeros that a number begins with: 0001 and 1 are compared as one.
    """
    folded = clean_identifier(text).casefold()
    if folded.isascii():  # nearly all: a blank and a hyphen are all that is left out of ASCII
        bare = folded.replace(" ", "").replace("-", "")
        return bare.lstrip("0") or bare
    kept = (char for char in folded if unicodedata.category(char)[0] != "Z")
    bare = "".join(char for char in kept if unicodedata.category(char) != "Pd" and char != "\u2212")
    return bare.lstrip("0") or bare


def too_long(longest: int) -> str:
    """Say that a text is longer than it may be."""
    return f"This text is longer than {longest} characters. Shorten it."


def check_length(field: str, text: str, longest: int) -> Iterator[Problem]:
    """Yield a problem where a text is longer than it may be."""
    if len(text) > longest:
        yield Problem(field, too_long(longest))


def check_meanwhile(stands: str, given: str, *, field: str = "reason") -> list[Problem]:
    """Say that somebody did the same meanwhile, and why; their own second click says no more.

    `stands` is the reason that is stored. Whoever comes second keeps what they wrote on the page.
    """
    if stands == given.strip():
        return []
    message = f"Somebody did this meanwhile, and it stands: {stands} What you wrote is not kept."
    return [Problem(field, message)]


def check_reason(
    reason: str,
    *,
    needed: bool = True,
    ask: str = "Give the reason",
    field: str = "reason",
    longest: int = REASON_MAX,
) -> list[Problem]:
    """Ask for a reason that can be read years later: the one rule of every reason.

    `ask` is the request in words. Where none is `needed`, only its length counts.
    """
    if len(reason) <= longest and not (needed and is_blank(reason)):
        return []
    if not needed:
        return [Problem(field, too_long(longest))]
    return [Problem(field, f"{ask}, in at most {longest} characters.")]
