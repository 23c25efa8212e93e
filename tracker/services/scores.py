"""Completed scales: record a total, void a mistaken one with its reason, list them."""

from dataclasses import dataclass, fields, replace
from datetime import datetime

from sqlalchemy import ColumnElement, RowMapping, and_, bindparam, select

from tracker.domain import assessments
from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.assessments import AssessmentDraft
from tracker.domain.problems import InvalidError, Problem
from tracker.domain.records import ScoreRecord
from tracker.domain.words import Indication, Occasion, SessionState
from tracker.instruments import library
from tracker.models.assessments import Assessment
from tracker.models.database import db, new_id
from tracker.models.patients import Patient
from tracker.models.scoping import fetch, subject
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock, session_rows
from tracker.services.amendments import check_reason
from tracker.services.unit import Unit, note, unit_of_work

_LINES = (
    select(
        *(column for column in Assessment.__table__.columns),
        Patient.record_number,
        Series.number.label("series_number"),
        TreatmentSession.number.label("session_number"),
    )
    .join(Patient, Patient.id == Assessment.patient_id)
    .outerjoin(Series, Series.id == Assessment.series_id)
    .outerjoin(TreatmentSession, TreatmentSession.id == Assessment.session_id)
    .order_by(Assessment.taken_at, Assessment.id)
)
_TIES = (
    select(
        Series.id,
        Series.number,
        Series.indication,
        TreatmentSession.id,
        TreatmentSession.number,
        TreatmentSession.started_at,
    )
    .outerjoin(
        TreatmentSession,
        and_(
            TreatmentSession.series_id == Series.id,
            TreatmentSession.state == SessionState.COMPLETED.value,
        ),
    )
    .where(Series.patient_id == bindparam("patient_id"))
    .order_by(Series.number.desc(), TreatmentSession.number.desc())
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreLine:
    """A score as a list shows it; a voided one says who voided it, when and why."""

    record: ScoreRecord
    session_number: int | None
    recorded_at: datetime
    recorded_by: str
    voided_at: datetime | None
    voided_by: str
    voided_reason: str


@dataclass(frozen=True, slots=True)
class Tie:
    """What a score can belong to: a series, or a session of it held at `at`."""

    series_id: int
    series_number: int
    indication: Indication
    session_id: int | None = None
    session_number: int | None = None
    at: datetime | None = None


def ties(patient_id: int, *, by: Actor) -> list[Tie]:
    """List the series of a patient and the sessions held, the latest series first."""
    authorize(by, Permission.SCORE_RECORD, subject(fetch(by, Patient, patient_id)))
    rows = db.session.execute(_TIES, {"patient_id": patient_id}).all()
    found: list[Tie] = []
    for series_id, series_number, indication, session_id, session_number, at in rows:
        tie = Tie(series_id, series_number, Indication(indication))
        if tie not in found:
            found.append(tie)
        if session_id is not None:
            found.append(replace(tie, session_id=session_id, session_number=session_number, at=at))
    return found


def record(
    patient_id: int,
    draft: AssessmentDraft,
    *,
    series_id: int | None = None,
    session_id: int | None = None,
    by: Actor,
    once: str = "",
) -> int:
    """Record a total on a scale and return its id.

    A score tied to a session belongs to that session's series, and hours after it are counted.
    """
    patient = fetch(by, Patient, patient_id)
    authorize(by, Permission.SCORE_RECORD, subject(patient))
    if session_id is not None:
        about = fetch(by, TreatmentSession, session_id)
        draft, series_id = _counted(draft, about), about.series_id
        _belongs(about.patient_id == patient_id, "session_id")
    elif series_id is not None:
        _belongs(fetch(by, Series, series_id).patient_id == patient_id, "series_id")
    if problems := assessments.check(draft, library().get(draft.instrument), now=clock.now()):
        raise InvalidError(problems)
    with unit_of_work(by) as unit:
        session_rows.locked(by, Patient, patient_id)
        unit.once(once)
        score_id = add(unit, by, draft, patient_id=patient_id, tied_to=(series_id, session_id))
        unit.saved(once, score_id, form=f"score-{patient_id}")
    return score_id


def _belongs(yes: bool, field: str) -> None:
    if not yes:
        raise InvalidError([Problem(field, "This belongs to another patient.")])


def _counted(draft: AssessmentDraft, about: TreatmentSession) -> AssessmentDraft:
    after = draft.occasion is Occasion.HOURS_AFTER and draft.hours_after is None
    if not (after and draft.time_known and draft.taken_at and about.started_at):
        return draft
    return replace(draft, hours_after=assessments.hours_between(about.started_at, draft.taken_at))


def add(
    unit: Unit,
    by: Actor,
    draft: AssessmentDraft,
    *,
    patient_id: int,
    tied_to: tuple[int | None, int | None],
) -> int:
    """Store a checked score inside a unit of work; `tied_to` is its series and its session."""
    score_id = new_id()
    instrument = library()[draft.instrument]
    series_id, session_id = tied_to
    db.session.add(
        Assessment(
            id=score_id,
            clinic_id=by.clinic_id,
            patient_id=patient_id,
            series_id=series_id,
            session_id=session_id,
            instrument=instrument.code,
            instrument_version=instrument.version,
            total=draft.total,
            taken_at=draft.taken_at,
            time_known=draft.time_known,
            occasion=draft.occasion.value,
            hours_after=draft.hours_after,
            note=draft.note,
            recorded_at=unit.now,
            recorded_by=by.name,
        )
    )
    unit.audit("score.recorded", f"score:{score_id}", patient_id=patient_id, detail=instrument.code)
    return score_id


def void(score_id: int, reason: str, *, by: Actor) -> None:
    """Void a mistaken score: it stays in the record, struck out, with the reason."""
    row = fetch(by, Assessment, score_id)
    authorize(by, Permission.SCORE_RECORD, subject(row))
    if problems := check_reason(reason):
        raise InvalidError(problems)
    with unit_of_work(by) as unit:
        row = session_rows.locked(by, Assessment, score_id)
        if row.voided_at is None:
            row.voided_at, row.voided_by = unit.now, by.name
            row.voided_reason = reason.strip()
        unit.audit("score.voided", f"score:{score_id}", patient_id=row.patient_id)


def of_patient(patient_id: int, *, by: Actor) -> list[ScoreRecord]:
    """List a patient's scores that stand, from first to last."""
    lines = listing(patient_id, by=by)
    return [line.record for line in lines if line.voided_at is None]


def listing(patient_id: int, *, by: Actor) -> list[ScoreLine]:
    """List a patient's scores, voided ones among them, from first to last."""
    authorize(by, Permission.PATIENT_VIEW, subject(fetch(by, Patient, patient_id)))
    lines = _read(Assessment.patient_id == patient_id)
    note(by, "scores.viewed", f"patient:{patient_id}", patient_id=patient_id)
    return lines


def of_session(session_id: int, *, by: Actor) -> list[ScoreLine]:
    """List the scores tied to a session; the page that shows them leaves the audit line."""
    authorize(by, Permission.PATIENT_VIEW, subject(fetch(by, TreatmentSession, session_id)))
    return _read(Assessment.session_id == session_id)


def find(score_id: int, *, by: Actor) -> tuple[int, ScoreLine]:
    """Look one score up: whose it is and what it says."""
    row = fetch(by, Assessment, score_id)
    authorize(by, Permission.PATIENT_VIEW, subject(row))
    [line] = _read(Assessment.id == score_id)
    note(by, "score.viewed", f"score:{score_id}", patient_id=row.patient_id)
    return row.patient_id, line


def _read(which: ColumnElement[bool]) -> list[ScoreLine]:
    return [_line(row) for row in db.session.execute(_LINES.where(which)).mappings()]


def _line(row: RowMapping) -> ScoreLine:
    values = {f.name: row[f.name] for f in fields(ScoreRecord) if f.name in row}
    told = ScoreRecord(**values | {"score_id": row["id"], "occasion": Occasion(row["occasion"])})
    return ScoreLine(
        record=told, **{f.name: row[f.name] for f in fields(ScoreLine) if f.name != "record"}
    )
