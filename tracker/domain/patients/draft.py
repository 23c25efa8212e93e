"""A person treated: what is recorded, what is refused, and how names are folded for search."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date

from msgspec import Struct

from tracker.domain import date_format
from tracker.domain.codes import Indication, Sex
from tracker.domain.parsing import (
    CODE_MAX,
    NAME_MAX,
    TEXT_MAX,
    fold_identifier,
    is_blank,
    is_one_line,
)
from tracker.domain.problems import Problem

FOLDED_MAX = 300  # what the columns of folded text hold
QUERY_WORDS_MAX = 6
_WORD = re.compile(r"\w+")
# All that is typed for an apostrophe; some of it Unicode would take for a letter or an accent.
_APOSTROPHES = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201b\u02b9\u02bb\u02bc\u00b4\u2032`\uff07", "'")
)
_HYPHENS = re.compile(r"[^\w']+")
# Begins what a birth date is looked up by; no folded word does.
BORN = "="
# Where a text may hold a day: as numbers, or with the month in letters.
_DAY_TYPED = re.compile(
    r"(?<!\S)(?:[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{1,2}([-./])[0-9]{1,2}\1[0-9]{2,4}"
    r"|[0-9]{1,2}\.? ?[^\W\d_]{3,9}\.?,? ?[0-9]{4}|[^\W\d_]{3,9}\.? [0-9]{1,2},? [0-9]{4})(?!\S)"
)
# Letters that Unicode does not take apart into a plain one and an accent.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)
# A line break in a name breaks lists and files; PostgreSQL refuses NUL in any text.
_LINES = {
    "record_number": CODE_MAX, "other_number": CODE_MAX, "given_name": NAME_MAX,
    "family_name": NAME_MAX, "email": NAME_MAX, "phone": NAME_MAX,
}  # fmt: skip


class PatientDraft(Struct, frozen=True, kw_only=True):
    """What is known of a patient. The record number is the clinic's own and unique within it.

    `other_number` is the country's, such as an NHS number, where the clinic uses one.
    """

    record_number: str
    other_number: str = ""
    given_name: str = ""
    family_name: str = ""
    birth_date: date | None = None
    sex: Sex = Sex.UNKNOWN
    email: str = ""
    phone: str = ""
    indications: tuple[Indication, ...] = ()
    notes: str = ""

    @property
    def label(self) -> str:
        """The name as lists show it, or the record number where there is no name."""
        return label(self.given_name, self.family_name, self.record_number)


def label(given_name: str, family_name: str, record_number: str) -> str:
    """Write a name as lists show it: `Family, Given`, or the record number."""
    name = ", ".join(part for part in (family_name, given_name) if part)
    return name or f"Record {record_number}"


def initials(given_name: str, family_name: str, record_number: str) -> str:
    """Write the initials of a name as `M. C.`, or the record number where there is no name."""
    words = (*given_name.split(), *family_name.split())
    return " ".join(f"{word[0].upper()}." for word in words) or label("", "", record_number)


def check(draft: PatientDraft, *, today: date) -> list[Problem]:
    """List everything that cannot be, field by field."""
    problems = []
    number = draft.record_number
    if is_blank(number) or number != number.strip() or len(number) > CODE_MAX:
        problems.append(
            Problem("record_number", f"Give the record number, at most {CODE_MAX} characters.")
        )
    problems += _check_texts(draft)
    if draft.birth_date is not None and not date(1900, 1, 1) <= draft.birth_date <= today:
        problems.append(Problem("birth_date", "Give a birth date from 1900 to today."))
    if draft.email and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", draft.email):
        problems.append(Problem("email", "Give an e-mail address such as name@example.org."))
    return problems


def _check_texts(draft: PatientDraft) -> Iterator[Problem]:
    for name, longest in _LINES.items():
        text = getattr(draft, name)
        if name != "record_number" and len(text) > longest:
            yield Problem(name, f"Give at most {longest} characters.")
        if not is_one_line(text):
            yield Problem(name, "Write this on one line, without tabs.")
    if len(draft.notes) > TEXT_MAX:
        yield Problem("notes", f"Give at most {TEXT_MAX} characters.")
    if "\0" in draft.notes:
        yield Problem("notes", "Remove the invisible character from the notes.")


def fold(text: str) -> str:
    """Fold case, accents and width away, so that `Zoe` finds `Zoë` and `soren` finds `Søren`."""
    if (
        text.isascii()
    ):  # nearly all, and in a twentieth of the time: it has nothing to fold but case
        return text.lower()
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    return "".join(char for char in plain if _is_told_apart(char))


def _is_told_apart(char: str) -> bool:
    """Leave out accents, and what nobody sees: a soft hyphen, a zero-width space."""
    return not unicodedata.combining(char) and unicodedata.category(char) != "Cf"


def name_key(given_name: str, family_name: str, record_number: str) -> str:
    """Fold a name into what lists are ordered by."""
    return fold(label(given_name, family_name, record_number))[:FOLDED_MAX]


def number_key(record_number: str) -> str:
    """Fold a record number into what it is compared by."""
    return fold_identifier(record_number)[:FOLDED_MAX]


def search_words(*texts: str, born: date | None = None, other_number: str = "") -> frozenset[str]:
    """Split names and numbers into the folded words that a search looks up by their beginning.

    What is written without a space is a word as a whole too, and so is each part between hyphens:
    `O'Brien-D'Arcy` is found by `obrien` and by `darcy`, record `A-0012` by `a0012`.
    """
    # In groups of digits or without a blank, as an NHS number is written or read out.
    texts = (*texts, other_number, "".join(other_number.split()))
    chunks = fold(" ".join(texts).translate(_APOSTROPHES)).split()
    words = {word[:FOLDED_MAX] for chunk in chunks for word in _spellings(chunk)}
    return frozenset(words | ({_birth_word(born)} if born else set()))


def _spellings(chunk: str) -> Iterator[str]:
    parts = [_WORD.findall(part) for part in _HYPHENS.split(chunk)]
    for words in (*parts, [word for part in parts for word in part]):
        yield from words
        if words:
            yield "".join(words)


def _birth_word(day: date) -> str:
    return f"{BORN}{day.isoformat()}"


def query_words(query: str) -> tuple[str, ...]:
    """Split what was typed into the beginnings to look up, the longest first."""
    words = {word[:FOLDED_MAX] for word in _WORD.findall(fold(query.translate(_APOSTROPHES)))}
    return _longest_first(words)


def birth_query(query: str, *, today: date) -> tuple[str, ...]:
    """Split what was typed as `query_words` does, a day in it taken for a birth date.

    Nothing where there is no day in it.
    """
    found = _DAY_TYPED.search(query.strip())
    if found is None:
        return ()
    try:
        born = date_format.current().read_day(found[0], latest=today)
    except ValueError:
        return ()
    rest = query.strip()[: found.start()] + " " + query.strip()[found.end() :]
    return _longest_first({_birth_word(born), *query_words(rest)})


def _longest_first(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(words, key=lambda word: (-len(word), word)))[:QUERY_WORDS_MAX]
