"""A session's log as its record: what was written counts, what nobody wrote stays missing."""

from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from tests.builders.live import CLEAR, leaving
from tests.builders.session_logs import START, at, log, read
from tracker.domain.checklists import items as checklist_items
from tracker.domain.checklists.discharge import CriterionResult
from tracker.domain.checklists.items import CheckLine, LineState
from tracker.domain.codes import Drug, Effect, Route, Severity, SideEffect
from tracker.domain.live import signing as signing_rules
from tracker.domain.live.entries import (
    AdverseEvent,
    DissociationMark,
    Dose,
    Entry,
    EntryKind,
    EventTerm,
    Form,
    Infusion,
    InfusionAction,
    Mark,
    Reading,
    Withdrawal,
)
from tracker.domain.live.signing import SummaryAnswers
from tracker.domain.measures import VitalSigns
from tracker.domain.parsing import LINE_MAX
from tracker.domain.problems import Finding
from tracker.domain.sessions import draft as session_draft


def mg(dose):
    return Dose(dose_mg=Decimal(dose))


def infusion(action, dose=None, **values):
    amount = None if dose is None else Decimal(dose)
    return Infusion(action=InfusionAction(action), dose_mg=amount, **values)


def mark(point, strength=None):
    return DissociationMark(mark=Mark(point), strength=strength)


def event(term, grade=None, **values):
    return AdverseEvent(term=EventTerm(term), grade=grade, **values)


def form(kind, filled, sequence=90):
    return Entry(
        sequence=sequence, key=f"{kind}-{sequence}", kind=kind, at=START, received_at=START,
        by="Anna", content=Form(fields=checklist_items.pack(filled, [])),
    )  # fmt: skip


def summary(*written, forms=(), drug=Drug.KETAMINE, route=Route.IV):
    return signing_rules.summarise([*log(*written), *forms], drug=drug, route=route)


def test_an_empty_log_says_nothing_at_all():
    found = summary()
    assert found == session_draft.SessionDraft(started_at=None, drug=Drug.KETAMINE, route=Route.IV)


def test_an_infusion_counts_what_it_gave_and_how_long():
    found = summary(
        (0, infusion("start", 35, rate_ml_per_h=Decimal(60))),
        (12, infusion("pause")),
        (15, infusion("resume")),
        (20, infusion("rate", rate_ml_per_h=Decimal(40))),
        (43.5, infusion("stop", "30.5", note="Asked to stop")),
    )
    assert (found.started_at, found.dose_mg, found.duration_minutes) == (START, Decimal("30.5"), 43)
    assert found.dose_notes == (
        "Started at 60 mL/h, minute 0. Paused, minute 12. Resumed, minute 15. "
        "Rate changed at 40 mL/h, minute 20. Stopped, minute 43. Minute 43: Asked to stop."
    )


@pytest.mark.parametrize(
    ("written", "dose", "minutes"),
    [
        ([(0, mg(35))], 35, 0),
        ([(0, mg(28)), (5, mg(28)), (10, mg(28))], 84, 10),
        ([(0, infusion("start", 35)), (40, infusion("stop"))], None, 40),
        ([(0, infusion("start", 35))], None, None),
        ([(0, mg(20)), (1, infusion("start", 35)), (30, infusion("stop"))], None, 30),
        ([(0, mg(20)), (1, infusion("start", 35))], None, None),
    ],
)
def test_a_dose_that_nobody_wrote_down_in_the_end_stays_missing(written, dose, minutes):
    found = summary(*written)
    assert (found.dose_mg, found.duration_minutes) == (dose, minutes)


def test_devices_are_told_one_by_one():
    found = summary((0, mg(28)), (5.5, mg(28)), drug=Drug.ESKETAMINE, route=Route.NASAL)
    assert found.dose_notes == "Given 28 mg at minute 0, 28 mg at minute 5."


def test_what_was_corrected_counts_and_what_was_withdrawn_does_not():
    found = summary(
        (0, mg(350)), (1, mg(35), "key-1"), (2, mg(10)), (3, Withdrawal(reason="twice"), "key-3"),
    )  # fmt: skip
    assert (found.dose_mg, found.started_at) == (35, at(1))


