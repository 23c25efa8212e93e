"""Read the keys of a TOML table one by one, and note every one that is not as it should be."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, TypeVar

from tracker.domain.instruments.toml_lines import Path
from tracker.domain.measures import is_kept_exactly

Word = TypeVar("Word", bound=StrEnum)

TEXT_MAX = 4_000
ROWS_MAX = 300
NUMBER_MAX = 1_000_000
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SAMPLES = {
    "code": 'code = "phq9"',
    "version": 'version = "1"',
    "short_title": 'short_title = "PHQ-9"',
    "direction": 'direction = "higher is worse"',
    "minimum": "minimum = 0",
    "maximum": "maximum = 27",
    "low_end": 'low_end = "best"',
    "high_end": 'high_end = "worst"',
    "recall": 'recall = "last 2 weeks"',
    "value": "value = 0",
    "at_least": "at_least = 1",
    "items": 'items = ["phq9_1", "phq9_2"]',
    "answers": "answers = [0, 1, 2]",
    "completeness": 'completeness = "complete"',
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in a file that must be put right: where it is, and what to do."""

    path: Path
    message: str

    @property
    def field(self) -> str:
        """Name the place as people count: the first element of a list is number 1."""
        words = ""
        for step in self.path:
            if isinstance(step, int):
                words += f" {step + 1}"
            else:
                words += f", {step}" if words else step
        return words or "file"


class Table:
    """One table of a file. What cannot be read is noted, and something harmless stands for it."""

    def __init__(self, data: Mapping[str, Any], path: Path, faults: list[Fault]) -> None:
        """Begin with no key read yet."""
        self.data = data
        self.path = path
        self.faults = faults
        self._known: set[str] = set()

    def wrong(self, key: str | None, message: str) -> None:
        """Note what is wrong with a key, or with the table as a whole."""
        self.faults.append(Fault((*self.path, key) if key else self.path, message))

    def has(self, key: str) -> bool:
        """Say whether the table gives a key."""
        self._known.add(key)
        return key in self.data

    def _value(self, key: str, *, required: bool) -> Any:
        if self.has(key):
            return self.data[key]
        if required:
            sample = _SAMPLES.get(key, key + ' = "..."')
            self.wrong(key, f"is missing. Add it, as in: {sample}")
        return None

    def text(self, key: str, *, required: bool = False, may_be_empty: bool = True) -> str:
        """Read words."""
        value = self._value(key, required=required)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.wrong(key, 'must be words in quotes, as in "last 2 weeks".')
        elif len(value) > TEXT_MAX:
            self.wrong(key, f"is longer than {TEXT_MAX} characters. Shorten it.")
        elif _UNPRINTABLE.search(value):
            self.wrong(key, "holds a character that cannot be shown. Type it anew.")
        elif not value.strip() and not may_be_empty:
            self.wrong(key, "is empty. Fill it in.")
        else:
            return value
        return ""

    def code(self, key: str, pattern: str, words: str, *, required: bool = True) -> str:
        """Read a short name that must look a certain way."""
        value = self.text(key, required=required)
        if isinstance(self.data.get(key), str) and not re.fullmatch(pattern, value):
            self.wrong(key, f"is {value[:60]!r}. {words}")
            return ""
        return value

    def number(self, key: str, *, required: bool = False) -> Decimal | None:
        """Read a number that can be stored exactly."""
        value = self._value(key, required=required)
        return None if value is None else self._exact(key, value)

    def _exact(self, key: str, value: Any) -> Decimal | None:
        number = exact(value)
        if number is None:
            self.wrong(key, "must be a plain number without quotes, with at most 4 decimals.")
        return number

    def whole(self, key: str, highest: int) -> int:
        """Read a whole number from 0."""
        value = self._value(key, required=False)
        if value is None:
            return 0
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= highest:
            self.wrong(key, f"must be a whole number from 0 to {highest}.")
            return 0
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """Read a yes or no."""
        value = self._value(key, required=False)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.wrong(key, "must be true or false, without quotes.")
            return default
        return value

    def word(self, key: str, words: type[Word], default: Word, *, required: bool = False) -> Word:
        """Read one of a few words."""
        value = self._value(key, required=required)
        if value is None:
            return default
        try:
            return words(value)
        except ValueError:
            self.wrong(key, f"must be one of: {', '.join(words)}.")
            return default

    def words(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """Read a list of words."""
        value = self._value(key, required=required)
        if value is None:
            return ()
        if not _is_list(value) or not all(isinstance(word, str) for word in value):
            self.wrong(key, 'must be a list of words in quotes, as in ["phq9_1", "phq9_2"].')
            return ()
        return tuple(value)

    def tables(self, key: str) -> "Iterator[Table]":
        """Go through a list of tables."""
        value = self._value(key, required=False)
        if value is None:
            return
        if not _is_list(value) or not all(isinstance(row, Mapping) for row in value):
            self.wrong(key, f"must be a list of tables. Begin each with [[{key}]].")
        elif len(value) > ROWS_MAX:
            self.wrong(key, f"has more than {ROWS_MAX} entries.")
        else:
            for number, row in enumerate(value):
                yield Table(row, (*self.path, key, number), self.faults)

    def table(self, key: str) -> "Table":
        """Read a table within this one; an empty one where it is not given."""
        value = self._value(key, required=False)
        if value is not None and not isinstance(value, Mapping):
            self.wrong(key, f"must be a table. Begin it with [{key}].")
            value = None
        return Table(value or {}, (*self.path, key), self.faults)

    def values(self, key: str, *, required: bool = False) -> dict[str, Any]:
        """Read a table whose keys are names of the file's own."""
        value = self._value(key, required=required)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self.wrong(key, f"must be a table, as in: {key} = {{ name = 1 }}")
            return {}
        return dict(value)

    def done(self) -> None:
        """Note every key that nothing has asked for: most are slips of the pen."""
        for key in self.data:
            if key not in self._known:
                near = get_close_matches(key, self._known, n=1)
                hint = f" Did you mean {near[0]}?" if near else " Remove it."
                self.wrong(key, f"is no key that is known here.{hint}")


def exact(value: Any) -> Decimal | None:
    """Read a number that can be stored exactly; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    if isinstance(value, int):
        # Compared first: a number of thousands of digits takes long to become a Decimal.
        return Decimal(value) if abs(value) <= NUMBER_MAX else None
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    if not number.is_finite() or abs(number) > NUMBER_MAX or not is_kept_exactly(number):
        return None
    return number


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
