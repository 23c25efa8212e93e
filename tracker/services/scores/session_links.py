"""What a score belongs to: a series, a session of it, the check-in it answers."""

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import and_, bindparam, exists, select

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.codes import CheckInState, Indication, Occasion, ReplyState, SessionState
from tracker.domain.problems import InvalidError, Problem
from tracker.domain.scores import draft as score_draft
from tracker.domain.scores.draft import AssessmentDraft
from tracker.models.assessments import Assessment
from tracker.models.check_ins import CheckIn, Reply
from tracker.models.database import db
from tracker.models.patients import Patient
from tracker.models.scoping import fetch, subject
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.sessions import rows as session_rows
from tracker.services.unit_of_work import Unit

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
_ANSWERED = select(
    exists().where(
        Assessment.check_in_id == bindparam("check_in_id"),
        Assessment.instrument == bindparam("instrument"),
        Assessment.voided_at.is_(None),
    )
)


class SessionLink(Struct, frozen=True):
    """What a score can belong to: a series, or a session of it held at `at`."""

    series_id: int
    series_number: int
    indication: Indication
    session_id: int | None = None
    session_number: int | None = None
    at: datetime | None = None


def ties(patient_id: int, *, by: Actor) -> list[SessionLink]:
    """List the series of a patient and the sessions held, the latest series first."""
    authorize(by, Permission.SCORE_RECORD, subject(fetch(by, Patient, patient_id)))
    rows = db.session.execute(_TIES, {"patient_id": patient_id}).all()
    found: list[SessionLink] = []
    for series_id, series_number, indication, session_id, session_number, at in rows:
        link = SessionLink(series_id, series_number, Indication(indication))
        if link not in found:
            found.append(link)
        if session_id is not None:
            found.append(replace(link, session_id=session_id, session_number=session_number, at=at))
    return found


def settle(
    patient_id: int,
    series_id: int | None,
    session_id: int | None,
    check_in_id: int | None,
    *,
    by: Actor,
) -> tuple[int | None, int | None]:
    """Find the series and the session of a score; raise InvalidError when they are another's."""
    if check_in_id is not None and series_id is None and session_id is None:
        asked = fetch(by, CheckIn, check_in_id)
        series_id, session_id = asked.series_id, asked.session_id
    if session_id is not None:
        about = fetch(by, TreatmentSession, session_id)
        _belongs(about.patient_id == patient_id, "session_id")
        return about.series_id, session_id
    if series_id is not None:
        _belongs(fetch(by, Series, series_id).patient_id == patient_id, "series_id")
    return series_id, None


def _belongs(yes: bool, field: str) -> None:
    if not yes:
        raise InvalidError([Problem(field, "This belongs to another patient.")])


def add_hours_after(
    draft: AssessmentDraft, session_id: int | None, *, by: Actor
) -> AssessmentDraft:
    """Count the hours since the session, where it was taken some hours after and says when."""
    after = draft.occasion is Occasion.HOURS_AFTER and draft.hours_after is None
    if session_id is None or not (after and draft.time_known and draft.taken_at):
        return draft
    started_at = fetch(by, TreatmentSession, session_id).started_at
    if started_at is None:
        return draft
    return replace(draft, hours_after=score_draft.hours_between(started_at, draft.taken_at))


def check_check_in(check_in_id: int, patient_id: int, instrument: str, *, by: Actor) -> None:
    """Hold a check-in until the commit; raise InvalidError when a score cannot answer it."""
    row = session_rows.lock(by, CheckIn, check_in_id)
    answered = {"check_in_id": check_in_id, "instrument": instrument}
    why = ""
    if row.patient_id != patient_id:
        why = "This check-in is another patient's."
    elif row.state != CheckInState.OPEN.value:
        why = "This check-in is over. Record the score without it."
    elif instrument not in row.instruments:
        why = "This check-in does not ask for this scale."
    elif db.session.scalar(_ANSWERED, answered):
        why = "This scale was answered for this check-in already."
    if why:
        raise InvalidError([Problem("check_in_id", why)])


def close_reply(unit: Unit, check_in_id: int, score: Assessment) -> None:
    """Let what staff entered stand as the reply, so that the patient is not asked for it again."""
    query = select(Reply).where(
        Reply.check_in_id == check_in_id, Reply.instrument == score.instrument
    )
    reply = db.session.scalar(query)
    if reply is None:
        reply = Reply(
            clinic_id=score.clinic_id,
            patient_id=score.patient_id,
            check_in_id=check_in_id,
            instrument=score.instrument,
            edition_id=score.edition_id,
            began_at=unit.now,
        )
        db.session.add(reply)
    reply.state, reply.saved_at = ReplyState.DONE.value, unit.now
    reply.assessment_id = score.id
