"""REMS worksheets: show one, change it, call it complete, say how it was submitted, reopen it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.parsing import check_reason
from tracker.domain.problems import InvalidError, Problem, StaleError
from tracker.domain.worksheets import form as worksheet_form
from tracker.domain.worksheets.editions import FORM_VERSIONS, by_code
from tracker.domain.worksheets.form import Channel, FormLine, WorksheetState
from tracker.domain.worksheets.prefill import prefill
from tracker.models.database import db
from tracker.models.scoping import fetch, subject
from tracker.models.treatment_sessions import TreatmentSession
from tracker.models.worksheets import Worksheet
from tracker.services import clock
from tracker.services.clinic import clinics
from tracker.services.sessions import rows as session_rows
from tracker.services.unit_of_work import Unit, unit_of_work
from tracker.services.worksheets import rows as worksheet_rows
from tracker.services.worksheets.queries import (
    lines_of,
    may_begin,
    of_session,
)
from tracker.services.worksheets.rows import add, keep_version, pack


def begin(session_id: int, *, by: Actor) -> int:
    """Give a session that has none its worksheet, and return the session's id."""
    authorize(by, Permission.WORKSHEET_EDIT, subject(fetch(by, TreatmentSession, session_id)))
    with unit_of_work(by) as unit:
        row = session_rows.lock(by, TreatmentSession, session_id)
        if db.session.scalar(select(Worksheet.id).where(Worksheet.session_id == row.id)):
            unit.audit("worksheet.kept", f"session:{row.id}", patient_id=row.patient_id)
            return row.id
        if not may_begin(row, clinics.view(row.clinic_id)):
            message = (
                "Only a recorded session of nasal esketamine has one, where the clinic reports."
            )
            raise InvalidError([Problem("", message)])
        add(unit, by, row)
    return session_id


def change(
    session_id: int,
    changes: Mapping[str, str],
    *,
    version: int,
    by: Actor,
    form_version: str | None = None,
    once: str = "",
    form: str = "",
) -> int:
    """Take answers by field into a worksheet and return the session's id.

    Only what somebody changed is handed over; the rest follows the session. A complete worksheet
    is a draft again. StaleError tells that somebody changed it since `version` was opened.
    """
    row, treatment = of_session(session_id, by, Permission.WORKSHEET_EDIT)
    _refuse_submitted(row)
    edition = form_version or row.form_version
    if edition not in FORM_VERSIONS:
        raise InvalidError([Problem("form_version", "Choose one of the list.")])
    if problems := worksheet_form.check(edition, changes):
        raise InvalidError(problems)
    prefilled = prefill(worksheet_rows.gather(treatment))

    def change_row(row: Worksheet, unit: Unit) -> str:
        _refuse_submitted(row)
        before = row.content["answers"]
        answers = worksheet_form.apply(before, changes, prefilled)
        moved = edition != row.form_version
        names = [code for code in changes if before.get(code) != answers.get(code)]
        if not names and not moved:
            raise InvalidError([Problem("", "Nothing differs from what is there already.")])
        keep_version(row, unit, by)
        row.form_version, row.state = edition, WorksheetState.DRAFT.value
        labels = [FORM_VERSIONS[edition].label] if moved else []
        labels += [field.label for code, field in by_code(edition).items() if code in names]
        row.content = pack(answers, action=f"Changed: {'; '.join(labels)}")
        return " ".join([*(["form_version"] if moved else []), *names])

    return _do(
        "worksheet.changed", row.id, change_row, version=version, by=by, once=once, form=form
    )


def complete(session_id: int, *, reason: str = "", version: int, by: Actor, once: str = "") -> int:
    """Call a worksheet complete; while fields are missing a reason says why they stay empty."""
    row, treatment = of_session(session_id, by, Permission.WORKSHEET_EDIT)
    _refuse_submitted(row)
    lines = lines_of(row, treatment)
    if problems := worksheet_form.check_completion(lines, reason):
        raise InvalidError(problems)

    def change_row(row: Worksheet, unit: Unit) -> str:
        _refuse_submitted(row)
        keep_version(row, unit, by)
        row.state = WorksheetState.COMPLETE.value
        row.content = _settled_content(row, lines, "Completed", reason)
        return f"{len(worksheet_form.missing(lines))} missing"

    return _do("worksheet.completed", row.id, change_row, version=version, by=by, once=once)


