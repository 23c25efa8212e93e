"""The steps of a session that leave its record alone: not begun, not held, planned again, added.

What steps there are, and from where, is `domain.sessions.life`; recording, signing, amending and
striking out are in the modules named after them.
"""

from collections.abc import Callable, Collection
from datetime import date, time

from sqlalchemy import select

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.codes import SeriesState, SessionState
from tracker.domain.parsing import check_reason
from tracker.domain.problems import InvalidError, Problem
from tracker.domain.series import placing
from tracker.domain.series import plan as series_plan
from tracker.domain.sessions import life, other_sessions
from tracker.domain.sessions.life import Step, Way
from tracker.models.database import db
from tracker.models.scoping import fetch, subject
from tracker.models.series import Series
from tracker.models.treatment_sessions import STANDS, TreatmentSession
from tracker.services.check_ins.sync import sync_check_ins
from tracker.services.clinic import clinics
from tracker.services.live import entry_log
from tracker.services.patients import births
from tracker.services.series import start_rules as series_start
from tracker.services.sessions import amendments
from tracker.services.sessions import rows as session_rows
from tracker.services.unit_of_work import Unit, unit_of_work

NOT_BEGUN = "Not begun after all."
SAID_AT_BEGIN = " Said when it began: "  # before what staff said, in the reason of a version
_STEPS = {SessionState.CANCELLED: Step.CANCEL, SessionState.MISSED: Step.MISS}
ENDED = frozenset({SeriesState.STOPPED.value, SeriesState.COMPLETED.value})


def undo_begin(
    session_id: int, *, take_back: bool, reason: str = "", by: Actor, once: str = ""
) -> int:
    """Put a session that was begun by mistake back among the planned ones, and return its id.

    Only while nothing was given. One that its begin had added is cancelled instead, with `reason`.
    What was written stays readable; with `take_back` every entry is withdrawn, as of somebody else.
    """
    row = fetch(by, TreatmentSession, session_id)
    authorize(by, _permission(Step.NOT_BEGUN), subject(row))
    is_extra = row.added_by_begin
    if problems := check_reason(reason, needed=is_extra):
        raise InvalidError(problems)

    def change(row: TreatmentSession, unit: Unit) -> str:
        if is_extra:
            row.state_reason = reason.strip()
        else:
            series = db.session.get_one(Series, row.series_id)
            refuse_ended(series, "Cancel this session instead, or take the series up again first.")
        if take_back:
            entry_log.take_back(unit, by, row, NOT_BEGUN)
        parts = ("extra cancelled" if is_extra else "", "entries taken back" if take_back else "")
        return ", ".join(filter(None, parts))

    to = SessionState.CANCELLED if is_extra else SessionState.PLANNED
    return _step(session_id, Step.NOT_BEGUN, NOT_BEGUN, change, by=by, once=once, to=to)


def cancel_or_miss(
    session_id: int,
    state: SessionState | None,
    reason: str,
    *,
    another_on: date | None = None,
    by: Actor,
    once: str = "",
) -> int:
    """Say that a session was cancelled or missed, and why; one in which nothing was given, too.

    `another_on` plans another one of the series for that day, in its place. Returns its own id.
    """
    row = fetch(by, TreatmentSession, session_id)
    authorize(by, Permission.SERIES_EDIT, subject(row))
    problems = check_reason(reason)
    if state not in _STEPS:
        problems.append(Problem("state", "Choose cancelled or missed."))
    if another_on is not None:
        problems += day_problems(row.series_id, another_on, "another_on", by)
    if problems or state is None:
        raise InvalidError(problems)
    today = clinics.today(by.clinic_id)

    def change(row: TreatmentSession, unit: Unit) -> str:
        if state is SessionState.MISSED and (
            wrong := life.check_missed(row.planned_on, today=today)
        ):
            raise InvalidError(wrong)
        row.state_reason = reason.strip()
        if another_on is not None:
            series = session_rows.lock(by, Series, row.series_id)
            refuse_ended(series)
            _add(unit, series, another_on, like=row)
        return "another planned" if another_on else ""

    return _step(session_id, _STEPS[state], f"{state.label}.", change, by=by, once=once)


def plan_again(session_id: int, *, by: Actor, once: str = "") -> int:
    """Put a session that was cancelled or missed back among the planned ones; return its id."""

    def change(row: TreatmentSession, unit: Unit) -> str:
        if row.planned_on is None:
            raise InvalidError([Problem("", "It has no day. Move it to one.")])
        refuse_ended(session_rows.lock(by, Series, row.series_id))
        return ""

    return _step(session_id, Step.PLAN_AGAIN, "Planned again.", change, by=by, once=once)


