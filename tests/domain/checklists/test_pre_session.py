"""The checks before a session: arithmetic, what cannot be, and what comes back as it was stored."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from tests.builders.live import CLEAR, START
from tracker.domain.checklists import items as checklist_items
from tracker.domain.checklists import pre_session
from tracker.domain.checklists.items import CheckLine, LineState, YesNoUnknown
from tracker.domain.checklists.pre_session import PreSession
from tracker.domain.codes import Drug, Route, WeightUnit
from tracker.domain.measures import VitalSigns

IV = (Drug.KETAMINE, Route.IV)
DEVICES = (Drug.ESKETAMINE, Route.NASAL)


def faulty(**changed):
    gate = replace(CLEAR, **changed)
    found = pre_session.check(gate, *IV, writer="Anna Clinician", now=START)
    return [problem.field for problem in found]


def test_a_gate_in_order_has_no_problem_and_so_has_an_empty_one():
    assert faulty() == []
    assert pre_session.check(PreSession(), *IV, writer="Anna", now=START) == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"dose_mg": Decimal(0)}, "dose_mg"),
        ({"dose_mg": Decimal("NaN")}, "dose_mg"),
        ({"weight_kg": Decimal(700)}, "weight_kg"),
        ({"dose_mg_per_kg": Decimal(-1)}, "dose_mg_per_kg"),
        ({"dose_mg_per_kg": Decimal("0.00001")}, "dose_mg_per_kg"),
        ({"concentration_mg_per_ml": Decimal(0)}, "concentration_mg_per_ml"),
        ({"concentration_mg_per_ml": Decimal(500)}, "concentration_mg_per_ml"),
        ({"baseline": VitalSigns(systolic_mmhg=12)}, "before_systolic_mmhg"),
        ({"mood_before": 11}, "mood_before"),
        ({"pain_before": -1}, "pain_before"),
        ({"measured_at": START + timedelta(minutes=1)}, "measured_at"),
        ({"last_food_at": START + timedelta(hours=1)}, "last_food_at"),
        ({"last_drink_at": START - timedelta(days=8)}, "last_drink_at"),
        ({"nasal_spray_at": START + timedelta(hours=1)}, "nasal_spray_at"),
        ({"enrolment_verified_on": date(2026, 3, 4)}, "enrolment_verified_on"),
        ({"escort_name": "x" * 201}, "escort_name"),
        ({"prescriber": "x" * 201}, "prescriber"),
        ({"comments": {"since-urinary": "x" * 1001}}, "comment_since_urinary"),
    ],
)
def test_what_cannot_be_is_named_at_its_field(changed, field):
    assert faulty(**changed) == [field]


@pytest.mark.parametrize("name", ["Anna Clinician", " anna clinician "])
def test_the_second_person_is_somebody_else(name):
    assert faulty(dose_checked_by=name) == ["dose_checked_by"]


def test_everything_wrong_is_said_at_once():
    wrong = {"dose_mg": Decimal(-1), "mood_before": 12, "monitor": "x" * 300}
    assert set(faulty(**wrong)) == set(wrong)


def test_the_arithmetic_of_a_dose_in_words():
    assert pre_session.arithmetic(CLEAR, *IV) == [
        "0.5 mg/kg × 70 kg = 35 mg",
        "35 mg / (50 mg/mL) = 0.7 mL",
    ]
    pounds = replace(CLEAR, weight_kg=Decimal("79.8323"), weight_unit=WeightUnit.LB)
    assert pre_session.arithmetic(pounds, *IV)[0] == "0.5 mg/kg × 79.8 kg = 39.9 mg"
    assert pre_session.arithmetic(PreSession(dose_mg=Decimal(84)), *DEVICES) == [
        "84 mg = 3 devices of 28 mg"
    ]
    assert pre_session.arithmetic(PreSession(dose_mg=Decimal(28)), *DEVICES) == [
        "28 mg = 1 device of 28 mg"
    ]
    assert pre_session.arithmetic(PreSession(dose_mg=Decimal(60)), *DEVICES) == []
    assert pre_session.arithmetic(PreSession(weight_kg=Decimal(70)), *IV) == []


@pytest.mark.parametrize(
    ("mg", "mg_per_ml", "ml"), [("35.5", "50", "0.71"), ("37", "100", "0.37"), ("1", "8", "0.13")]
)
def test_a_volume_is_rounded_half_up(mg, mg_per_ml, ml):
    gate = PreSession(dose_mg=Decimal(mg), concentration_mg_per_ml=Decimal(mg_per_ml))
    assert pre_session.volume_ml(gate) == Decimal(ml)


def test_what_is_stored_comes_back_whole():
    gate = replace(
        CLEAR,
        nasal_spray=YesNoUnknown.YES,
        nasal_spray_at=START,
        enrolled=YesNoUnknown.UNKNOWN,
        enrolment_verified_on=date(2026, 2, 1),
        comments={"food": "Toast."},
    )
    line = CheckLine(
        code="food", title="Last food", state=LineState.AMBER, message="m", comment="Toast."
    )
    stored = json.loads(json.dumps(checklist_items.pack(gate, [line])))
    assert pre_session.read(stored) == gate
    assert checklist_items.lines_of(stored) == (line,)


def test_what_is_not_stored_is_missing_and_what_nobody_knows_is_left_out():
    assert pre_session.read({}) == PreSession()
    assert pre_session.read({"from_the_future": 1, "escort_confirmed": False}) == PreSession()
    assert set(checklist_items.pack(PreSession(), [])) == {
        "escort_confirmed",
        "consent_confirmed",
        "lines",
    }
