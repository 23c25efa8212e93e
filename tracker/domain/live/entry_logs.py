"""The whole log of a session for people: each entry with what became of it, nothing left out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from tracker.domain.live.entries import Entry, EntryKind, Withdrawal

# A browser sends at once; what took longer waited for a connection, or was written up afterwards.
PROMPT = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class LogLine:
    """An entry as first written, and its corrections and withdrawals in the order they arrived."""

    first: Entry
    later: tuple[Entry, ...] = ()

    @property
    def last(self) -> Entry:
        """What holds now, or the withdrawal of it."""
        return self.later[-1] if self.later else self.first

    @property
    def is_withdrawn(self) -> bool:
        """Whether nothing of it stands."""
        return self.last.kind is EntryKind.WITHDRAWAL

    @property
    def shown(self) -> Entry:
        """What to show large: what holds, or what held before it was withdrawn."""
        written = [entry for entry in (self.first, *self.later) if not _withdraws(entry)]
        return written[-1] if written else self.first

    @property
    def earlier(self) -> tuple[Entry, ...]:
        """What held before `shown`, the first value first."""
        written = [entry for entry in (self.first, *self.later) if not _withdraws(entry)]
        return tuple(written[:-1])

    @property
    def withdrawals(self) -> tuple[Entry, ...]:
        """Every withdrawal; a correction that arrived after one holds again."""
        return tuple(entry for entry in self.later if _withdraws(entry))


def _withdraws(entry: Entry) -> bool:
    return isinstance(entry.content, Withdrawal)


def log(entries: Iterable[Entry]) -> list[LogLine]:
    """Gather every chain of corrections, by the instant that holds."""
    root: dict[str, str] = {}
    chains: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda one: one.sequence):
        first = root.get(entry.replaces, entry.replaces) or entry.key
        root[entry.key] = first
        chains.setdefault(first, []).append(entry)
    lines = [LogLine(first, tuple(later)) for first, *later in chains.values()]
    return sorted(lines, key=lambda line: (line.shown.at, line.first.sequence))


def arrived_later(entry: Entry) -> bool:
    """Say whether an entry arrived notably later than what it tells of happened."""
    return entry.is_late or entry.received_at - entry.at > PROMPT
