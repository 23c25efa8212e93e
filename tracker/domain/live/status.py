"""How a session under way stands right now, by its log: what a board across the room shows."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import Struct

from tracker.domain.checklists import discharge as discharge_rules
from tracker.domain.checklists import items as checklist_items
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Drug, Route, Word
from tracker.domain.live import entry_text, monitoring
from tracker.domain.live.entries import (
    AdverseEvent,
    DissociationMark,
    Dose,
    Entry,
    EntryKind,
    EventOutcome,
    Form,
    Infusion,
    InfusionAction,
    Reading,
    effective,
    latest_form,
    of_kind,
    started_at,
)
from tracker.domain.live.monitoring import DueRow, DueState, Schedule
from tracker.domain.measures import SPO2, VITAL_SIGNS
from tracker.domain.problems import Finding
from tracker.domain.wall_time import minute


class DosingState(Word):
    """What is being given at the moment."""

    NOT_STARTED = "not-started", "Not started"
    UNDER_WAY = "under-way", "Under way"
    RUNNING = "running", "Infusion running"
    PAUSED = "paused", "Infusion paused"
    STOPPED = "stopped", "Infusion stopped"
    GIVEN = "given", "Dose given"

    @property
    def is_watching(self) -> bool:
        """Whether all was given, and the patient is watched until they leave."""
        return self in (DosingState.STOPPED, DosingState.GIVEN)


_INFUSED = {
    InfusionAction.START: DosingState.RUNNING,
    InfusionAction.RESUME: DosingState.RUNNING,
    InfusionAction.PAUSE: DosingState.PAUSED,
    InfusionAction.STOP: DosingState.STOPPED,
}


class LastReading(Struct, frozen=True, kw_only=True):
    """The reading that was taken last; `minute` from the start, None before there is one."""

    at: datetime
    minute: int | None
    reading: Reading
    words: str
    outside: tuple[Finding, ...]

    @property
    def values(self) -> list[tuple[str, str, int]]:
        """Everything that was read but the blood pressure: field, label on a board, value."""
        told = ((name, label, getattr(self.reading, name)) for name, label in _ON_A_BOARD.items())
        return [one for one in told if one[2] is not None]


_ON_A_BOARD = {
    **{sign.name: sign.abbreviation for sign in VITAL_SIGNS if not sign.is_pressure},
    SPO2.name: f"{SPO2.abbreviation} {SPO2.unit}",
    "sedation": "Sedation",
    "dissociation": "Dissoc.",
    "pain": "Pain",
    "nausea": "Nausea",
}


class LastDissociation(Struct, frozen=True, kw_only=True):
    """What was last seen of dissociation; `strength` 0 none to 10 most."""

    at: datetime
    label: str
    strength: int | None


class OpenEvent(Struct, frozen=True, kw_only=True):
    """An adverse event that nobody has written an end of."""

    at: datetime
    words: str


class SessionStatus(Struct, frozen=True, kw_only=True):
    """A session under way. `checked_before` says in a few words how the checks stood, '' if none.

    `given` counts the doses given at once; `since` is when the pace began, `left_at` when the
    patient left by the checks before leaving. `last` is the entry that arrived last.
    """

    dosing: DosingState
    since: datetime | None
    rate_ml_per_h: Decimal | None
    given: int
    reading: LastReading | None
    due: DueRow | None
    dissociation: LastDissociation | None
    events: tuple[OpenEvent, ...]
    checked_before: str
    checked_after: str
    left_at: datetime | None
    last: Entry | None


def status_of(
    log: Sequence[Entry],
    drug: Drug,
    route: Route,
    settings: TreatmentSettings,
    *,
    now: datetime,
    begun_at: datetime | None = None,
) -> SessionStatus:
    """Say how a session stands by the entries of its log.

    `begun_at` is what its record says of the start: one may have come from a file, under way.
    """
    effective_log, start = effective(log), started_at(log)
    dosing, since, rate = _dosing(effective_log)
    if dosing is DosingState.NOT_STARTED and begun_at is not None:
        dosing, since = DosingState.UNDER_WAY, begun_at
    left_at = _left_at(log)
    plan = monitoring.schedule(drug, route, settings)
    rows = monitoring.due_rows(plan, log, now=now, ended_at=left_at)
    return SessionStatus(
        dosing=dosing,
        since=since,
        rate_ml_per_h=rate,
        given=len(of_kind(effective_log, EntryKind.GIVEN)),
        reading=_last_reading(
            effective_log,
            start or begun_at,
            lambda entry: monitoring.outside(entry, start or begun_at, drug, route, settings),
        ),
        due=monitoring.next_due(rows),
        dissociation=_dissociation(effective_log),
        events=tuple(_open_events(effective_log)),
        checked_before=_tally(log, EntryKind.GATE),
        checked_after=_tally(log, EntryKind.DISCHARGE),
        left_at=left_at,
        last=max(log, key=lambda entry: entry.sequence, default=None),
    )


def due_changes_at(due: DueRow | None, plan: Schedule) -> datetime | None:
    """Say when a reading to come falls due, or one that is due is late; None once it is late."""
    if due is None or due.at is None:
        return None
    if due.state is DueState.COMING:
        return due.at
    return due.at + timedelta(minutes=plan.late_after_minutes) if not due.is_late else None


def _dosing(effective_log: Sequence[Entry]) -> tuple[DosingState, datetime | None, Decimal | None]:
    """Read what is given now: a dose given at once ends no infusion that runs beside it."""
    dosing, since, rate = DosingState.NOT_STARTED, None, None
    for entry in effective_log:
        match entry.content:
            case Dose() if dosing not in (DosingState.RUNNING, DosingState.PAUSED):
                dosing, since = DosingState.GIVEN, entry.at
            case Infusion(action=action, rate_ml_per_h=told):
                rate = told or rate
                if action in _INFUSED:
                    dosing, since = _INFUSED[action], entry.at
    return dosing, since, rate if dosing in (DosingState.RUNNING, DosingState.PAUSED) else None


def _last_reading(
    effective_log: Sequence[Entry],
    start: datetime | None,
    outside: Callable[[Entry], Sequence[Finding]],
) -> LastReading | None:
    for entry in reversed(effective_log):
        if isinstance(entry.content, Reading):
            return LastReading(
                at=entry.at,
                minute=None if start is None else minute(entry.at, start),
                reading=entry.content,
                words=entry_text.words(entry),
                outside=tuple(outside(entry)),
            )
    return None


def _dissociation(effective_log: Sequence[Entry]) -> LastDissociation | None:
    for entry in reversed(effective_log):
        match entry.content:
            case DissociationMark(mark=mark, strength=strength):
                return LastDissociation(at=entry.at, label=mark.label, strength=strength)
            case Reading(dissociation=int(strength)):
                return LastDissociation(at=entry.at, label="Dissociation", strength=strength)
    return None


def _open_events(effective_log: Sequence[Entry]) -> list[OpenEvent]:
    return [
        OpenEvent(at=entry.at, words=entry_text.words(entry))
        for entry in effective_log
        if isinstance(entry.content, AdverseEvent)
        and entry.content.ended_at is None
        and entry.content.outcome in (None, EventOutcome.ONGOING)
    ]


def _tally(log: Sequence[Entry], kind: EntryKind) -> str:
    form = latest_form(log, kind)
    if form is None or not isinstance(form.content, Form):
        return ""
    return checklist_items.tally(checklist_items.lines_of(form.content.fields))


def _left_at(log: Sequence[Entry]) -> datetime | None:
    form = latest_form(log, EntryKind.DISCHARGE)
    if form is None or not isinstance(form.content, Form):
        return None
    return discharge_rules.read(form.content.fields).left_at
