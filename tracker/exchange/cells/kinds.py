"""The kinds of cell: how a stored value becomes a cell, and a cell a value again."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from msgspec import Struct

from tracker.domain.codes import NONE_OF_THESE, Severity, Word
from tracker.domain.sessions.effects import Graded
from tracker.exchange.cells import dates, numbers
from tracker.exchange.cells.instants import instant_writer
from tracker.exchange.csv.formula_guard import unguard

DISTINCT_MAX = 4096  # how many different cells of one column are remembered while reading

SomeWord = TypeVar("SomeWord", bound=Word)
Reader = Callable[[str], Any]
Writer = Callable[[Any], object]


class CellFacts(Struct, frozen=True, kw_only=True):
    """What must be known of a file before its cells mean anything."""

    zone: ZoneInfo
    decimal_comma: bool = False
    date_order: str = ""
    formula_guard: bool = True


class Kind(Struct, frozen=True, kw_only=True):
    """One kind of cell.

    `reader` makes the function that reads a cell; a blank one is None, or empty where the value is
    a text or a collection; what cannot be read raises ValueError with a message for people.
    `writer` makes the one that writes a value that is not None; where it is None the csv module's
    own conversion is right. `text` cells are free text and get the formula guard.
    """

    words: str
    reader: Callable[[CellFacts], Reader]
    writer: Callable[[ZoneInfo], Writer] | None = None
    text: bool = False
    codes: tuple[tuple[str, str], ...] = ()


def _read_text(facts: CellFacts) -> Reader:
    if not facts.formula_guard:
        return str
    return lambda cell: unguard(cell) if "'" in cell else cell


class _KnownCells(dict[str, Any]):
    """Cells whose values are known beforehand; any other cell is read by the slower way.

    Nearly every number of a session is below 1000 and nearly every code well spelt, so that a
    column is read by one look into a dictionary.
    """

    def __init__(self, known: Mapping[str, Any], otherwise: Reader) -> None:
        super().__init__(known)
        self[""] = None
        self._otherwise = otherwise

    def __missing__(self, cell: str) -> Any:
        return self._otherwise(cell) if cell.strip() else None


_SMALL_NUMBERS = {str(number): number for number in range(1000)}


def _read_whole(_facts: CellFacts) -> Reader:
    return _KnownCells(_SMALL_NUMBERS, numbers.read_whole).__getitem__


def _read_id(_facts: CellFacts) -> Reader:
    return _KnownCells(_SMALL_NUMBERS, numbers.read_id).__getitem__


def _read_identifier(facts: CellFacts) -> Reader:
    read_text = _read_text(facts)

    def read(cell: str) -> str:
        if numbers.is_rounded(cell):
            raise ValueError(numbers.ROUNDED)
        return str(read_text(cell))

    return read


def _read_number(facts: CellFacts) -> Reader:
    @lru_cache(DISTINCT_MAX)
    def read(cell: str) -> Decimal | None:
        if not cell.strip():
            return None
        return numbers.read_number(cell, decimal_comma=facts.decimal_comma)

    return read


def _read_day(facts: CellFacts) -> Reader:
    @lru_cache(DISTINCT_MAX)
    def read(cell: str) -> date | None:
        return dates.read_day(cell, order=facts.date_order) if cell.strip() else None

    return read


def _read_time(_facts: CellFacts) -> Reader:
    return _KnownCells({}, dates.read_clock).__getitem__


def _read_birth_date(facts: CellFacts) -> Reader:
    def read(cell: str) -> date | None:
        if not cell.strip():
            return None
        return dates.read_day(cell, order=facts.date_order, full_year=True)

    return read


def _read_own_instant(cell: str) -> datetime | None:
    """Read 2026-03-02T09:30:00-05:00 of our own files quickly; None for any other shape."""
    if len(cell) == 25 and cell[19] in "+-":
        try:
            return datetime.fromisoformat(cell).astimezone(UTC)
        except (ValueError, OverflowError):
            return None
    return None


def _read_instant_or_day(facts: CellFacts) -> Reader:
    def read(cell: str) -> dates.Instant | None:
        if at := _read_own_instant(cell):
            return dates.Instant(at, time_known=True)
        if not cell.strip():
            return None
        return dates.read_instant(cell, facts.zone, order=facts.date_order)

    return read


def _read_instant(facts: CellFacts) -> Reader:
    def read(cell: str) -> datetime | None:
        if at := _read_own_instant(cell):
            return at
        if not cell.strip():
            return None
        instant = dates.read_instant(cell, facts.zone, order=facts.date_order)
        if not instant.time_known:
            raise ValueError("Give the time as well as the day.")
        return instant.at

    return read


_YES_NO = {"yes": True, "no": False, "true": True, "false": False, "1": True, "0": False}
_YES_NO |= {"y": True, "n": False}


def _read_yes_no(_facts: CellFacts) -> Reader:
    def read(cell: str) -> bool | None:
        text = cell.strip().lower()
        if text and text not in _YES_NO:
            raise ValueError("Give yes or no.")
        return _YES_NO.get(text)

    return read


def _write_yes_no(_zone: ZoneInfo) -> Writer:
    return lambda value: "yes" if value else "no"


TEXT = Kind(words="text", reader=_read_text, text=True)
IDENTIFIER = Kind(words="text", reader=_read_identifier, text=True)
ID = Kind(words="whole number", reader=_read_id)
WHOLE = Kind(words="whole number", reader=_read_whole)
NUMBER = Kind(words="number", reader=_read_number, writer=lambda _zone: numbers.write_number)
DAY = Kind(words="day (2026-03-02)", reader=_read_day)
TIME_OF_DAY = Kind(
    words="time of day (09:30)",
    reader=_read_time,
    writer=lambda _zone: dates.write_clock,
)
BIRTH_DATE = Kind(words="day (1980-03-02)", reader=_read_birth_date)
INSTANT = Kind(
    words="time with offset (2026-03-02T09:30:00-05:00)",
    reader=_read_instant,
    writer=instant_writer,
)
INSTANT_OR_DAY = Kind(
    words="time with offset (2026-03-02T09:30:00-05:00), or the day alone where no time is known",
    reader=_read_instant_or_day,
    writer=instant_writer,
)
YES_NO = Kind(
    words="yes or no", reader=_read_yes_no, writer=_write_yes_no, codes=(("yes", ""), ("no", ""))
)


def find_word(words: type[SomeWord], text: str) -> SomeWord:
    """Find a word by code or label, whatever the case; raise ValueError listing the codes."""
    wanted = text.strip().casefold()
    for word in words:
        if wanted in (word.value.casefold(), word.label.casefold()):
            return word
    raise ValueError(f"Give one of: {', '.join(word.value for word in words)}.")


def code(words: type[Word]) -> Kind:
    """Make the kind of a column that holds one code."""
    exact = {word.value: word for word in words}
    known = _KnownCells(exact, partial(find_word, words))
    return Kind(
        words="code",
        reader=lambda _facts: known.__getitem__,
        codes=tuple(words.choices()),
    )


def codes(words: type[Word]) -> Kind:
    """Make the kind of a column that holds several codes, `depression; ptsd`."""

    @lru_cache(DISTINCT_MAX)
    def read(cell: str) -> tuple[Word, ...]:
        found = [find_word(words, part) for part in cell.split(";") if part.strip()]
        return tuple(dict.fromkeys(found))

    @lru_cache(DISTINCT_MAX)
    def write_json(text: str) -> str:
        return "; ".join(json.loads(text))

    def write(value: str | Iterable[str]) -> str:
        return write_json(value) if isinstance(value, str) else "; ".join(value)

    return Kind(
        words="codes, separated by `; `",
        reader=lambda _facts: read,
        writer=lambda _zone: write,
        codes=tuple(words.choices()),
    )


def with_severity(words: type[Word]) -> Kind:
    """Make the kind of a column that holds codes with severity, `floating=mild; time=severe`."""

    @lru_cache(DISTINCT_MAX)
    def write_json(text: str) -> str:
        return _join_graded(words, json.loads(text))

    def write(value: str | Mapping[str, str | None]) -> str:
        return write_json(value) if isinstance(value, str) else _join_graded(words, value)

    read = lru_cache(DISTINCT_MAX)(partial(_split_graded, words))
    return Kind(
        words="codes with mild, moderate or severe: `floating=mild; time=severe`; `none` alone "
        "where there was none; empty where it was not asked",
        reader=lambda _facts: read,
        writer=lambda _zone: write,
        codes=tuple(words.choices()),
    )


def _read_answers(facts: CellFacts) -> Reader:
    def read(cell: str) -> dict[str, Decimal]:
        return _split_answers(cell, decimal_comma=facts.decimal_comma)

    return read


@lru_cache(DISTINCT_MAX)
def _write_answers_json(text: str) -> str:
    return _join_answers(json.loads(text))


def _join_answers(answers: Mapping[str, object]) -> str:
    """Write answers in the order of their questions: `x_2` before `x_10`."""
    given = {code: value for code, value in answers.items() if value is not None}
    codes = sorted(given, key=lambda code: (len(code), code))
    return "; ".join(f"{code}={numbers.write_number(given[code])}" for code in codes)


def _split_answers(cell: str, *, decimal_comma: bool) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for part in filter(str.strip, cell.split(";")):
        code, equals, value = (text.strip() for text in part.partition("="))
        if not equals or not code:
            raise ValueError("Give each question with its answer: phq9_1=2; phq9_2=0.")
        if code in found:
            raise ValueError(f"'{code}' is given twice.")
        found[code] = numbers.read_number(value, decimal_comma=decimal_comma)
    return found


ANSWERS = Kind(
    words="questions with the values of their answers: `phq9_1=2; phq9_2=0`",
    reader=_read_answers,
    writer=lambda _zone: (
        lambda value: _write_answers_json(value) if isinstance(value, str) else _join_answers(value)
    ),
)


def _join_graded(words: type[Word], grades: Mapping[str, str | None]) -> str:
    return "; ".join(
        word.value if word == NONE_OF_THESE else f"{word.value}={grades[word]}"
        for word in words
        if word in grades
    )


def _split_graded(words: type[Word], cell: str) -> Graded:
    found: dict[Word, Severity | None] = {}
    if cell.strip().casefold() == NONE_OF_THESE:
        return {find_word(words, NONE_OF_THESE): None}
    for part in filter(str.strip, cell.split(";")):
        name, equals, grade = part.partition("=")
        if not equals:
            raise ValueError(
                "Give each effect with its severity: floating=mild; time=severe. "
                "Where there was none: none."
            )
        word = find_word(words, name)
        if word == NONE_OF_THESE:
            raise ValueError("Give none alone, where there was no effect.")
        if word in found:
            raise ValueError(f"'{word.value}' is given twice.")
        found[word] = find_word(Severity, grade)
    return found
