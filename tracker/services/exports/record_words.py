"""What is stored, as words for a copy."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select

from tracker.domain.formatting import full_day, time_of_day
from tracker.domain.instruments.model import Instrument
from tracker.instruments import library
from tracker.models.database import db
from tracker.services.exports.record_tables import COLUMNS, label_of, word_of
from tracker.services.instruments import editions as instrument_editions

Facts = tuple[tuple[str, str], ...]
ROWS_AT_ONCE = 200


def rows_of(query: Select[*tuple[Any, ...]]) -> Iterable[Any]:
    """Read the rows of a query a few at a time, and close its cursor."""
    with db.session.execute(query.execution_options(yield_per=ROWS_AT_ONCE)) as rows:
        yield from rows


def columns_of(model: type[Any]) -> list[Any]:
    """List every column of a table, to be read without its objects."""
    return list(model.__table__.columns)


def columns_in_copy(table: str, model: type[Any]) -> list[Any]:
    """List the columns of a table that a copy holds: a secret is not even read."""
    return [getattr(model, name) for name in COLUMNS[table]]


def facts_of(table: str, row: Any, zone: ZoneInfo, *leave_out: str) -> Facts:
    """Write the columns of a row that a copy holds."""
    return tuple(
        (label_of(shown), in_words(word_of(shown, getattr(row, name)), zone))
        for name, shown in COLUMNS[table].items()
        if name not in leave_out
    )


def in_words(value: Any, zone: ZoneInfo) -> str:
    """Write a value of any kind as a person reads it; nothing for what is not there."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return "; ".join(f"{label}: {text}" for label, text in pairs(value, zone))
    if isinstance(value, list | tuple):
        return ", ".join(in_words(one, zone) for one in value)
    if isinstance(value, datetime):
        return moment(value, zone)
    for kind, write in _WRITERS.items():
        if isinstance(value, kind):
            return write(value)
    return str(value)


# A bool is a whole number as well: it comes first.
_WRITERS: dict[type[Any], Callable[[Any], str]] = {
    bool: lambda value: "Yes" if value else "No",
    date: full_day,
    time: time_of_day,
    Decimal: lambda value: f"{value:f}",
}


def pairs(content: Mapping[str, Any], zone: ZoneInfo, leave_out: Iterable[str] = ()) -> Facts:
    """Write what a stored mapping holds, each under its name as words."""
    left_out = frozenset(leave_out)
    return tuple(
        (name.replace("_", " ").replace("-", " ").capitalize(), in_words(value, zone))
        for name, value in content.items()
        if name not in left_out and value not in (None, "", {}, [])
    )


def moment(at: datetime, zone: ZoneInfo) -> str:
    """Write an instant as the clinic's day and time."""
    here = at.astimezone(zone)
    return f"{full_day(here.date())}, {time_of_day(here)}"


def title_of(instrument: str) -> str:
    """Give the title of a scale; its code where it is not known any more."""
    found = library().get(instrument)
    return found.title if found else instrument


class Editions(dict[int | None, Instrument | None]):
    """The words that were answered, each read once for a copy."""

    def __missing__(self, edition_id: int | None) -> Instrument | None:
        """Read what is asked for the first time."""
        found = None if edition_id is None else instrument_editions.read(edition_id)
        self[edition_id] = found
        return found


def answer_lines(instrument: Instrument | None, answers: Mapping[str, Any]) -> tuple[str, ...]:
    """Write each question with its answer; one that was left out says so."""
    left = {code: Decimal(str(value)) for code, value in answers.items()}
    lines = []
    for item in instrument.items if instrument else ():
        value = left.pop(item.code, None)
        choice = item.choice(value) if value is not None else None
        words = choice.label if choice else ""
        said = "not answered" if value is None else f"{value:f}" + (f", {words}" if words else "")
        lines.append(f"{item.text}{' ' if item.text[-1:] in '?:.' else ': '}{said}")
    return (*lines, *(f"{code}: {value:f}" for code, value in sorted(left.items())))
