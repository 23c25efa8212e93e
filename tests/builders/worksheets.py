"""A session of nasal esketamine for worksheets: what its log may hold, and what is known of it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from tests.builders.patients import a_patient, a_series, planned
from tracker.domain.access import Actor
from tracker.domain.checklists.discharge import Discharge
from tracker.domain.checklists.items import pack
from tracker.domain.checklists.pre_session import PreSession
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Drug, Route, SessionState, Sex
from tracker.domain.live.entries import (
    AdverseEvent,
    DissociationMark,
    Dose,
    Entry,
    EntryKind,
    EventOutcome,
    EventTerm,
    Form,
    Mark,
    Reading,
    Withdrawal,
)
from tracker.domain.measures import VitalSigns
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.sessions.record import SessionRecord
from tracker.domain.worksheets.form import missing
from tracker.domain.worksheets.prefill import WorksheetFacts
from tracker.models import db
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.sessions import commands as session_commands
from tracker.services.unit_of_work import unit_of_work
from tracker.services.worksheets import commands as worksheet_commands
from tracker.services.worksheets import queries as worksheet_queries
from tracker.services.worksheets import rows as worksheet_rows

START = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)  # a Tuesday, 10:00 in New York
ADDRESS = TreatmentSettings(
    address_1="1 Harbour Street", city="Portland", region="ME", postal_code="04101"
)
_KINDS = {
    Reading: EntryKind.READING,
    Dose: EntryKind.GIVEN,
    DissociationMark: EntryKind.DISSOCIATION,
    AdverseEvent: EntryKind.EVENT,
    Withdrawal: EntryKind.WITHDRAWAL,
}


def at(minute: float) -> datetime:
    """Count minutes from the first device."""
    return START + timedelta(minutes=minute)


def log(*written: Any) -> tuple[Entry, ...]:
    """Write (minute, content) pairs; a Gate or a Discharge is the filled checklist."""
    return tuple(
        Entry(
            sequence=sequence,
            key=f"key-{sequence:05}",
            kind=_kind(content),
            at=at(minute),
            received_at=at(minute),
            by="Anna Clinician",
            content=Form(fields=pack(content, ())) if _is_form(content) else content,
            replaces=replaces[0] if replaces else "",
        )
        for sequence, (minute, content, *replaces) in enumerate(written, 1)
    )


def _is_form(content: Any) -> bool:
    return isinstance(content, PreSession | Discharge)


def _kind(content: Any) -> EntryKind:
    if _is_form(content):
        return EntryKind.GATE if isinstance(content, PreSession) else EntryKind.DISCHARGE
    return _KINDS[type(content)]


def read(pressure: str = "", **values: Any) -> Reading:
    """Write a reading, its pressure as `128/82`."""
    upper, _, lower = pressure.partition("/")
    if pressure:
        values |= {"systolic_mmhg": int(upper), "diastolic_mmhg": int(lower)}
    return Reading(**values)


def device(lot_id: int | None = None) -> Dose:
    """Give a device."""
    return Dose(dose_mg=Decimal(28), lot_id=lot_id)


def record(**values: Any) -> SessionRecord:
    """Say what is recorded of a session; nothing but its start, drug and route by itself."""
    nothing = dict.fromkeys(
        ("planned_on", "dose_mg", "weight_kg", "duration_minutes", "mood_before", "mood_after",
         "pain_before", "pain_after", "dissociation_peak", "dissociation_onset_minute",
         "dissociation_end_minute", "dissociation_resolved", "discharged_at")
    )  # fmt: skip
    texts = dict.fromkeys(
        ("state_reason", "dose_notes", "effects_other", "side_effects_other", "escort",
         "private_notes", "patient_notes", "comment"), ""
    )  # fmt: skip
    usual = {
        "record_number": "B-1", "series_number": 1, "session_id": 77, "number": 3,
        "state": SessionState.COMPLETED, "started_at": START, "drug": Drug.ESKETAMINE,
        "route": Route.NASAL, "effects": {}, "side_effects": {}, "before": VitalSigns(),
        "after": VitalSigns(),
    }  # fmt: skip
    return SessionRecord(**nothing | texts | usual | values)


def facts(*written: Any, **values: Any) -> WorksheetFacts:
    """Say what is known: what is written in the log, and of `values` what the record has."""
    names = set(WorksheetFacts.__struct_fields__)
    told = {name: values.pop(name) for name in list(values) if name in names}
    usual = {
        "given_name": "Ben", "family_name": "Patient", "birth_date": date(1980, 2, 29),
        "sex": Sex.MALE, "was_treated_before": True, "monitor_name": "Anna Clinician",
        "monitor_source": "Last reading of the session", "monitor_email": "anna@example.org",
        "clinic_name": "Harbour Clinic", "clinic_phone": "+1 207 555 0100", "settings": ADDRESS,
        "zone": ZoneInfo("America/New_York"),
    }  # fmt: skip
    return WorksheetFacts(record=record(**values), entries=log(*written), **usual | told)


def whole_session() -> WorksheetFacts:
    """Tell everything of a session that there is to tell but what only a person can judge."""
    calm = {"sedation": 5, "dissociation": 0, "spo2_percent": 98}
    return facts(
        (-10, read("124/78", **calm)),
        (0, device(lot_id=5)),
        (5, device(lot_id=5)),
        (10, device(lot_id=6)),
        (15, DissociationMark(mark=Mark.ONSET, strength=3)),
        (38, read("146/91", spo2_percent=96, sedation=3, dissociation=6)),
        (75, DissociationMark(mark=Mark.RESOLVED)),
        (80, read("131/84", spo2_percent=97, sedation=5, dissociation=0)),
        (118, read("126/80", **calm)),
        dose_mg=Decimal(84),
        discharged_at=at(125),
        lot_numbers={5: "24AB1", 6: "24AB9"},
    )


def serious_session() -> WorksheetFacts:
    """Add an event that was serious to the whole session."""
    event = AdverseEvent(
        term=EventTerm.SYNCOPE, grade=3, serious=True, outcome=EventOutcome.RESOLVED,
        ended_at=at(60), note="Lay down, legs up",
    )  # fmt: skip
    told = whole_session()
    [entry] = log((50, event))
    return replace(told, entries=(*told.entries, replace(entry, sequence=99, key="key-00099")))


SPRAY = SessionDraft(
    started_at=START,
    drug=Drug.ESKETAMINE,
    route=Route.NASAL,
    dose_mg=Decimal(56),
    duration_minutes=10,
    dissociation_peak=0,
    discharged_at=START + timedelta(minutes=125),
    comment="As planned.",
)


def a_nasal_series(by: Actor, record_number: str = "B-1", *, count: int = 1, **values: Any) -> int:
    """Store a series of nasal esketamine of a patient of its own and return its id."""
    patient = a_patient(by, record_number, **values)
    return a_series(
        by, patient, sessions=count, drug="esketamine", route="nasal", planned_dose_mg_per_kg=None,
        planned_dose_mg=Decimal(56),
    )  # fmt: skip


def recorded(by: Actor, record_number: str = "B-1", *, draft: SessionDraft = SPRAY) -> int:
    """Record the only session of a new patient and return its id."""
    series = a_nasal_series(by, record_number)
    return session_commands.record(draft, series_id=series, session_id=planned(series)[0], by=by)


ANSWERS = {"yes-no": "no", "number": "90", "pressure": "120/80", "date": "1980-02-29"}


def fill_in(by: Actor, session_id: int) -> None:
    """Answer whatever is missing."""
    view = worksheet_queries.find(session_id, by=by)
    while wanted := missing(view.lines):
        typed = {
            field.code: ANSWERS.get(field.kind, "other" if field.choices else "x")
            for field in wanted
        }
        worksheet_commands.change(session_id, typed, version=view.version, by=by)
        view = worksheet_queries.find(session_id, by=by)


def a_worksheet(by: Actor, session_id: int) -> None:
    """Give any session a worksheet, whatever was given in it."""
    with unit_of_work(by) as unit:
        worksheet_rows.add(unit, by, db.session.get_one(TreatmentSession, session_id))
