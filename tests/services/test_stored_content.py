"""What a database holds is read as it was meant, also where another version of ours wrote it.

`tests/data/stored/content.json` was written by the hand-written code that came before msgspec: it
must be read for as long as there are databases from that time.
"""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from tracker.domain.check_ins import answers as check_in_answers
from tracker.domain.check_ins import schedule as check_in_schedule
from tracker.domain.check_ins.schedule import Anchor, ScheduleLine
from tracker.domain.checklists import discharge, pre_session
from tracker.domain.checklists import items as checklist_items
from tracker.domain.checklists.discharge import CriterionResult, Discharge, Instruction
from tracker.domain.checklists.items import CheckLine, LineState, YesNoUnknown
from tracker.domain.checklists.pre_session import Pregnancy, PreSession, SinceLast
from tracker.domain.codes import Drug, Effect, Indication, Route, SessionState, Severity, SideEffect
from tracker.domain.eligibility.draft import (
    ChildPugh,
    EarlierTreatment,
    EligibilityDraft,
    HistoryAnswer,
    Medicine,
    MedicineFlag,
    TreatmentKind,
    TrialOutcome,
)
from tracker.domain.eligibility.prefill import LineKind, ReviewLine
from tracker.domain.live import entry_parsing
from tracker.domain.live.entries import (
    AdverseEvent,
    DissociationMark,
    Dose,
    EntryKind,
    EventAction,
    EventOutcome,
    EventTerm,
    Form,
    Infusion,
    InfusionAction,
    Mark,
    Note,
    Reading,
    Setting,
    Withdrawal,
)
from tracker.domain.measures import VitalSigns
from tracker.domain.sessions.record import SessionRecord
from tracker.models.eligibility import Eligibility
from tracker.services.eligibility import rows as eligibility_rows
from tracker.services.sessions import rows as session_rows

