"""Completed scales: record answers or a total, void a mistaken one with its reason, list them."""

from typing import Any

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.instruments import scoring
from tracker.domain.instruments.model import Instrument
from tracker.domain.parsing import check_meanwhile, check_reason
from tracker.domain.problems import InvalidError
from tracker.domain.scores import draft as score_draft
from tracker.domain.scores.draft import AssessmentDraft
from tracker.domain.scores.record import ScoreRecord
from tracker.instruments import library
from tracker.models.assessments import Assessment
from tracker.models.database import db, new_id
from tracker.models.patients import Patient
from tracker.models.scoping import fetch, subject
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock
from tracker.services.alerts import raising as alert_raising
from tracker.services.check_ins import commands as check_in_commands
from tracker.services.instruments import editions as instrument_editions
from tracker.services.patients import births
from tracker.services.scores import queries as score_queries
from tracker.services.scores import same_day as same_day_scores
from tracker.services.scores import session_links as score_links
from tracker.services.scores.queries import ScoreLine
from tracker.services.sessions import rows as session_rows
from tracker.services.unit_of_work import NO_FORM, SentForm, Unit, audit, unit_of_work


def record(
    patient_id: int,
    draft: AssessmentDraft,
    *,
    series_id: int | None = None,
    session_id: int | None = None,
    check_in_id: int | None = None,
    by: Actor,
    sent: SentForm = NO_FORM,
) -> int:
    """Record a completed scale, by its answers or its total, and return its id.

    A score tied to a session belongs to that session's series, and hours after it are counted. One
    entered for a check-in answers it, and belongs where the check-in does unless it says otherwise.
    Raise UnseenError where that day has one already of which the page of `sent` has not asked.
    """
    authorize(by, Permission.SCORE_RECORD, subject(fetch(by, Patient, patient_id)))
    tied_to = score_links.settle(patient_id, series_id, session_id, check_in_id, by=by)
    draft = score_links.add_hours_after(draft, tied_to[1], by=by)
    problems = [
        *score_draft.check(draft, library().get(draft.instrument), now=clock.now()),
        *births.problems(patient_id, {"taken_at": draft.taken_at}, by=by),
    ]
    if problems:
        raise InvalidError(problems)
    with unit_of_work(by) as unit:
        session_rows.lock(by, Patient, patient_id)
        unit.once(sent.once)
        # Not before: the first of two clicks closes the check-in, and the second finds its score.
        if check_in_id is not None:
            score_links.check_check_in(check_in_id, patient_id, draft.instrument, by=by)
        same_day_scores.ask(patient_id, draft, sent.seen, by=by)
        score_id = add(
            unit, by, draft, patient_id=patient_id, tied_to=tied_to, check_in_id=check_in_id
        )
        if check_in_id is not None:
            score_links.close_reply(unit, check_in_id, db.session.get_one(Assessment, score_id))
            check_in_commands.finish(unit, by, check_in_id)
        unit.mark_saved(sent.once, score_id, form=draft_key(patient_id, draft))
    return score_id


def draft_key(patient_id: int, draft: AssessmentDraft) -> str:
    """Name what was kept while a score was typed: one for totals, one for each scale's answers."""
    if draft.by_answers:
        return f"answers-{patient_id}-{draft.instrument}"
    return f"score-{patient_id}"


def add(
    unit: Unit,
    by: Actor,
    draft: AssessmentDraft,
    *,
    patient_id: int,
    tied_to: tuple[int | None, int | None],
    check_in_id: int | None = None,
    edition: Instrument | None = None,
) -> int:
    """Store a checked score inside a unit of work, with the alerts it raises; return its id.

    `tied_to` is its series and its session. Answers make the total, and what the form states is
    kept beside it; without enough answers there is none. `edition` is the instrument as it was put,
    where that may be older than the library's.
    """
    instrument = edition or library()[draft.instrument]
    series_id, session_id = tied_to
    row = Assessment(
        id=new_id(),
        clinic_id=by.clinic_id,
        patient_id=patient_id,
        series_id=series_id,
        session_id=session_id,
        check_in_id=check_in_id,
        instrument=instrument.code,
        instrument_version=instrument.version,
        edition_id=instrument_editions.keep(instrument),
        mode=draft.mode.value,
        seconds_taken=draft.seconds_taken,
        taken_at=draft.taken_at,
        time_known=draft.time_known,
        occasion=draft.occasion.value,
        hours_after=draft.hours_after,
        note=draft.note,
        recorded_at=unit.now,
        recorded_by=by.name,
        **_score_columns(draft, instrument),
    )
    db.session.add(row)
    db.session.flush()
    unit.audit("score.recorded", f"score:{row.id}", patient_id=patient_id, detail=instrument.code)
    alert_raising.raise_for_score(unit, by, row.id)
    return row.id


def _score_columns(draft: AssessmentDraft, instrument: Instrument) -> dict[str, Any]:
    """Work out what the answers come to; a total without answers stands as it is stated."""
    if not draft.by_answers:
        return {"total": draft.total}
    result = scoring.score(instrument, draft.answers)
    return {
        "total": result.total,
        "stated_total": draft.total,
        "completeness": result.completeness.value,
        "answers": {code: f"{value:f}" for code, value in draft.given_answers.items()},
    }


def void(score_id: int, reason: str, *, by: Actor) -> None:
    """Void a mistaken score: it stays in the record, struck out, with the reason."""
    row = fetch(by, Assessment, score_id)
    authorize(by, Permission.SCORE_RECORD, subject(row))
    if problems := check_reason(reason):
        raise InvalidError(problems)
    with unit_of_work(by) as unit:
        row = session_rows.lock(by, Assessment, score_id)
        if row.voided_at and (problems := check_meanwhile(row.voided_reason, reason)):
            raise InvalidError(problems)
        strike(unit, by, row, reason.strip())


def strike(unit: Unit, by: Actor, row: Assessment, reason: str) -> None:
    """Void a score that is held, inside a unit of work; one that is void stays as it is."""
    if row.voided_at is None:
        row.voided_at, row.voided_by = unit.now, by.name
        row.voided_reason = reason
        alert_raising.withdraw_score(row)
    unit.audit("score.voided", f"score:{row.id}", patient_id=row.patient_id)


def of_patient(patient_id: int, *, by: Actor) -> list[ScoreRecord]:
    """List a patient's scores that stand, from first to last."""
    lines = listing(patient_id, by=by)
    return [line.record for line in lines if line.voided_at is None]


def listing(patient_id: int, *, by: Actor) -> list[ScoreLine]:
    """List a patient's scores, voided ones among them, from first to last."""
    authorize(by, Permission.PATIENT_VIEW, subject(fetch(by, Patient, patient_id)))
    lines = score_queries.read(Assessment.patient_id == patient_id, patient_id, by=by)
    audit(by, "scores.viewed", f"patient:{patient_id}", patient_id=patient_id)
    return lines


def of_session(session_id: int, *, by: Actor) -> list[ScoreLine]:
    """List the scores tied to a session; the page that shows them leaves the audit line."""
    row = fetch(by, TreatmentSession, session_id)
    authorize(by, Permission.PATIENT_VIEW, subject(row))
    return score_queries.read(Assessment.session_id == session_id, row.patient_id, by=by)
