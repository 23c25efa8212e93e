"""Assessments before treatment: start one, save it, let a clinician decide and sign; then it stays.

A re-assessment is a new one beside the old.
"""

import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import select

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.codes import Drug, Indication
from tracker.domain.eligibility import draft as eligibility_draft
from tracker.domain.eligibility import review as eligibility_review
from tracker.domain.eligibility.draft import Decision, EligibilityDraft
from tracker.domain.eligibility.prefill import ReviewLine
from tracker.domain.patients import draft as patient_draft
from tracker.domain.problems import InvalidError, Problem, StaleError
from tracker.models.database import db, new_id
from tracker.models.eligibility import Eligibility
from tracker.models.patients import Patient
from tracker.models.scoping import fetch, subject
from tracker.services.clinic import clinics
from tracker.services.eligibility import patient_facts
from tracker.services.eligibility import rows as eligibility_rows
from tracker.services.health_lists import queries as item_queries
from tracker.services.patients import births
from tracker.services.rows import from_row
from tracker.services.sessions import rows as session_rows
from tracker.services.unit_of_work import Unit, audit, unit_of_work

CHANGED = (
    "What speaks against treatment or is missing has changed since you opened this page. Read the "
    "lists again, then sign."
)
_SIGNED = "This assessment is signed and stays as it is. Start a new one beside it."
_LINES = select(
    Eligibility.id,
    Eligibility.drug,
    Eligibility.assessed_on,
    Eligibility.decision,
    Eligibility.reason,
    Eligibility.decided_at,
    Eligibility.decided_by,
    Eligibility.made_at,
    Eligibility.made_by,
)


class EligibilityLine(Struct, frozen=True, kw_only=True):
    """An assessment as lists show it; `decision` is None while nobody has signed it."""

    id: int
    drug: Drug
    assessed_on: date
    decision: Decision | None
    reason: str
    decided_at: datetime | None
    decided_by: str
    made_at: datetime
    made_by: str


class EligibilityView(Struct, frozen=True, kw_only=True):
    """An assessment as its page shows it.

    Once it is signed `lines` are those that were signed beneath, whatever the record says now.
    """

    line: EligibilityLine
    patient_id: int
    patient_label: str
    record_number: str
    draft: EligibilityDraft
    lines: tuple[ReviewLine, ...]
    version: int
    saved_at: datetime
    saved_by: str

    @property
    def lines_hash(self) -> str:
        """Tell these lines from others: what somebody decides on, they must have read."""
        text = "\n".join(f"{line.kind} {line.message}" for line in self.lines)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


class PatientList(Struct, frozen=True, kw_only=True):
    """A patient's assessments, the newest first."""

    patient_id: int
    patient_label: str
    record_number: str
    lines: tuple[EligibilityLine, ...]


class Start(Struct, frozen=True, kw_only=True):
    """What a new assessment starts from: the last one, if any, and one not signed yet, if any."""

    patient_id: int
    patient_label: str
    record_number: str
    draft: EligibilityDraft
    carried_from: EligibilityLine | None
    unsigned: EligibilityLine | None


def start(
    patient_id: int, draft: EligibilityDraft, *, by: Actor, once: str = "", form: str = ""
) -> int:
    """Store a new assessment, unsigned, and return its id."""
    patient = fetch(by, Patient, patient_id)
    authorize(by, Permission.ELIGIBILITY_DECIDE, subject(patient))
    _refuse(draft, patient_id, by)
    with unit_of_work(by) as unit:
        unit.once(once)
        patient = session_rows.lock_patient(by, patient_id)
        row = Eligibility(
            id=new_id(),
            clinic_id=patient.clinic_id,
            patient_id=patient_id,
            version=1,
            made_at=unit.now,
            made_by=by.name,
        )
        _write(row, draft, unit, by)
        db.session.add(row)
        about = f"eligibility:{row.id}"
        unit.audit("eligibility.started", about, patient_id=patient_id, detail=row.drug)
        unit.mark_saved(once, row.id, form=form)
        return row.id


def change(
    eligibility_id: int,
    draft: EligibilityDraft,
    *,
    version: int,
    by: Actor,
    once: str = "",
    form: str = "",
) -> int:
    """Save an assessment that is not signed yet and return its id; StaleError when outdated."""
    row = fetch(by, Eligibility, eligibility_id)
    authorize(by, Permission.ELIGIBILITY_DECIDE, subject(row))
    _refuse(draft, row.patient_id, by)
    with unit_of_work(by) as unit:
        row = session_rows.lock(by, Eligibility, eligibility_id)
        unit.once(once)
        _refuse_signed(row)
        if row.version != version:
            raise StaleError(row.version)
        row.version = version + 1
        _write(row, draft, unit, by)
        about = f"eligibility:{row.id}"
        unit.audit("eligibility.changed", about, patient_id=row.patient_id)
        unit.mark_saved(once, row.id, form=form)
        return row.id


