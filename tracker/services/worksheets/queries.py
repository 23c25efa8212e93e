"""How worksheets stand: on a page, in the list of what is due, and as PDF."""

from datetime import date, datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import select

from tracker.domain import formatting
from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.codes import SessionState
from tracker.domain.patients import draft as patient_draft
from tracker.domain.problems import NotFoundError
from tracker.domain.worksheets import form as worksheet_form
from tracker.domain.worksheets.editions import FORM_VERSIONS, FormField, FormVersion
from tracker.domain.worksheets.form import (
    DAYS_TO_SUBMIT,
    Channel,
    FormLine,
    PrefilledValue,
    WorksheetState,
)
from tracker.domain.worksheets.prefill import prefill
from tracker.models.database import db
from tracker.models.patients import Patient
from tracker.models.scoping import fetch, subject, visible
from tracker.models.series import Series
from tracker.models.treatment_sessions import IS_NASAL_ESKETAMINE, TreatmentSession
from tracker.models.worksheets import Worksheet, WorksheetVersion
from tracker.services import clock, paging
from tracker.services.clinic import clinics
from tracker.services.health_lists import queries as item_queries
from tracker.services.paging import Key, Page
from tracker.services.people.logins import ClinicView
from tracker.services.rows import from_row
from tracker.services.unit_of_work import audit
from tracker.services.worksheets import rows as worksheet_rows
from tracker.services.worksheets.rows import sends_forms

SUBMITTED = "As submitted"


class WorksheetAction(Struct, frozen=True):
    """What was done to a worksheet, by whom and when."""

    version: int
    at: datetime
    by: str
    action: str


class WorksheetBrief(Struct, frozen=True):
    """What the page of a session says of its worksheet; no state, no worksheet.

    `may_begin` says that the session has none and may be given one. `submitted_at` says when the
    programme was sent it, also of one that was withdrawn since.
    """

    state: WorksheetState | None = None
    due_on: date | None = None
    is_late: bool = False
    due_in_words: str = ""
    may_begin: bool = False
    submitted_at: datetime | None = None


class WorksheetView(Struct, frozen=True, kw_only=True):
    """A worksheet as its page shows it; `steps` from first to last.

    `changed_since` lists what no longer says what it did when the worksheet was called complete or
    was submitted, with what it said then. `is_required` is False where the session is not one of
    nasal esketamine any more.
    """

    session_id: int
    patient_id: int
    patient_label: str
    record_number: str
    series_id: int
    series_number: int
    number: int
    started_at: datetime | None
    form: FormVersion
    lines: tuple[FormLine, ...]
    changed_since: tuple[tuple[FormField, str], ...]
    is_required: bool
    state: WorksheetState
    due_on: date
    today: date
    reason: str
    submitted_at: datetime | None
    submitted_by: str
    channel: Channel | None
    confirmation: str
    version: int
    changed_at: datetime
    steps: tuple[WorksheetAction, ...]

    @property
    def values(self) -> dict[str, str]:
        """The values as they stand, by field; what is empty is left out."""
        return worksheet_form.snapshot(self.lines)

    @property
    def missing(self) -> list[FormField]:
        """The fields that want an answer and have none."""
        return worksheet_form.missing(self.lines)

    @property
    def is_late(self) -> bool:
        """Whether it was not submitted and its last day has passed."""
        return worksheet_form.is_late(self.state, self.due_on, today=self.today)

    @property
    def due_in_words(self) -> str:
        """When it is due, as people say it."""
        return worksheet_form.due_in_words(self.due_on, today=self.today)


def brief(session_id: int, *, by: Actor) -> WorksheetBrief:
    """Say how the worksheet of a session stands, or whether it may be given one."""
    treatment = fetch(by, TreatmentSession, session_id)
    authorize(by, Permission.WORKSHEET_VIEW, subject(treatment))
    found = db.session.execute(
        select(Worksheet.state, Worksheet.due_on, Worksheet.submitted_at).where(
            Worksheet.session_id == session_id
        )
    ).one_or_none()
    clinic = clinics.view(by.clinic_id)
    if found is None:
        return WorksheetBrief(may_begin=may_begin(treatment, clinic))
    today, state = clock.today(clinic.zone), WorksheetState(found.state)
    return WorksheetBrief(
        state,
        found.due_on,
        worksheet_form.is_late(state, found.due_on, today=today),
        worksheet_form.due_in_words(found.due_on, today=today),
        submitted_at=found.submitted_at,
    )


def may_begin(treatment: TreatmentSession, clinic: ClinicView) -> bool:
    """Say whether a session may be given a worksheet: one of nasal esketamine, where held."""
    over = treatment.state == SessionState.COMPLETED.value and treatment.started_at is not None
    return (
        over and worksheet_form.is_due_for(treatment.drug, treatment.route) and sends_forms(clinic)
    )


def find(session_id: int, *, by: Actor) -> WorksheetView:
    """Show a worksheet; leaves the audit line of the page that shows it."""
    row, treatment = of_session(session_id, by, Permission.WORKSHEET_VIEW)
    view = _view(row, treatment)
    audit(by, "worksheet.viewed", f"session:{session_id}", patient_id=row.patient_id)
    return view


def pdf(session_id: int, *, by: Actor) -> bytes:
    """Write a worksheet as PDF; its bytes are the same as long as what it says is."""
    from tracker.exchange.pdf import worksheets as paper  # for whoever prints, not for every start

    row, treatment = of_session(session_id, by, Permission.WORKSHEET_VIEW)
    view, lists = _view(row, treatment), item_queries.standing(row.patient_id, by=by)
    audit(by, "worksheet.printed", f"session:{session_id}", patient_id=row.patient_id)
    return paper.write(
        paper.Paper(
            session_id=session_id,
            record_number=view.record_number,
            form=view.form,
            state=view.state,
            lines=view.lines,
            lists=lists,
            reason=view.reason,
            due=f"Due on {formatting.full_day(view.due_on)}",
            changed_at=view.changed_at.astimezone(clinics.view(by.clinic_id).zone),
        )
    )


