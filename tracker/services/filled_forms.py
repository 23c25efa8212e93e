"""The checklists of a session as pages show them: who filled them in, when, and every line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker.domain import checklists, entries
from tracker.domain.checklists import CheckLine
from tracker.domain.entries import Entry, EntryKind, Form


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledForm:
    """A checklist as it was saved; `earlier` are those before it, first to last."""

    sequence: int
    at: datetime
    by: str
    is_late: bool
    lines: tuple[CheckLine, ...]
    earlier: tuple["FilledForm", ...] = ()

    @property
    def open_lines(self) -> tuple[CheckLine, ...]:
        """List the lines that were not clear, each with its comment."""
        return tuple(line for line in self.lines if not line.is_clear)

    @property
    def clear_lines(self) -> tuple[CheckLine, ...]:
        """List the lines that were clear."""
        return tuple(line for line in self.lines if line.is_clear)

    @property
    def tally(self) -> str:
        """Say in a few words how it stood."""
        return checklists.tally(self.lines)


def last_of(log: Sequence[Entry], kind: EntryKind) -> FilledForm | None:
    """Find the checklist of a kind that holds, with the earlier ones; None where there is none."""
    found = [_filled(entry) for entry in entries.of_kind(log, kind)]
    if not found:
        return None
    *earlier, last = sorted(found, key=lambda one: one.sequence)
    return FilledForm(
        sequence=last.sequence,
        at=last.at,
        by=last.by,
        is_late=last.is_late,
        lines=last.lines,
        earlier=tuple(earlier),
    )


def _filled(entry: Entry) -> FilledForm:
    stored = entry.content.fields if isinstance(entry.content, Form) else {}
    return FilledForm(
        sequence=entry.sequence,
        at=entry.at,
        by=entry.by,
        is_late=entry.is_late,
        lines=checklists.lines_of(stored),
    )
