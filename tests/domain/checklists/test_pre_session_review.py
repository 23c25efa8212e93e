"""The checks before a session, line by line: clear, amber, missing, and from where."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from tests.builders.live import CLEAR, SIGNS, START
from tracker.domain.checklists import items as checklist_items
from tracker.domain.checklists import pre_session_review
from tracker.domain.checklists.items import LineState, YesNoUnknown
from tracker.domain.checklists.pre_session import Pregnancy, PreSession, SinceLast
from tracker.domain.checklists.pre_session_review import PatientFacts
from tracker.domain.checklists.suicide import SuicideAnswer, SuicideFacts
from tracker.domain.clinic.labels import ELSEWHERE
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Drug, Indication, Route, WeightUnit
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.sessions.findings import SessionContext

IV = PatientFacts(drug=Drug.KETAMINE, route=Route.IV, settings=TreatmentSettings(), at=START)
DEVICES = replace(IV, drug=Drug.ESKETAMINE, route=Route.NASAL)
NASAL = replace(
    CLEAR,
    dose_mg=Decimal(56),
    dose_mg_per_kg=None,
    concentration_mg_per_ml=None,
    nasal_spray=YesNoUnknown.NO,
    enrolled=YesNoUnknown.YES,
    enrolment_verified_on=date(2026, 2, 1),
)


def line(code, about=IV, gate=CLEAR, **changed):
    found = pre_session_review.review(replace(gate, **changed), about)
    return next(one for one in found if one.code == code)


def ago(**span):
    return START - timedelta(**span)


@pytest.mark.parametrize(("gate", "about"), [(CLEAR, IV), (NASAL, DEVICES)])
def test_everything_in_order_is_clear_and_every_line_names_its_source(gate, about):
    lines = pre_session_review.review(gate, about)
    assert {one.state for one in lines} == {LineState.CLEAR}
    assert all(one.source for one in lines)
    assert {one.code for one in lines} <= set(pre_session_review.TITLES)
    assert checklist_items.wanting(lines) == []


@pytest.mark.parametrize("about", [IV, DEVICES])
def test_an_empty_gate_is_missing_throughout_and_nothing_is_taken_for_no(about):
    lines = pre_session_review.review(PreSession(), about)
    assert {one.state for one in lines} == {LineState.MISSING}
    assert len(checklist_items.wanting(lines)) == len(lines)


def test_what_is_for_nasal_esketamine_alone_is_asked_there_alone():
    only = {one.code for one in pre_session_review.review(PreSession(), DEVICES)} - {
        one.code for one in pre_session_review.review(PreSession(), IV)
    }
    assert only == {"nasal-spray", "enrolment"}


@pytest.mark.parametrize(
    ("pressure", "state", "words"),
    [
        ((140, 90), LineState.CLEAR, "140/90 mmHg."),
        ((141, 80), LineState.AMBER, "is above 140/90"),
        ((120, 91), LineState.AMBER, "is above 140/90"),
        ((160, 100), LineState.AMBER, "is above 140/90"),
        ((161, 80), LineState.AMBER, "holds treatment back"),
        ((200, 115), LineState.AMBER, "severe, above 180/120"),
        ((150, 121), LineState.AMBER, "severe, above 180/120"),
        ((120, 101), LineState.AMBER, "holds treatment back"),
        ((89, 60), LineState.AMBER, "below 90"),
        ((120, None), LineState.MISSING, "No blood pressure."),
    ],
)
def test_blood_pressure_against_the_clinics_limits(pressure, state, words):
    high, low = pressure
    found = line("blood-pressure", baseline=replace(SIGNS, systolic_mmhg=high, diastolic_mmhg=low))
    assert (found.state, words in found.message) == (state, True)


def test_a_clinics_own_limit_is_used_and_the_label_is_named_only_where_it_says_so():
    assert "Spravato US label" in line("blood-pressure", DEVICES).source
    own = replace(DEVICES, settings=TreatmentSettings(systolic_warn_mmhg=150))
    found = line("blood-pressure", own, baseline=replace(SIGNS, systolic_mmhg=145))
    assert found.state is LineState.CLEAR
    assert found.source.startswith("clinic setting")


def test_pulse_oxygen_and_breathing():
    slow = line("vital-signs", baseline=replace(SIGNS, heart_rate_bpm=44, spo2_percent=90))
    assert slow.state is LineState.AMBER
    assert "Heart rate 44" in slow.message
    assert "Oxygen saturation 90" in slow.message
    none = line("vital-signs", baseline=replace(SIGNS, spo2_percent=None))
    assert (none.state, none.message) == (LineState.MISSING, "No oxygen saturation.")
    both = line("vital-signs", baseline=replace(SIGNS, spo2_percent=None, heart_rate_bpm=None))
    assert both.message == "No pulse, no oxygen saturation."
    unread = line("vital-signs", baseline=replace(SIGNS, respiratory_rate_per_min=None))
    assert unread.message == "Pulse 72 beats/min, oxygen 98 %."


def test_a_dose_is_held_against_its_usual_range_the_arithmetic_and_the_last_one():
    assert line("dose").message == "0.5 mg/kg × 70 kg = 35 mg; 35 mg / (50 mg/mL) = 0.7 mL"
    assert line("dose", dose_mg=None).state is LineState.MISSING
    assert "No weight" in line("dose", weight_kg=None).message
    much = line("dose", dose_mg=Decimal(350))
    assert "outside the usual 0.1 to 1.0 mg/kg" in much.message
    assert "350 mg is not the 35 mg" in much.message
    rounded = line("dose", dose_mg=Decimal(36))
    assert rounded.state is LineState.CLEAR
    before = SessionDraft(
        started_at=ago(days=3), drug=Drug.KETAMINE, route=Route.IV, weight_kg=Decimal(100),
        dose_mg=Decimal(35),
    )  # fmt: skip
    assert "and 100 kg at the last session" in line("weight", replace(IV, last=before)).message
    assert line("dose", replace(IV, last=before)).state is LineState.CLEAR


def test_a_dose_of_esketamine_is_a_whole_number_of_devices():
    assert line("dose", DEVICES, NASAL).message == "56 mg = 2 devices of 28 mg"
    odd = line("dose", DEVICES, NASAL, dose_mg=Decimal(60))
    assert odd.state is LineState.AMBER
    assert "not a whole number of 28 mg devices" in odd.message


@pytest.mark.parametrize(
    ("code", "field", "about", "gap", "state"),
    [
        ("food", "last_food_at", IV, {"hours": 6}, LineState.CLEAR),
        ("food", "last_food_at", IV, {"hours": 5, "minutes": 59}, LineState.AMBER),
        ("drink", "last_drink_at", IV, {"hours": 2}, LineState.CLEAR),
        ("drink", "last_drink_at", IV, {"minutes": 119}, LineState.AMBER),
        ("food", "last_food_at", DEVICES, {"hours": 2}, LineState.CLEAR),
        ("food", "last_food_at", DEVICES, {"minutes": 119}, LineState.AMBER),
        ("drink", "last_drink_at", DEVICES, {"minutes": 30}, LineState.CLEAR),
        ("drink", "last_drink_at", DEVICES, {"minutes": 29}, LineState.AMBER),
    ],
)
def test_fasting_by_route(code, field, about, gap, state):
    found = line(code, about, NASAL, **{field: ago(**gap)})
    assert found.state is state
    assert ("Spravato" in found.source) is (about is DEVICES)


def test_a_fast_is_counted_to_the_start_across_a_change_of_the_clocks():
    # 1:30 before the clocks go forward to 9:00 after it are 6 h 30 min, not 7 h 30 min.
    start = START.replace(month=3, day=8, hour=13)
    food = start.replace(hour=6, minute=30)
    found = line("food", replace(IV, at=start), last_food_at=food)
    assert found.message == "Last food 6 h 30 min before."


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({"nasal_spray": YesNoUnknown.NO}, LineState.CLEAR),
        ({"nasal_spray": YesNoUnknown.UNKNOWN}, LineState.AMBER),
        ({"nasal_spray": None}, LineState.MISSING),
        ({"nasal_spray": YesNoUnknown.YES}, LineState.MISSING),
        ({"nasal_spray": YesNoUnknown.YES, "nasal_spray_at": ago(minutes=60)}, LineState.CLEAR),
        ({"nasal_spray": YesNoUnknown.YES, "nasal_spray_at": ago(minutes=59)}, LineState.AMBER),
    ],
)
def test_a_nasal_spray_before_a_nasal_spray(changed, state):
    assert line("nasal-spray", DEVICES, NASAL, **changed).state is state


@pytest.mark.parametrize(
    ("code", "changed", "state"),
    [
        ("ride", {"escort_name": " "}, LineState.MISSING),
        ("ride", {"escort_phone": ""}, LineState.MISSING),
        ("ride", {"escort_confirmed": False}, LineState.MISSING),
        ("consent", {"consent_confirmed": False}, LineState.MISSING),
        ("consent", {"consent_version": ""}, LineState.MISSING),
        ("staff", {"prescriber": ""}, LineState.MISSING),
        ("staff", {"monitor": ""}, LineState.MISSING),
        ("dose-check", {"dose_checked_by": " "}, LineState.MISSING),
        ("pregnancy", {"pregnancy": Pregnancy.PREGNANT}, LineState.AMBER),
        ("pregnancy", {"pregnancy": Pregnancy.UNKNOWN}, LineState.AMBER),
        ("pregnancy", {"pregnancy": Pregnancy.TEST_NEGATIVE}, LineState.CLEAR),
        ("enrolment", {"enrolled": YesNoUnknown.NO}, LineState.AMBER),
        ("enrolment", {"enrolled": YesNoUnknown.UNKNOWN}, LineState.AMBER),
        ("enrolment", {"enrolment_verified_on": None}, LineState.MISSING),
        ("suicide", {"suicide": YesNoUnknown.YES}, LineState.AMBER),
        ("suicide", {"suicide": YesNoUnknown.UNKNOWN}, LineState.AMBER),
    ],
)
def test_what_is_told_line_by_line(code, changed, state):
    assert line(code, DEVICES, NASAL, **changed).state is state


@pytest.mark.parametrize("what", SinceLast)
def test_unknown_is_not_no(what):
    code = f"since-{what.value}"
    for told, state in (
        (YesNoUnknown.NO, LineState.CLEAR),
        (YesNoUnknown.YES, LineState.AMBER),
        (YesNoUnknown.UNKNOWN, LineState.AMBER),
    ):
        assert line(code, changes={what: told}).state is state
    assert line(code, changes={}).state is LineState.MISSING


def test_another_version_of_the_consent_is_amber():
    about = replace(IV, settings=TreatmentSettings(consent_version="2026-2"))
    assert (
        line("consent", about).message == "Consent is of version 2026-1; this clinic uses 2026-2."
    )
    assert line("consent", about, consent_version="2026-2").state is LineState.CLEAR


@pytest.mark.parametrize(
    ("value", "days", "state"),
    [(2, 3, LineState.AMBER), (0, 3, LineState.CLEAR), (None, 3, LineState.CLEAR),
     (2, 15, LineState.CLEAR)],
)  # fmt: skip
def test_a_no_today_is_held_against_the_last_score(value, days, state):
    positive = None if value is None else value > 0
    last = SuicideAnswer(
        scale="PHQ-9", words=f"PHQ-9 item 9, {value}", is_positive=positive, taken_at=ago(days=days)
    )
    found = line("suicide", replace(IV, suicide=SuicideFacts([last])))
    assert found.state is state
    if state is LineState.AMBER:
        assert found.message.endswith("but on 27 Feb 2026: PHQ-9 item 9, 2.")


def test_a_no_today_is_held_against_an_older_score_of_another_scale():
    none = SuicideAnswer(
        scale="PHQ-9", words="PHQ-9 item 9, 0", is_positive=False, taken_at=ago(days=1)
    )
    high = SuicideAnswer(
        scale="C-SSRS screener", words="C-SSRS screener 3, high", is_positive=True,
        taken_at=ago(days=2),
    )  # fmt: skip
    found = line("suicide", replace(IV, suicide=SuicideFacts([none, high])))
    assert found.state is LineState.AMBER
    assert found.message.endswith("C-SSRS screener 3, high.")
    assert found.source == "C-SSRS screener, last two weeks"


def test_a_no_today_is_held_against_an_open_alert():
    found = line("suicide", replace(IV, suicide=SuicideFacts((), ["PHQ-9 26: told"])))
    assert found.state is LineState.AMBER
    assert found.message.endswith("but an alert is open: PHQ-9 26: told.")


def test_words_answer_a_line_and_what_is_long_is_refused():
    found = line("food", last_food_at=ago(hours=1), comments={"food": " Toast, doctor knows. "})
    assert found.comment == "Toast, doctor knows."
    assert checklist_items.wanting([found]) == []
    assert checklist_items.tally([found, line("drink")]) == "1 clear, 1 with a comment"
    assert checklist_items.tally([line("drink")]) == "1 clear"


@pytest.mark.parametrize(
    ("span", "words"),
    [({"minutes": 45}, "45 min"), ({"hours": 7}, "7 h"), ({"minutes": 440}, "7 h 20 min")],
)
def test_a_gap_in_words(span, words):
    assert checklist_items.gap(timedelta(**span)) == words


def test_the_label_of_the_nasal_spray_is_not_cited_for_ketamine():
    high = replace(SIGNS, systolic_mmhg=150, diastolic_mmhg=80)
    assert "140/90 before a dose" in line("blood-pressure", DEVICES, NASAL, baseline=high).source
    assert line("blood-pressure", baseline=high).source.startswith("clinic default")
    low = replace(SIGNS, systolic_mmhg=85)
    assert "low-dose ketamine" in line("blood-pressure", baseline=low).source
    assert line("blood-pressure", DEVICES, NASAL, baseline=low).source.startswith("clinic default")


def test_somebody_under_age_has_a_line_that_asks_who_consents():
    young = replace(IV, context=SessionContext(birth_date=date(2012, 1, 1)))
    asked = line("age", young)
    assert (asked.state, "who consents is not answered" in asked.message) == (
        LineState.MISSING, True,
    )  # fmt: skip
    told = line("age", young, consent_by="Ada Bell, mother")
    assert (told.state, told.message) == (
        LineState.AMBER, "The patient is 14, under 18. Consents: Ada Bell, mother.",
    )  # fmt: skip
    grown = replace(IV, context=SessionContext(birth_date=date(2008, 1, 1)))
    assert "age" not in {one.code for one in pre_session_review.review(CLEAR, grown)}


def test_a_dose_is_judged_by_what_it_treats():
    pain = replace(IV, context=SessionContext(indication=Indication.CHRONIC_PAIN))
    much = {"dose_mg": Decimal(140), "dose_mg_per_kg": Decimal(2)}
    assert "outside the usual" in line("dose", **much).message
    assert line("dose", pain, **much).state is LineState.CLEAR


def test_a_first_esketamine_dose_and_a_weight_in_pounds_are_told_before_the_session():
    first = SessionContext(indication=Indication.DEPRESSION, had_esketamine=False)
    told = line("dose", replace(DEVICES, context=first), NASAL, dose_mg=Decimal(84))
    assert "first dose of esketamine on record" in told.message
    heavy = {"weight_kg": Decimal(176), "dose_mg": Decimal(88)}
    assert "Is it pounds?" in line("weight", **heavy).message
    assert line("dose", **heavy).state is LineState.CLEAR
    in_pounds = pre_session_review.review(replace(CLEAR, weight_unit=WeightUnit.LB, **heavy), IV)
    assert "weight" not in {one.code for one in in_pounds}


IN_THE_UNION = replace(DEVICES, settings=TreatmentSettings.read({"country": "IE"}))
IN_CANADA = replace(DEVICES, settings=TreatmentSettings.read({"country": "CA"}))


@pytest.mark.parametrize("about", [IN_THE_UNION, IN_CANADA])
def test_nobody_outside_the_united_states_is_asked_about_the_rems(about):
    lines = pre_session_review.review(replace(NASAL, enrolled=None), about)
    assert "enrolment" not in {one.code for one in lines}
    assert not any("REMS" in one.source for one in lines)


@pytest.mark.parametrize("code", ["food", "drink", "nasal-spray", "ride", "staff"])
def test_what_both_labels_ask_names_the_one_that_applies(code):
    assert "Spravato EU product information" in line(code, IN_THE_UNION, NASAL).source
    assert "EU" not in line(code, DEVICES, NASAL).source
    assert line(code, IN_CANADA, NASAL).source == ELSEWHERE


def test_the_first_dose_from_65_years_on_is_amber_in_the_union():
    old = SessionContext(birth_date=date(1950, 1, 1), had_esketamine=False)
    amber = line("dose", replace(IN_THE_UNION, context=old), NASAL)
    assert amber.state is LineState.AMBER
    years = (START.date() - date(1950, 1, 1)).days // 365
    assert amber.message == f"A first dose of 56 mg at {years} years is above 28 mg."
    assert line("dose", replace(DEVICES, context=old), NASAL).state is LineState.CLEAR
