"""Who may need attention: an open alert, treatment that runs or just ended, or any score.

Who of them does need it is judged from their scores, by `search`.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, exists, func, or_, select, union

from tracker.domain.access import Actor
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import SeriesState, SessionState
from tracker.models.alerts import Alert
from tracker.models.assessments import Assessment
from tracker.models.check_ins import CheckIn
from tracker.models.database import db, write_out
from tracker.models.patients import Patient
from tracker.models.scoping import visible
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock
from tracker.services.check_ins import queries as check_in_queries
from tracker.services.clinic import clinics

# Written out, not bound: a bound state would keep SQLite from its index of active series.
_IS_ACTIVE = Series.state == write_out(SeriesState.ACTIVE)
HAS_ACTIVE_SERIES = exists().where(Series.patient_id == Patient.id, _IS_ACTIVE)
# Asked of many, so what the index of scores holds must do: a voided one counts here.
_HAS_SCORE = exists().where(Assessment.patient_id == Patient.id)


def may_need_attention(by: Actor) -> ColumnElement[bool]:
    """Find whoever is concerned, or has any score."""
    return or_(_HAS_SCORE, _is_concerned(by))


def is_overdue(by: Actor) -> ColumnElement[bool]:
    """Find who has a check-in that is overdue."""
    return Patient.id.in_(_overdue(by))


def candidates(columns: Sequence[Any], by: Actor, *, limit: int) -> Sequence[Any]:
    """Read so many of those who may need attention, the likeliest first, with their `name_key`.

    Urgent alerts come first, then other open ones, then who is under treatment; whoever else has a
    score fills the places that are left, by name. Each of the two looks at few more than it reads.
    """
    people = select(*columns, Patient.name_key).where(
        visible(by, Patient), Patient.archived_at.is_(None)
    )
    waiting = (
        select(Alert.patient_id, func.max(case((Alert.urgent, 1), else_=0)).label("urgent"))
        .where(*_is_open(by))
        .group_by(Alert.patient_id)
        .subquery()
    )
    urgent_first = func.coalesce(waiting.c.urgent, -1).desc()
    concerned = db.session.execute(
        people.outerjoin(waiting, waiting.c.patient_id == Patient.id)
        .where(_is_concerned(by))
        .order_by(urgent_first, Patient.name_key, Patient.id)
        .limit(limit)
    ).all()
    others = db.session.execute(
        people.where(_HAS_SCORE, Patient.id.not_in([row.id for row in concerned]))
        .order_by(Patient.name_key, Patient.id)
        .limit(limit - len(concerned))
    ).all()
    return [*concerned, *others]


def _is_concerned(by: Actor) -> ColumnElement[bool]:
    """Find who has an open alert, is or was just treated, or has a check-in that is overdue."""
    alerted = select(Alert.patient_id).where(*_is_open(by))
    active = select(Series.patient_id).where(Series.clinic_id == by.clinic_id, _IS_ACTIVE)
    return Patient.id.in_(union(alerted, active, _overdue(by), _treated_lately(by)))


def _is_open(by: Actor) -> tuple[ColumnElement[bool], ...]:
    return Alert.clinic_id == by.clinic_id, Alert.acknowledged_at.is_(None)


def _overdue(by: Actor) -> Any:
    return select(CheckIn.patient_id).where(
        CheckIn.clinic_id == by.clinic_id, check_in_queries.overdue_at(clock.now())
    )


def _treated_lately(by: Actor) -> Any:
    """Ask who got a dose within the pause after which a course of treatment is over."""
    rules = TreatmentSettings.read(clinics.view(by.clinic_id).settings).course_rules
    since = clock.now() - timedelta(days=rules.pause_days)
    return select(TreatmentSession.patient_id).where(
        TreatmentSession.clinic_id == by.clinic_id,
        TreatmentSession.state == SessionState.COMPLETED.value,
        TreatmentSession.started_at >= since,
    )
