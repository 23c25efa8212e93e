"""Treatment sessions: record one, find one, move or set aside a planned one; amend() is beside."""

from collections.abc import Collection, Iterator
from datetime import date, datetime

from msgspec import Struct

from tracker.domain import weights
from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.codes import Drug, Indication, Route, SessionState, WeightUnit
from tracker.domain.patients import draft as patient_draft
from tracker.domain.problems import Finding, InvalidError, NotFoundError, StaleError
from tracker.domain.series import planned_dose
from tracker.domain.series.planned_dose import PlannedDose
from tracker.domain.sessions import diff as session_diff
from tracker.domain.sessions import draft as session_draft
from tracker.domain.sessions import other_sessions
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.sessions.findings import UncommentedError
from tracker.domain.sessions.record import SessionRecord
from tracker.models.database import db
from tracker.models.patients import Patient
from tracker.models.scoping import fetch, subject
from tracker.models.series import Series
from tracker.models.treatment_sessions import STANDS, TreatmentSession
from tracker.services import clock
from tracker.services.check_ins.sync import sync_check_ins
from tracker.services.clinic import clinics
from tracker.services.patients import births
from tracker.services.series import start_rules as series_start
from tracker.services.sessions import amendments
from tracker.services.sessions import moves as session_moves
from tracker.services.sessions import rows as session_rows
from tracker.services.sessions.amendments import EarlierVersion, SessionPlace
from tracker.services.sessions.moves import NOT_MOVED, SessionMoves, Signature
from tracker.services.unit_of_work import Unit, audit, refuse_second, unit_of_work
from tracker.services.worksheets import rows as worksheet_rows

_EMPTY = SessionDraft(started_at=None, drug=None, route=None)
# What may still be moved or set aside: whatever has not begun.
_OPEN = frozenset({SessionState.PLANNED, SessionState.CANCELLED, SessionState.MISSED})
HELD_AFTER_ALL = "It was held after all."
# What a record says of the step that made it one, where it had versions before.
_WHY_HELD = {
    SessionState.PLANNED: "Recorded as done.",
    SessionState.UNDER_WAY: "Signed.",
    SessionState.CANCELLED: HELD_AFTER_ALL,
    SessionState.MISSED: HELD_AFTER_ALL,
}


class SessionView(Struct, frozen=True, kw_only=True):
    """A session as clinicians see it; `versions` are the earlier ones, first to last.

    `planned` is the dose it is planned to give, `of_series` the one of its series.
    """

    record: SessionRecord
    patient_id: int
    patient_label: str
    series_id: int
    version: int
    recorded_at: datetime | None
    recorded_by: str
    versions: tuple[EarlierVersion, ...]
    findings: tuple[Finding, ...]
    begin_reason: str = ""
    added_by_begin: bool = False
    moves: SessionMoves = NOT_MOVED
    planned: PlannedDose = PlannedDose()
    of_series: PlannedDose = PlannedDose()

    @property
    def draft(self) -> SessionDraft:
        """What an amendment starts from."""
        return session_rows.draft_of(self.record)

    @property
    def signature(self) -> Signature:
        """Who signed or recorded it, before anybody amended it; nobody before it was held."""
        return self._signatures[0] if self._signatures else Signature("", None)

    @property
    def amendments(self) -> tuple[Signature, ...]:
        """The changes of the record since, first to last, each with its reason."""
        return self._signatures[1:]

    @property
    def _signatures(self) -> tuple[Signature, ...]:
        now = (self.record.state, self.recorded_by, self.recorded_at)
        return session_moves.signatures(self.versions, now)


class SessionPage(Struct, frozen=True, kw_only=True):
    """The page a session is recorded on, before anything is typed; an extra has no number yet.

    `planned` is its own dose, else that of its series. `last` is the patient's last session, of
    whatever series: weights are compared with it, doses are not taken from it.
    """

    patient_id: int
    patient_label: str
    record_number: str
    series_id: int
    series_number: int
    indication: Indication
    planned: PlannedDose
    session_id: int | None
    number: int | None
    state: SessionState
    day: date
    draft: SessionDraft
    last: SessionRecord | None
    last_of_series: SessionRecord | None

    @property
    def last_time(self) -> SessionRecord | None:
        """The last session of this series with its dose: shown beside the plan, never filled in."""
        last = self.last_of_series
        return last if last is not None and last.dose_mg is not None else None


