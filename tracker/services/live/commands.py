"""A session under way: begin it, show the page at the chair, tell that page what is new."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import bindparam, select

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.checklists import discharge as discharge_rules
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Drug, Route, SessionState
from tracker.domain.live import entry_text, monitoring
from tracker.domain.live.entries import Entry, EntryKind, Form, latest_form
from tracker.domain.live.monitoring import DueRow, Schedule
from tracker.domain.parsing import TEXT_MAX, is_blank
from tracker.domain.problems import Finding, InvalidError, NotFoundError, Problem
from tracker.domain.sessions import other_sessions
from tracker.domain.sessions.findings import UncommentedError
from tracker.domain.sessions.life import Step
from tracker.domain.sessions.other_sessions import BeginContext
from tracker.domain.timelines.timeline import Treatment
from tracker.models.clinics import Clinic
from tracker.models.database import plain_rows
from tracker.models.patients import Patient
from tracker.models.scoping import fetch, subject
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock
from tracker.services.audit.views import note_view
from tracker.services.check_ins.sync import sync_check_ins
from tracker.services.clinic import clinics
from tracker.services.live import entry_log
from tracker.services.rows import from_row
from tracker.services.series import start_rules as series_start
from tracker.services.sessions import amendments
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions import life as life_steps
from tracker.services.sessions import other_sessions as neighbours
from tracker.services.sessions import rows as session_rows
from tracker.services.sessions.commands import SessionPage
from tracker.services.stock import queries as stock_queries
from tracker.services.stock.queries import LotChoice
from tracker.services.unit_of_work import Unit, refuse_second, unit_of_work

_BEGAN = "It began."


class EntryLine(Struct, frozen=True):
    """An entry with its words; `outside` says what is unusual, each with its source.

    `signs` are the fields of a reading that it is about.
    """

    entry: Entry
    words: str
    outside: tuple[str, ...]
    signs: tuple[str, ...]


def lines(
    entries: Sequence[Entry],
    drug: Drug,
    route: Route,
    settings: TreatmentSettings,
    *,
    only: frozenset[str] | None = None,
) -> tuple[EntryLine, ...]:
    """Put the entries of a session into words; `only` are the keys that are wanted.

    All of them are needed even where few are wanted: the order of an infusion's entries is judged.
    """
    remarks = entry_text.remarks(entries, drug, route, settings, only=only)
    return tuple(
        EntryLine(
            entry,
            entry_text.words(entry),
            tuple(f"{remark.message} ({remark.source})" for remark in remarks.get(entry.key, ())),
            tuple(remark.field for remark in remarks.get(entry.key, ())),
        )
        for entry in entries
        if only is None or entry.key in only
    )


VIEWED = "live.viewed"

_ROW = (
    select(
        TreatmentSession.id,
        TreatmentSession.clinic_id,
        TreatmentSession.patient_id,
        TreatmentSession.state,
        TreatmentSession.started_at,
        TreatmentSession.discharged_at,
        TreatmentSession.drug,
        TreatmentSession.route,
        TreatmentSession.dose_mg,
        TreatmentSession.weight_kg,
        Clinic.settings,
        Clinic.time_zone,
    )
    .join_from(TreatmentSession, Clinic, Clinic.id == TreatmentSession.clinic_id)
    .where(TreatmentSession.id == bindparam("session_id"))
)


class LiveView(Struct, frozen=True, kw_only=True):
    """The page at the chair. `session_page` says who, which session, and what is planned.

    The dose of `treatment` is what was given so far; `weight_kg` is today's, else that of the last
    session.
    """

    session_id: int
    session_page: SessionPage
    state: SessionState
    treatment: Treatment
    weight_kg: Decimal | None
    lines: tuple[EntryLine, ...]
    due_rows: tuple[DueRow, ...]
    schedule: Schedule
    settings: TreatmentSettings
    lots: tuple[LotChoice, ...]
    zone: ZoneInfo
    now: datetime

    @property
    def sequence(self) -> int:
        """The sequence of the last entry, 0 while there is none: where a poll goes on."""
        return self.lines[-1].entry.sequence if self.lines else 0

    @property
    def next_due(self) -> DueRow | None:
        """The reading to take next."""
        return monitoring.next_due(self.due_rows)


class PollResult(Struct, frozen=True):
    """What was written since a page asked last, and the reading to take next."""

    now: datetime
    state: SessionState
    started_at: datetime | None
    sequence: int
    lines: tuple[EntryLine, ...]
    due: DueRow | None


def begin(
    session_id: int,
    *,
    by: Actor,
    once: str = "",
    reason: str = "",
    answered: Collection[str] | None = None,
) -> int:
    """Begin a planned session and return its id; whatever speaks against it needs a `reason`.

    `answered`, where given, holds what was shown when the reason was written. One that was not held
    takes place after all. A second nurse who begins it joins the first.
    """
    row = fetch(by, TreatmentSession, session_id)
    authorize(by, Permission.SESSION_WATCH, subject(row))
    if row.state == SessionState.UNDER_WAY.value:
        return session_id
    life_steps.way_of(Step.BEGIN, row)
    found = _findings(row, by)
    _ask(found, reason, answered, once)
    with unit_of_work(by) as unit:
        row = life_steps.hold(by, session_id)
        unit.once(once)
        if row.state != SessionState.UNDER_WAY.value:
            life_steps.way_of(Step.BEGIN, row)
            was_planned = row.state == SessionState.PLANNED.value
            why = _BEGAN if was_planned else session_commands.HELD_AFTER_ALL
            amendments.keep_told(row, why, unit, by)
            series = session_rows.lock(by, Series, row.series_id)
            _begin(unit, by, series, row, reason)
            entry_log.ask_again(unit, by, row, clinics.view(by.clinic_id).zone)
            row.begin_reason = reason.strip() if found else ""
        unit.audit("session.begun", f"session:{row.id}", patient_id=row.patient_id)
        unit.mark_saved(once, session_id)
    return session_id


def begin_extra(
    series_id: int,
    *,
    by: Actor,
    once: str = "",
    reason: str = "",
    answered: Collection[str] | None = None,
) -> int:
    """Begin a session that was not planned, which always needs a reason, and return its id."""
    series = fetch(by, Series, series_id)
    authorize(by, Permission.SESSION_WATCH, subject(series))
    today = clinics.today(by.clinic_id)
    refuse_second(once)
    _ask(_findings(series, by), reason, answered, once)
    with unit_of_work(by) as unit:
        series = session_rows.lock(by, Series, series_id)
        unit.once(once)
        row = session_rows.add_extra(series)
        row.planned_on = today  # until something is given it has no other day
        row.added_by_begin = True
        row.begin_reason = reason.strip()
        _begin(unit, by, series, row, reason)
        unit.audit("session.begun", f"session:{row.id}", patient_id=row.patient_id, detail="extra")
        unit.mark_saved(once, row.id)
        return row.id


def _findings(about: TreatmentSession | Series, by: Actor) -> list[Finding]:
    """List what asks for a word before a session begins, of one that is planned or of an extra."""
    row = about if isinstance(about, TreatmentSession) else None
    zone, now = clinics.view(by.clinic_id).zone, clock.now()
    archived_at = fetch(by, Patient, about.patient_id).archived_at
    found = other_sessions.at_begin(
        BeginContext(
            today=now.astimezone(zone).date(),
            now=now,
            zone=zone,
            planned_on=row.planned_on if row else None,
            is_extra=row is None,
            archived_on=archived_at.astimezone(zone).date() if archived_at else None,
            others=neighbours.before_begin(about.patient_id, now, other_than=row.id if row else 0),
        )
    )
    start = series_start.finding(row.series_id if row else about.id)
    return [*found, start] if start else found


def _ask(
    found: Sequence[Finding], reason: str, answered: Collection[str] | None, once: str
) -> None:
    """Raise UncommentedError while something speaks against beginning and nobody has said why."""
    known = answered is None or all(finding.message in answered for finding in found)
    if len(reason) > TEXT_MAX:
        raise InvalidError([Problem("comment", f"Give at most {TEXT_MAX} characters.")])
    if found and (is_blank(reason) or not known):
        refuse_second(once)
        raise UncommentedError(found)


def _begin(unit: Unit, by: Actor, series: Series, row: TreatmentSession, reason: str) -> None:
    series_start.begin_if_due(unit, by, series, row, reason)
    row.state, row.state_reason = SessionState.UNDER_WAY.value, ""
    row.cancelled_by_series = False
    sync_check_ins(unit, by, series.id)


def view(session_id: int, *, by: Actor) -> LiveView:
    """Show a session as the page at the chair does; leaves the audit line of that page."""
    page = session_commands.prepare_page(None, session_id, by=by)
    row, now = _row(session_id, by), clock.now()
    log = entry_log.of_session(session_id)
    settings, drug, route = TreatmentSettings.read(row.settings), Drug(row.drug), Route(row.route)
    plan = monitoring.schedule(drug, route, settings)
    _note_view(by, session_id, row.patient_id, now)
    return LiveView(
        session_id=session_id,
        session_page=page,
        state=SessionState(row.state),
        treatment=from_row(Treatment, row, ended_at=row.discharged_at),
        weight_kg=row.weight_kg or page.draft.weight_kg,
        lines=lines(log, drug, route, settings),
        due_rows=tuple(_due_rows(plan, log, row, now)),
        schedule=plan,
        settings=settings,
        lots=tuple(stock_queries.pickable(drug, by=by)),
        zone=ZoneInfo(row.time_zone),
        now=now,
    )


def poll(session_id: int, after: int, *, by: Actor) -> PollResult:
    """Tell what was written after a sequence, and which reading is due; plain and quick."""
    row, now = _row(session_id, by), clock.now()
    log = entry_log.of_session(session_id)
    fresh = frozenset(entry.key for entry in log if entry.sequence > after)
    settings, drug, route = TreatmentSettings.read(row.settings), Drug(row.drug), Route(row.route)
    rows = _due_rows(monitoring.schedule(drug, route, settings), log, row, now)
    _note_view(by, session_id, row.patient_id, now)
    return PollResult(
        now=now,
        state=SessionState(row.state),
        started_at=row.started_at,
        sequence=log[-1].sequence if log else 0,
        lines=lines(log, drug, route, settings, only=fresh) if fresh else (),
        due=monitoring.next_due(rows),
    )


def lines_of(session_id: int, taken: Sequence[Entry], *, by: Actor) -> tuple[EntryLine, ...]:
    """Put entries of a session that were just taken into words."""
    row, log = _row(session_id, by), entry_log.of_session(session_id)
    settings = TreatmentSettings.read(row.settings)
    wanted = frozenset(entry.key for entry in taken)
    return lines(log, Drug(row.drug), Route(row.route), settings, only=wanted)


def _row(session_id: int, by: Actor) -> Any:
    found = plain_rows(_ROW, {"session_id": session_id}).one_or_none()
    if found is None:
        raise NotFoundError
    authorize(by, Permission.SESSION_WATCH, Subject(found.clinic_id, found.patient_id))
    return found


def _due_rows(plan: Schedule, log: Sequence[Entry], row: Any, now: datetime) -> list[DueRow]:
    over = _left_at(log)
    if row.state != SessionState.UNDER_WAY.value:
        over = row.discharged_at or over or now
    return monitoring.due_rows(plan, log, now=now, ended_at=over)


def _left_at(log: Sequence[Entry]) -> datetime | None:
    """Say when somebody went home, by the checks before leaving; nothing is due from then on."""
    checks = latest_form(log, EntryKind.DISCHARGE)
    if checks is None or not isinstance(checks.content, Form):
        return None
    return discharge_rules.read(checks.content.fields).left_at


def _note_view(by: Actor, session_id: int, patient_id: int, now: datetime) -> None:
    note_view(by, VIEWED, f"session:{session_id}", now=now, patient_id=patient_id)
