from datetime import timedelta
from decimal import Decimal

import pytest

from tests.builders.session_logs import at, log
from tracker.domain.live.entries import (
    AdverseEvent,
    DissociationMark,
    Dose,
    Entry,
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
from tracker.domain.live.entry_text import words

NAUSEA = AdverseEvent(
    term=EventTerm.NAUSEA, grade=2, serious=False, actions=(EventAction.ONDANSETRON,),
    outcome=EventOutcome.RESOLVED, ended_at=at(32), note="after lunch",
)  # fmt: skip


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (
            Reading(
                systolic_mmhg=128, diastolic_mmhg=82, heart_rate_bpm=74, spo2_percent=98, sedation=5
            ),
            "BP 128/82, HR 74, SpO2 98 %, sedation 5",
        ),
        (Reading(systolic_mmhg=128), "BP 128/–"),
        (Reading(respiratory_rate_per_min=12, dissociation=0, pain=0, nausea=3),
         "RR 12, dissociation 0, pain 0, nausea 3"),
        (Reading(note="asleep\nbut wakes"), "asleep but wakes"),
        (Dose(dose_mg=Decimal("28.00"), note="left side"), "28 mg given, left side"),
        (Dose(dose_mg=Decimal(50)), "50 mg given"),
        (
            Infusion(
                action=InfusionAction.START, rate_ml_per_h=Decimal("52.5"), dose_mg=Decimal(35)
            ),
            "Infusion started, 52.5 mL/h, 35 mg drawn up",
        ),
        (Infusion(action=InfusionAction.PAUSE), "Infusion paused"),
        (
            Infusion(action=InfusionAction.STOP, dose_mg=Decimal("22.5"), note="vomited"),
            "Infusion stopped, 22.5 mg given in all, vomited",
        ),
        (DissociationMark(mark=Mark.PEAK, strength=7), "Dissociation at its peak, 7 of 10"),
        (DissociationMark(mark=Mark.RESOLVED), "Dissociation resolved"),
        (NAUSEA, "Nausea, grade 2, not serious, Ondansetron, Resolved, lasted 12 min, after lunch"),
        (AdverseEvent(term=EventTerm.OTHER, other="Hiccups"), "Hiccups"),
        (AdverseEvent(term=EventTerm.SYNCOPE, serious=True), "Syncope, serious"),
        (Note(text="Talks about the sea."), "Talks about the sea."),
        (Setting(intention="Rest", music="Bach"), "intention: Rest, music: Bach"),
        (Withdrawal(reason="Wrong chair"), "Withdrawn: Wrong chair"),
    ],
)  # fmt: skip
def test_an_entry_is_one_line(content, line):
    [entry] = log((20, content))
    assert words(entry) == line


@pytest.mark.parametrize("kind", [EntryKind.GATE, EntryKind.DISCHARGE])
def test_a_checklist_is_only_named(kind):
    entry = Entry(
        sequence=1, key="key-1", kind=kind, at=at(0), received_at=at(0) + timedelta(seconds=1),
        by="Anna", content=Form(fields={"escort_name": "Sister"}),
    )  # fmt: skip
    assert words(entry) == f"{kind.label}: filled in"
