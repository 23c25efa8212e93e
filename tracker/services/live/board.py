"""The board: every session under way in the clinic, for those who watch several chairs at once."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from msgspec import Struct
from sqlalchemy import bindparam, func, select

from tracker.domain import parsing
from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import SessionState
from tracker.domain.live import monitoring
from tracker.domain.live import status as live_status
from tracker.domain.live.status import SessionStatus
from tracker.domain.patients import draft as patient_draft
from tracker.domain.series.planned_dose import PlannedDose
from tracker.domain.sessions.line import SessionLine
from tracker.domain.wall_time import minute
from tracker.models.clinics import Clinic
from tracker.models.database import plain_rows, write_out
from tracker.models.patients import Patient
from tracker.models.session_entries import SessionEntry
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock
from tracker.services.audit.views import note_view
from tracker.services.live import entry_log
from tracker.services.rows import from_row
from tracker.services.sessions import rows as session_rows

VIEWED = "board.viewed"
FRESH_FOR = timedelta(minutes=1)  # what counts minutes is written anew

# Written out, not bound: a bound state would keep SQLite from its index of sessions under way.
_UNDER_WAY = TreatmentSession.state == write_out(SessionState.UNDER_WAY)
_HERE = TreatmentSession.clinic_id == bindparam("clinic_id")
_LAST = (
    select(func.max(SessionEntry.sequence))
    .where(SessionEntry.session_id == TreatmentSession.id)
    .scalar_subquery()
)
_SESSIONS = (
    session_rows.select_with_patient(Clinic.settings, _LAST.label("last_sequence"))
    .join(Clinic, Clinic.id == TreatmentSession.clinic_id)
    .where(_HERE, _UNDER_WAY)
    .order_by(Patient.name_key, TreatmentSession.id)
)
_LOGS = (
    select(SessionEntry.session_id, *entry_log.COLUMNS)
    .where(SessionEntry.session_id.in_(select(TreatmentSession.id).where(_HERE, _UNDER_WAY)))
    .order_by(SessionEntry.session_id, SessionEntry.sequence)
)


class LiveSession(Struct, frozen=True, kw_only=True):
    """A session under way: who, what was planned, what was given so far, and how it stands.

    `minute` is the one that it is in, None before the start. `wall_label` is what the board for the
    wall shows of the name, where whoever walks past can read it.
    """

    line: SessionLine
    patient_id: int
    series_id: int
    patient_label: str
    wall_label: str
    record_number: str
    planned: PlannedDose
    minute: int | None
    at: SessionStatus


class StatusBoard(Struct, frozen=True, kw_only=True):
    """All chairs at an instant, by name; `key` tells a page whether anything has changed since."""

    now: datetime
    key: str
    sessions: tuple[LiveSession, ...]


def show(*, by: Actor) -> StatusBoard:
    """Show every session under way; leaves a line, though not at each look of one who stays."""
    found = live_sessions(by=by)
    _note_view(by, found.now, found.sessions)
    return found


def board_if_changed(known: str, *, by: Actor) -> StatusBoard | None:
    """Show the board unless it is as `known`; a board that asks by itself leaves few lines."""
    authorize(by, Permission.SESSION_WATCH)
    now, sittings = clock.now(), _session_rows(by)
    if _is_fresh(known, _digest(sittings), now):
        _note_view(by, now, sittings)
        return None
    found = _board(by, sittings, now)
    _note_view(by, now, sittings)
    return found


def live_sessions(*, by: Actor) -> StatusBoard:
    """Read every session under way; the page that shows them leaves the audit line."""
    authorize(by, Permission.SESSION_WATCH)
    return _board(by, _session_rows(by), clock.now())


def _session_rows(by: Actor) -> Sequence[Any]:
    return plain_rows(_SESSIONS, {"clinic_id": by.clinic_id}).all()


def _board(by: Actor, sittings: Sequence[Any], now: datetime) -> StatusBoard:
    logs: dict[int, list[Any]] = {}
    if sittings:
        rows = plain_rows(_LOGS, {"clinic_id": by.clinic_id})
        logs = {key: list(those) for key, those in groupby(rows, key=lambda row: row.session_id)}
    found = tuple(_live_session(row, logs.get(row.id, ()), now) for row in sittings)
    until = min([now + FRESH_FOR, *_changes(sittings, found)])
    return StatusBoard(now=now, key=f"{_digest(sittings)}.{until.timestamp():.0f}", sessions=found)


def _live_session(row: Any, stored: Iterable[Any], now: datetime) -> LiveSession:
    whose = session_rows.of_patient(row)
    line: SessionLine = whose["line"]
    log = [entry_log.entry_of(one) for one in stored]
    settings = TreatmentSettings.read(row.settings)
    begun = line.started_at
    names = (row.given_name, row.family_name, row.record_number)
    initials = ClinicSettings.read(row.settings).board_initials
    return from_row(
        LiveSession,
        row,
        **whose,
        wall_label=patient_draft.initials(*names) if initials else whose["patient_label"],
        minute=None if begun is None else minute(now, begun),
        at=live_status.status_of(log, line.drug, line.route, settings, now=now, begun_at=begun),
    )


def _changes(sittings: Sequence[Any], found: Sequence[LiveSession]) -> Iterable[datetime]:
    """List when what is due will stand otherwise although nobody writes anything."""
    for row, one in zip(sittings, found, strict=True):
        settings = TreatmentSettings.read(row.settings)
        plan = monitoring.schedule(one.line.drug, one.line.route, settings)
        if (at := live_status.due_changes_at(one.at.due, plan)) is not None:
            yield at + timedelta(seconds=1)


def _digest(sittings: Sequence[Any]) -> str:
    """Tell one state of the chairs from every other, without saying what is in it."""
    return hashlib.sha256(repr([tuple(row) for row in sittings]).encode()).hexdigest()[:16]


def _is_fresh(known: str, digest: str, now: datetime) -> bool:
    before, _, until = known.partition(".")
    return before == digest and now.timestamp() < (parsing.row_id(until) or 0)


def _note_view(by: Actor, now: datetime, shown: Sequence[Any]) -> None:
    patients = [one.patient_id for one in shown]
    note_view(by, VIEWED, now=now, patients=patients, detail=f"{len(shown)} sessions")