def add(
    series_id: int,
    planned_on: date | None,
    *,
    place: tuple[time | None, str] | None = None,
    by: Actor,
    once: str = "",
) -> int:
    """Plan one more session of a series and return its id.

    `place` is its time of day and its chair; None takes those of the series.
    """
    authorize(by, Permission.SERIES_EDIT, subject(fetch(by, Series, series_id)))
    if planned_on is None:
        raise InvalidError([Problem("planned_on", "Give the day it is planned for.")])
    if problems := day_problems(series_id, planned_on, "planned_on", by):
        raise InvalidError(problems)
    with unit_of_work(by) as unit:
        series = session_rows.lock(by, Series, series_id)
        unit.once(once)
        session_rows.lock_patient(by, series.patient_id)
        refuse_ended(series)
        row = _add(unit, series, planned_on)
        if place is not None:
            row.planned_time, row.chair = place
        sync_check_ins(unit, by, series_id)
        unit.mark_saved(once, row.id)
        return row.id


def propose_day(series_id: int, closed: Collection[date]) -> date | None:
    """Say which day comes next at the pace of a series, on its weekdays.

    `closed` are days on which the clinic is closed. Who may see the series was decided before.
    """
    rows = db.session.execute(
        select(TreatmentSession.planned_on, Series.weekdays)
        .join(Series, Series.id == TreatmentSession.series_id)
        .where(
            TreatmentSession.series_id == series_id,
            TreatmentSession.planned_on.is_not(None),
            STANDS,
        )
        .order_by(TreatmentSession.planned_on)
    ).all()
    found = series_plan.next_day([row.planned_on for row in rows])
    if found is None:
        return None
    return placing.next_open(found, placing.treatment_weekdays(rows[0].weekdays), closed)


def day_problems(series_id: int, day: date | None, field: str, by: Actor) -> list[Problem]:
    """List why no session of a series can be planned for a day: before birth, a year that slips."""
    if day is None:
        return []
    series = fetch(by, Series, series_id)
    born = births.problems(series.patient_id, {"planned_on": day}, by=by)
    found = born or other_sessions.check_planned_on(day, series.starts_on)
    return [Problem(field, problem.message) for problem in found]


def _add(
    unit: Unit, series: Series, planned_on: date, *, like: TreatmentSession | None = None
) -> TreatmentSession:
    """Add a planned session; one in the place of another has its time, chair and dose."""
    row = session_rows.add_extra(series)
    row.planned_on = planned_on
    if like is None:
        row.planned_time, row.chair = series.planned_time, series.chair
    else:
        row.planned_time, row.chair = like.planned_time, like.chair
        row.planned_dose_mg = like.planned_dose_mg
        row.planned_dose_mg_per_kg = like.planned_dose_mg_per_kg
    unit.audit("session.added", f"session:{row.id}", patient_id=row.patient_id)
    return row


def refuse_ended(series: Series, instead: str = "Take it up again first.") -> None:
    """Raise InvalidError where a series is over: nothing is planned in it."""
    if series.state in ENDED:
        state = SeriesState(series.state).label.lower()
        raise InvalidError([Problem("", f"The series is {state}. {instead}")])


def _step(
    session_id: int,
    step: Step,
    why: str,
    change: Callable[[TreatmentSession, Unit], str],
    *,
    by: Actor,
    once: str,
    to: SessionState | None = None,
) -> int:
    """Take a step in the life of a session: check the way, keep the version, change its state.

    `change` does what else belongs to it and returns the detail of the audit line.
    """
    row = fetch(by, TreatmentSession, session_id)
    authorize(by, _permission(step), subject(row))
    with unit_of_work(by) as unit:
        row = hold(by, session_id)
        unit.once(once)
        way = way_of(step, row, to)
        # What was said when it began goes into its history: begun again, something else holds.
        said = f"{why}{SAID_AT_BEGIN}{row.begin_reason}" if row.begin_reason else why
        amendments.keep_version(row, said, unit, by)
        if way.start is SessionState.UNDER_WAY:
            _undo_what_it_began(unit, row)
        row.state, row.state_reason, row.begin_reason = way.end.value, "", ""
        row.cancelled_by_series = False
        detail = change(row, unit)
        action = f"session.{row.state if step in _STEPS.values() else step.value}"
        unit.audit(action, f"session:{row.id}", patient_id=row.patient_id, detail=detail)
        sync_check_ins(unit, by, row.series_id)
        unit.mark_saved(once, session_id)
    return session_id


def _undo_what_it_began(unit: Unit, row: TreatmentSession) -> None:
    """Let the series wait again that started with a begin that was none."""
    series = db.session.get_one(Series, row.series_id)
    series_start.take_back(unit, series, row, row.begin_reason)
    row.added_by_begin = False  # from here on it is one like any other


def _permission(step: Step) -> Permission:
    return next(way.permission for way in life.WAYS if way.step is step)


def hold(by: Actor, session_id: int) -> TreatmentSession:
    """Hold a session and, before it, its series: two who wait for each other never end."""
    session_rows.lock(by, Series, fetch(by, TreatmentSession, session_id).series_id)
    return session_rows.lock(by, TreatmentSession, session_id)


def way_of(step: Step, row: TreatmentSession, to: SessionState | None = None) -> Way:
    """Find the way that a step takes from where a session is; raise InvalidError without one."""
    state, given = SessionState(row.state), row.started_at is not None
    way = life.find(step, state, given=given, to=to)
    if way is None:
        raise InvalidError([Problem("", life.refusal(step, state))])
    return way
