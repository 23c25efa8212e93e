"""What a session's log says to a form: pressures near a minute, what began and whether it passed.

A form asks yes or no. Yes needs a sign, no needs somebody who looked and found none; where neither
is written the answer stays open.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from tracker.domain.codes import SideEffect
from tracker.domain.formatting import times
from tracker.domain.live.entries import (
    AdverseEvent,
    DissociationMark,
    Entry,
    EventOutcome,
    EventTerm,
    Mark,
    Reading,
)
from tracker.domain.measures import VitalSigns
from tracker.domain.sessions import effects
from tracker.domain.sessions.record import SessionRecord
from tracker.domain.wall_time import minute

ALERT = 5  # MOAA/S: whatever is below is sedation
TWO_HOURS = timedelta(hours=2)
FORTY_MINUTES = 40
NEAR_MINUTES = 20  # ours; the label says "approximately 40 minutes"
_A_MOMENT = timedelta(microseconds=1)

LOG, RECORD = "Log of the session", "Record of the session"
CHECKS = "Checks before the session"


class Pressure(Struct, frozen=True):
    """A blood pressure and the minute it was measured at; `timed` is False where nobody knows."""

    systolic_mmhg: int
    diastolic_mmhg: int
    source: str
    minute: int = 0
    timed: bool = True

    @property
    def value(self) -> str:
        """The pressure as it is written on a form."""
        return f"{self.systolic_mmhg}/{self.diastolic_mmhg}"


class Pressures(Struct, frozen=True):
    """The three pressures a form asks for; `remarks` say why one is not there."""

    before: Pressure | None
    forty: Pressure | None
    end: Pressure | None
    forty_remark: str = ""
    end_remark: str = ""


class Observations(Struct, frozen=True):
    """Whether something was there, the minute it was first seen, whether it passed in 2 hours."""

    present: bool | None = None
    onset_minute: int | None = None
    resolved: bool | None = None
    source: str = ""
    remark: str = ""


def readings(entries: Iterable[Entry]) -> list[tuple[Entry, Reading]]:
    """List the entries that hold observations, with what was observed."""
    return [(one, one.content) for one in entries if isinstance(one.content, Reading)]


def events(entries: Iterable[Entry], *terms: EventTerm) -> list[tuple[Entry, AdverseEvent]]:
    """List the adverse events, all of them or those of some terms."""
    return [
        (one, one.content)
        for one in entries
        if isinstance(one.content, AdverseEvent) and (not terms or one.content.term in terms)
    ]


def pressures(
    record: SessionRecord,
    effective_log: Sequence[Entry],
    baseline: tuple[datetime, VitalSigns] | None,
) -> Pressures:
    """Find the pressures before the dose, nearest 40 minutes and before completion.

    `held` are the entries that stand, `baseline` what was measured for the checks before. Before
    and after are the record's where it has them, for it may have been amended.
    """
    seen = sorted(
        _pressures(record.started_at, effective_log, baseline), key=lambda one: one.minute
    )
    after = [one for one in seen if one.minute > 0]
    nearest = min(after, key=lambda one: abs(one.minute - FORTY_MINUTES), default=None)
    is_near = nearest is not None and abs(nearest.minute - FORTY_MINUTES) <= NEAR_MINUTES
    forty = nearest if is_near else None
    later = [one for one in after if forty is None or one.minute > forty.minute]
    end = _of_side(record.after, later, used_up=forty)
    return Pressures(
        before=_of_side(record.before, [one for one in seen if one.minute <= 0]),
        forty=forty,
        end=end,
        forty_remark=f"The nearest reading is that of minute {nearest.minute}."
        if nearest and not forty
        else "",
        end_remark=f"The last reading is that of minute {forty.minute}."
        if forty and not end
        else "",
    )


def _pressures(
    start: datetime | None,
    effective_log: Sequence[Entry],
    baseline: tuple[datetime, VitalSigns] | None,
) -> Iterator[Pressure]:
    if start is None:
        return
    if baseline is not None and (found := _pair(baseline[1])):
        yield Pressure(*found, CHECKS, minute(baseline[0], start))
    for entry, signs in readings(effective_log):
        if found := _pair(signs):
            yield Pressure(*found, LOG, minute(entry.at, start))


def _of_side(
    signs: VitalSigns, seen: Sequence[Pressure], used_up: Pressure | None = None
) -> Pressure | None:
    """Take the record's pressure of one side, with its minute where the log has the same."""
    last = seen[-1] if seen else None
    pressure = _pair(signs)
    if pressure is None or (last and pressure == (last.systolic_mmhg, last.diastolic_mmhg)):
        return last
    if used_up and not last and pressure == (used_up.systolic_mmhg, used_up.diastolic_mmhg):
        return None  # measured once, at 40 minutes: that is not the one before completion
    return Pressure(*pressure, RECORD, timed=False)


