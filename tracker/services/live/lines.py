"""Entries as people read them: in words, with what is unusual about them."""

from collections.abc import Sequence
from dataclasses import dataclass

from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Drug, Route
from tracker.domain.live import entry_remarks, entry_text
from tracker.domain.live.entries import Entry


@dataclass(frozen=True, slots=True)
class Line:
    """An entry with its words; `outside` says what is unusual, each with its source."""

    entry: Entry
    words: str
    outside: tuple[str, ...]


def lines(
    entries: Sequence[Entry],
    drug: Drug,
    route: Route,
    settings: TreatmentSettings,
    *,
    only: frozenset[str] | None = None,
) -> tuple[Line, ...]:
    """Put the entries of a session into words; `only` are the keys that are wanted.

    All of them are needed even where few are wanted: the order of an infusion's entries is judged.
    """
    remarks = entry_remarks.remarks(entries, drug, route, settings, only=only)
    return tuple(
        Line(
            entry,
            entry_text.words(entry),
            tuple(f"{told.message} ({told.source})" for told in remarks.get(entry.key, ())),
        )
        for entry in entries
        if only is None or entry.key in only
    )
