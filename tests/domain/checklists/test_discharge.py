"""The checks before leaving: by drug, with their sources, minutes as a fact."""

import json
from datetime import timedelta

import pytest
from msgspec.structs import replace

from tests.builders.live import START, at, leaving
from tracker.domain.checklists import discharge as discharge_rules
from tracker.domain.checklists import items as checklist_items
from tracker.domain.checklists.discharge import CriterionResult, Discharge, Instruction
from tracker.domain.checklists.items import LineState
from tracker.domain.clinic import labels
from tracker.domain.codes import Drug, Route

NASAL = (Drug.ESKETAMINE, Route.NASAL)
NOW = at(180)
US, EU, NONE = (labels.applying(country) for country in ("US", "GB", "CA"))


def review(found, how=(Drug.KETAMINE, Route.IV), started_at=START, labels=US):
    lines = discharge_rules.review(found, *how, labels=labels, started_at=started_at, now=NOW)
    return {one.code: one for one in lines}


def faulty(**changed):
    found = replace(leaving(), **changed)
    wrong = discharge_rules.check(found, Drug.KETAMINE, Route.IV, started_at=START, now=NOW)
    return [problem.field for problem in wrong]


@pytest.mark.parametrize("drug", Drug)
def test_when_everything_holds_everything_is_clear_and_named(drug):
    lines = review(leaving(drug), (drug, Route.NASAL))
    assert {one.state for one in lines.values()} == {LineState.CLEAR}
    assert all(one.source for one in lines.values())
    assert set(lines) <= set(discharge_rules.TITLES)


def test_each_drug_has_the_criteria_of_its_label():
    ketamine, esketamine = ({one.code for one in discharge_rules.criteria(drug)} for drug in Drug)
    assert esketamine - ketamine == {"sedation", "breathing", "stable"}
    assert ketamine - esketamine == {"recovered"}


def test_an_empty_discharge_says_of_nothing_that_it_holds():
    lines = review(Discharge())
    assert [code for code, one in lines.items() if one.is_clear] == ["watched"]
    asked = (one.code for one in discharge_rules.criteria(Drug.KETAMINE))
    assert {lines[code].state for code in asked} == {LineState.MISSING}


@pytest.mark.parametrize(
    ("met", "state"),
    [
        (CriterionResult.YES, LineState.CLEAR),
        (CriterionResult.NO, LineState.AMBER),
        (CriterionResult.NOT_ASSESSED, LineState.AMBER),
    ],
)
def test_not_assessed_is_not_yes(met, state):
    assert review(leaving(met={"walks": met}))["walks"].state is state


@pytest.mark.parametrize(
    ("minute", "state", "words"),
    [
        (119, LineState.AMBER, "119 minutes since the first device; the label says 120."),
        (120, LineState.CLEAR, "120 minutes since the first device."),
    ],
)
def test_two_hours_after_the_first_device(minute, state, words):
    found = leaving(Drug.ESKETAMINE, left_at=at(minute))
    line = review(found, NASAL)["watched"]
    assert (line.state, line.message) == (state, words)


@pytest.mark.parametrize("labels", [EU, NONE])
def test_the_two_hours_are_the_us_programmes_alone(labels):
    found = leaving(Drug.ESKETAMINE, left_at=at(60))
    line = review(found, NASAL, labels=labels)["watched"]
    assert (line.state, line.message) == (
        LineState.CLEAR,
        "60 minutes since the first device.",
    )


def test_no_line_names_the_label_of_another_country():
    found = leaving(Drug.ESKETAMINE)
    in_the_union = review(found, NASAL, labels=EU).values()
    assert not any("REMS" in one.source or "US label" in one.source for one in in_the_union)
    in_the_states = review(found, NASAL, labels=US).values()
    assert not any("EU product" in one.source for one in in_the_states)
    both = review(found, NASAL, labels=US | EU)["watched"].source
    assert "Spravato REMS" in both
    assert "Spravato EU product information" in both


def test_minutes_are_counted_to_now_until_somebody_left_and_are_no_rule_elsewhere():
    assert review(leaving(left_at=None))["watched"].message == "180 minutes since the start."
    assert review(leaving(left_at=at(60)))["watched"].state is LineState.CLEAR
    assert review(leaving(), started_at=None)["watched"].state is LineState.MISSING


def test_who_goes_with_the_patient():
    assert leaving().escort == "Maria (sister)"
    assert leaving(escort_relation="").escort == "Maria"
    assert review(leaving(escort_name=" "))["escort"].state is LineState.MISSING


def test_what_was_told():
    both = (Instruction.NO_DRIVING, Instruction.WHOM_TO_CALL)
    line = review(leaving(instructions=both, handed_out="leaflet"))["instructions"]
    assert line.state is LineState.CLEAR
    assert line.message.endswith("Given to take home: leaflet.")
    assert review(leaving(instructions=()))["instructions"].state is LineState.AMBER


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"left_at": NOW + timedelta(minutes=1)}, "left_at"),
        ({"left_at": START - timedelta(minutes=1)}, "left_at"),
        ({"mood_after": 11}, "mood_after"),
        ({"pain_after": -1}, "pain_after"),
        ({"ready_minute": -1}, "ready_minute"),
        ({"handed_out": "x" * 201}, "handed_out"),
        ({"comments": {"walks": "x" * 1001}}, "comment_walks"),
    ],
)
def test_what_cannot_be_is_named_at_its_field(changed, field):
    assert faulty(**changed) == [field]


def test_a_discharge_in_order_has_no_problem():
    assert faulty() == []
    nothing = discharge_rules.check(Discharge(), *NASAL, started_at=None, now=NOW)
    assert nothing == []


def test_what_is_stored_comes_back_whole():
    found = replace(leaving(), ready_minute=90, comments={"walks": "Wheelchair."})
    lines = tuple(review(found).values())
    stored = json.loads(json.dumps(checklist_items.pack(found, lines)))
    assert discharge_rules.read(stored) == found
    assert checklist_items.lines_of(stored) == lines
    assert discharge_rules.read({}) == Discharge()
