"""The checks before a session: prepare their page, save them with the reading they begin with."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, select

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.checklists import items as checklist_items
from tracker.domain.checklists import pre_session, pre_session_review
from tracker.domain.checklists.items import CheckLine
from tracker.domain.checklists.pre_session import Gate, Pregnancy
from tracker.domain.checklists.pre_session_review import About, SuicideAnswer
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Sex
from tracker.domain.live.entries import Entry, EntryDraft, EntryKind, Form, Reading, latest_form
from tracker.domain.problems import InvalidError, Problem
from tracker.domain.timelines.timeline import Treatment
from tracker.instruments import library
from tracker.models.assessments import Assessment
from tracker.models.database import db, plain_rows
from tracker.models.patients import Patient
from tracker.models.scoping import fetch, subject
from tracker.models.session_entries import SessionEntry
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock, drafts
from tracker.services.checklists import queries as checklist_queries
from tracker.services.checklists.queries import ChecklistSheet
from tracker.services.clinic import clinics, treatment_settings
from tracker.services.live import entry_log
from tracker.services.rows import from_row
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions import rows as session_rows
from tracker.services.sessions.commands import Sheet
from tracker.services.unit_of_work import note

_BASELINE = pre_session.BASELINE_KEY

_LAST_GATE = (
    select(SessionEntry.content, SessionEntry.at)
    .where(
        SessionEntry.patient_id == bindparam("patient_id"),
        SessionEntry.session_id != bindparam("session_id"),
        SessionEntry.kind == EntryKind.GATE.value,
    )
    .order_by(SessionEntry.at.desc(), SessionEntry.id.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSheet(ChecklistSheet):
    """The page of the checks before a session.

    `gate` is what the form starts with. `last` are the checks of the patient's session before, from
    `last_at`.
    """

    settings: TreatmentSettings
    gate: Gate
    last: Gate | None
    last_at: datetime | None
    suicide: SuicideAnswer | None


def sheet(session_id: int, *, by: Actor) -> GateSheet:
    """Prepare the page; `shown` leaves its audit line."""
    row = fetch(by, TreatmentSession, session_id)
    authorize(by, Permission.SESSION_WATCH, subject(row))
    about = session_commands.sheet(None, session_id, by=by)
    log = entry_log.of_session(session_id)
    settings = treatment_settings.of_clinic(by.clinic_id)
    last, last_at = _last_gate(row)
    filled = checklist_queries.last_of(log, EntryKind.GATE)
    return GateSheet(
        sheet=about,
        treatment=from_row(Treatment, row, ended_at=row.discharged_at),
        settings=settings,
        gate=pre_session.read(_fields(log)) if filled else _start(about, last, settings, by),
        filled=filled,
        last=last,
        last_at=last_at,
        suicide=last_suicide_answer(row.patient_id),
    )


def shown(sheet: GateSheet, *, by: Actor) -> None:
    """Leave the audit line of the page."""
    about = f"session:{sheet.sheet.session_id}"
    note(by, "gate.viewed", about, patient_id=sheet.sheet.patient_id)


def _last_gate(row: TreatmentSession) -> tuple[Gate | None, datetime | None]:
    wanted = {"patient_id": row.patient_id, "session_id": row.id}
    found = plain_rows(_LAST_GATE, wanted).one_or_none()
    return (pre_session.read(found.content), found.at) if found else (None, None)


def _start(about: Sheet, last: Gate | None, settings: TreatmentSettings, by: Actor) -> Gate:
    """Fill in what the plan and the last checks say; what is of today is always asked anew."""
    before = last or Gate()
    sex = db.session.get_one(Patient, about.patient_id).sex
    male = Pregnancy.NOT_APPLICABLE if sex == Sex.MALE else None
    never = before.pregnancy is Pregnancy.NOT_APPLICABLE
    return Gate(
        dose_mg_per_kg=about.planned_dose_mg_per_kg,
        dose_mg=about.planned_dose_mg,
        concentration_mg_per_ml=before.concentration_mg_per_ml,
        consent_version=settings.consent_version or before.consent_version,
        suicide_asked=before.suicide_asked,
        pregnancy=before.pregnancy if never else male,
        enrolled=before.enrolled,
        enrolment_verified_on=before.enrolment_verified_on,
        prescriber=before.prescriber,
        monitor=by.name,
    )


def last_suicide_answer(patient_id: int) -> SuicideAnswer | None:
    """Find the last form that asked about suicide, and the highest answer it has on that."""
    asking = [code for code, one in library().items() if one.safety_items]
    row = db.session.execute(
        select(Assessment.instrument, Assessment.answers, Assessment.taken_at)
        .where(
            Assessment.patient_id == patient_id,
            Assessment.instrument.in_(asking),
            Assessment.voided_at.is_(None),
            Assessment.answers != {},
        )
        .order_by(Assessment.taken_at.desc(), Assessment.id.desc())
        .limit(1)
    ).one_or_none()
    return _highest(row) if row else None


def _highest(row: Any) -> SuicideAnswer:
    instrument = library()[row.instrument]
    watched = [item for item in instrument.items if item.code in instrument.safety_items]
    told = [(Decimal(row.answers[one.code]), one) for one in watched if one.code in row.answers]
    value, item = max(told, key=lambda pair: pair[0], default=(None, watched[0]))
    return SuicideAnswer(
        scale=instrument.short_title, item=item.number, value=value, taken_at=row.taken_at
    )


def review(gate: Gate, sheet: GateSheet, *, by: Actor) -> tuple[CheckLine, ...]:
    """Read the checks line by line as they are now."""
    zone = clinics.view(by.clinic_id).zone
    start = sheet.treatment.started_at or clock.now()
    last = session_rows.draft_of(sheet.sheet.last) if sheet.sheet.last else None
    about = About(
        drug=sheet.treatment.drug,
        route=sheet.treatment.route,
        settings=sheet.settings,
        at=start.astimezone(zone),
        last=last,
        suicide=sheet.suicide,
    )
    return pre_session_review.review(gate, about)


def check(gate: Gate, sheet: GateSheet, *, by: Actor) -> list[Problem]:
    """List everything that cannot be, and every line that wants a word."""
    wrong = pre_session.check(
        gate, sheet.treatment.drug, sheet.treatment.route, writer=by.name, now=clock.now()
    )
    return [*wrong, *checklist_items.wanting(review(gate, sheet, by=by))]


def save(
    session_id: int, gate: Gate, *, opened: int, by: Actor, once: str = "", form: str = ""
) -> int:
    """Save the checks, with their reading as an entry of its own, and return the session's id.

    Refused while something cannot be or a line that is not clear has no comment; what was decided
    stays with whoever decided. `opened` is the sequence of the checks that the page showed.
    """
    about = sheet(session_id, by=by)
    if problems := check(gate, about, by=by):
        raise InvalidError(problems)
    now, key = clock.now(), checklist_queries.key_of(once)
    before = _fields(entry_log.of_session(session_id))
    gate = replace(gate, measured_at=gate.measured_at or now) if gate.baseline else gate
    readings = list(_reading(gate, before, f"{key}-baseline"))
    stored = checklist_items.packed(gate, review(gate, about, by=by))
    stored |= {_BASELINE: readings[0].key if readings else before.get(_BASELINE, "")}
    draft = EntryDraft(key=key, kind=EntryKind.GATE, at=now, content=Form(fields=stored))
    entry_log.add(session_id, draft, by=by, opened=opened, also=readings)
    if form:
        drafts.discard(form, by=by)
    return session_id


def _reading(gate: Gate, before: dict[str, Any], key: str) -> Iterator[EntryDraft]:
    """Make the entry of the baseline; the same instant in other numbers corrects the one before."""
    if not gate.baseline or gate.measured_at is None:
        return
    earlier = pre_session.read(before)
    if (gate.baseline, gate.measured_at) == (earlier.baseline, earlier.measured_at):
        return
    corrects = before.get(_BASELINE, "") if gate.measured_at == earlier.measured_at else ""
    yield EntryDraft(
        key=key,
        kind=EntryKind.READING,
        at=gate.measured_at,
        content=Reading(**asdict(gate.baseline)),
        replaces=corrects,
    )


def _fields(log: Sequence[Entry]) -> dict[str, Any]:
    held = latest_form(log, EntryKind.GATE)
    return dict(held.content.fields) if held and isinstance(held.content, Form) else {}