AT = datetime(2026, 3, 2, 14, 5, 9, 120304, tzinfo=UTC)
ELSEWHERE = datetime(2026, 3, 2, 8, 30, tzinfo=timezone(timedelta(hours=-5, minutes=-30)))
SIGNS = VitalSigns(
    systolic_mmhg=128, diastolic_mmhg=82, heart_rate_bpm=74, spo2_percent=98,
    respiratory_rate_per_min=14,
)  # fmt: skip
GATE = PreSession(
    measured_at=AT,
    baseline=SIGNS,
    weight_kg=Decimal("70.50"),
    dose_mg_per_kg=Decimal("0.5"),
    dose_mg=Decimal("35.25"),
    concentration_mg_per_ml=Decimal(50),
    dose_checked_by="Second Person",
    last_food_at=ELSEWHERE,
    last_drink_at=AT,
    nasal_spray=YesNoUnknown.NO,
    nasal_spray_at=AT,
    escort_name="A Friend",
    escort_phone="+1 555 0100",
    escort_confirmed=True,
    consent_version="2026-01",
    consent_confirmed=True,
    suicide_asked="C-SSRS",
    suicide=YesNoUnknown.UNKNOWN,
    changes={SinceLast.MEDICATION: YesNoUnknown.YES, SinceLast.URINARY: YesNoUnknown.NO},
    pregnancy=Pregnancy.TEST_NEGATIVE,
    enrolled=YesNoUnknown.YES,
    enrolment_verified_on=date(2026, 2, 27),
    prescriber="Dr Two",
    monitor="Nurse One",
    mood_before=0,
    pain_before=10,
    comments={"food": "Ate a biscuit.", "nasal-spray": "—"},
)
DISCHARGE = Discharge(
    met={
        "vitals": CriterionResult.YES,
        "alert": CriterionResult.NO,
        "walks": CriterionResult.NOT_ASSESSED,
    },
    ready_minute=0,
    escort_name="A Friend",
    escort_relation="neighbour",
    escort_phone="+1 555 0100",
    instructions=(Instruction.NO_DRIVING, Instruction.WHOM_TO_CALL),
    handed_out="Leaflet",
    mood_after=0,
    pain_after=3,
    left_at=AT,
    comments={"watched": "Left early."},
)
LINES = (
    CheckLine(code="food", title="Food", state=LineState.CLEAR, message="Six hours ago."),
    CheckLine(
        code="walks", title="Walks", state=LineState.AMBER, message="No.", source="WAC",
        comment="In a wheelchair.",
    ),
    CheckLine(code="left", title="Left at", state=LineState.MISSING, message="No time."),
)  # fmt: skip
ENTRIES = {
    "reading": (
        Reading(
            systolic_mmhg=128, diastolic_mmhg=82, heart_rate_bpm=74, spo2_percent=98,
            respiratory_rate_per_min=14, sedation=0, dissociation=7, pain=10, nausea=0,
            note="eyes closed",
        ),
        Reading(pain=0),
    ),
    "given": (Dose(dose_mg=Decimal("28.50"), lot_id=7, note="left"), Dose(dose_mg=Decimal(28))),
    "infusion": (
        Infusion(
            action=InfusionAction.START, rate_ml_per_h=Decimal("52.5"), dose_mg=Decimal("35.5"),
            lot_id=8, note="left arm",
        ),
        Infusion(action=InfusionAction.PAUSE),
    ),
    "dissociation": (
        DissociationMark(mark=Mark.PEAK, strength=0),
        DissociationMark(mark=Mark.ONSET),
    ),
    "event": (
        AdverseEvent(
            term=EventTerm.OTHER, other="hiccups", grade=2, serious=False,
            actions=(EventAction.ONDANSETRON, EventAction.OXYGEN),
            outcome=EventOutcome.RESOLVED_AFTERWARDS, ended_at=AT, note="brief",
        ),
        AdverseEvent(term=EventTerm.NAUSEA),
    ),
    "note": (Note(text="Talks about the sea — “calm”."), Note(text="2026")),
    "setting": (
        Setting(intention="Rest", mindset="calm", surroundings="room 2", music="Bach"),
        Setting(music="Bach"),
    ),
    "withdrawal": (Withdrawal(reason="Wrong chair"), Withdrawal(reason="1")),
}  # fmt: skip
ELIGIBILITY = EligibilityDraft(
    drug=Drug.ESKETAMINE,
    assessed_on=date(2026, 3, 2),
    indications=(Indication.DEPRESSION, Indication.PTSD),
    diagnoses="F33.2",
    symptoms="low",
    history={
        "psychosis": HistoryAnswer(YesNoUnknown.NO, ""),
        "aneurysm": HistoryAnswer(None, "to ask"),
        "breast-feeding": HistoryAnswer(YesNoUnknown.UNKNOWN, "later"),
    },
    mood_stabiliser=YesNoUnknown.NO,
    liver=ChildPugh.A,
    any_treatments=YesNoUnknown.YES,
    treatments=(
        EarlierTreatment(
            name="Sertraline",
            kind=TreatmentKind.SSRI,
            dose="200 mg",
            weeks=12,
            adequate=YesNoUnknown.YES,
            outcome=TrialOutcome.PARTIAL,
            in_episode=YesNoUnknown.UNKNOWN,
            stopped_because="nausea",
        ),
        EarlierTreatment(name="ECT"),
    ),
    resistance=YesNoUnknown.YES,
    any_medicines=YesNoUnknown.YES,
    medicines=(
        Medicine(
            name="Diazepam", dose="5 mg", flags=(MedicineFlag.DEPRESSANT, MedicineFlag.OPIOID)
        ),
        Medicine(name="Zinc"),
    ),
    pregnancy=Pregnancy.NOT_APPLICABLE,
    tested_on=date(2026, 3, 1),
    vital_signs=replace(SIGNS, spo2_percent=None),
    weight_kg=Decimal("70.50"),
    height_cm=172,
    notes="none",
)
REVIEW = (
    ReviewLine(LineKind.AGAINST, "said_psychosis", "Psychosis.", "Spravato US label"),
    ReviewLine(LineKind.OPTIONAL, "", "No scale.", ""),
)
RECORD = SessionRecord(
    record_number="0012",
    series_number=2,
    session_id=77,
    number=3,
    state=SessionState.COMPLETED,
    state_reason="",
    planned_on=date(2026, 3, 2),
    started_at=AT,
    drug=Drug.KETAMINE,
    route=Route.IV,
    dose_mg=Decimal("35.5"),
    weight_kg=Decimal(71),
    duration_minutes=40,
    dose_notes="slow",
    mood_before=0,
    mood_after=7,
    pain_before=3,
    pain_after=None,
    dissociation_peak=6,
    dissociation_onset_minute=4,
    dissociation_end_minute=None,
    dissociation_resolved=False,
    effects={Effect.FLOATING: Severity.MILD, Effect.OTHER: Severity.SEVERE},
    effects_other="colours",
    side_effects={SideEffect.BLOOD_PRESSURE: Severity.MODERATE},
    side_effects_other="",
    before=SIGNS,
    after=VitalSigns(),
    discharged_at=ELSEWHERE,
    escort="A Friend",
    private_notes="—",
    patient_notes="Rest.",
    comment="High pressure is known.",
)
PLANNED = replace(
    RECORD,
    state=SessionState.PLANNED, planned_on=None, started_at=None, dose_mg=None, weight_kg=None,
    duration_minutes=None, dose_notes="", mood_before=None, mood_after=None, pain_before=None,
    dissociation_peak=None, dissociation_onset_minute=None, dissociation_resolved=None, effects={},
    effects_other="", side_effects={}, before=VitalSigns(), discharged_at=None, escort="",
    private_notes="", patient_notes="", comment="",
)  # fmt: skip
ANSWERS = {
    "1": check_in_answers.SentAnswer("3", AT),
    "9": check_in_answers.SentAnswer("0.5", ELSEWHERE),
    "mood": check_in_answers.SentAnswer("", AT.replace(microsecond=0)),
}
SCHEDULE = (
    ScheduleLine(instruments=("phq9", "gad7"), anchor=Anchor.BASELINE, source="Sanacora 2017"),
    ScheduleLine(instruments=("mood-nrs",), anchor=Anchor.HOURS_AFTER, number=72),
)


