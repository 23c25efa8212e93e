"""Files that nobody should send, and will: each with its mapping, and whether it should come in.

Those of tests/services/imports/test_hostile.py are among them. `BAR` says which file answers each
case that the bar names (.github/reliability.md, B2).
"""

import io
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from tests.services.imports import test_hostile as odd

IN, OUT = "comes in", "stays out"
MIB = 2**20
BOMB_BYTES = 200 * MIB
# Each case of the bar, and the file that is it.
BAR = {
    "BOM": "with a mark",
    "UTF-16": "utf-16",
    "Latin-1": "latin-1",
    ";": "semicolons",
    "tab": "tabs",
    "quotes": "quotes in quotes",
    "lone quote": "an open quotation mark",
    "NUL": "a zero character",
    "CRLF mix": "three kinds of line end",
    "empty": "nothing",
    "header only": "headings alone",
    "duplicate header": "one heading twice",
    "extra columns": "a cell too many",
    "missing columns": "a column too few",
    "1e6 columns": "1,000,000 columns",
    "1e5 rows": "100,000 rows",
    "400 KB cell": "a cell of 400 KB",
    "formula cells": "a formula",
    "zip bomb 200 MB": "a spreadsheet that is a bomb of 200 MB",
    "zip slip": "a zip that climbs",
    "renamed PDF": "a PDF",
    "wrong patient": "a wrong patient",
    "same file twice": "plain",
}


class OddFile(NamedTuple):
    """A file: its bytes, how it is mapped, and what should become of it."""

    name: str
    make: Callable[[], bytes]
    mapping: str
    wanted: str


def corpus(*, large: bool = True) -> Iterator[OddFile]:
    """Give every file, the large ones last."""
    yield from _of_tests()
    for name, data, wanted in _tables():
        yield OddFile(name, partial(bytes, data), odd.SCORES, wanted)
    for name, data in _no_tables():
        yield OddFile(name, partial(bytes, data), odd.SCORES, OUT)
    for name, named in _ZIPS.items():
        yield OddFile(name, partial(_zip, named), odd.SCORES, OUT)
    for name, (make, wanted) in _LARGE.items() if large else ():
        yield OddFile(name, make, odd.SCORES, wanted)


def _of_tests() -> Iterator[OddFile]:
    for name, content in odd.WELCOME.items():
        data = content if isinstance(content, bytes) else content.encode()
        yield OddFile(name, partial(bytes, data), odd.SCORES, IN)
    for name, (row, _) in odd.REFUSED.items():
        text = f"{odd.HEAD}{odd.GOOD}{row}\n9,z,,5/1/2026,3\n"
        yield OddFile(name, partial(bytes, text.encode()), odd.SCORES, OUT)
    for dose in odd.IMPOSSIBLE_DOSES:
        row = f"{odd.SITTINGS}8,2026-01-05 09:30,{dose},70\n"
        yield OddFile(f"a dose of {dose[:12]}", partial(bytes, row.encode()), odd.SESSIONS, OUT)
    for name, data in odd.UNREADABLE.items():
        yield OddFile(name, partial(bytes, data), odd.SCORES, OUT)