def decide(
    eligibility_id: int,
    decision: Decision | None,
    reason: str,
    *,
    version: int,
    seen: str,
    by: Actor,
    once: str = "",
) -> int:
    """Sign a decision and return the id; from then on nothing of the assessment changes.

    `lines_hash` is what the page showed (EligibilityView.seen): a score that arrived since is read
    first. Raise StaleError when somebody saved another version meanwhile.
    """
    authorize(by, Permission.ELIGIBILITY_DECIDE, subject(fetch(by, Eligibility, eligibility_id)))
    with unit_of_work(by) as unit:
        row = session_rows.lock(by, Eligibility, eligibility_id)
        unit.once(once)
        _refuse_signed(row)
        if row.version != version:
            raise StaleError(row.version)
        view = _view(row)
        problems = eligibility_review.check_decision(decision, reason, view.lines)
        if seen != view.lines_hash:
            problems.append(Problem("", CHANGED))
        if decision is None or problems:
            raise InvalidError(problems)
        row.content = row.content | {"lines": eligibility_rows.pack_lines(view.lines)}
        row.decision, row.reason = decision.value, reason.strip()
        row.decided_at, row.decided_by, row.decided_by_id = unit.now, by.name, by.user_id
        row.version = version + 1
        about = f"eligibility:{row.id}"
        unit.audit("eligibility.decided", about, patient_id=row.patient_id)
        unit.mark_saved(once, row.id)
        return row.id


def find(eligibility_id: int, *, by: Actor) -> EligibilityView:
    """Look an assessment up; leaves the audit line of the page that shows it."""
    row = fetch(by, Eligibility, eligibility_id)
    authorize(by, Permission.ELIGIBILITY_VIEW, subject(row))
    view = _view(row)
    about = f"eligibility:{eligibility_id}"
    audit(by, "eligibility.viewed", about, patient_id=row.patient_id)
    return view


def listing(patient_id: int, *, by: Actor) -> PatientList:
    """List a patient's assessments, the newest first; leaves an audit line."""
    patient = fetch(by, Patient, patient_id)
    authorize(by, Permission.ELIGIBILITY_VIEW, subject(patient))
    lines = tuple(_of_patient(patient_id))
    names = (patient.given_name, patient.family_name, patient.record_number)
    audit(by, "eligibilities.viewed", f"patient:{patient_id}", patient_id=patient_id)
    return PatientList(
        patient_id=patient_id,
        patient_label=patient_draft.label(*names),
        record_number=names[2],
        lines=lines,
    )


def begin_with(patient_id: int, drug: Drug | None, *, by: Actor) -> Start:
    """Say what a new assessment starts from; leaves the audit line of the page that shows it."""
    patient = fetch(by, Patient, patient_id)
    authorize(by, Permission.ELIGIBILITY_DECIDE, subject(patient))
    lines = _of_patient(patient_id)
    today = clinics.today(by.clinic_id)
    draft = EligibilityDraft(
        drug=drug, assessed_on=today, indications=tuple(map(Indication, patient.indications))
    )
    if lines:
        last = eligibility_rows.draft_of(fetch(by, Eligibility, lines[0].id))
        draft = eligibility_draft.carry_over(last, drug=drug, assessed_on=today)
    listed = item_queries.standing(patient_id, by=by)
    draft = eligibility_draft.take_medicines(draft, listed)
    audit(by, "eligibilities.viewed", f"patient:{patient_id}", patient_id=patient_id)
    return Start(
        patient_id=patient_id,
        patient_label=patient_draft.label(
            patient.given_name, patient.family_name, patient.record_number
        ),
        record_number=patient.record_number,
        draft=draft,
        carried_from=lines[0] if lines else None,
        unsigned=next((line for line in lines if line.decision is None), None),
    )


def problems(draft: EligibilityDraft, *, by: Actor) -> list[Problem]:
    """List everything that cannot be in what was typed."""
    today = clinics.today(by.clinic_id)
    return eligibility_draft.check(draft, today=today)


def _refuse(draft: EligibilityDraft, patient_id: int, by: Actor) -> None:
    days = {"assessed_on": draft.assessed_on, "tested_on": draft.tested_on}
    if found := [*problems(draft, by=by), *births.problems(patient_id, days, by=by)]:
        raise InvalidError(found)


def _refuse_signed(row: Eligibility) -> None:
    if row.decision is not None:
        raise InvalidError([Problem("", _SIGNED)])


def _write(row: Eligibility, draft: EligibilityDraft, unit: Unit, by: Actor) -> None:
    if draft.drug is None or draft.assessed_on is None:
        raise ValueError("only a checked draft is stored")
    row.drug, row.assessed_on = draft.drug.value, draft.assessed_on
    row.content = {
        "answers": eligibility_rows.pack(draft),
        "saved_at": unit.now.isoformat(),
        "saved_by": by.name,
    }


def _view(row: Eligibility) -> EligibilityView:
    draft = eligibility_rows.draft_of(row)
    patient = db.session.execute(
        select(Patient.given_name, Patient.family_name, Patient.record_number).where(
            Patient.id == row.patient_id
        )
    ).one()
    lines = eligibility_rows.lines_of(row)
    if row.decision is None:
        facts = patient_facts.gather(draft, row.patient_id, row.clinic_id)
        lines = tuple(eligibility_review.review(draft, facts))
    return EligibilityView(
        line=_line(row),
        patient_id=row.patient_id,
        patient_label=patient_draft.label(*patient),
        record_number=patient.record_number,
        draft=draft,
        lines=lines,
        version=row.version,
        saved_at=datetime.fromisoformat(row.content["saved_at"]),
        saved_by=row.content["saved_by"],
    )


def _of_patient(patient_id: int) -> list[EligibilityLine]:
    rows: Iterable[Any] = db.session.execute(
        _LINES.where(Eligibility.patient_id == patient_id).order_by(
            Eligibility.made_at.desc(), Eligibility.id.desc()
        )
    )
    return [_line(row) for row in rows]


def _line(row: Any) -> EligibilityLine:
    return from_row(
        EligibilityLine,
        row,
    )