def test_vital_signs_are_the_last_before_the_start_and_the_last_of_all():
    found = summary(
        (-20, read("150/95")), (-5, read("128/82", heart_rate_bpm=70)), (-1, Reading(pain=3)),
        (0, mg(35)), (20, read("150/96")), (60, read("126/80")), (70, Reading(dissociation=0)),
    )  # fmt: skip
    assert found.before == VitalSigns(systolic_mmhg=128, diastolic_mmhg=82, heart_rate_bpm=70)
    assert found.after == VitalSigns(systolic_mmhg=126, diastolic_mmhg=80)
    assert not summary((0, mg(35))).before
    only_before = summary((-5, read("128/82")), (0, mg(35)))
    assert not only_before.after


def test_dissociation_from_onset_through_peak_to_resolved():
    found = summary(
        (-5, Reading(dissociation=9)), (0, mg(35)), (8, mark("onset", 2)), (20, mark("peak", 6)),
        (30, Reading(dissociation=7)), (70, mark("resolved")),
    )  # fmt: skip
    assert found.dissociation_peak == 7
    assert (found.dissociation_onset_minute, found.dissociation_end_minute) == (8, 70)
    assert found.dissociation_resolved is True


def test_dissociation_that_came_back_has_no_end_until_it_resolves_again():
    waves = [(0, mg(35)), (8, mark("onset")), (50, mark("resolved")), (55, mark("onset", 3))]
    found = summary(*waves)
    assert (found.dissociation_end_minute, found.dissociation_resolved) == (None, None)
    assert summary(*waves, (80, mark("resolved"))).dissociation_end_minute == 80


@pytest.mark.parametrize(
    ("met", "resolved"),
    [
        (CriterionResult.YES, True),
        (CriterionResult.NO, False),
        (CriterionResult.NOT_ASSESSED, None),
    ],
)
def test_the_checks_before_leaving_say_whether_it_resolved(met, resolved):
    left = form(EntryKind.DISCHARGE, leaving(met={"dissociation": met}))
    assert summary((0, mg(35)), forms=[left]).dissociation_resolved is resolved


def test_the_last_checks_hold():
    gate = form(EntryKind.GATE, CLEAR, 80)
    again = form(EntryKind.GATE, replace(CLEAR, mood_before=2, weight_kg=None), 81)
    left = form(EntryKind.DISCHARGE, leaving(left_at=at(125)))
    found = summary((0, mg(35)), forms=[gate, again, left])
    assert (found.mood_before, found.weight_kg, found.mood_after) == (2, None, 6)
    assert (found.discharged_at, found.escort) == (at(125), "Maria (sister)")


@pytest.mark.parametrize("grade", [1, 2, 3])
def test_a_graded_event_is_a_side_effect_in_the_words_of_the_record(grade):
    found = summary((0, mg(35)), (9, event("nausea", grade)), (20, event("hypoaesthesia", 1)))
    severity = [None, Severity.MILD, Severity.MODERATE, Severity.SEVERE][grade]
    assert found.side_effects == {
        SideEffect.NAUSEA: severity,
        SideEffect.NUMBNESS: Severity.MILD,
    }


def test_the_worse_of_two_events_counts():
    found = summary((0, mg(35)), (9, event("nausea", 3)), (20, event("nausea", 1)))
    assert found.side_effects == {SideEffect.NAUSEA: Severity.SEVERE}


def test_what_has_no_word_or_no_grade_is_told_in_words_and_is_not_graded_by_us():
    found = summary(
        (0, mg(35)), (5, event("nystagmus", 1)), (9, event("nausea")), (11, event("seizure", 4)),
        (12, event("other", 2, other="Hiccups")), (13, event("dissociation")),
    )  # fmt: skip
    assert found.side_effects == {SideEffect.OTHER: Severity.MODERATE}
    assert found.side_effects_other == (
        "Nystagmus (mild); Nausea (not graded); Seizure (grade 4); Hiccups (moderate); "
        "Dissociation (not graded)"
    )


