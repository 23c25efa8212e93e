"""The scores that hang on a session: voided when it is struck out, taken along when it is moved.

Only those that whoever does it has named: a score is a person's answer, and may be theirs although
the session was not.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import ColumnElement, select

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.codes import Mode
from tracker.domain.scores import record as score_record
from tracker.instruments import library
from tracker.models.assessments import Assessment
from tracker.models.database import db, new_id
from tracker.models.scoping import visible
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.alerts import raising as alert_raising
from tracker.services.rows import from_row
from tracker.services.unit_of_work import Unit

# What a copy says of its own; the rest is what was answered, by whom it was written down and when.
_OWN = frozenset(
    {"id", "patient_id", "series_id", "session_id", "check_in_id", "voided_at", "voided_by",
     "voided_reason"}
)  # fmt: skip
_STANDING = (
    select(
        Assessment.id,
        Assessment.instrument,
        Assessment.total,
        Assessment.taken_at,
        Assessment.time_known,
        Assessment.mode,
    )
    .where(Assessment.voided_at.is_(None))
    .order_by(Assessment.taken_at, Assessment.id)
)
_COPIED = tuple(c.name for c in Assessment.__table__.columns if c.name not in _OWN)


class TiedScore(Struct, frozen=True, kw_only=True):
    """A score of a session that stands; `is_of_sitting` where staff took it on the day."""

    score_id: int
    scale: str
    total: Decimal | None
    taken_at: datetime
    time_known: bool
    is_of_sitting: bool


def of_session(
    session_id: int, started_at: datetime | None, zone: ZoneInfo, *, by: Actor
) -> list[TiedScore]:
    """List the scores tied to a session that stand; the page that shows it leaves the audit line.

    `started_at` is when it started.
    """
    authorize(by, Permission.SCORE_RECORD)
    rows = db.session.execute(
        _STANDING.where(visible(by, Assessment), Assessment.session_id == session_id)
    )
    return [
        from_row(
            TiedScore,
            row,
            score_id=row.id,
            scale=one.short_title if (one := library().get(row.instrument)) else row.instrument,
            is_of_sitting=score_record.is_of_sitting(
                Mode(row.mode), row.taken_at, started_at, zone
            ),
        )
        for row in rows
    ]


def void(
    unit: Unit, by: Actor, row: TreatmentSession, ids: Collection[int], reason: str
) -> Sequence[Assessment]:
    """Void those of the named scores that are tied to a session and stand; return them."""
    found = _hold(by, row, Assessment.id.in_(ids), Assessment.voided_at.is_(None)) if ids else []
    for score in found:
        score.voided_at, score.voided_by = unit.now, by.name
        score.voided_reason = reason.strip()
        alert_raising.withdraw_score(score)
        unit.audit("score.voided", f"score:{score.id}", patient_id=row.patient_id)
    return found


def copy(unit: Unit, by: Actor, taken: Sequence[Assessment], there: TreatmentSession) -> None:
    """Write scores that were voided elsewhere for the session that was moved, with their alerts."""
    for score in taken:
        made = Assessment(
            id=new_id(),
            patient_id=there.patient_id,
            series_id=there.series_id,
            session_id=there.id,
            **{name: getattr(score, name) for name in _COPIED},
        )
        db.session.add(made)
        db.session.flush()
        about = f"score:{made.id}"
        unit.audit("score.recorded", about, patient_id=made.patient_id, detail=made.instrument)
        alert_raising.raise_for_score(unit, by, made.id)


def reinstate(
    unit: Unit, by: Actor, row: TreatmentSession, voided_with: tuple[datetime | None, str, str]
) -> None:
    """Let the scores of a session stand again that were voided when it was struck out.

    `voided_with` says when that was, by whom and why.
    """
    at, who, why = voided_with
    with_it = (
        Assessment.voided_at == at,
        Assessment.voided_by == who,
        Assessment.voided_reason == why,
    )
    for score in _hold(by, row, *with_it):
        score.voided_at, score.voided_by, score.voided_reason = None, "", ""
        unit.audit("score.reinstated", f"score:{score.id}", patient_id=row.patient_id)
        alert_raising.raise_for_score(unit, by, score.id)


def _hold(
    by: Actor, row: TreatmentSession, *conditions: ColumnElement[bool]
) -> Sequence[Assessment]:
    return db.session.scalars(
        select(Assessment)
        .where(visible(by, Assessment), Assessment.session_id == row.id, *conditions)
        .order_by(Assessment.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
