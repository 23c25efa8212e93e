"""Read an untrusted TOML file key by key, and note every one that is not as it should be.

What a kind of file asks for, and the words that say what to mend, are its own reader's.
"""

import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Self

from msgspec import Struct

Path = tuple[str | int, ...]

# The reader of the standard library takes minutes for a key of many thousand parts. A key stands at
# the start of a line or of a place in an inline table; elsewhere a text may have as many dots.
_ENDLESS_KEY = re.compile(
    r"""(?:^|[{,])[ \t\[]*(?:(?:[\w-]{1,99}|"[^"\n]{0,99}"|'[^'\n]{0,99}')[ \t]*\.[ \t]*){30}""",
    re.MULTILINE,
)


class EndlessKeyError(ValueError):
    """A key of the file has more parts than anybody would write."""

    def __init__(self, line: int) -> None:
        """Keep the line on which the key stands."""
        self.line = line
        super().__init__(f"line {line} has a key of too many parts")


def load(text: str) -> dict[str, Any]:
    """Read TOML with exact numbers; raise ValueError or RecursionError where it is none."""
    if found := _ENDLESS_KEY.search(text):
        raise EndlessKeyError(text.count("\n", 0, found.start()) + 1)
    return tomllib.loads(text, parse_float=Decimal)


class Fault(Struct, frozen=True):
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


class StrictTable:
    """One table of a file. What cannot be read is noted, and something harmless stands for it."""

    def __init__(self, data: Mapping[str, Any], path: Path, faults: list[Fault]) -> None:
        """Begin with no key read yet."""
        self.data = data
        self.path = path
        self.faults = faults
        self._known: set[str] = set()

    def wrong(self, key: str | None, message: str) -> None:
        """Note what is wrong with a key, or with the table as a whole."""
        path = self.path if key is None else (*self.path, key)
        self.faults.append(Fault(path, message))

    def has(self, key: str) -> bool:
        """Say whether the table gives a key."""
        self._known.add(key)
        return key in self.data

    def take(self, key: str, kind: type | tuple[type, ...], wanted: str, default: Any) -> Any:
        """Read a value of a kind; where it is of another, note what is wanted."""
        if not self.has(key):
            return default
        value = self.data[key]
        # True is a whole number to Python, and to nobody else.
        if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
            return value
        self.wrong(key, wanted)
        return default

    def take_list(
        self, key: str, kind: type, wanted: str, default: tuple[Any, ...] = ()
    ) -> tuple[Any, ...]:
        """Read a list of values of one kind."""
        values = self.take(key, list, wanted, default)
        if not all(isinstance(value, kind) for value in values):
            self.wrong(key, wanted)
            return default
        return tuple(values)

    def take_table(self, key: str, wanted: str) -> Self:
        """Read a table within this one; an empty one where it is not given."""
        return type(self)(self.take(key, dict, wanted, {}), (*self.path, key), self.faults)

    def take_tables(self, key: str, wanted: str) -> list[Self]:
        """Read a list of tables within this one."""
        rows = self.take_list(key, dict, wanted)
        return [type(self)(row, (*self.path, key, n), self.faults) for n, row in enumerate(rows)]

    def check_unknown_keys(self) -> None:
        """Note every key that nothing has asked for: most are slips of the pen."""
        for key in self.data:
            if key not in self._known:
                self.wrong(key, self.unknown(key, self._known))

    def unknown(self, key: str, known: set[str]) -> str:
        """Say what to do about a key that nothing has asked for."""
        raise NotImplementedError