def _pair(signs: VitalSigns) -> tuple[int, int] | None:
    if signs.systolic_mmhg is None or signs.diastolic_mmhg is None:
        return None
    return signs.systolic_mmhg, signs.diastolic_mmhg


def sedation(
    record: SessionRecord,
    effective_log: Sequence[Entry],
    passed: tuple[datetime, bool] | None = None,
) -> Observations:
    """Follow sedation: MOAA/S below 5, an event, or a side effect of the record.

    `passed` says whether it had resolved when the patient left; that alone is no sign of any.
    """
    levels = [
        (entry.at, seen.sedation < ALERT)
        for entry, seen in readings(effective_log)
        if seen.sedation is not None
    ]
    marks = [*levels, *_spans(record, events(effective_log, EventTerm.SEDATION))]
    if passed is not None and any(is_there for _, is_there in marks):
        marks.append((passed[0], not passed[1]))
    found = _observe(record.started_at, marks)
    if not found.present and SideEffect.SEDATION in record.side_effects:
        return Observations(True, source=f"{RECORD}: side effect")
    return _with_remark(found, len(levels), "MOAA/S", "5")


def dissociation(record: SessionRecord, effective_log: Sequence[Entry]) -> Observations:
    """Follow dissociation: its marks, ratings above 0, an event, or the record's own words."""
    levels = [
        (entry.at, seen.dissociation > 0)
        for entry, seen in readings(effective_log)
        if seen.dissociation is not None
    ]
    spans = _spans(record, events(effective_log, EventTerm.DISSOCIATION))
    logged = [*levels, *_marks(effective_log), *spans]
    found = _observe(record.started_at, [*logged, *_recorded_marks(record)])
    if found.present and not any(is_there for _, is_there in logged):
        found = replace(found, source=RECORD)
    if not found.present and (record.dissociation_peak or effects.present(record.effects)):
        return Observations(True, resolved=_left_with(record), source=RECORD)
    if found.present is None and record.dissociation_peak == 0:
        return Observations(False, source=f"{RECORD}: peak 0")
    return _with_remark(found, len(levels), "dissociation", "0")


def _with_remark(found: Observations, count: int, what: str, none: str) -> Observations:
    if found.present is not False:
        return found
    text = f"{times(count, 'reading')}, {what} {none} each time"
    return Observations(False, source=f"{LOG}: {text}")


def _marks(effective_log: Sequence[Entry]) -> Iterator[tuple[datetime, bool]]:
    for entry in effective_log:
        if isinstance(entry.content, DissociationMark):
            resolved = entry.content.mark is Mark.RESOLVED
            if resolved:
                yield entry.at - _A_MOMENT, True  # what resolves was there
            yield entry.at, not resolved and entry.content.strength != 0


def _spans(
    record: SessionRecord, found: Iterable[tuple[Entry, AdverseEvent]]
) -> Iterator[tuple[datetime, bool]]:
    """Say of events when they were there and when no longer."""
    for entry, event in found:
        yield entry.at, True
        if event.ended_at is not None:
            yield event.ended_at - _A_MOMENT, True
            yield event.ended_at, False
        elif event.outcome is EventOutcome.ONGOING and record.discharged_at is not None:
            yield record.discharged_at, True


def _recorded_marks(record: SessionRecord) -> Iterator[tuple[datetime, bool]]:
    """Say the same of the dissociation that the record tells of in minutes from the start."""
    start, left = record.started_at, record.discharged_at
    if start is None:
        return
    if record.dissociation_onset_minute is not None:
        yield start + timedelta(minutes=record.dissociation_onset_minute), True
    if record.dissociation_end_minute is not None:
        end = start + timedelta(minutes=record.dissociation_end_minute)
        yield end - _A_MOMENT, True
        yield end, False
    elif record.dissociation_resolved is not None and record.dissociation_peak and left:
        yield left, not record.dissociation_resolved


def _left_with(record: SessionRecord) -> bool | None:
    """Say whether dissociation passed within 2 hours, by how the patient left."""
    start, left = record.started_at, record.discharged_at
    if start is None or left is None or record.dissociation_resolved is None:
        return None
    if record.dissociation_resolved:
        return True if left <= start + TWO_HOURS else None
    return False if left >= start + TWO_HOURS else None


def _observe(start: datetime | None, marks: Sequence[tuple[datetime, bool]]) -> Observations:
    """Follow something by the instants at which it was there, or was looked for and was not."""
    there = [at for at, is_there in marks if is_there]
    if not there:
        return Observations(False if marks else None)
    if start is None:
        return Observations(True, source=LOG)
    last = max(there)
    over = min((at for at, is_there in marks if not is_there and at > last), default=None)
    limit = start + TWO_HOURS
    resolved = False if last > limit else None
    if over is not None and over <= limit:
        resolved = True
    return Observations(True, minute(min(there), start), resolved, LOG)