def test_more_events_than_a_line_holds_are_counted():
    many = [(n, event("other", 1, other=f"Something quite unusual number {n}")) for n in range(9)]
    told = summary((0, mg(35)), *many).side_effects_other
    assert len(told) <= LINE_MAX
    assert told.endswith(" more")
    long = summary((0, mg(35)), (1, event("other", other="x" * 198)))
    assert long.side_effects_other == "1 other event"


def test_a_whole_session_is_in_order_and_lacks_nothing():
    written = [
        (-5, read("128/82")), (0, infusion("start", 35)), (10, mark("onset", 3)),
        (40, infusion("stop", 35)), (60, mark("resolved")), (80, read("126/80")),
    ]  # fmt: skip
    forms = [form(EntryKind.GATE, CLEAR), form(EntryKind.DISCHARGE, leaving(left_at=at(125)), 91)]
    found = summary(*written, forms=forms)
    assert session_draft.check(found, now=START + timedelta(hours=3)) == []
    assert signing_rules.missing_items([*log(*written), *forms], found) == []


def test_what_is_missing_is_listed_with_the_place_where_it_belongs():
    written = [(0, infusion("start", 35))]
    found = signing_rules.missing_items(log(*written), summary(*written))
    assert [(one.message, one.where) for one in found] == [
        ("No checks before the session.", EntryKind.GATE),
        ("No vital signs before the start.", EntryKind.GATE),
        ("The infusion was not stopped.", None),
        ("No vital signs after the start.", None),
        ("No strength of dissociation.", None),
        ("Whether dissociation resolved.", EntryKind.DISCHARGE),
        ("No checks before leaving.", EntryKind.DISCHARGE),
    ]
    nothing = signing_rules.missing_items([], summary())
    assert "Nothing was given, by the log." in {one.message for one in nothing}


def test_the_signer_adds_what_the_log_cannot_tell():
    telling = SummaryAnswers(
        effects={Effect.FLOATING: Severity.MILD}, effects_other="", private_notes="p",
        patient_notes="q", comment="c",
    )  # fmt: skip
    found = signing_rules.add_answers(summary((0, mg(35))), telling)
    assert (found.dose_mg, found.effects) == (35, {Effect.FLOATING: Severity.MILD})
    assert (found.private_notes, found.patient_notes, found.comment) == ("p", "q", "c")


PAIN = "200 mg is above the usual range."
LINES = [
    CheckLine(code=code, title=code, state=LineState.AMBER, message=message, comment=comment)
    for code, message, comment in (
        ("age", "The patient is 15, under 18. Consents: mother.", "Mother there."),
        ("blood-pressure", "152/80 mmHg is above 140/90.", "Nervous."),
        ("vital-signs", "SpO2 90 % is below 92 %.", ""),
        ("dose", f"{PAIN} More than twice the last.", "Pain protocol."),
        ("dissociation", "No.", "Felt well, went with her mother."),
        ("ride", "no telephone number.", "By taxi."),
    )
]  # fmt: skip
SAID = [
    ("started_at", "The patient is 15, under 18, on the day of this session.", "Mother there."),
    ("started_at", "This session overlaps another.", None),
    ("before_systolic_mmhg", "Systolic pressure before the dose was 152 mmHg.", "Nervous."),
    ("before_diastolic_mmhg", "Diastolic pressure before the dose was 95 mmHg.", None),  # later
    ("before_spo2_percent", "Oxygen saturation before the dose was 90 %.", None),
    ("after_systolic_mmhg", "Systolic pressure after the dose was 152 mmHg.", None),
    ("dose_mg", PAIN, "Pain protocol."),
    ("dose_mg", "220 mg is above the usual range.", None),
    ("dissociation_resolved", "The patient left before.", "Felt well, went with her mother."),
]


@pytest.mark.parametrize(("field", "message", "expected"), SAID)
def test_what_was_said_at_the_checks_is_offered_to_the_same_finding_alone(field, message, expected):
    measured = VitalSigns(systolic_mmhg=152, diastolic_mmhg=80, spo2_percent=90)
    told = replace(summary((0, mg(35))), before=replace(measured, diastolic_mmhg=95))
    found = [Finding(field, message, "")]
    said = signing_rules.comments_at_checks(found, LINES, measured, told)
    assert said.get(message) == expected
