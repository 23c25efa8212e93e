"""How a series starts: on a signed assessment that says eligible, or with a stated reason."""

from datetime import date, datetime, tzinfo
from typing import Any

from msgspec import Struct
from sqlalchemy import bindparam, exists, func, select

from tracker.domain.access import Actor
from tracker.domain.codes import Drug, SeriesState, SessionState
from tracker.domain.eligibility.draft import Decision
from tracker.domain.parsing import TEXT_MAX, check_reason, visible_text
from tracker.domain.problems import Finding, InvalidError, Problem
from tracker.domain.sessions import comments
from tracker.models.database import db
from tracker.models.eligibility import Eligibility
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.unit_of_work import Unit

CLINIC_RULE = "clinic rule: an eligibility assessment before a series, or a reason"

# The newest signed one says: a later "not yet" overrules an earlier "eligible".
_SIGNED = (
    select(
        Eligibility.id,
        Eligibility.decision,
        Eligibility.assessed_on,
        Eligibility.decided_at,
        Eligibility.decided_by,
    )
    .where(
        Eligibility.patient_id == bindparam("patient_id"),
        Eligibility.drug == bindparam("drug"),
        Eligibility.decision.is_not(None),
    )
    .order_by(Eligibility.decided_at.desc(), Eligibility.id.desc())
    .limit(1)
)
_BEGUN = (SessionState.COMPLETED.value, SessionState.UNDER_WAY.value)
_HELD = select(TreatmentSession).where(TreatmentSession.state.in_(_BEGUN))
_STATED = (
    select(
        Series.patient_id,
        Series.drug,
        Series.state,
        Series.created_at,
        Series.eligibility_id,
        Series.eligibility_reason,
        exists()
        .where(
            TreatmentSession.series_id == Series.id,
            TreatmentSession.state.in_(_BEGUN),
        )
        .label("has_begun"),
        select(func.min(TreatmentSession.started_at))
        .where(
            TreatmentSession.series_id == Series.id,
            TreatmentSession.state.in_(_BEGUN),
        )
        .scalar_subquery()
        .label("first_at"),
        Eligibility.assessed_on,
        Eligibility.decided_by,
        Eligibility.decided_at,
    )
    .outerjoin(Eligibility, Eligibility.id == Series.eligibility_id)
    .where(Series.id == bindparam("series_id"))
)


class Eligible(Struct, frozen=True):
    """What the newest signed assessment of a patient for a drug says."""

    drug: Drug
    decision: Decision
    eligibility_id: int
    assessed_on: date


class StartView(Struct, frozen=True, kw_only=True):
    """On what a series started, or will: an assessment, or a reason; neither while it has not.

    `newest` is what the newest signed assessment for its drug says, while it is yet to start.
    `first_on` is the day of its first session where it comes before the day of the assessment, as
    when sessions from before the clinic used the tracker are recorded.
    """

    eligibility_id: int | None
    assessed_on: date | None
    decided_by: str
    decided_at: datetime | None
    reason: str
    newest: Eligible | None = None
    first_on: date | None = None

    def __bool__(self) -> bool:
        """Say whether anything is known of the start."""
        return self.eligibility_id is not None or bool(self.reason)


def begin(unit: Unit, by: Actor, series_row: Series, reason: str = "") -> None:
    """Settle on what a series starts, as it goes from planned to active.

    That is the newest signed assessment for its drug where it says eligible, or else a reason that
    is given now or was given when the series was planned and nothing was decided since. Raise
    InvalidError without either. Imported series are history and never come here.
    """
    newest = _newest(series_row.patient_id, series_row.drug)
    given = visible_text(comments.answer_to(reason, _asked_for(newest)) or reason)
    wrong = check_reason(given, needed=False, field="eligibility_reason", longest=TEXT_MAX)
    if wrong:
        raise InvalidError(wrong)
    if newest is not None and newest.decision == Decision.ELIGIBLE.value:
        series_row.eligibility_id, how = newest.id, f"eligibility:{newest.id}"
    elif _still_holds(series_row, newest):
        # Nobody asked for another: what was said to the session's own findings is none of it.
        how = "the reason stated when it was planned"
    elif given:
        series_row.eligibility_reason, how = given, "a stated reason"
    else:
        raise InvalidError([Problem("eligibility_reason", _asked_for(newest))])
    about = f"series:{series_row.id}"
    unit.audit("series.begun", about, patient_id=series_row.patient_id, detail=how)


