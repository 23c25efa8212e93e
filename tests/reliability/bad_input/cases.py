"""What is sent in place of a sensible text, number, day, time or choice: sixty and more of each."""

from collections.abc import Iterator
from typing import NamedTuple

from tracker.domain import parsing

LONG = 1_000_000
LIMITS = (
    parsing.CODE_MAX, parsing.NAME_MAX, parsing.LINE_MAX, parsing.SHORT_REASON_MAX,
    parsing.REASON_MAX, parsing.PARAGRAPH_MAX, parsing.DECISION_REASON_MAX,
)  # fmt: skip
NO_LIMIT = 10_000  # of a field that states none: the longest text of the tracker
ROOM = 8  # characters that a limit may leave for what a page adds


class Case(NamedTuple):
    """One thing to send. `never` of what may in no field be taken as a number."""

    name: str
    text: str
    never: bool = False


_UNICODE = {
    "combining": "e\u0301a\u0308o\u0302 Zoe\u0308",
    "composed": "\u00e9\u00e4\u00f4 Zo\u00eb",
    "many marks": "Z" + "\u0335\u0321\u0489" * 40,
    "right to left": "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "override": "abc\u202etxt.exe\u202c",
    "isolates": "\u2067abc\u2069 \u2066def\u2069",
    "emoji": "\U0001f600 \U0001f469\u200d\u2695\ufe0f \U0001f1e9\U0001f1ea",
    "beyond the first plane": "\U00020000\U0001d11e\U000e0001",
    "zero width": "a\u200bb\u200cc\u200dd\ufeffe",
    "blank to the eye": "\u200b\u2060\u00ad",
    "no-break": "\u00a0a\u202fb\u3000",
    "line separators": "a\u2028b\u2029c\u0085d",
    "not a character": "a\ufffeb\uffffc",
    "replacement": "a\ufffdb",
    "full width": "\uff21\uff22\uff1c\uff53\uff1e",
    "sharp s and dotless i": "stra\u00dfe \u0130\u0131\u017f",
    "Thai": "\u0e01\u0e33\u0e19\u0e49\u0e33",
    "Greek": "\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2",
    "ligature": "\ufb01\ufb03\u0153",
    "soft hyphen": "keta\u00admine",
}
_CONTROL = {
    f"U+{code:04X}": f"a{chr(code)}b" for code in (0, 1, 7, 8, 9, 10, 11, 12, 13, 27, 31, 127, 128)
} | {"only NUL": "\x00", "CRLF": "a\r\nb", "header": "a\r\nSet-Cookie: x=1", "tabs": "\t\ta\t"}
_ATTACKS = {
    "formula": "=1+1", "formula at": "@SUM(1)", "formula plus": "+1+1", "formula minus": "-2+3",
    "formula hidden": " \t=cmd|' /C calc'!A0", "formula wide": "\uff1d1+1",
    "script": "<script>alert(1)</script>", "image": "<img src=x onerror=alert(1)>",
    "attribute": "\" onfocus=alert(1) autofocus x=\"", "template": "{{ 7*7 }}{% raw %}",
    "other template": "${7*7}#{7*7}<%= 7*7 %>", "scheme": "javascript:alert(1)",
    "quote": "O'Brien \"Bo\" `x`", "sql": "'; DROP TABLE patient; --", "sql or": "' OR 1=1 --",
    "path": "../../etc/passwd", "windows path": "..\\..\\x\x00.csv", "percent": "%00%0d%0a%s%n",
    "entity": "&lt;b&gt; &amp;amp;", "json": "{\"a\":[1,{\"b\":null}]}", "backslash": "\\u0000\\n",
    "comment": "<!-- --> ]]>", "url": "https://evil.example/?a=b&c=d",
    "mail header": "a@b.example\r\nBcc: c@d.example", "format": "{0.__class__} %(name)s {name!r}",
    "log": "a\nERROR tracker: made up", "markdown": "[x](javascript:alert(1)) ![](x)",
    "word": "null", "other word": "undefined None True",
}  # fmt: skip
# Bytes that are no UTF-8: a lone surrogate, a cut character, Latin-1.
INVALID = {"lone surrogate": b"a\xed\xa0\x80b", "cut": b"a\xe2\x82", "Latin-1": b"caf\xe9"}


