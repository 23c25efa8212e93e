"""The sessions behind a count of safety, and whose they are."""

from datetime import datetime
from typing import Any, cast

from msgspec import Struct
from sqlalchemy import ColumnElement, Table, func, select

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.codes import Word
from tracker.domain.outcomes.safety.pressure import PressureLimits
from tracker.models.database import plain_rows
from tracker.models.patients import Patient
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.outcomes.safety import log, pressures, queries, sessions
from tracker.services.outcomes.safety.period import HELD, Period, SafetySelection, sessions_of
from tracker.services.rows import from_row
from tracker.services.unit_of_work import audit

SESSIONS_MAX = 200
_WHO = cast("Table", Patient.__table__).c
_FOUND = (
    select(
        HELD.id.label("session_id"), HELD.started_at, HELD.patient_id, _WHO.record_number,
        _WHO.given_name, _WHO.family_name,
    )
    .select_from(TreatmentSession.__table__.join(Patient.__table__, _WHO.id == HELD.patient_id))
    .order_by(HELD.started_at.desc(), HELD.id)
)  # fmt: skip


class SafetyStep(Word):
    """A count of the report whose sessions can be listed; each is called as it is counted."""

    MODERATE = "moderate", "A moderate side effect at worst"
    SEVERE = "severe", "A severe side effect"
    UNRESOLVED = "unresolved", "Dissociation not gone before leaving"
    BEFORE_RAISED = "before_raised", "Above the blood pressure limit before the dose"
    AFTER_RAISED = "after_raised", "Above the blood pressure limit after the start"
    AFTER_SEVERE = "after_severe", "Severe blood pressure after the start"
    AFTER_LOW = "after_low", "Low blood pressure after the start"


class SessionBehind(Struct, frozen=True, kw_only=True):
    """A session behind a count, and whose it was."""

    session_id: int
    patient_id: int
    record_number: str
    name: str
    started_at: datetime


def listing(
    step: SafetyStep, chosen: SafetySelection, *, by: Actor
) -> tuple[list[SessionBehind], int]:
    """List the sessions behind a count, the newest first, and how many there are in all.

    The line that it leaves names everybody whom it shows.
    """
    authorize(by, Permission.PATIENT_LIST, Subject(by.clinic_id))
    basis, asked, limits = queries.ask(chosen, by)
    which = sessions_of(by.clinic_id, chosen, asked)
    wanted: ColumnElement[bool]
    if step.value in sessions.CONDITIONS:
        wanted = which & sessions.CONDITIONS[step.value]
    else:
        wanted = HELD.id.in_(_beyond(step, which, asked, limits, basis.clinic_id))
    found = [_behind(row) for row in plain_rows(_FOUND.where(wanted).limit(SESSIONS_MAX))]
    in_all = plain_rows(select(func.count()).select_from(TreatmentSession).where(wanted))
    shown = {one.patient_id for one in found}
    audit(by, "outcomes.listed", "outcomes:safety", patients=shown, detail=step.value)
    return found, in_all.scalar_one()


def _beyond(
    step: SafetyStep,
    which: ColumnElement[bool],
    asked: Period,
    limits: PressureLimits,
    clinic_id: int,
) -> list[int]:
    apart = log.read(log.corrected_twice(which, clinic_id))
    return pressures.sessions(step.value, which, asked, limits, apart)


def _behind(row: Any) -> SessionBehind:
    return from_row(SessionBehind, row, name=f"{row.given_name} {row.family_name}")