def begin_if_due(
    unit: Unit, by: Actor, series_row: Series, row: TreatmentSession, reason: str
) -> None:
    """Start a series with the first session that begins or is recorded in it.

    `reason` is what was said then. The session remembers that it did.
    """
    if starts_now(series_row.id):
        begin(unit, by, series_row, reason)
    if series_row.state == SeriesState.PLANNED.value:
        series_row.state = SeriesState.ACTIVE.value
        series_row.version += 1
        row.began_series = True


def take_back(unit: Unit, series_row: Series, row: TreatmentSession, *said: str) -> None:
    """Let a series wait again that started with a session which was not held in it after all.

    On what it starts is settled anew then; `said` is what was said to the begin or in the record.
    Where another session was held meanwhile, or goes on, the series has begun with that one.
    """
    if not row.began_series or series_row.state != SeriesState.ACTIVE.value:
        return
    row.began_series = False
    held = _HELD.where(TreatmentSession.series_id == series_row.id, TreatmentSession.id != row.id)
    other = db.session.scalar(held.limit(1))
    if other is not None:
        other.began_series = True
        return
    series_row.state = SeriesState.PLANNED.value
    series_row.version += 1
    series_row.eligibility_id = None
    if any(_is_said(series_row.eligibility_reason, text) for text in said):
        series_row.eligibility_reason = ""  # said to this begin, and not with the plan
    about = f"series:{series_row.id}"
    unit.audit("series.not-begun", about, patient_id=series_row.patient_id)


def _is_said(reason: str, text: str) -> bool:
    """Say whether a text is a reason for a start, or answers with it what was asked."""
    return reason == visible_text(text) or comments.has_answer(text, reason)


def question(series_id: int) -> str:
    """Say why a reason is asked for before a series starts; '' where none is.

    Who may see the series was decided before.
    """
    found = db.session.execute(_STATED, {"series_id": series_id}).one()
    newest = _newest(found.patient_id, found.drug)
    said_eligible = newest is not None and newest.decision == Decision.ELIGIBLE.value
    if not starts(found.state, found) or said_eligible or _still_holds(found, newest):
        return ""
    return _asked_for(newest)


def finding(series_id: int) -> Finding | None:
    """Say the same as something that wants a comment; the comment is then the reason."""
    asked = question(series_id)
    return Finding("comment", asked, CLINIC_RULE) if asked else None


def starts_now(series_id: int) -> bool:
    """Say whether a series starts with whatever is done in it next."""
    found = db.session.execute(_STATED, {"series_id": series_id}).one()
    return starts(found.state, found)


def starts(state: str, found: Any) -> bool:
    """Say whether a series is yet to start: planned, or ended before anything was given."""
    if state == SeriesState.PLANNED.value:
        return True
    stated = found.eligibility_id is not None or found.eligibility_reason
    return state != SeriesState.ACTIVE.value and not stated and not found.has_begun


def of_series(series_id: int, zone: tzinfo) -> StartView:
    """Read on what a series started; who may see it was decided before."""
    found = db.session.execute(_STATED, {"series_id": series_id}).one()
    is_ahead = starts(found.state, found)
    return StartView(
        eligibility_id=found.eligibility_id,
        assessed_on=found.assessed_on,
        decided_by=found.decided_by or "",
        decided_at=found.decided_at,
        reason=found.eligibility_reason,
        newest=_say(Drug(found.drug), _newest(found.patient_id, found.drug)) if is_ahead else None,
        first_on=_before_assessment(found, zone),
    )


def _before_assessment(found: Any, zone: tzinfo) -> date | None:
    if found.first_at is None or found.assessed_on is None:
        return None
    first_on: date = found.first_at.astimezone(zone).date()
    return first_on if first_on < found.assessed_on else None


def of_patient(patient_id: int) -> list[Eligible]:
    """List what the newest signed assessment says for each drug; for a page that was allowed."""
    found = (_say(drug, _newest(patient_id, drug.value)) for drug in Drug)
    return [one for one in found if one is not None]


def _say(drug: Drug, row: Any) -> Eligible | None:
    return row and Eligible(drug, Decision(row.decision), row.id, row.assessed_on)


def _newest(patient_id: int, drug: str) -> Any:
    return db.session.execute(_SIGNED, {"patient_id": patient_id, "drug": drug}).one_or_none()


def _still_holds(series: Any, newest: Any) -> bool:
    """Say whether the reason given with the plan stands: nothing was decided after it."""
    if not series.eligibility_reason:
        return False
    return newest is None or newest.decided_at <= series.created_at


def _asked_for(newest: Any) -> str:
    if newest is None:
        return "No signed eligibility assessment for this drug. Say why the series starts without."
    decided = Decision(newest.decision).label.lower()
    return (
        f"The newest eligibility assessment says {decided}. Say why the series starts all the same."
    )
