"""Where in a TOML text each key stands: the reader of the standard library does not tell.

The text has been read as TOML before, so this walk takes it for well formed and only counts lines.
"""

import re
import tomllib
from collections.abc import Mapping

from tracker.domain.strict_table import Path

Lines = Mapping[Path, int]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}'
    r"|'''(?:[^']|'{1,2}(?!'))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_PLAIN = re.compile(r"[^,\]}#\r\n]*")


def find(source: str) -> Lines:
    """Give the line of every key, table and element of a text that is known to be TOML."""
    return _LineScanner(source).lines


def line_of(path: Path, lines: Lines) -> int:
    """Give the line of a key; of what holds it, where the key itself is missing."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _unquote(key: str) -> str:
    """Read a key that may stand in quotes, with escapes in them."""
    return next(iter(tomllib.loads(f"{key} = 0"))) if key[:1] in {'"', "'"} else key


class _LineScanner:
    """One pass through the text."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.lines: dict[Path, int] = {}
        self._counts: dict[Path, int] = {}
        self._line, self._counted = 1, 0
        table: Path = ()
        while self._skip():
            if self._takes("[["):
                table = self._element(self._keys())
                self._expect("]]")
            elif self._takes("["):
                table = self._resolve(self._keys())
                self._expect("]")
            else:
                self._pair(table)
                continue
            self._note(table)

    def _pair(self, table: Path) -> None:
        path = table
        for key in self._keys():
            path = (*path, key)
            self._note(path)
        self._expect("=")
        self._value(path)

    def _value(self, path: Path) -> None:
        self._skip()
        if self._takes("["):
            self._array(path)
        elif self._takes("{"):
            self._inline(path)
        elif found := _STRING.match(self.source, self.at):
            self.at = found.end()
        else:
            self.at = self._end(_PLAIN)

    def _array(self, path: Path) -> None:
        number = 0
        while self._skip() and not self._takes("]"):
            self._note((*path, number))
            self._value((*path, number))
            number += 1
            self._skip()
            self._takes(",")

    def _inline(self, path: Path) -> None:
        while self._skip() and not self._takes("}"):
            self._pair(path)
            self._skip()
            self._takes(",")

    def _keys(self) -> tuple[str, ...]:
        keys = []
        while True:
            self._skip()
            end = self._end(_KEY)
            keys.append(_unquote(self.source[self.at : end]))
            self.at = end
            self._skip()
            if not self._takes("."):
                return tuple(keys)

    def _resolve(self, keys: tuple[str, ...]) -> Path:
        """Name the table that keys lead to: within the last element of each array of tables."""
        path: Path = ()
        for key in keys:
            path = (*path, key)
            self._note(path)
            if path in self._counts:
                path = (*path, self._counts[path] - 1)
        return path

    def _element(self, keys: tuple[str, ...]) -> Path:
        path = (*self._resolve(keys[:-1]), keys[-1])
        self._note(path)
        self._counts[path] = self._counts.get(path, 0) + 1
        return (*path, self._counts[path] - 1)

    def _note(self, path: Path) -> None:
        self.lines.setdefault(path, self._here())

    def _here(self) -> int:
        self._line += self.source.count("\n", self._counted, self.at)
        self._counted = self.at
        return self._line

    def _skip(self) -> bool:
        """Go past what is blank, and say whether anything is left."""
        self.at = self._end(_BLANK)
        return self.at < len(self.source)

    def _end(self, pattern: re.Pattern[str]) -> int:
        found = pattern.match(self.source, self.at)
        return found.end() if found else self.at

    def _takes(self, mark: str) -> bool:
        if not self.source.startswith(mark, self.at):
            return False
        self.at += len(mark)
        return True

    def _expect(self, mark: str) -> None:
        self._skip()
        if not self._takes(mark):
            line = self._here()
            raise ValueError(f"line {line} reads unlike TOML: {mark!r} was expected")
