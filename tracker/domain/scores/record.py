"""A stored score as a plain value: what services hand to pages, pictures and files."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from decimal import Decimal

from msgspec import Struct, field

from tracker.domain.codes import (
    Completeness,
    Mode,
    Occasion,
)


class ScoreRecord(Struct, frozen=True, kw_only=True):
    """A completed scale as stored; where `time_known` is False only the day counts.

    `total` is None for an incomplete one. `answers` are by item code; a missing one is not there.
    """

    record_number: str
    series_number: int | None
    session_id: int | None
    score_id: int
    instrument: str
    total: Decimal | None
    taken_at: datetime
    time_known: bool
    occasion: Occasion
    hours_after: Decimal | None
    note: str
    instrument_version: str = ""
    mode: Mode = Mode.TOTAL
    completeness: Completeness = Completeness.COMPLETE
    answers: Mapping[str, Decimal | None] = field(default_factory=dict)
    stated_total: Decimal | None = None
    seconds_taken: int | None = None


def is_of_sitting(
    mode: Mode, taken_at: datetime, started_at: datetime | None, zone: tzinfo
) -> bool:
    """Say whether staff took a score on the day of a session: it was said by whoever sat there.

    What a patient answered alone, or what came from a file, is of the person it was asked of.
    """
    if started_at is None or mode in (Mode.SELF, Mode.FILE):
        return False
    return taken_at.astimezone(zone).date() == started_at.astimezone(zone).date()
