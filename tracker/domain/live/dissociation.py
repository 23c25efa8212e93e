"""How strong dissociation was and when: one rule for a session's record, its picture and words."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from tracker.domain.live.entries import DissociationMark, Entry, Reading


class Rating(Struct, frozen=True):
    """A strength of dissociation from 0, none, to 10, the most, and when it was given."""

    at: datetime
    strength: int


def ratings(effective_log: Iterable[Entry]) -> list[Rating]:
    """List every strength that a reading or a mark gave, by time; whatever its kind of mark."""
    found = []
    for entry in effective_log:
        content, strength = entry.content, None
        if isinstance(content, Reading):
            strength = content.dissociation
        elif isinstance(content, DissociationMark):
            strength = content.strength
        if strength is not None:
            found.append(Rating(entry.at, strength))
    return sorted(found, key=lambda rating: rating.at)


def peak(rated: Sequence[Rating], start: datetime | None) -> Rating | None:
    """Find the strongest rating since the start, the first of equals; None without a start.

    What was felt before anything was given is no effect of it.
    """
    since = [rating for rating in rated if start is not None and rating.at >= start]
    return max(since, key=lambda rating: rating.strength, default=None)
