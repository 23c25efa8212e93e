"""Lay the schedule of a series out as check-ins, and keep them in step with what happens."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace
from sqlalchemy import bindparam, exists, insert, select, update

from tracker.domain.access import Actor
from tracker.domain.check_ins import schedule as check_in_schedule
from tracker.domain.check_ins import sync_plan
from tracker.domain.check_ins import windows as check_in_windows
from tracker.domain.check_ins.schedule import ScheduleLine
from tracker.domain.check_ins.sync_plan import PLAN_CHANGED, StoredCheckIn
from tracker.domain.check_ins.windows import PlannedSession, Slot
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import CheckInState, Indication, Phase, SeriesState
from tracker.instruments import library
from tracker.models import sealing
from tracker.models.check_ins import CheckIn, Reply
from tracker.models.clinics import Clinic
from tracker.models.database import db, new_id
from tracker.models.series import Series
from tracker.models.treatment_sessions import STANDS, TreatmentSession
from tracker.services.rows import from_row
from tracker.services.unit_of_work import Unit

_SERIES = (
    select(
        Series.clinic_id,
        Series.patient_id,
        Series.indication,
        Series.phase,
        Series.state,
        Series.schedule,
        Clinic.time_zone,
        Clinic.settings,
    )
    .join(Clinic, Clinic.id == Series.clinic_id)
    .where(Series.id == bindparam("series_id"))
    # Two sessions of one series, saved at the same instant, are laid out one after the other.
    .with_for_update(of=Series, key_share=True)
)
_SESSIONS = select(
    TreatmentSession.id,
    TreatmentSession.number,
    TreatmentSession.state,
    TreatmentSession.planned_on,
    TreatmentSession.started_at,
).where(TreatmentSession.series_id == bindparam("series_id"), STANDS)
_CHECK_INS = (
    select(
        CheckIn.id,
        CheckIn.line,
        CheckIn.state,
        CheckIn.reason,
        CheckIn.session_id,
        CheckIn.instruments,
        CheckIn.opens_at,
        CheckIn.due_at,
        CheckIn.closes_at,
        exists().where(Reply.check_in_id == CheckIn.id).label("begun"),
    )
    .where(CheckIn.series_id == bindparam("series_id"), CheckIn.line.is_not(None))
    .with_for_update(of=CheckIn, key_share=True)
)


def sync_check_ins(
    unit: Unit, by: Actor, series_id: int, *, back_to: datetime | None = None
) -> None:
    """Bring the check-ins of a series in step with its schedule, inside the unit of work.

    Whoever changes when a session happens calls this last; a second time changes nothing. The past
    is never filled in, but for the demonstration, which says how far `back_to`.
    """
    db.session.flush()
    values = {"series_id": series_id}
    series = db.session.execute(_SERIES, values).one()
    slots = _slots(series, [_planned_session(row) for row in db.session.execute(_SESSIONS, values)])
    stored = [_stored_check_in(row) for row in db.session.execute(_CHECK_INS, values)]
    since = min(back_to or unit.now, unit.now)
    changes = sync_plan.reconcile(slots, stored, now=since)
    if not changes:
        return
    if changes.made:
        rows = [_row(slot, series, series_id, unit, by) for slot in changes.made]
        db.session.execute(insert(CheckIn), rows)
        sealing.touch(CheckIn, [row["id"] for row in rows])
    for check_in_id, slot in changes.moved:
        open_again = {"state": CheckInState.OPEN.value, "reason": "", "finished_at": None}
        _set(check_in_id, **_columns(slot) | open_again)
    for check_in_id, closes_at in changes.extended:
        _set(check_in_id, closes_at=closes_at)
    for check_in_id in changes.withdrawn:
        state = CheckInState.WITHDRAWN.value
        _set(check_in_id, state=state, reason=PLAN_CHANGED, finished_at=unit.now)
    about = f"series:{series_id}"
    unit.audit("check-ins.laid-out", about, patient_id=series.patient_id, detail=changes.summary)


def lines_of(
    schedule: list[dict[str, Any]] | None, indication: str, phase: str
) -> tuple[ScheduleLine, ...]:
    """Read the schedule of a series: its own where it was edited, else the usual one."""
    if schedule is not None:
        return check_in_schedule.unpack(schedule)
    return check_in_schedule.usual(Indication(indication), Phase(phase))


def askable(codes: tuple[str, ...]) -> tuple[str, ...]:
    """Leave out what patients cannot answer here: no such file, or its wording is not supplied."""
    known = library()
    return tuple(code for code in codes if code in known and known[code].answerable)


def _slots(series: Any, sittings: list[PlannedSession]) -> Iterator[Slot]:
    if series.state == SeriesState.STOPPED.value:
        return
    lines = [
        replace(line, instruments=askable(line.instruments))
        for line in lines_of(series.schedule, series.indication, series.phase)
    ]
    zone, days = ZoneInfo(series.time_zone), TreatmentSettings.read(series.settings).baseline_days
    for slot in check_in_windows.generate(lines, sittings, zone, baseline_days=days):
        if slot.instruments:
            yield slot


def _planned_session(row: Any) -> PlannedSession:
    return from_row(
        PlannedSession,
        row,
        session_id=row.id,
    )


def _stored_check_in(row: Any) -> StoredCheckIn:
    return from_row(
        StoredCheckIn,
        row,
        check_in_id=row.id,
        key=row.line,
    )


def _columns(slot: Slot) -> dict[str, Any]:
    return {
        "session_id": slot.session_id,
        "occasion": slot.occasion.value,
        "instruments": list(slot.instruments),
        "opens_at": slot.opens_at,
        "due_at": slot.due_at,
        "closes_at": slot.closes_at,
    }


def _row(slot: Slot, series: Any, series_id: int, unit: Unit, by: Actor) -> dict[str, Any]:
    return _columns(slot) | {
        "id": new_id(),
        "clinic_id": series.clinic_id,
        "patient_id": series.patient_id,
        "series_id": series_id,
        "line": slot.key,
        "state": CheckInState.OPEN.value,
        "reason": "",
        "made_at": unit.now,
        "made_by": by.name,
    }


def _set(check_in_id: int, **columns: Any) -> None:
    db.session.execute(update(CheckIn).where(CheckIn.id == check_in_id).values(columns))
    sealing.touch(CheckIn, [check_in_id])