def assessment(content, drug="esketamine", day=date(2026, 3, 2)):
    return Eligibility(drug=drug, assessed_on=day, content=content)


def with_lines(filled):
    return checklist_items.pack(filled, LINES)


# name -> (write it, read it back, what it means)
FORMS = {
    "gate": (with_lines, pre_session.read, GATE),
    "gate-empty": (with_lines, pre_session.read, PreSession()),
    "discharge": (with_lines, discharge.read, DISCHARGE),
    "discharge-empty": (with_lines, discharge.read, Discharge()),
    "check-lines": (
        lambda lines: checklist_items.pack(PreSession(), lines), checklist_items.lines_of, LINES
    ),
    "eligibility": (
        eligibility_rows.pack,
        lambda stored: eligibility_rows.draft_of(assessment({"answers": stored})),
        ELIGIBILITY,
    ),
    "eligibility-empty": (
        eligibility_rows.pack,
        lambda stored: eligibility_rows.draft_of(
            assessment({"answers": stored}, "ketamine", date(2026, 1, 31))
        ),
        EligibilityDraft(drug=Drug.KETAMINE, assessed_on=date(2026, 1, 31)),
    ),
    "eligibility-lines": (
        eligibility_rows.pack_lines,
        lambda stored: eligibility_rows.lines_of(assessment({"lines": stored})),
        REVIEW,
    ),
    "session": (session_rows.pack, lambda stored: session_rows.unpack(stored, PLANNED), RECORD),
    "session-empty": (
        session_rows.pack, lambda stored: session_rows.unpack(stored, RECORD), PLANNED
    ),
    "answers": (check_in_answers.write, check_in_answers.read, ANSWERS),
    "schedule": (check_in_schedule.pack, check_in_schedule.unpack, SCHEDULE),
}  # fmt: skip
FORMS |= {
    f"entry-{kind}-{number}": (
        entry_parsing.pack,
        lambda stored, kind=kind: entry_parsing.unpack(EntryKind(kind), stored),
        content,
    )
    for kind, contents in ENTRIES.items()
    for number, content in enumerate(contents, start=1)
}
FILE = Path(__file__).parents[1] / "data" / "stored" / "content.json"
BEFORE = json.loads(FILE.read_text(encoding="utf-8"))
# What holds fields by their name; answers are by question, lines are a list.
BY_FIELD = [name for name in FORMS if isinstance(BEFORE[name], dict) and name != "answers"]


