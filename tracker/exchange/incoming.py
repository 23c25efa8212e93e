"""Files coming in: any readable file and its mapping, row by row."""

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from tracker.domain.instruments.model import Instrument
from tracker.domain.problems import Problem
from tracker.exchange.csv.reader import SourceFile
from tracker.exchange.mapped.item_rows import read_item_rows
from tracker.exchange.mapped.scores import fixed_anchor
from tracker.exchange.mapped.table import read_mapped
from tracker.exchange.mapping.model import (
    ImportMapping,
    MappingError,
    named_columns,
    open_questions,
)
from tracker.exchange.native import read_native
from tracker.exchange.rows import IncomingRow
from tracker.exchange.tables import TABLES, recognise


def read_rows(
    source: SourceFile,
    mapping: ImportMapping,
    *,
    zone: ZoneInfo,
    instruments: Mapping[str, Instrument],
) -> Iterator[IncomingRow]:
    """Read a file through its mapping: a NativeRow for each row of our own tables, else MappedRow.

    Each row carries all of its problems; nothing is left out without one. Raises MappingError at
    once where the mapping has open questions or names columns that the file does not have, and
    UnreadableFileError, while reading, where the file breaks off.
    """
    if problems := check_mapping(source, mapping, zone=zone, instruments=instruments):
        raise MappingError(problems)
    if mapping.table:
        return read_native(source, TABLES[mapping.table], mapping.file, zone=zone)
    read = read_item_rows if any(s.item_column for s in mapping.scores) else read_mapped
    return read(source, mapping, zone=zone, instruments=instruments)


def check_mapping(
    source: SourceFile,
    mapping: ImportMapping,
    *,
    zone: ZoneInfo,
    instruments: Mapping[str, Instrument],
) -> tuple[Problem, ...]:
    """List what keeps a mapping from being used with this file, each naming the key."""
    if mapping.table:
        return _check_table(source, mapping)
    absent = tuple(
        Problem(key, f"The file has no column '{heading}'.")
        for key, heading in named_columns(mapping).items()
        if heading not in source.header
    )
    return (
        *open_questions(mapping),
        *absent,
        *_check_anchor(mapping, zone),
        *_check_items(mapping, instruments),
    )


def _check_items(
    mapping: ImportMapping, instruments: Mapping[str, Instrument]
) -> Iterator[Problem]:
    """Yield what keeps the answers of a scale from being read."""
    for number, score in enumerate(mapping.scores, 1):
        if not (score.items and score.instrument):
            continue
        instrument = instruments.get(score.instrument)
        if instrument is None:
            known = ", ".join(code for code, one in instruments.items() if one.items)
            message = f"There is no such scale here. Those with questions are: {known}."
            yield Problem(f"scores[{number}].instrument", message)
        elif len(score.items) > len(instrument.items):
            message = f"{instrument.short_title} has {len(instrument.items)} questions here."
            yield Problem(f"scores[{number}].items", message)
    if len({bool(score.item_column) for score in mapping.scores}) > 1 or (
        mapping.sessions and any(score.item_column for score in mapping.scores)
    ):
        message = "A file with one answer in each row can hold nothing else. Take one at a time."
        yield Problem("scores[1].item_column", message)


def _check_anchor(mapping: ImportMapping, zone: ZoneInfo) -> tuple[Problem, ...]:
    try:
        fixed_anchor(mapping.anchor.at, zone)
    except (ValueError, OverflowError) as error:
        return (Problem("anchor.at", str(error)),)
    return ()


def _check_table(source: SourceFile, mapping: ImportMapping) -> tuple[Problem, ...]:
    if mapping.table not in TABLES:
        return (Problem("table", f"Give one of: {', '.join(TABLES)}."),)
    found = recognise(source.header)
    if found and found.name == mapping.table:
        return ()
    table = TABLES[mapping.table]
    headings = table.headings
    absent = [c.name for c in table.columns if not c.later and c.name not in source.header]
    extra = [name for name in source.header if name not in headings]
    problems = []
    if absent:
        problems.append(Problem("table", f"The file lacks the columns {', '.join(absent)}."))
    if extra:
        problems.append(Problem("table", f"The table has no columns {', '.join(extra)}."))
    return tuple(problems)
