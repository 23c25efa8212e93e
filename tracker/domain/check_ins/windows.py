"""When the lines of a schedule open, fall due and close, from the sessions of a series.

Days are those of the clinic's zone, so that a day when the clocks change has 23 or 25 hours; hours
after a session are hours.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from tracker.domain.check_ins.schedule import OCCASIONS, Anchor, ScheduleLine
from tracker.domain.clinic.course_rules import BASELINE_DAYS
from tracker.domain.codes import Occasion, SessionState

BEFORE_DAYS = 2
WEEK_DAYS = 3  # a follow-up may be this many days early or late
DAY_AFTER_DAYS = 3
SAME_DAY_HOURS = 2
# In the evening of the last day: after work, and before nobody likes to be written to.
EVENING = time(20)
_EVENING_BEFORE = timedelta(hours=4)  # a midnight

_NOT_HELD = (SessionState.CANCELLED, SessionState.MISSED)


class PlannedSession(Struct, frozen=True, kw_only=True):
    """What a schedule needs of a session: `started_at` (aware) once it was held, else its day."""

    session_id: int
    number: int
    state: SessionState
    planned_on: date | None = None
    started_at: datetime | None = None

    @property
    def takes_place(self) -> bool:
        """Whether it was held or is still planned for a day."""
        known = self.started_at is not None or self.planned_on is not None
        return known and self.state not in _NOT_HELD


class Slot(Struct, frozen=True, kw_only=True):
    """One check-in as the schedule wants it; instants are in UTC. `key` is one in its series."""

    key: str
    occasion: Occasion
    session_id: int | None
    instruments: tuple[str, ...]
    opens_at: datetime
    due_at: datetime
    closes_at: datetime


class _Window(Struct, frozen=True):
    key: str
    session_id: int | None
    opens_at: datetime
    due_at: datetime
    closes_at: datetime


def generate(
    lines: Iterable[ScheduleLine],
    sittings: Iterable[PlannedSession],
    zone: ZoneInfo,
    *,
    baseline_days: int = BASELINE_DAYS,
) -> tuple[Slot, ...]:
    """Lay a schedule out, past and future, in the order in which the check-ins open.

    What is asked before treatment begins is asked when it can be a baseline: in the `baseline_days`
    before the first session.

    What falls due at the same time is one check-in. What hangs on the last session is laid out
    once every session was held or set aside: until then nobody knows which is the last.
    """
    held_or_planned = [planned for planned in sittings if planned.takes_place]
    held_or_planned.sort(key=lambda planned: (_day(planned, zone), planned.number))
    slots: dict[str, Slot] = {}
    for line in lines:
        for window in _windows(line, held_or_planned, zone, baseline_days):
            slots[window.key] = _add_line(slots.get(window.key), window, line)
    return tuple(
        sorted(_shorten_baseline(slots).values(), key=lambda slot: (slot.opens_at, slot.key))
    )


def _add_line(slot: Slot | None, window: _Window, line: ScheduleLine) -> Slot:
    asked = (*(slot.instruments if slot else ()), *line.instruments)
    return Slot(
        key=window.key,
        occasion=OCCASIONS[line.anchor],
        session_id=window.session_id,
        instruments=tuple(dict.fromkeys(asked)),
        opens_at=window.opens_at,
        due_at=window.due_at,
        closes_at=window.closes_at,
    )


def _shorten_baseline(slots: dict[str, Slot]) -> dict[str, Slot]:
    """End the baseline where the check-in before the first session asks all of it again."""
    baseline = slots.get(Anchor.BASELINE.value)
    if baseline is None:
        return slots
    for slot in slots.values():
        again = slot.session_id == baseline.session_id and set(baseline.instruments) <= set(
            slot.instruments
        )
        if slot.occasion is Occasion.BEFORE_SESSION and again:
            due_at, closes_at = slot.opens_at - _EVENING_BEFORE, slot.opens_at
            ended = replace(baseline, due_at=due_at, closes_at=closes_at)
            return slots | {baseline.key: ended}
    return slots


def _windows(
    line: ScheduleLine, sittings: Sequence[PlannedSession], zone: ZoneInfo, baseline_days: int
) -> Iterator[_Window]:
    match line.anchor:
        case Anchor.BASELINE:
            yield from (_before_first(planned, zone, baseline_days) for planned in sittings[:1])
        case Anchor.BEFORE_EVERY | Anchor.BEFORE_SESSION:
            yield from (_before(planned, zone) for planned in sittings if _is_for(line, planned))
        case Anchor.HOURS_AFTER:
            yield from _hours_after(sittings, line.number)
        case Anchor.AFTER_LAST | Anchor.WEEKS_AFTER:
            if sittings and all(planned.started_at for planned in sittings):
                yield _after_last(line, sittings[-1], zone)


def _is_for(line: ScheduleLine, planned: PlannedSession) -> bool:
    """Say whether a line before sessions speaks of this one: every second is 1, 3, 5 and so on."""
    if line.anchor is Anchor.BEFORE_SESSION:
        return planned.number == line.number
    return (planned.number - 1) % line.number == 0


def _before_first(planned: PlannedSession, zone: ZoneInfo, baseline_days: int) -> _Window:
    day = _day(planned, zone)
    return _Window(
        Anchor.BASELINE.value,
        planned.session_id,
        _at(day, -baseline_days, zone),
        _at(day, -1, zone, EVENING),
        _ends_before(planned, zone),
    )


def _before(planned: PlannedSession, zone: ZoneInfo) -> _Window:
    day = _day(planned, zone)
    return _Window(
        f"{Anchor.BEFORE_SESSION}:{planned.number}",
        planned.session_id,
        _at(day, -BEFORE_DAYS, zone),
        _at(day, -1, zone, EVENING),
        _ends_before(planned, zone),
    )


def _ends_before(planned: PlannedSession, zone: ZoneInfo) -> datetime:
    """Say when it is too late to ask before a session: as it starts, at the latest that night."""
    if planned.started_at is not None:
        return planned.started_at.astimezone(UTC)
    return _at(_day(planned, zone), 1, zone)


def _hours_after(sittings: Sequence[PlannedSession], hours: int) -> Iterator[_Window]:
    """Open at the hour; due within a quarter of it (2 to 12 h), open for as long (8 to 24 h).

    The next session ends it: what somebody feels then comes from that one.
    """
    held = [
        (planned.started_at.astimezone(UTC), planned) for planned in sittings if planned.started_at
    ]
    starts = sorted(start for start, _ in held)
    for start, planned in held:
        opens_at = start + timedelta(hours=hours)
        closes_at = opens_at + timedelta(hours=min(max(hours, 8), 24))
        closes_at = next((later for later in starts if start < later < closes_at), closes_at)
        due_at = opens_at + timedelta(hours=min(max(hours / 4, 2), 12))
        if opens_at < closes_at:
            yield _Window(
                f"{Anchor.HOURS_AFTER}:{hours}:session-{planned.number}",
                planned.session_id,
                opens_at,
                min(due_at, closes_at),
                closes_at,
            )


def _after_last(line: ScheduleLine, last: PlannedSession, zone: ZoneInfo) -> _Window:
    key = f"{line.anchor}:{line.number}:session-{last.number}"
    day, number = _day(last, zone), line.number
    if line.anchor is Anchor.WEEKS_AFTER:
        first, centre, end = 7 * number - WEEK_DAYS, 7 * number, 7 * number + WEEK_DAYS + 1
    else:
        first, centre, end = number, number, number + DAY_AFTER_DAYS
    opens_at, due_at = _at(day, first, zone), _at(day, centre, zone, EVENING)
    if not first and last.started_at is not None:
        opens_at = last.started_at.astimezone(UTC) + timedelta(hours=SAME_DAY_HOURS)
        due_at = max(due_at, opens_at + timedelta(hours=SAME_DAY_HOURS))
    return _Window(key, last.session_id, opens_at, due_at, _at(day, end, zone))


def _day(planned: PlannedSession, zone: ZoneInfo) -> date:
    if planned.started_at is not None:
        return planned.started_at.astimezone(zone).date()
    return planned.planned_on or date.max


def _at(day: date, days: int, zone: ZoneInfo, at: time = time()) -> datetime:
    """Find the instant at which a clock on the wall shows a time, some days from a day."""
    return datetime.combine(day + timedelta(days=days), at, zone).astimezone(UTC)
