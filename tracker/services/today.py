"""The clinician's day: what must be looked at, who comes, what is overdue, what comes next."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.codes import Occasion, SessionState
from tracker.domain.series.planned_dose import PlannedDose
from tracker.domain.sessions.line import SessionLine
from tracker.models.assessments import Assessment
from tracker.models.database import another, db, write_out
from tracker.models.patients import Patient
from tracker.models.scoping import visible
from tracker.models.treatment_sessions import STANDS, TreatmentSession
from tracker.services import clock
from tracker.services.alerts import commands as alert_commands
from tracker.services.alerts.commands import AlertView
from tracker.services.check_ins import queries as check_in_queries
from tracker.services.clinic import clinics
from tracker.services.rows import from_row
from tracker.services.sessions import rows as session_rows
from tracker.services.unit_of_work import audit
from tracker.services.worksheets import queries as worksheet_queries
from tracker.services.worksheets.queries import DUE_MAX, WorksheetLine

DAYS_AHEAD = 7
OVERDUE_MAX = 25

_sibling = another(TreatmentSession)
_COUNT = (
    select(func.count())
    .where(
        _sibling.c.series_id == TreatmentSession.series_id,
        _sibling.c.state != SessionState.VOIDED.value,
    )
    .correlate(TreatmentSession)
    .scalar_subquery()
)
_FOLLOWED_UP = exists().where(
    # By patient: where imports brought many scores of no session, SQLite mistrusts that index.
    Assessment.patient_id == TreatmentSession.patient_id,
    Assessment.session_id == TreatmentSession.id,
    Assessment.occasion == Occasion.HOURS_AFTER.value,
    Assessment.voided_at.is_(None),
)
# Written out, not bound: a bound state would keep SQLite from its indexes of the few in a state.
_PLANNED, _UNDER_WAY = (
    TreatmentSession.state == write_out(state)
    for state in (SessionState.PLANNED, SessionState.UNDER_WAY)
)
_ENTRY = session_rows.select_with_patient(
    _COUNT.label("of"), _FOLLOWED_UP.label("followed_up")
).where(Patient.archived_at.is_(None), STANDS)


# How a session stands today, in words; each state is in one of these.
_STANDS = (
    ("to come", (SessionState.PLANNED,)),
    ("under way", (SessionState.UNDER_WAY,)),
    ("held", (SessionState.COMPLETED,)),
    ("missed or cancelled", (SessionState.MISSED, SessionState.CANCELLED)),
)


class NextAction(StrEnum):
    """The one thing to do next with a session."""

    BEGIN = "begin"
    WATCH = "watch"
    SETTLE = "settle"
    FOLLOW_UP = "follow-up"
    OPEN = "open"


class Appointment(Struct, frozen=True, kw_only=True):
    """A session as the day shows it: when, who, which of how many, what to do next.

    `at` is the time it is planned for, or where it has none, at which it began.
    """

    line: SessionLine
    series_id: int
    patient_id: int
    patient_label: str
    record_number: str
    birth_date: date | None
    of: int
    at: time | None
    planned: PlannedDose
    next_action: NextAction


class Day(Struct, frozen=True, kw_only=True):
    """A day in the clinic. `alerts` wait; `sessions` are planned for it or were held, by time.

    `check_ins_overdue` counts up to 99; `worksheets` are due within seven days, or late. `overdue`
    are sessions of days before it that nobody recorded. `ahead` are the days after it on which
    sessions are planned; `more_overdue` and `more_worksheets` say that there are more.
    """

    day: date
    alerts: tuple[AlertView, ...]
    check_ins_overdue: int
    worksheets: tuple[WorksheetLine, ...]
    more_worksheets: bool
    sessions: tuple[Appointment, ...]
    overdue: tuple[Appointment, ...]
    more_overdue: bool
    ahead: tuple[tuple[date | None, tuple[Appointment, ...]], ...]

    @property
    def counts(self) -> tuple[tuple[str, int], ...]:
        """Count the day's sessions by how they stand; the counts add up to all of them."""
        return tuple(
            (words, sum(one.line.state in states for one in self.sessions))
            for words, states in _STANDS
        )

    @property
    def late_worksheets(self) -> tuple[WorksheetLine, ...]:
        """List the worksheets whose day has passed."""
        return tuple(line for line in self.worksheets if line.is_late)

    @property
    def alerts_key(self) -> str:
        """Tell by what the page shows whether there are new alerts."""
        return alert_commands.key(self.alerts)


