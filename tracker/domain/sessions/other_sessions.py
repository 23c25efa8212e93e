"""What is unusual about a session beside the other sessions of its patient, and beside its plan.

The same findings are told at every door: the form, the page at the chair, files, the command line.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from tracker.domain.codes import SessionState
from tracker.domain.formatting import full_day, time_of_day
from tracker.domain.problems import Finding, Problem

OWN_RECORD = "the patient's own record"
THE_PLAN = "the plan of the series"
NEAR = timedelta(hours=1)
# A second dose on the same day is a slip far more often than a plan: the schedules in the labels
# and in trials have a day at least between two (Spravato label 2.2; ELEKT-D, N Engl J Med 2023).
HELD_WITHIN = timedelta(hours=12)
# How far from its plan a session is likelier a slip of the month or the year than a late record.
PLAN_APART_DAYS = 28
PLAN_APART_DAYS_MAX = 2 * 366  # no series is laid out further ahead


EXTRA = Finding("", "This session is not in the plan of its series.", THE_PLAN)


class OtherSession(Struct, frozen=True, kw_only=True):
    """Another session of the same patient, held or under way; times are aware.

    `ended_at` is when its dose ended or the patient left, None where neither is known.
    """

    session_id: int
    series_number: int
    number: int
    state: SessionState
    started_at: datetime | None
    ended_at: datetime | None = None
    discharged_at: datetime | None = None
    said: str = ""

    @property
    def words(self) -> str:
        """Name it: as `said`, where it is none of the record yet."""
        if self.said:
            return self.said
        return f"session {self.number} of series {self.series_number}"

    @property
    def is_under_way(self) -> bool:
        """Say whether it is going on."""
        return self.state is SessionState.UNDER_WAY


class BeginContext(Struct, frozen=True, kw_only=True):
    """What is known when a session is about to begin; days are those of the clinic."""

    today: date
    now: datetime
    zone: ZoneInfo
    planned_on: date | None = None
    is_extra: bool = False
    archived_on: date | None = None
    others: tuple[OtherSession, ...] = ()


def at_begin(about: BeginContext) -> list[Finding]:
    """List what asks for a word before a session begins."""
    return [
        *_extra(about),
        *_other_day(about),
        *archive_finding(about.archived_on),
        *_under_way(about.others, about.zone),
        *_recent_session(about),
        *_nobody_left(about),
    ]


def of_record(
    start: datetime,
    end: datetime | None,
    others: Iterable[OtherSession],
    zone: ZoneInfo,
) -> list[Finding]:
    """List which other sessions were at the time of one that was held, or next to it."""
    found = []
    for other in others:
        if other.started_at is None:
            continue
        if _overlaps(start, end, other):
            known = f"{_clock(other.started_at, zone)} to "
            known += _clock(other.ended_at, zone) if other.ended_at else "a time not recorded"
            message = f"At this time {other.words} was going on: {known}."
            found.append(Finding("started_at", message, OWN_RECORD))
        elif abs(other.started_at - start) <= NEAR:
            message = f"{_capital(other.words)} of this patient began within an hour of this one."
            found.append(Finding("started_at", message, OWN_RECORD))
    return found


def beside_plan(day: date | None, planned_on: date | None, starts_on: date) -> list[Finding]:
    """List what is implausible about the day of a session that was held: far from its plan."""
    expected = planned_on or starts_on
    if day is None:
        return []
    apart = (day - expected).days
    if planned_on is None and apart >= 0:  # an extra one may come long after the series began
        return []
    if abs(apart) <= PLAN_APART_DAYS:
        return []
    what = "It was planned for" if planned_on else "The series starts on"
    when = "after" if apart > 0 else "before"
    message = (
        f"{what} {full_day(expected)}; {full_day(day)} is {abs(apart)} days {when} that. "
        "Are month and year right?"
    )
    return [Finding("started_at", message, THE_PLAN)]


def check_planned_on(planned_on: date, starts_on: date) -> list[Problem]:
    """Refuse a planned day that no series reaches: a slip of the year."""
    if abs((planned_on - starts_on).days) <= PLAN_APART_DAYS_MAX:
        return []
    message = (
        f"The series starts on {full_day(starts_on)}, and this day is more than two years from "
        "that. Is the year right?"
    )
    return [Problem("planned_on", message)]


def archive_finding(archived_on: date | None) -> Iterator[Finding]:
    """Yield that a patient was put away, though something is about to be recorded of them."""
    if archived_on is not None:
        message = f"This patient was archived on {full_day(archived_on)}."
        yield Finding("", message, OWN_RECORD)


def _extra(about: BeginContext) -> Iterator[Finding]:
    if about.is_extra:
        yield EXTRA


def _other_day(about: BeginContext) -> Iterator[Finding]:
    if about.planned_on is not None and about.planned_on != about.today:
        message = f"It is planned for {full_day(about.planned_on)}, and today is another day."
        yield Finding("", message, THE_PLAN)


def _under_way(others: Sequence[OtherSession], zone: ZoneInfo) -> Iterator[Finding]:
    for other in others:
        if other.is_under_way:
            since = f", since {_clock(other.started_at, zone)}" if other.started_at else ""
            message = f"{_capital(other.words)} of this patient is under way{since}."
            yield Finding("", message, OWN_RECORD)


def _recent_session(about: BeginContext) -> Iterator[Finding]:
    for other in about.others:
        if other.is_under_way or other.started_at is None:
            continue
        if timedelta() <= about.now - other.started_at < HELD_WITHIN:
            at = _clock(other.started_at, about.zone)
            message = f"{_capital(other.words)} of this patient began at {at}, hours ago."
            yield Finding("", message, OWN_RECORD)


def _nobody_left(about: BeginContext) -> Iterator[Finding]:
    """Yield that the record of the last session does not say when the patient went home."""
    held = [o for o in about.others if not o.is_under_way and o.started_at is not None]
    last = max(held, key=lambda other: other.started_at or about.now, default=None)
    if last is not None and last.discharged_at is None and last.started_at is not None:
        day = full_day(last.started_at.astimezone(about.zone).date())
        message = f"The record of {last.words}, of {day}, does not say when the patient left."
        yield Finding("", message, OWN_RECORD)


def _overlaps(start: datetime, end: datetime | None, other: OtherSession) -> bool:
    """Say whether two sessions were going on at one time, as far as their ends are known."""
    if other.started_at is None:
        return False
    if other.started_at <= start:
        return other.is_under_way or (other.ended_at is not None and start < other.ended_at)
    return end is not None and other.started_at < end


def _clock(at: datetime | None, zone: ZoneInfo) -> str:
    return "" if at is None else time_of_day(at.astimezone(zone))


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