@pytest.mark.parametrize("name", FORMS)
def test_what_the_hand_written_code_stored_is_read_exactly(name):
    _write, read, meant = FORMS[name]
    assert read(BEFORE[name]) == meant


@pytest.mark.parametrize("name", FORMS)
def test_what_is_stored_now_is_json_and_comes_back(name):
    write, read, meant = FORMS[name]
    assert read(json.loads(json.dumps(write(meant)))) == meant
    assert read(write(meant)) == meant  # a row that is not read anew yet


@pytest.mark.parametrize("name", BY_FIELD)
def test_a_field_of_another_version_is_passed_over(name):
    _write, read, meant = FORMS[name]
    assert read(BEFORE[name] | {"of_another_version": [1, {"a": None}]}) == meant


def test_what_an_older_version_did_not_store_is_missing_not_wrong():
    assert pre_session.read({}) == PreSession()
    assert discharge.read({}) == Discharge()
    assert checklist_items.lines_of({}) == ()
    assert eligibility_rows.draft_of(assessment({"answers": {}})) == EligibilityDraft(
        drug=Drug.ESKETAMINE, assessed_on=date(2026, 3, 2)
    )
    assert eligibility_rows.lines_of(assessment({})) == ()
    assert entry_parsing.unpack(EntryKind.READING, {}) == Reading()
    # A version of a session says what the present one says, where it says nothing.
    assert session_rows.unpack({"mood_after": 2}, RECORD) == replace(RECORD, mood_after=2)


def test_a_version_of_a_session_never_renames_it():
    kept = session_rows.pack(RECORD)
    assert not set(kept) & {"record_number", "series_number", "session_id", "number"}
    assert set(kept) < set(SessionRecord.__struct_fields__)


def test_a_checklist_is_stored_as_it_is():
    form = Form(fields=BEFORE["gate"])
    for kind in (EntryKind.GATE, EntryKind.DISCHARGE):
        assert entry_parsing.unpack(kind, entry_parsing.pack(form)) == form


@pytest.mark.parametrize(
    ("kind", "stored"),
    [
        (EntryKind.EVENT, {"term": "unheard-of"}),
        (EntryKind.GIVEN, {}),
        (EntryKind.GIVEN, {"dose_mg": "many"}),
        (EntryKind.READING, {"pain": "7"}),
    ],
)
def test_what_nobody_of_us_stored_is_refused_and_not_guessed(kind, stored):
    with pytest.raises(msgspec.ValidationError):
        entry_parsing.unpack(kind, stored)


def settled(value):
    """Put aside what two writers may differ in: nothing said as null, empty or not at all, Z."""
    if isinstance(value, dict):
        values = {name: settled(one) for name, one in value.items()}
        return {name: one for name, one in values.items() if one not in (None, {}, "")}
    if isinstance(value, list):
        return [settled(one) for one in value]
    if isinstance(value, str) and value.endswith("Z"):
        return value.removesuffix("Z") + "+00:00"
    return value


@pytest.mark.parametrize("name", FORMS)
def test_the_version_before_reads_what_is_stored_now(name):
    write, _read, meant = FORMS[name]
    assert settled(json.loads(json.dumps(write(meant)))) == settled(BEFORE[name])