def _tables() -> Iterator[tuple[str, bytes, str]]:
    head, good = odd.HEAD, odd.GOOD
    yield (
        "three kinds of line end",
        f"{head.strip()}\r\n{good.strip()}\r8,x,,5/1/2026,12\n".encode(),
        IN,
    )
    yield "a wrong patient", f"{head}7,Smith,,6/1/2026,12\n".encode(), OUT
    yield "a wrong patient by birth date", f"{head}7,,1/1/1999,6/1/2026,12\n".encode(), OUT
    yield "a wrong patient among right ones", f"{head}{good}7,Smith,,6/1/2026,12\n".encode(), OUT
    twice = "".join(f"8,x,,5/1/2026,{total}\n" for total in (12, 12))
    yield "one form twice, which is asked about", (head + twice).encode(), OUT
    person = "P1,Ade,2/3/1980,5/1/2026,12\nP2,Ade,2/3/1980,6/1/2026,9\n"
    yield "one person twice", (head + person).encode(), IN  # taken for two, by the answer `new`
    yield "a mark in the middle", f"{head}8,x\ufeffy,,5/1/2026,12\n".encode(), IN
    yield "UTF-32", (head + good).encode("utf-32"), OUT
    yield "no UTF-8 in one cell", head.encode() + b"8,x\xff,,5/1/2026,12\n", IN
    yield "a row of nothing but separators", (head + good + ",,,,\n").encode(), IN
    yield "a separator line of a spreadsheet", f"sep=,\n{head}{good}".encode(), IN
    yield "numbers spoilt by a spreadsheet", f"{head}1.23457E+12,x,,5/1/2026,12\n".encode(), OUT
    formulas = '8,"=HYPERLINK(""http://x"")",,5/1/2026,12\n'
    yield "a formula that leads away", (head + formulas).encode(), IN


def _no_tables() -> Iterator[tuple[str, bytes]]:
    laughs = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    yield "XML entities", b'<?xml version="1.0"?><!DOCTYPE z [' + laughs + b"]><z>&l9;</z>"
    outside = b'<!DOCTYPE z [<!ENTITY x SYSTEM "file:///etc/passwd">]><z>&x;</z>'
    yield "an XML entity from outside", b'<?xml version="1.0"?>' + outside
    yield "a picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 100
    yield "a program", b"\x7fELF\x02\x01\x01" + b"\0" * 100
    yield "JSON of no form", b'{"resourceType": "Patient", "id": "../x"}'
    yield "JSON that breaks off", b'{"resourceType": "QuestionnaireRespon'
    yield "brackets in brackets", b"[" * 100_000
    yield "braces in braces", b'{"a":' * 100_000


# What zip files hold by name; None stands for 200 MB of zeros.
_ZIPS: dict[str, dict[str, bytes | None]] = {
    "a spreadsheet that is a bomb of 200 MB": {"xl/worksheets/sheet1.xml": None},
    "a zip that climbs": {"../../slip.csv": (odd.HEAD + odd.GOOD).encode()},
    "a bomb in a zip that climbs": {"../../slip.csv": b"x", "bomb.csv": None},
    "a spreadsheet with a formula": {"xl/worksheets/sheet1.xml": b"<c><f>1+1</f></c>"},
}


def _zip(named: dict[str, bytes | None]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in named.items():
            with archive.open(name, "w") as file:
                for _ in range(1 if content is not None else BOMB_BYTES // MIB):
                    file.write(content if content is not None else bytes(MIB))
    return packed.getvalue()


def _many_rows() -> bytes:
    rows = (f"L{n},Row{n},,{n % 28 + 1}/1/2026,{n % 28}\n" for n in range(100_000))
    return (odd.HEAD + "".join(rows)).encode()


_HEAD = odd.HEAD.encode()
_LARGE: dict[str, tuple[Callable[[], bytes], str]] = {
    "100,000 rows": (_many_rows, IN),
    "200,001 rows": (lambda: _HEAD + b"8,x,,5/1/2026,1\n" * 200_001, OUT),
    "a cell of 400 KB": (lambda: _HEAD + b"8," + b"x" * 400_000 + b",,5/1/2026,12\n", OUT),
    "1,000,000 columns": (
        lambda: b",".join(b"c%d" % n for n in range(1_000_000)) + b"\n1\n", OUT
    ),
    "a line of 7 MB": (lambda: b"x" * 7_000_000, OUT),
    "7 MB of quotation marks": (lambda: b'"' * 7_000_001, OUT),
    "7 MB of numbers in JSON": (lambda: b'{"a":[' + b"1.5," * 1_750_000 + b"1]}", OUT),
    "9 MB": (lambda: _HEAD + b"8,x,,5/1/2026,12\n" * 530_000, OUT),
}  # fmt: skip
