"""A stored score as a plain value: what services hand to pages, pictures and files."""

from collections.abc import Mapping
from datetime import datetime
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