def of_session(
    session_id: int, by: Actor, permission: Permission
) -> tuple[Worksheet, TreatmentSession]:
    """Find the worksheet of a session and the session, where somebody may do that with it."""
    treatment = fetch(by, TreatmentSession, session_id)
    authorize(by, permission, subject(treatment))
    query = select(Worksheet).where(Worksheet.session_id == session_id, visible(by, Worksheet))
    row = db.session.scalar(query)
    if row is None:
        raise NotFoundError
    return row, treatment


def lines_of(row: Worksheet, treatment: TreatmentSession) -> tuple[FormLine, ...]:
    """Put a worksheet together as its session and its answers are now."""
    prefilled = prefill(worksheet_rows.gather(treatment))
    return worksheet_form.fill(row.form_version, prefilled, row.content["answers"])


def _view(row: Worksheet, treatment: TreatmentSession) -> WorksheetView:
    lines, kept = lines_of(row, treatment), row.content["settled"]
    state = WorksheetState(row.state)
    patient = db.session.get_one(Patient, row.patient_id)
    changed = worksheet_form.changed_since(kept, lines) if state is not WorksheetState.DRAFT else []
    if state is WorksheetState.SUBMITTED:  # what was sent is what the page shows
        sent = {code: PrefilledValue(value, SUBMITTED) for code, value in kept.items()}
        lines = worksheet_form.fill(row.form_version, sent, {})
    return WorksheetView(
        session_id=row.session_id,
        patient_id=row.patient_id,
        patient_label=patient_draft.label(
            patient.given_name, patient.family_name, patient.record_number
        ),
        record_number=patient.record_number,
        series_id=treatment.series_id,
        series_number=db.session.get_one(Series, treatment.series_id).number,
        number=treatment.number,
        started_at=treatment.started_at,
        form=FORM_VERSIONS[row.form_version],
        lines=lines,
        changed_since=tuple(changed),
        is_required=worksheet_form.is_due_for(treatment.drug, treatment.route),
        state=state,
        due_on=row.due_on,
        today=clinics.today(row.clinic_id),
        reason=row.content["reason"],
        submitted_at=row.submitted_at,
        submitted_by=row.submitted_by,
        channel=Channel(row.channel) if row.channel else None,
        confirmation=row.confirmation,
        version=row.version,
        changed_at=row.changed_at,
        steps=_steps(row),
    )


def _steps(row: Worksheet) -> tuple[WorksheetAction, ...]:
    versions = db.session.execute(
        select(
            WorksheetVersion.version,
            WorksheetVersion.changed_at,
            WorksheetVersion.changed_by,
            WorksheetVersion.content,
        )
        .where(WorksheetVersion.worksheet_id == row.id)
        .order_by(WorksheetVersion.version)
    )
    earlier = [
        WorksheetAction(version, at, who, content["deed"]) for version, at, who, content in versions
    ]
    return (
        *earlier,
        WorksheetAction(row.version, row.changed_at, row.changed_by, row.content["deed"]),
    )


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
        IS_NASAL_ESKETAMINE,
    )
)


class WorksheetLine(Struct, frozen=True, kw_only=True):
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


def due_list(*, by: Actor) -> list[WorksheetLine]:
    """List what is due within seven days or late, the earliest first; at most one more than fit.

    Whatever shows them leaves the audit line.
    """
    authorize(by, Permission.WORKSHEET_VIEW)
    today = clinics.today(by.clinic_id)
    soon = Worksheet.due_on <= today + timedelta(days=DAYS_TO_SUBMIT)
    wanted = _LINES.where(visible(by, Worksheet), Worksheet.state.in_(_OPEN), soon)
    first = wanted.order_by(Worksheet.due_on, Worksheet.id).limit(DUE_MAX + 1)
    return [_line(row, today) for row in db.session.execute(first)]


def listing(
    *, by: Actor, show: str = "open", after: str = "", before: str = ""
) -> Page[WorksheetLine]:
    """List a page of the worksheets that are `open`, of those `late`, or of those `submitted`."""
    authorize(by, Permission.WORKSHEET_VIEW)
    today, submitted = clinics.today(by.clinic_id), show == "submitted"
    state = Worksheet.state == "submitted" if submitted else Worksheet.state.in_(_OPEN)
    conditions = _LINES.where(visible(by, Worksheet), state)
    if show == "late":
        conditions = conditions.where(Worksheet.due_on < today)
    page = paging.read(
        conditions,
        (Key(Worksheet.due_on, falls=submitted), Key(Worksheet.id, falls=submitted)),
        lambda rows: [_line(row, today) for row in rows],
        by=by, size=PAGE, after=after, before=before,
    )  # fmt: skip
    shown = [line.patient_id for line in page.lines]
    audit(by, "worksheets.viewed", patients=shown, detail=f"{len(shown)} {show}")
    return page


def _line(row: Any, today: date) -> WorksheetLine:
    state = WorksheetState(row.state)
    return from_row(
        WorksheetLine,
        row,
        worksheet_id=row.id,
        patient_label=patient_draft.label(row.given_name, row.family_name, row.record_number),
        state=state,
        is_late=worksheet_form.is_late(state, row.due_on, today=today),
        due_in_words=worksheet_form.due_in_words(row.due_on, today=today),
        channel=Channel(row.channel) if row.channel else None,
    )
