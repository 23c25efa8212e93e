"""The guard that keeps a spreadsheet from running a text as a formula."""

import re

# OWASP "CSV Injection": the openings that Excel, LibreOffice and Sheets take for a formula, after
# blanks, in half and full width. Leading apostrophes are looked through, so that a text which
# itself begins `'=` gets one more and the guard can be taken off again without guessing.
_OPENING = r"\s*[=+\-@\t\r\n＝＋－＠]"
_RISKY = re.compile(rf"'*{_OPENING}")
# Where the comma is the decimal sign, a spreadsheet cuts a file at semicolons, and some cut at tabs
# or bars. Then quotation marks round a cell count for nothing, since they do not open a piece: a
# piece begins after each of these, and after each end of a line.
_CUT = r"(?<=[;|\t\r\n])"
_OPENING_INSIDE = r"[^\S\t\r\n]*[=+\-@＝＋－＠]"
_OPENS = re.compile(rf"\A(?='*{_OPENING})|{_CUT}(?='*{_OPENING_INSIDE})")
_GUARDED = re.compile(rf"\A'(?='*{_OPENING})|{_CUT}'(?='*{_OPENING_INSIDE})")


def guard(text: str) -> str:
    """Put an apostrophe before whatever a spreadsheet could run in a text."""
    return _OPENS.sub("'", text)


def unguard(cell: str) -> str:
    """Take the apostrophes off again; `unguard(guard(text))` is `text`, whatever the text."""
    return _GUARDED.sub("", cell)


def is_guarded(cell: str) -> bool:
    """Say whether a cell looks as the guard leaves it."""
    return _GUARDED.search(cell) is not None


def is_risky(cell: str) -> bool:
    """Say whether a cell opens as a formula does and has no apostrophe before it."""
    return not cell.startswith("'") and _RISKY.match(cell) is not None