def record(
    draft: SessionDraft,
    *,
    series_id: int,
    session_id: int | None = None,
    by: Actor,
    once: str = "",
    form: str = "",
    answered: Collection[str] | None = None,
) -> int:
    """Record a session that was held and return its id; `session_id` is the planned one, if any.

    Whatever is unusual needs a comment. `answered`, where given, holds the findings that were
    shown when the comment was written: a comment does not answer what came up after it. Whoever
    looks at a page, and so gives it, is asked why a session is recorded that nobody planned.
    Raise StaleError when somebody recorded the session meanwhile.
    """
    series = fetch(by, Series, series_id)
    authorize(by, Permission.SESSION_RECORD, subject(series))
    problems = [
        *session_draft.check(draft, now=clock.now()),
        *births.problems(series.patient_id, {"started_at": draft.started_at}, by=by),
    ]
    if problems:
        raise InvalidError(problems)
    try:
        place = SessionPlace(series.patient_id, series_id, session_id)
        also = _beside(series_id, session_id, answered)
        draft = amendments.ask_for_comment(draft, place, answered, also)
    except UncommentedError:
        refuse_second(once)  # a second click is not a second session that needs a comment
        raise
    with unit_of_work(by) as unit:
        series = session_rows.lock(by, Series, series_id)
        unit.once(once)
        row = (
            _lock_planned(by, series, session_id) if session_id else session_rows.add_extra(series)
        )
        series_start.begin_if_due(unit, by, series, row, draft.comment)
        complete(unit, by, row, draft)
        unit.mark_saved(once, row.id, form=form)
        return row.id


def _beside(
    series_id: int, session_id: int | None, answered: Collection[str] | None
) -> Iterator[Finding]:
    """Yield what is asked about besides the session: how its series starts, why it is extra."""
    if start := series_start.finding(series_id):
        yield start
    if answered is not None and session_id is None:
        yield other_sessions.EXTRA


def complete(unit: Unit, by: Actor, row: TreatmentSession, draft: SessionDraft) -> None:
    """Put a checked draft into the row of a session that was held, which is over by that."""
    amendments.keep_told(row, _WHY_HELD[SessionState(row.state)], unit, by)
    row.state, row.state_reason = SessionState.COMPLETED.value, ""
    row.cancelled_by_series = False
    session_rows.write(row, draft)
    row.recorded_at, row.recorded_by = unit.now, by.name
    about, names = f"session:{row.id}", session_diff.changed_fields(_EMPTY, draft)
    unit.audit("session.recorded", about, patient_id=row.patient_id, detail=" ".join(names))
    worksheet_rows.open_for(unit, by, row)
    sync_check_ins(unit, by, row.series_id)


def _lock_planned(by: Actor, series: Series, session_id: int) -> TreatmentSession:
    row = session_rows.lock(by, TreatmentSession, session_id)
    if row.series_id != series.id:
        raise NotFoundError
    if row.state not in _OPEN:
        raise StaleError(row.version)
    return row


def find(session_id: int, *, by: Actor) -> SessionView:
    """Look a session up with its history; leaves the audit line of the page that shows it."""
    row = fetch(by, TreatmentSession, session_id)
    authorize(by, Permission.PATIENT_VIEW, subject(row))
    found = (
        db.session.execute(session_rows.READ.where(TreatmentSession.id == session_id))
        .mappings()
        .one()
    )
    record = session_rows.as_record(found, session_rows.signs_of_one(session_id))
    held = record.state is SessionState.COMPLETED
    of_series = PlannedDose(found["series_dose_mg"], found["series_dose_mg_per_kg"])
    draft = session_rows.draft_of(record)
    place = SessionPlace(found["patient_id"], found["series_id"], session_id)
    findings = amendments.findings_of(draft, place) if held else ()
    moves = session_moves.of_session(row)  # before the audit line, after which the row is read anew
    audit(by, "session.viewed", f"session:{session_id}", patient_id=found["patient_id"])
    return SessionView(
        record=record,
        patient_id=found["patient_id"],
        patient_label=patient_draft.label(
            found["given_name"], found["family_name"], found["record_number"]
        ),
        series_id=found["series_id"],
        version=found["version"],
        recorded_at=found["recorded_at"],
        recorded_by=found["recorded_by"],
        versions=amendments.earlier_versions(record),
        findings=tuple(findings),
        begin_reason=found["begin_reason"],
        added_by_begin=found["added_by_begin"],
        moves=moves,
        planned=planned_dose.of_session(
            PlannedDose(record.planned_dose_mg, record.planned_dose_mg_per_kg), of_series
        ),
        of_series=of_series,
    )


