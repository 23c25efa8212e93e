"""From bytes to text: which encoding a file is in, and which files are no text at all."""

import codecs

_CHUNK = 1 << 20

# The first bytes of files that people rename to .csv or choose by mistake.
_NOT_TEXT = {
    b"PK\x03\x04": "a spreadsheet (xlsx, ods) or a zip file",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet (xls)",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a compressed file (gzip)",
    b"SQLite format 3": "a database",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"{\\rtf": "a word processor's file (rtf)",
}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class UnreadableFileError(Exception):
    """A file cannot be read as a table; the message says why and what to do."""


def refuse_other_formats(data: bytes) -> None:
    """Refuse what is not a text file at all, by its first bytes."""
    if not data.strip():
        raise UnreadableFileError("The file is empty.")
    for start, words in _NOT_TEXT.items():
        if data.startswith(start):
            raise UnreadableFileError(
                f"This is {words}, not a CSV file. Open it and save it as 'CSV UTF-8'."
            )
    if data[:200].lstrip().lower().startswith((b"<html", b"<!doctype", b"<?xml")):
        raise UnreadableFileError("This is a web page, not a CSV file. Download the file itself.")


def find_encoding(data: bytes, stated: str = "") -> str:
    """Find the encoding: the stated one, a mark, UTF-8 if it is valid, else cp1252 or Latin-1.

    Strict UTF-8 first: no text in cp1252 with an accented letter is valid UTF-8 by accident, and
    statistical guesses took cp1252 for cp1250 in trials.
    """
    candidates = [stated] if stated else _candidates(data)
    refusal = ""
    for encoding in candidates:
        try:
            "a".encode(encoding)  # Python also knows codecs, such as hex, that are of no text
            _refuse_zeros(data, encoding)
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            refusal = (
                f"The file is not in {encoding}: line {line} cannot be read. Correct 'encoding'."
            )
        except (LookupError, ValueError):
            refusal = f"'{encoding}' is no encoding. Use utf-8, utf-16, cp1252 or latin-1."
        else:
            return encoding
    raise UnreadableFileError(refusal)


def _candidates(data: bytes) -> list[str]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return [encoding]
    return ["utf-8", "cp1252", "latin-1"]


def _refuse_zeros(data: bytes, encoding: str) -> None:
    """Decode everything once without keeping it, and refuse a zero character."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    line = 1
    for start in range(0, len(data), _CHUNK):
        try:
            text = decoder.decode(data[start : start + _CHUNK], start + _CHUNK >= len(data))
        except UnicodeDecodeError as error:
            held = len(error.object) - len(data[start : start + _CHUNK])
            at = start + error.start - held
            raise UnicodeDecodeError(encoding, data, at, at + 1, error.reason) from error
        if (zero := text.find("\0")) >= 0:
            line += text.count("\n", 0, zero)
            raise UnreadableFileError(
                f"Line {line} holds a zero character: the file is damaged, or in UTF-16 without a "
                "mark. Save it as 'CSV UTF-8'."
            )
        line += text.count("\n")
