"""How fast: a rating some hours and days after a dose, against the one before the same dose."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from statistics import median

from msgspec import Struct

from tracker.domain.formatting import with_sign
from tracker.domain.instruments.model import Instrument
from tracker.domain.progress.panels import PairPanel

AFTER = "Right after the session"
# From the end before it, itself excluded, to its own end; the hours are counted from the session.
WITHIN = (
    (timedelta(days=1), "Up to 24 hours after"),
    (timedelta(days=3), "More than 1, up to 3 days after"),
    (timedelta(days=7), "More than 3, up to 7 days after"),
    (timedelta(days=14), "More than 7, up to 14 days after"),
)


class SpeedRow(Struct, frozen=True, kw_only=True):
    """Changes from before a dose at one distance from it; at least one.

    `better` of `n` were for the better, `worse` for the worse; `middle` is the median change.
    """

    instrument: Instrument
    when: str
    n: int
    better: int
    worse: int
    middle: str


def rows(panel: PairPanel) -> Iterator[SpeedRow]:
    """Compare what was rated after each dose with what was rated before it."""
    direct = [Decimal(pair.change) for pair in panel.pairs if pair.change is not None]
    if direct:
        yield _row(panel.instrument, AFTER, direct)
    later: dict[str, list[Decimal]] = {}
    for one in panel.follow_ups:
        pair = one.followed
        if pair is None or pair.before is None:
            continue
        if (when := _when(one.score.hours_after, one.score.at - pair.at)) is not None:
            later.setdefault(when, []).append(one.score.total - pair.before)
    for _end, when in WITHIN:
        if when in later:
            yield _row(panel.instrument, when, later[when])


def _when(hours: Decimal | None, apart: timedelta) -> str | None:
    """Name the distance; the hours that were written down count before the clock."""
    passed = apart if hours is None else timedelta(hours=float(hours))
    if passed < timedelta():
        return None
    return next((when for end, when in WITHIN if passed <= end), None)


def _row(instrument: Instrument, when: str, changes: list[Decimal]) -> SpeedRow:
    sign = -1 if instrument.higher_is_worse else 1
    return SpeedRow(
        instrument=instrument,
        when=when,
        n=len(changes),
        better=sum(change * sign > 0 for change in changes),
        worse=sum(change * sign < 0 for change in changes),
        middle=with_sign(Decimal(median(changes))),
    )
