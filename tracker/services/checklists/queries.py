"""The checklists of a session as pages show them: who filled them in, when, and every line."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from tracker.domain.checklists import items as checklist_items
from tracker.domain.checklists.items import CheckLine
from tracker.domain.drugs import is_nasal_esketamine
from tracker.domain.live import entries
from tracker.domain.live.entries import Entry, EntryKind, Form
from tracker.domain.timelines.timeline import Treatment
from tracker.services.sessions.commands import SessionPage
from tracker.services.unit_of_work import one_time_key

_KEY_MIN, _KEY_MAX = 8, 30  # characters of a one-time key; an entry's own has at most 40


class FilledForm(Struct, frozen=True, kw_only=True):
    """A checklist as it was saved; `earlier` are those before it, first to last.

    `is_taken_back` says that it holds no more: the session had not begun, or began on another day.
    """

    sequence: int
    at: datetime
    by: str
    is_late: bool
    lines: tuple[CheckLine, ...]
    earlier: tuple["FilledForm", ...] = ()
    is_taken_back: bool = False

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
        return checklist_items.tally(self.lines)


class ChecklistPage(Struct, frozen=True, kw_only=True):
    """What the pages of both checklists need; `filled` is what was saved last in this session."""

    session_page: SessionPage
    treatment: Treatment
    filled: FilledForm | None

    @property
    def opened_sequence(self) -> int:
        """The sequence of the checks that stand; 0 while there are none."""
        return self.filled.sequence if self.filled else 0

    @property
    def by_device(self) -> bool:
        """Whether nasal devices are given."""
        return is_nasal_esketamine(self.treatment.drug, self.treatment.route)


def key_of(once: str) -> str:
    """Make the key of an entry from a page's one-time key, so that a second click adds nothing."""
    once = one_time_key(once)
    return once[:_KEY_MAX] if len(once) >= _KEY_MIN else secrets.token_urlsafe(16)


def last_of(log: Sequence[Entry], kind: EntryKind) -> FilledForm | None:
    """Find the checklist of a kind that holds, with the earlier ones; None where none holds."""
    holds = entries.latest_form(log, kind)
    if holds is None:
        return None
    last = _filled_form(holds)
    others = [entry for entry in entries.of_kind(log, kind) if entry.key != holds.key]
    taken_back = entries.taken_back(log)
    earlier = [
        replace(_filled_form(entry), is_taken_back=entry.key in taken_back)
        for entry in sorted(others, key=lambda one: one.sequence)
    ]
    return FilledForm(
        sequence=last.sequence,
        at=last.at,
        by=last.by,
        is_late=last.is_late,
        lines=last.lines,
        earlier=tuple(earlier),
    )


def _filled_form(entry: Entry) -> FilledForm:
    stored = entry.content.fields if isinstance(entry.content, Form) else {}
    return FilledForm(
        sequence=entry.sequence,
        at=entry.at,
        by=entry.by,
        is_late=entry.is_late,
        lines=checklist_items.lines_of(stored),
    )