def show(*, by: Actor) -> Day:
    """Show the day that it is in the clinic."""
    authorize(by, Permission.TODAY_VIEW)
    zone = clinics.view(by.clinic_id).zone
    day = clock.today(zone)
    begins, ends = (datetime.combine(day + timedelta(days=days), time(), zone) for days in (0, 1))
    held = and_(TreatmentSession.started_at >= begins, TreatmentSession.started_at < ends)
    # What was planned for today but held on another day belongs to that one.
    not_held = and_(TreatmentSession.planned_on == day, TreatmentSession.started_at.is_(None))
    on_the_day = _read(by, begins, or_(held, not_held))
    # One that began and was never signed stays in sight, whatever its day was.
    there = {line.line.session_id for line in on_the_day}
    on_the_day += [one for one in _read(by, begins, _UNDER_WAY) if one.line.session_id not in there]
    overdue = _read(by, begins, _PLANNED, TreatmentSession.planned_on < day, limit=OVERDUE_MAX + 1)
    ahead = _read(
        by, begins, _PLANNED,
        TreatmentSession.planned_on.between(
            day + timedelta(days=1), day + timedelta(days=DAYS_AHEAD)
        ),
    )  # fmt: skip
    due = worksheet_queries.due_list(by=by)
    sessions, alerts = [*on_the_day, *overdue, *ahead], alert_commands.open_alerts(by=by)
    shown = [one.patient_id for those in (sessions, alerts, due) for one in those]
    audit(by, "today.viewed", patients=shown, detail=f"{len(sessions)} sessions")
    return Day(
        day=day,
        alerts=tuple(alerts),
        check_ins_overdue=check_in_queries.count_overdue(by=by),
        worksheets=tuple(due[:DUE_MAX]),
        more_worksheets=len(due) > DUE_MAX,
        sessions=tuple(sorted(on_the_day, key=_by_time)),
        overdue=tuple(overdue[:OVERDUE_MAX]),
        more_overdue=len(overdue) > OVERDUE_MAX,
        ahead=tuple((later, tuple(group)) for later, group in groupby(ahead, _planned_on)),
    )


def _read(
    by: Actor, begins: datetime, *conditions: ColumnElement[bool], limit: int | None = None
) -> list[Appointment]:
    query = (
        _ENTRY.where(visible(by, TreatmentSession), *conditions)
        .order_by(TreatmentSession.planned_on, Patient.name_key, TreatmentSession.id)
        .limit(limit)
    )
    return [_session_line(row, begins) for row in db.session.execute(query)]


def _session_line(row: Any, begins: datetime) -> Appointment:
    started_at = row.started_at
    if row.planned_time is not None or started_at is None:
        at = row.planned_time
    else:  # one that goes on since another day stands first
        at = time() if started_at < begins else started_at.astimezone(begins.tzinfo).time()
    return from_row(
        Appointment,
        row,
        **session_rows.of_patient(row),
        at=at,
        next_action=_next_action(row, begins.date()),
    )


def _next_action(row: Any, day: date) -> NextAction:
    if row.state == SessionState.PLANNED:
        overdue = row.planned_on is not None and row.planned_on < day
        return NextAction.SETTLE if overdue else NextAction.BEGIN
    if row.state == SessionState.UNDER_WAY:
        return NextAction.WATCH
    if row.state == SessionState.COMPLETED and not row.followed_up:
        return NextAction.FOLLOW_UP
    return NextAction.OPEN


def _by_time(line: Appointment) -> tuple[bool, time, str]:
    """Put what has a time first, in its order; some sessions are planned for a day alone."""
    return line.at is None, line.at or time(), line.patient_label


def _planned_on(line: Appointment) -> date | None:
    return line.line.planned_on
