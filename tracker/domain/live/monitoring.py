"""Which readings are due in a session, by drug and route; each number names its source."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from math import inf

from msgspec import Struct

from tracker.domain.clinic import reading_limits
from tracker.domain.clinic.labels import SPRAVATO, SPRAVATO_EU, Label, LabelSource
from tracker.domain.clinic.reading_limits import Moment
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Drug, Route, Word
from tracker.domain.drugs import is_nasal_esketamine
from tracker.domain.live.entries import Entry, Reading, effective, started_at
from tracker.domain.measures import DURATION_MINUTES_MAX, VitalSigns
from tracker.domain.problems import Finding

# Spravato (US label and the maker's page for clinicians): blood pressure before, about 40 minutes
# after the first device, then until it is stable; watched for at least two hours. The product
# information of the European Union has the same without the two hours.
ESKETAMINE_MINUTES = (40,)
ESKETAMINE_US_MINUTES = (40, 120)
ESKETAMINE_SOURCE = LabelSource(
    us=f"{SPRAVATO}: blood pressure before, about 40 minutes after the first device, then "
    "until stable; at least 2 hours",
    eu=f"{SPRAVATO_EU} 4.2: blood pressure before, about 40 minutes after the "
    "dose, then as clinically warranted",
)
REPEATED_SOURCE = "clinic setting; no published interval"
_limits = lru_cache(maxsize=32)(reading_limits.limits)  # asked for each reading of a log
_SIGNS = VitalSigns.__struct_fields__


class DueState(Word):
    """Where a reading that is due stands."""

    DONE = "done", "Done"
    DUE = "due", "Due"
    LATE = "late", "Late"
    MISSED = "missed", "Missed"
    COMING = "coming", "To come"


class Schedule(Struct, frozen=True, kw_only=True):
    """When readings are due, in minutes from the start; one before it belongs to every schedule.

    `every_minutes` repeats without an end. With `until_stable_mmhg`, a pressure above the pair
    from the first fixed minute on asks for another reading `again_minutes` later, and only what
    holds a blood pressure counts.
    """

    source: str
    late_after_minutes: int
    minutes: tuple[int, ...] = ()
    every_minutes: int | None = None
    again_minutes: int = 0
    until_stable_mmhg: tuple[int, int] | None = None

    def is_relevant(self, signs: VitalSigns) -> bool:
        """Say whether observations are what a reading that is due asks for."""
        if self.until_stable_mmhg is not None:
            return signs.systolic_mmhg is not None
        return any(getattr(signs, name) is not None for name in _SIGNS)


class DueRow(Struct, frozen=True, kw_only=True):
    """A reading that is due. Minute 0 is the one before the start; until then it has no time.

    `minutes_late` counts from when it was due: to now, or to when it was taken late.
    """

    minute: int
    at: datetime | None
    state: DueState
    minutes_late: int = 0

    @property
    def is_late(self) -> bool:
        """Whether it is late right now."""
        return self.state is DueState.LATE

    @property
    def words(self) -> str:
        """Name the reading."""
        return "Before the start" if self.minute == 0 else f"{self.minute} min"


def schedule(drug: Drug, route: Route, settings: TreatmentSettings) -> Schedule:
    """Say when readings are due for a drug by a route."""
    every, late = max(1, settings.reading_every_minutes), settings.late_after_minutes
    if is_nasal_esketamine(drug, route):
        return Schedule(
            source=ESKETAMINE_SOURCE.text(settings.labels),
            late_after_minutes=late,
            minutes=ESKETAMINE_US_MINUTES if Label.US in settings.labels else ESKETAMINE_MINUTES,
            again_minutes=every,
            until_stable_mmhg=(settings.systolic_warn_mmhg, settings.diastolic_warn_mmhg),
        )
    return Schedule(source=REPEATED_SOURCE, late_after_minutes=late, every_minutes=every)


def due_rows(
    plan: Schedule, entries: Sequence[Entry], *, now: datetime, ended_at: datetime | None = None
) -> list[DueRow]:
    """List every reading that was or is due, the next one last; time goes on in a pause.

    After `ended_at` nothing is due any more.
    """
    start = started_at(entries)
    taken = [
        (entry.at, entry.content)
        for entry in effective(entries)
        if isinstance(entry.content, Reading) and plan.is_relevant(entry.content)
    ]
    if start is None:
        state = DueState.DONE if taken else DueState.DUE
        return [] if ended_at else [DueRow(minute=0, at=None, state=state)]
    at_minutes = [(_minutes(at - start), reading) for at, reading in taken]
    upto = _minutes(min(now, ended_at or now) - start)
    # Whatever was taken in the first minute was meant to be before.
    before = any(minute < 1 for minute, _ in at_minutes)
    first = DueRow(minute=0, at=start, state=DueState.DONE if before else DueState.MISSED)
    wanted = _due_minutes(plan, at_minutes, upto, over=ended_at is not None)
    times = [minute for minute, _ in at_minutes]
    return [first, *_rows(plan, wanted, times, start, upto, over=ended_at is not None)]


def next_due(rows: Iterable[DueRow]) -> DueRow | None:
    """Pick the reading to take next; None when nothing is due any more."""
    waiting = [row for row in rows if row.state not in (DueState.DONE, DueState.MISSED)]
    return min(waiting, key=lambda row: row.minute, default=None)


def _due_minutes(
    plan: Schedule, taken: Iterable[tuple[float, Reading]], upto: float, *, over: bool
) -> list[int]:
    """List the minutes at which readings are due, up to the first that is still to come."""
    if plan.every_minutes is None:
        return sorted({*plan.minutes, *_until_stable(plan, taken)})
    last = min(upto, DURATION_MINUTES_MAX)
    count = max(0, int(last // plan.every_minutes)) + (0 if over else 1)
    return [plan.every_minutes * number for number in range(1, count + 1)]


def _until_stable(plan: Schedule, taken: Iterable[tuple[float, Reading]]) -> Iterator[int]:
    if plan.until_stable_mmhg is None or not plan.minutes:
        return
    from_minute = plan.minutes[0] - plan.late_after_minutes
    for minute, reading in taken:
        again = int(minute) + plan.again_minutes
        near = any(abs(again - fixed) <= plan.late_after_minutes for fixed in plan.minutes)
        if minute >= from_minute and not near and _is_high(reading, plan.until_stable_mmhg):
            yield again


def _is_high(reading: Reading, limits: tuple[int, int]) -> bool:
    pair = (reading.systolic_mmhg, reading.diastolic_mmhg)
    return any(
        value is not None and value > limit for value, limit in zip(pair, limits, strict=True)
    )


def _rows(
    plan: Schedule,
    minutes: Sequence[int],
    taken: Sequence[float],
    start: datetime,
    upto: float,
    *,
    over: bool,
) -> Iterator[DueRow]:
    """Give each due minute the readings from shortly before it to shortly before the next one."""
    early = [
        min(plan.late_after_minutes, (later - sooner) / 2)
        for sooner, later in pairwise([0, *minutes])
    ]
    opens = [minute - before for minute, before in zip(minutes, early, strict=True)]
    spans = zip(minutes, opens, [*opens, inf][1:], [*minutes, inf][1:], strict=True)
    for minute, begin, end, following in spans:
        first = min((m for m in taken if begin <= m < end), default=None)
        missed = over or upto >= following or any(m >= end for m in taken)
        state = DueState.DONE if first is not None else _state(plan, minute, upto, missed=missed)
        late = int((upto if first is None else first) - minute)
        is_late = state is DueState.LATE or (
            state is DueState.DONE and late > plan.late_after_minutes
        )
        yield DueRow(
            minute=minute,
            at=start + timedelta(minutes=minute),
            state=state,
            minutes_late=late if is_late else 0,
        )


def _state(plan: Schedule, minute: int, upto: float, *, missed: bool) -> DueState:
    """Say where a reading stands that was not taken: once the next one is due it is missed."""
    if missed:
        return DueState.MISSED
    if upto < minute:
        return DueState.COMING
    return DueState.LATE if upto > minute + plan.late_after_minutes else DueState.DUE


def _minutes(span: timedelta) -> float:
    return span.total_seconds() / 60


def outside(
    entry: Entry, start: datetime | None, drug: Drug, route: Route, settings: TreatmentSettings
) -> list[Finding]:
    """List what is beyond the limits of a reading's moment: before the dose, or once it started."""
    if not isinstance(entry.content, Reading):
        return []
    moment = Moment.BEFORE if start is None or entry.at <= start else Moment.DURING
    return reading_limits.outside(entry.content, _limits(settings, moment, drug, route))
