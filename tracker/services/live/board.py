"""The board: every session under way in the clinic, for those who watch several chairs at once."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, bindparam, func, literal, select

from tracker.domain import parsing
from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Drug, Route, SessionState
from tracker.domain.live import monitoring
from tracker.domain.live import status as live_status
from tracker.domain.live.status import AtChair
from tracker.domain.patients import draft as patient_draft
from tracker.domain.wall_time import minute
from tracker.models.audit import AuditEvent
from tracker.models.clinics import Clinic
from tracker.models.database import db
from tracker.models.patients import Patient
from tracker.models.series import Series
from tracker.models.session_entries import SessionEntry
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock
from tracker.services.live import entry_log
from tracker.services.unit_of_work import note

VIEWED = "board.viewed"
VIEWED_EVERY = timedelta(minutes=15)  # a board that asks every few seconds is one look
LINES_IN_THAT_TIME_MAX = 20_000
FRESH_FOR = timedelta(minutes=1)  # what counts minutes is written anew

_sessions, _series, _patients, _entries, _clinic, _trail = (
    table.__table__.c
    for table in (TreatmentSession, Series, Patient, SessionEntry, Clinic, AuditEvent)
)
# Written out, not bound: a bound state would keep SQLite from its index of sessions under way.
_UNDER_WAY = _sessions.state == literal(SessionState.UNDER_WAY.value, literal_execute=True)
_HERE = _sessions.clinic_id == bindparam("clinic_id")
_LAST = (
    select(func.max(_entries.sequence)).where(_entries.session_id == _sessions.id).scalar_subquery()
)
_SITTINGS = (
    select(
        _sessions.id, _sessions.patient_id, _sessions.series_id, _sessions.number, _sessions.drug,
        _sessions.route, _sessions.started_at, _sessions.dose_mg, _series.planned_dose_mg,
        _series.planned_dose_mg_per_kg, _patients.record_number, _patients.given_name,
        _patients.family_name, _clinic.settings, _LAST.label("last_sequence"),
    )
    .join_from(TreatmentSession.__table__, Series.__table__, _series.id == _sessions.series_id)
    .join(Patient.__table__, _patients.id == _sessions.patient_id)
    .join(Clinic.__table__, _clinic.id == _sessions.clinic_id)
    .where(_HERE, _UNDER_WAY)
    .order_by(_patients.name_key, _sessions.id)
)  # fmt: skip
_LOGS = (
    select(_entries.session_id, *entry_log.COLUMNS)
    .where(_entries.session_id.in_(select(_sessions.id).where(_HERE, _UNDER_WAY)))
    .order_by(_entries.session_id, _entries.sequence)
)
_SEEN = (
    select(_trail.sequence)
    .where(
        _trail.sequence
        > select(func.coalesce(func.max(_trail.sequence), 0)).scalar_subquery()
        - LINES_IN_THAT_TIME_MAX,
        _trail.action == VIEWED,
        _trail.user_id == bindparam("user_id"),
        _trail.at > bindparam("since"),
    )
    .limit(1)
)
# Who looked when, as far as this process knows: the trail need not be asked at every poll.
_looks: WeakKeyDictionary[Engine, dict[int | None, datetime]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chair:
    """A session under way: who, what was planned, what was given so far, and how it stands.

    `minute` is the one that it is in, None before the start.
    """

    session_id: int
    patient_id: int
    series_id: int
    patient_label: str
    record_number: str
    number: int
    drug: Drug
    route: Route
    dose_mg: Decimal | None
    planned_dose_mg: Decimal | None
    planned_dose_mg_per_kg: Decimal | None
    started_at: datetime | None
    minute: int | None
    at: AtChair


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """All chairs at an instant, by name; `key` tells a page whether anything has changed since."""

    now: datetime
    key: str
    chairs: tuple[Chair, ...]


def show(*, by: Actor) -> Board:
    """Show every session under way; leaves a line, though not at each look of one who stays."""
    found = chairs_now(by=by)
    _look(by, found.now, len(found.chairs))
    return found


def changed(known: str, *, by: Actor) -> Board | None:
    """Show the board unless it is as `known`; a board that asks by itself leaves few lines."""
    authorize(by, Permission.SESSION_WATCH)
    now, sittings = clock.now(), _sittings(by)
    if _is_fresh(known, _digest(sittings), now):
        _look(by, now, len(sittings))
        return None
    found = _board(by, sittings, now)
    _look(by, now, len(found.chairs))
    return found


def chairs_now(*, by: Actor) -> Board:
    """Read every session under way; the page that shows them leaves the audit line."""
    authorize(by, Permission.SESSION_WATCH)
    return _board(by, _sittings(by), clock.now())


def _sittings(by: Actor) -> Sequence[Any]:
    return db.session.connection().execute(_SITTINGS, {"clinic_id": by.clinic_id}).all()


def _board(by: Actor, sittings: Sequence[Any], now: datetime) -> Board:
    logs: dict[int, list[Any]] = {}
    if sittings:
        rows = db.session.connection().execute(_LOGS, {"clinic_id": by.clinic_id})
        logs = {key: list(those) for key, those in groupby(rows, key=lambda row: row.session_id)}
    found = tuple(_chair(row, logs.get(row.id, ()), now) for row in sittings)
    until = min([now + FRESH_FOR, *_changes(sittings, found)])
    return Board(now=now, key=f"{_digest(sittings)}.{until.timestamp():.0f}", chairs=found)


def _chair(row: Any, stored: Iterable[Any], now: datetime) -> Chair:
    drug, route = Drug(row.drug), Route(row.route)
    log = [entry_log.entry_of(one) for one in stored]
    return Chair(
        session_id=row.id,
        patient_id=row.patient_id,
        series_id=row.series_id,
        patient_label=patient_draft.label(row.given_name, row.family_name, row.record_number),
        record_number=row.record_number,
        number=row.number,
        drug=drug,
        route=route,
        dose_mg=row.dose_mg,
        planned_dose_mg=row.planned_dose_mg,
        planned_dose_mg_per_kg=row.planned_dose_mg_per_kg,
        started_at=row.started_at,
        minute=None if row.started_at is None else minute(now, row.started_at),
        at=live_status.stand(
            log,
            drug,
            route,
            TreatmentSettings.read(row.settings),
            now=now,
            begun_at=row.started_at,
        ),
    )


def _changes(sittings: Sequence[Any], found: Sequence[Chair]) -> Iterable[datetime]:
    """List when what is due will stand otherwise although nobody writes anything."""
    for row, chair in zip(sittings, found, strict=True):
        settings = TreatmentSettings.read(row.settings)
        plan = monitoring.schedule(chair.drug, chair.route, settings)
        if (at := live_status.due_changes_at(chair.at.due, plan)) is not None:
            yield at + timedelta(seconds=1)


def _digest(sittings: Sequence[Any]) -> str:
    """Tell one state of the chairs from every other, without saying what is in it."""
    return hashlib.sha256(repr([tuple(row) for row in sittings]).encode()).hexdigest()[:16]


def _is_fresh(known: str, digest: str, now: datetime) -> bool:
    before, _, until = known.partition(".")
    return before == digest and now.timestamp() < (parsing.row_id(until) or 0)


def _look(by: Actor, now: datetime, count: int) -> None:
    """Leave a line the first time somebody looks at the board, and then now and again."""
    looks = _looks.setdefault(db.engine, {})
    since = now - VIEWED_EVERY
    if (last := looks.get(by.user_id)) is not None and last > since:
        return
    wanted = {"user_id": by.user_id, "since": since}
    if db.session.connection().execute(_SEEN, wanted).first() is None:
        note(by, VIEWED, detail=f"{count} sessions")
    looks[by.user_id] = now