def state_of(session_id: int, *, by: Actor) -> SessionState:
    """Say in which state a session is, for a page that has just changed it."""
    row = fetch(by, TreatmentSession, session_id)
    authorize(by, Permission.PATIENT_VIEW, subject(row))
    return SessionState(row.state)


def of_patient(patient_id: int, *, by: Actor) -> list[SessionRecord]:
    """List a patient's sessions, planned and held, from first to last."""
    authorize(by, Permission.PATIENT_VIEW, subject(fetch(by, Patient, patient_id)))
    signs = session_rows.signs_of_patient(patient_id)
    rows = db.session.execute(
        session_rows.READ.where(TreatmentSession.patient_id == patient_id, STANDS)
    ).mappings()
    found = [session_rows.as_record(row, signs) for row in rows]
    zone = clinics.view(by.clinic_id).zone
    audit(by, "sessions.viewed", f"patient:{patient_id}", patient_id=patient_id)

    def when(record: SessionRecord) -> tuple[date, int, int]:
        day = record.started_at.astimezone(zone).date() if record.started_at else record.planned_on
        return day or date.max, record.series_number, record.number

    return sorted(found, key=when)


def prefill(series_id: int, session_id: int | None, *, by: Actor) -> SessionDraft:
    """Say what the plan and the last session lead one to expect; never an outcome."""
    return prepare_page(series_id, session_id, by=by).draft


def prepare_page(series_id: int | None, session_id: int | None = None, *, by: Actor) -> SessionPage:
    """Prepare the page a session is recorded on: whose it is, the plan, what to start from.

    A planned session says itself which series it belongs to. `audit_view` leaves the audit line.
    """
    row = fetch(by, TreatmentSession, session_id) if session_id else None
    series = fetch(by, Series, series_id or (row.series_id if row else 0))
    authorize(by, Permission.SESSION_RECORD, subject(series))
    if row is not None and row.series_id != series.id:
        raise NotFoundError
    patient = fetch(by, Patient, series.patient_id)
    now = clock.now()
    zone = clinics.view(by.clinic_id).zone
    today = now.astimezone(zone).date()
    planned_on = row.planned_on if row else None
    day = min(planned_on or today, today)
    last = session_rows.last_before(patient.id, now, other_than=session_id)
    before = last[1] if last else None
    weighed = before.started_at.astimezone(zone).date() if before and before.started_at else None
    is_current = weighed is not None and weights.is_current(weighed, day)
    of_series = before
    if last is not None and last[0] != series.id:
        of_series = session_rows.last_of_series(series.id, now, other_than=session_id)
    planned = session_rows.planned_dose(series, row)
    draft = _first_draft(series, planned, before, of_series, is_current=is_current)
    return SessionPage(
        patient_id=patient.id,
        patient_label=patient_draft.label(
            patient.given_name, patient.family_name, patient.record_number
        ),
        record_number=patient.record_number,
        series_id=series.id,
        series_number=series.number,
        indication=Indication(series.indication),
        planned=planned,
        session_id=session_id,
        number=row.number if row else None,
        state=SessionState(row.state) if row else SessionState.PLANNED,
        day=day,
        # The hour is left to be typed: a wrong one that nobody looks at would be stored as true.
        draft=draft,
        last=before,
        last_of_series=of_series,
    )


def audit_view(page: SessionPage, *, by: Actor) -> None:
    """Leave the audit line of a page that shows a sheet: it tells of the last session."""
    subject_of = f"session:{page.session_id}" if page.session_id else f"series:{page.series_id}"
    audit(by, "sheet.viewed", subject_of, patient_id=page.patient_id)


def _first_draft(
    series: Series,
    planned: PlannedDose,
    last: SessionRecord | None,
    of_series: SessionRecord | None,
    *,
    is_current: bool,
) -> SessionDraft:
    """Start from the plan and the last weight, which counts only while it is current.

    The dose is the planned one or none: what another session was given is no plan.
    """
    drug, route = Drug(series.drug), Route(series.route)
    weight = last.weight_kg if last and is_current else None
    unit = (last.weight_unit if last else None) or WeightUnit.KG
    alike = of_series is not None and (of_series.drug, of_series.route) == (drug, route)
    return SessionDraft(
        started_at=None,
        drug=drug,
        route=route,
        dose_mg=planned.for_weight(weight),
        weight_kg=weight,
        weight_unit=unit,
        duration_minutes=of_series.duration_minutes if of_series and alike else None,
    )
