"""The tables of an instrument's file: what their keys may hold, and how it is told what to mend."""

import re
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, Self, TypeVar

from tracker.domain import strict_table
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


class InstrumentTable(strict_table.StrictTable):
    """One table of an instrument's file."""

    def unknown(self, key: str, known: set[str]) -> str:
        """Say what to do about a key that nothing has asked for."""
        near = get_close_matches(key, known, n=1)
        hint = f" Did you mean {near[0]}?" if near else " Remove it."
        return f"is no key that is known here.{hint}"

    def _is_there(self, key: str, *, required: bool) -> bool:
        if self.has(key):
            return True
        if required:
            sample = _SAMPLES.get(key, key + ' = "..."')
            self.wrong(key, f"is missing. Add it, as in: {sample}")
        return False

    def text(self, key: str, *, required: bool = False, may_be_empty: bool = True) -> str:
        """Read words."""
        if not self._is_there(key, required=required):
            return ""
        value = self.take(key, str, 'must be words in quotes, as in "last 2 weeks".', None)
        if value is None:
            return ""
        if len(value) > TEXT_MAX:
            self.wrong(key, f"is longer than {TEXT_MAX} characters. Shorten it.")
        elif _UNPRINTABLE.search(value):
            self.wrong(key, "holds a character that cannot be shown. Type it anew.")
        elif not value.strip() and not may_be_empty:
            self.wrong(key, "is empty. Fill it in.")
        else:
            return str(value)
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
        if not self._is_there(key, required=required):
            return None
        number = exact(self.data[key])
        if number is None:
            self.wrong(key, "must be a plain number without quotes, with at most 4 decimals.")
        return number

    def whole(self, key: str, highest: int) -> int:
        """Read a whole number from 0."""
        wanted = f"must be a whole number from 0 to {highest}."
        value: int = self.take(key, int, wanted, 0)
        if not 0 <= value <= highest:
            self.wrong(key, wanted)
            return 0
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """Read a yes or no."""
        value: bool = self.take(key, bool, "must be true or false, without quotes.", default)
        return value

    def word(self, key: str, words: type[Word], default: Word, *, required: bool = False) -> Word:
        """Read one of a few words."""
        if not self._is_there(key, required=required):
            return default
        try:
            return words(self.data[key])
        except ValueError:
            self.wrong(key, f"must be one of: {', '.join(words)}.")
            return default

    def words(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """Read a list of words."""
        self._is_there(key, required=required)
        wanted = 'must be a list of words in quotes, as in ["phq9_1", "phq9_2"].'
        return self.take_list(key, str, wanted)

    def tables(self, key: str) -> list[Self]:
        """Read a list of tables."""
        rows = self.take_tables(key, f"must be a list of tables. Begin each with [[{key}]].")
        if len(rows) > ROWS_MAX:
            self.wrong(key, f"has more than {ROWS_MAX} entries.")
            return []
        return rows

    def table(self, key: str) -> Self:
        """Read a table within this one; an empty one where it is not given."""
        return self.take_table(key, f"must be a table. Begin it with [{key}].")

    def values(self, key: str, *, required: bool = False) -> dict[str, Any]:
        """Read a table whose keys are names of the file's own."""
        self._is_there(key, required=required)
        wanted = f"must be a table, as in: {key} = {{ name = 1 }}"
        values: dict[str, Any] = self.take(key, dict, wanted, {})
        return values


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
