"""The note that goes with a copy: what each file and each column is, in plain words."""

from collections.abc import Iterable, Mapping

from tracker.exchange.columns import Table, dictionary

_OPENING = """\
YOUR COPY

This is what the clinic holds about you in its treatment tracker. Open my-record.html first: it is
one page with all of it, in plain words, and opens in any browser, on a phone too. Not in it are the
notes that staff write for themselves, secrets such as passwords, and what is about others. Ask the
clinic if you want to see the notes.

The other files hold the same as numbers, for other programs. Each opens in any spreadsheet. A first
line names the columns. An empty cell means that nothing was recorded; it never means zero. Times
are the clinic's local time and say how far that is from UTC.
"""


def own_copy(tables: Iterable[Table]) -> str:
    """Write the note for a patient's own copy."""
    parts = [_OPENING]
    for table in tables:
        parts.append(f"{table.name}.csv\n{table.doc}\n")
        parts.extend(_line(entry) for entry in dictionary(table))
        parts.append("")
    return "\r\n".join("\n".join(parts).splitlines()) + "\r\n"


def _line(entry: Mapping[str, str]) -> str:
    name, meaning, unit = (entry[key] for key in ("name", "meaning", "unit"))
    return f"  {name}: {meaning}" + (f" [{unit}]" if unit else "")