def submit(
    session_id: int,
    channel: Channel | None,
    confirmation: str,
    at: datetime | None,
    *,
    version: int,
    by: Actor,
    once: str = "",
) -> int:
    """Say that the form of a session was submitted: by which way, with what confirmation, when."""
    row, treatment = of_session(session_id, by, Permission.WORKSHEET_EDIT)
    _refuse_submitted(row)
    lines, confirmation = lines_of(row, treatment), confirmation.strip()
    problems = worksheet_form.check_submission(
        channel, confirmation, at, started_at=treatment.started_at, now=clock.now()
    )
    if row.state == WorksheetState.DRAFT.value and worksheet_form.missing(lines):
        message = "Fields are missing. Call the worksheet complete first, and say why."
        problems.append(Problem("", message))
    if problems or channel is None:
        raise InvalidError(problems)

    def change_row(row: Worksheet, unit: Unit) -> str:
        _refuse_submitted(row)
        keep_version(row, unit, by)
        row.state, row.submitted_at, row.submitted_by = "submitted", at, by.name
        row.channel, row.confirmation = channel.value, confirmation
        how = f"Submitted by {channel.label}" + (f": {confirmation}" if confirmation else "")
        row.content = _settled_content(row, lines, how, row.content["reason"])
        return channel.value

    return _do("worksheet.submitted", row.id, change_row, version=version, by=by, once=once)


def reopen(session_id: int, *, reason: str, version: int, by: Actor, once: str = "") -> int:
    """Make a draft of a worksheet again, with a reason; what was submitted stays in its history."""
    row, _ = of_session(session_id, by, Permission.WORKSHEET_EDIT)
    _refuse_withdrawn(row)
    problems = check_reason(reason)
    if row.state == WorksheetState.DRAFT.value:
        problems.append(Problem("", "This worksheet is open already."))
    if problems:
        raise InvalidError(problems)

    def change_row(row: Worksheet, unit: Unit) -> str:
        keep_version(row, unit, by)
        row.state, row.submitted_at, row.submitted_by = "draft", None, ""
        row.channel, row.confirmation = "", ""
        row.content = pack(row.content["answers"], action=f"Reopened: {reason.strip()}")
        return ""

    return _do("worksheet.reopened", row.id, change_row, version=version, by=by, once=once)


def _do(
    action: str,
    worksheet_id: int,
    change_row: Callable[[Worksheet, Unit], str],
    *,
    version: int,
    by: Actor,
    once: str,
    form: str = "",
) -> int:
    """Do something to a worksheet at the version that was opened, and return the session's id."""
    with unit_of_work(by) as unit:
        row = session_rows.lock(by, Worksheet, worksheet_id)
        unit.once(once)
        if row.version != version:
            raise StaleError(row.version)
        detail = change_row(row, unit)
        about = f"session:{row.session_id}"
        unit.audit(action, about, patient_id=row.patient_id, detail=detail)
        unit.mark_saved(once, row.session_id, form=form)
        return row.session_id


def _refuse_withdrawn(row: Worksheet) -> None:
    if row.state == WorksheetState.WITHDRAWN.value:
        raise InvalidError([Problem("", "The session was struck out, and its worksheet with it.")])


def _refuse_submitted(row: Worksheet) -> None:
    _refuse_withdrawn(row)
    if row.state == WorksheetState.SUBMITTED.value:
        raise InvalidError([Problem("", "This worksheet was submitted. Reopen it first.")])


def _settled_content(
    row: Worksheet, lines: tuple[FormLine, ...], action: str, reason: str
) -> dict[str, Any]:
    snapshot = worksheet_form.snapshot(lines)
    return pack(row.content["answers"], action=action, settled=snapshot, reason=reason.strip())
