"""Which worksheets are due, late or submitted."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.codes import Drug, Route, SessionState
from tracker.domain.patients import draft as patient_draft
from tracker.domain.worksheets import form as worksheet_form
from tracker.domain.worksheets.form import DAYS_TO_SUBMIT, Channel, WorksheetState
from tracker.models.database import db
from tracker.models.patients import Patient
from tracker.models.scoping import fetch, visible
from tracker.models.treatment_sessions import TreatmentSession
from tracker.models.worksheets import Worksheet
from tracker.services.clinic import clinics
from tracker.services.unit_of_work import note

PAGE = 50
DUE_MAX = 25  # on Today; the page of worksheets has them all
_OPEN = (WorksheetState.DRAFT.value, WorksheetState.COMPLETE.value)

_LINES = (
    select(
        Worksheet.id,
        Worksheet.session_id,
        Worksheet.patient_id,
        Worksheet.state,
        Worksheet.due_on,
        Worksheet.submitted_at,
        Worksheet.submitted_by,
        Worksheet.channel,
        TreatmentSession.number,
        TreatmentSession.started_at,
        Patient.record_number,
        Patient.given_name,
        Patient.family_name,
    )
    .join(TreatmentSession, TreatmentSession.id == Worksheet.session_id)
    .join(Patient, Patient.id == Worksheet.patient_id)
    # A session that was amended to another drug or route asks for no form any more.
    .where(
        TreatmentSession.state == SessionState.COMPLETED.value,
        TreatmentSession.drug == Drug.ESKETAMINE.value,
        TreatmentSession.route == Route.NASAL.value,
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorksheetLine:
    """A worksheet as lists show it."""

    worksheet_id: int
    session_id: int
    patient_id: int
    patient_label: str
    record_number: str
    number: int
    started_at: datetime
    state: WorksheetState
    due_on: date
    is_late: bool
    due_in_words: str
    submitted_at: datetime | None
    submitted_by: str
    channel: Channel | None


@dataclass(frozen=True, slots=True)
class WorksheetPage:
    """Some worksheets in their order, and the id after which the next page begins, if any."""

    lines: list[WorksheetLine]
    after: int | None


def due_list(*, by: Actor) -> list[WorksheetLine]:
    """List what is due within seven days or late, the earliest first; at most one more than fit.

    Whatever shows them leaves the audit line.
    """
    authorize(by, Permission.WORKSHEET_VIEW)
    today = clinics.today(by.clinic_id)
    soon = Worksheet.due_on <= today + timedelta(days=DAYS_TO_SUBMIT)
    return _read(by, today, DUE_MAX + 1, Worksheet.state.in_(_OPEN), soon)


def listing(*, by: Actor, show: str = "open", after: int | None = None) -> WorksheetPage:
    """List a page of the worksheets that are `open`, of those `late`, or of those `submitted`."""
    authorize(by, Permission.WORKSHEET_VIEW)
    today, submitted = clinics.today(by.clinic_id), show == "submitted"
    wanted = [Worksheet.state == "submitted" if submitted else Worksheet.state.in_(_OPEN)]
    if show == "late":
        wanted.append(Worksheet.due_on < today)
    if after is not None:
        wanted.append(_beyond(fetch(by, Worksheet, after), backwards=submitted))
    found = _read(by, today, PAGE + 1, *wanted, backwards=submitted)
    note(by, "worksheets.viewed", detail=f"{len(found[:PAGE])} {show}")
    return WorksheetPage(found[:PAGE], found[PAGE - 1].worksheet_id if len(found) > PAGE else None)


def _beyond(last: Worksheet, *, backwards: bool) -> ColumnElement[bool]:
    day, row = Worksheet.due_on, Worksheet.id
    same = and_(day == last.due_on, row < last.id if backwards else row > last.id)
    return or_(day < last.due_on if backwards else day > last.due_on, same)


def _read(
    by: Actor, today: date, limit: int, *conditions: ColumnElement[bool], backwards: bool = False
) -> list[WorksheetLine]:
    order = (Worksheet.due_on.desc(), Worksheet.id.desc())
    wanted = (
        _LINES.where(visible(by, Worksheet), *conditions)
        .order_by(*(order if backwards else (Worksheet.due_on, Worksheet.id)))
        .limit(limit)
    )
    return [_line(row, today) for row in db.session.execute(wanted)]


def _line(row: Any, today: date) -> WorksheetLine:
    state = WorksheetState(row.state)
    return WorksheetLine(
        worksheet_id=row.id,
        session_id=row.session_id,
        patient_id=row.patient_id,
        patient_label=patient_draft.label(row.given_name, row.family_name, row.record_number),
        record_number=row.record_number,
        number=row.number,
        started_at=row.started_at,
        state=state,
        due_on=row.due_on,
        is_late=worksheet_form.is_late(state, row.due_on, today=today),
        due_in_words=worksheet_form.due_in_words(row.due_on, today=today),
        submitted_at=row.submitted_at,
        submitted_by=row.submitted_by,
        channel=Channel(row.channel) if row.channel else None,
    )