def texts(limit: int | None) -> Iterator[Case]:
    """Give texts of every size and script; `limit` is what the field says it holds."""
    longest = limit or NO_LIMIT
    sizes = {
        "nothing": "", "one": "x", "blank": "   ", "nearly full": "m" * (longest - ROOM),
        "full": "m" * longest, "one more": "m" * (longest + 1), "twice": "m" * (2 * longest),
        "full of three bytes": "\u20ac" * longest, "full of four": "\U0001f600" * (longest // 2),
        "1 MB": "m" * LONG, "one word": "w" * 300, "many lines": "a\n" * 300,
    }  # fmt: skip
    limits = {f"{n} characters": "m" * n for most in LIMITS for n in (most, most + 1)}
    for name, text in (sizes | limits | _UNICODE | _CONTROL | _ATTACKS).items():
        yield Case(name, text)


_NO_NUMBERS = (
    "NaN", "nan", "-nan", "sNaN", "inf", "Infinity", "-inf", "1e309", "1e3", "1E-400", "9" * 400,
    "0." + "1" * 400, "-1", "-0.0001", "--1", "+-1", "\u22125", "1,000,000.5", "1.234.567",
    "1 000 000", "0x1F", "0b1", "1_0", "\u0663\u0665", "\uff13\uff15", "\u00bd", "3\u00b2", "1/2",
    "5 mg", "mg", "five", "1e", ".", ",", "-", "+", "1..2", "1,,2", "1.2.3", "1;2", "$5", "50%",
    "=1+1", "1\x00", "1\n2", "'1", "2147483648", "9223372036854775808", "-2147483649",
    "99999999999999999999", "0.00000000000001", "\u200b5", "5\u200b", "4\u202f0",
)  # fmt: skip
_NUMBERS = ("", "0", "-0", "00", "1", "007", "0.5", "0,5", "35.5", "35,50", "1.", " 5 ",
            "999999999", "0.0001", "10", "100", "1000", "1.234")  # fmt: skip


def numbers(_limit: int | None) -> Iterator[Case]:
    """Give numbers as nobody should type them, and some as people do."""
    for text in _NO_NUMBERS:
        yield Case(text[:20], text, never=True)
    for text in _NUMBERS:
        yield Case(text or "nothing", text)


_DAYS = (
    "", "2026-02-28", "2024-02-29", "2026-02-29", "2026-02-30", "30/02/2026", "02/30/2026",
    "2026-13-01", "2026-00-10", "2026-01-00", "0000-01-01", "0001-01-01", "1899-12-31",
    "1900-01-01", "1900-02-29", "2000-02-29", "2200-12-31", "2201-01-01", "9999-12-31",
    "10000-01-01", "99999-01-01", "-2026-01-01", "2999-01-01", "2026-1-2", "1/2/2026", "01.02.2026",
    "1-2-26", "3/4", "today", "tomorrow", "2 March 2026", "March 2, 2026", "Mar 2026", "2026",
    "20260302", "02032026", "2026-W10-1", "2026-060", "1772409600", "2026-03-02T09:00",
    "2026-03-02 09:00:00", "2026-03-02Z", "2026-03-08", "2026-11-01", "\u0662\u0660\u0662\u0666",
    "\uff12\uff10\uff12\uff16-01-01", "2026\u201303\u201302", "2026-03-02\x00", " 2026-03-02 ",
    "2026--03--02", "99/99/9999", "NaN", "inf", "1e309", "9" * 400, "=TODAY()", "<b>2026</b>",
    "31/04/2026", "04/31/2026", "31.12.1999", "2026-03-02\n2026-03-03", "0", "-1",
)  # fmt: skip
_TIMES = (
    "", "09:00", "9:00", "0:00", "23:59", "24:00", "25:00", "12:60", "12:59:60", "12:00:00",
    "12:00:00.5", "9", "900", "0900", "9.30", "9,30", "9h30", "9:30 PM", "13:00 PM", "0:30 AM",
    "12:30 am", "noon", "midnight", "02:30", "01:30", "-1:00", "1:-1", "::", ":", "9:", ":30",
    "09:00Z", "09:00+01:00", "T09:00", "2026-03-02T09:00", "NaN", "inf", "1e309", "9" * 400,
    "\u0660\u0669:\u0660\u0660", "\uff10\uff19:00", "09\u223600", "09:00\x00", " 09:00 ",
    "99999:00", "9:5", "09:000", "009:00", "1/2", "half past nine", "=NOW()", "<b>9</b>",
    "09:00\n10:00", "0", "2400", "2359", "2360", "1260", "a.m.", "9 o'clock", "21:00:61",
)  # fmt: skip


def days(_limit: int | None) -> Iterator[Case]:
    """Give days that there are, that there are not, and that one may take for two."""
    yield from (Case(text[:20] or "nothing", text) for text in _DAYS)


def times(_limit: int | None) -> Iterator[Case]:
    """Give times of day, the hour that is skipped and the hour that comes twice among them."""
    yield from (Case(text[:20] or "nothing", text) for text in _TIMES)


def choices(_limit: int | None) -> Iterator[Case]:
    """Give what no list offers: what a browser never sends, and a forger does."""
    some = ("", "nonsense", "0", "-1", "11", "999999999999999999999", "1e309", "NaN", "true",
            "None", "../x", "[]", "{}", "a,b", "1;2", "admin", "console")  # fmt: skip
    yield from (Case(text or "nothing", text, never=bool(text)) for text in some)
    for name, text in (_UNICODE | _CONTROL | _ATTACKS).items():
        yield Case(name, text, never=True)


def hidden(_limit: int | None) -> Iterator[Case]:
    """Give what a page never puts into a hidden field."""
    yield from choices(None)
    yield Case("1 MB", "m" * LONG)


OF = {"text": texts, "number": numbers, "day": days, "time": times, "choice": choices,
      "hidden": hidden}  # fmt: skip
