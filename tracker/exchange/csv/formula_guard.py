"""The guard that keeps a spreadsheet from running a text as a formula."""

import re

# OWASP "CSV Injection": the openings that Excel, LibreOffice and Sheets take for a formula, after
# blanks, in half and full width. Leading apostrophes are looked through, so that a text which
# itself begins `'=` gets one more and the guard can be taken off again without guessing.
_OPENING = r"\s*[=+\-@\t\r\n＝＋－＠]"
_RISKY = re.compile(rf"'*{_OPENING}")
_GUARDED = re.compile(rf"'+{_OPENING}")


def guard(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet could run."""
    return f"'{text}" if _RISKY.match(text) else text


def unguard(cell: str) -> str:
    """Take the apostrophe off again; `unguard(guard(text))` is `text`, whatever the text."""
    return cell[1:] if _GUARDED.match(cell) else cell


def is_guarded(cell: str) -> bool:
    """Say whether a cell looks as the guard leaves it."""
    return _GUARDED.match(cell) is not None


def is_risky(cell: str) -> bool:
    """Say whether a cell opens as a formula does and has no apostrophe before it."""
    return not cell.startswith("'") and _RISKY.match(cell) is not None
