from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from tests.builders.worksheets import START, at, device, facts, read, serious_session, whole_session
from tracker.domain.checklists.discharge import CriterionResult, Discharge
from tracker.domain.checklists.items import YesNoUnknown
from tracker.domain.checklists.pre_session import PreSession, SinceLast
from tracker.domain.codes import Sex
from tracker.domain.live.entries import AdverseEvent, EventTerm, Withdrawal
from tracker.domain.worksheets.editions import FORM_VERSIONS
from tracker.domain.worksheets.form import check, fill, missing, snapshot
from tracker.domain.worksheets.prefill import lots_of, prefill


def values(told):
    return {code: one.value for code, one in prefill(told).items() if one.value}


def event(term, **said):
    return AdverseEvent(term=term, **said)


def test_a_whole_session_fills_every_field_that_records_can_answer():
    assert values(whole_session()) == {
        "patient_first_name": "Ben", "patient_last_name": "Patient",
        "patient_birth_date": "1980-02-29", "patient_sex": "male", "first_treatment": "no",
        "monitor_first_name": "Anna", "monitor_last_name": "Clinician",
        "monitor_phone": "+1 207 555 0100", "monitor_email": "anna@example.org",
        "setting_name": "Harbour Clinic", "setting_address_1": "1 Harbour Street",
        "setting_city": "Portland", "setting_state": "ME", "setting_zip": "04101",
        "treatment_date": "2026-03-03", "dose": "84", "dose_other": "84 mg",
        "lot_numbers": "24AB1, 24AB9", "total_minutes": "125",
        "bp_before": "124/78", "bp_before_minute": "-10", "bp_40": "146/91", "bp_40_minute": "38",
        "bp_end": "126/80", "bp_end_minute": "118", "oximetry": "yes",
        "oximetry_readings": "98 % at minute \N{MINUS SIGN}10, 96 % at minute 38, "
        "97 % at minute 80, 98 % at minute 118",
        "sedation": "yes", "sedation_onset": "38", "sedation_resolved": "yes",
        "dissociation": "yes", "dissociation_onset": "15", "dissociation_resolved": "yes",
    }  # fmt: skip


def test_a_session_of_which_nothing_is_known_says_no_to_nothing():
    told = facts(
        given_name="", family_name="", birth_date=None, sex=Sex.UNKNOWN, was_treated_before=False,
        monitor_name="", monitor_email="", clinic_phone="", started_at=None,
    )  # fmt: skip
    assert "no" not in values(told).values()
    assert set(values(told)) == {
        "setting_name", "setting_address_1", "setting_city", "setting_state", "setting_zip",
    }  # fmt: skip


@pytest.mark.parametrize("form_version", FORM_VERSIONS)
@pytest.mark.parametrize("told", [whole_session(), serious_session(), facts()])
def test_what_is_filled_in_can_stand_in_the_form(form_version, told):
    lines = fill(form_version, prefill(told), {})
    assert check(form_version, snapshot(lines)) == []


def test_every_value_says_where_it_is_from():
    assert all(one.source for one in prefill(serious_session()).values() if one.value)


def test_no_earlier_session_here_is_no_proof_of_a_first_treatment():
    told = prefill(facts(was_treated_before=False))["first_treatment"]
    assert told.value == ""
    assert told.remark == "No earlier session of nasal esketamine is recorded here."


@pytest.mark.parametrize(
    ("enrolled", "value"),
    [
        (YesNoUnknown.YES, "yes"),
        (YesNoUnknown.NO, "no"),
        (YesNoUnknown.UNKNOWN, None),
        (None, None),
    ],
)
def test_enrolment_is_what_the_checks_before_say(enrolled, value):
    assert values(facts((-20, PreSession(enrolled=enrolled)))).get("rems_enrolled") == value


@pytest.mark.parametrize(
    ("dose_mg", "dose", "other"),
    [(56, "56", "56 mg"), (84, "84", "84 mg"), (28, "other", "28 mg"), (None, None, None)],
)
def test_the_dose_is_one_of_the_forms_or_another(dose_mg, dose, other):
    found = values(facts(dose_mg=None if dose_mg is None else Decimal(dose_mg)))
    assert (found.get("dose"), found.get("dose_other")) == (dose, other)


def test_lots_are_those_of_the_doses_that_stand():
    told = facts(
        (0, device(lot_id=5)), (5, device(lot_id=6)), (6, Withdrawal(reason="slip"), "key-00002"),
        (7, device(lot_id=9)), lot_numbers={5: "24AB1", 6: "24AB9"},
    )  # fmt: skip
    assert lots_of(told.entries) == [5, 9]
    assert values(told)["lot_numbers"] == "24AB1"


def test_the_total_runs_to_the_end_of_monitoring_also_over_a_change_of_clocks():
    # New York goes back an hour at 06:00 UTC on 1 November 2026.
    start = START.replace(month=11, day=1, hour=5, minute=30)
    told = facts(started_at=start, discharged_at=start + timedelta(minutes=121))
    assert values(told)["total_minutes"] == "121"


def test_a_total_below_two_hours_is_said_and_kept():
    told = prefill(facts(discharged_at=at(119)))["total_minutes"]
    assert told.value == "119"
    assert told.remark == "The form asks for 120 minutes and more."


def test_without_an_end_the_total_is_missing_and_the_last_reading_named():
    told = prefill(facts((96, read("120/80"))))["total_minutes"]
    assert (told.value, told.remark) == ("", "The last reading is that of minute 96.")


def test_ready_minutes_and_vital_signs_are_from_the_checks_before_leaving():
    found = values(facts((124, Discharge(ready_minute=95, met={"vitals": CriterionResult.NO}))))
    assert (found["ready_minutes"], found["vitals_ok_after"]) == ("95", "no")
    unasked = facts((124, Discharge(met={"vitals": CriterionResult.NOT_ASSESSED})))
    assert "vitals_ok_after" not in values(unasked)


class TestSeriousEvents:
    def test_a_serious_event_is_told_with_its_outcome(self):
        found = values(serious_session())
        assert found["serious_event"] == "yes"
        assert found["serious_event_what"] == "Syncope at minute 50 (grade 3): Lay down, legs up"
        assert found["serious_event_outcome"] == "Resolved"

    def test_no_needs_events_that_were_all_judged(self):
        minor = event(EventTerm.NAUSEA, serious=False)
        assert "serious_event" not in values(facts())
        assert values(facts((20, minor)))["serious_event"] == "no"
        unjudged = event(EventTerm.HEADACHE)
        assert "serious_event" not in values(facts((20, minor), (30, unjudged)))

    def test_one_in_the_clinics_own_words_is_told_in_them(self):
        other = event(EventTerm.OTHER, other="Fall", serious=True)
        told = facts((20, other), started_at=None)
        assert values(told)["serious_event_what"] == "Fall"


def test_what_the_gate_says_of_medication_is_read_from_the_log():
    told = facts((-20, PreSession(changes={SinceLast.MEDICATION: YesNoUnknown.YES})))
    assert told.pre_session.changes == {SinceLast.MEDICATION: YesNoUnknown.YES}


def test_a_name_of_one_word_is_a_last_name():
    found = values(facts(monitor_name="Anna"))
    assert found["monitor_last_name"] == "Anna"
    assert "monitor_first_name" not in found


def test_a_title_is_no_first_name():
    found = values(facts(monitor_name="Dr. Anna Maria Clinician"))
    assert (found["monitor_first_name"], found["monitor_last_name"]) == ("Anna Maria", "Clinician")


def test_the_old_form_of_a_whole_session_lacks_what_only_a_person_can_say():
    gone = [field.code for field in missing(fill("2021/24", prefill(whole_session()), {}))]
    assert gone == [
        "benzodiazepines", "sedative_hypnotics", "psychostimulants", "maois", "ready_minutes",
        "vitals_ok_before", "vitals_ok_after", "serious_event",
    ]  # fmt: skip


def test_the_present_form_lacks_what_it_asks_besides():
    told = replace(whole_session(), was_treated_before=False)
    gone = [field.code for field in missing(fill("2026", prefill(told), {}))]
    assert gone == [
        "first_treatment", "benzodiazepines", "sedative_hypnotics", "psychostimulants", "opioids",
        "respiratory", "serious_event",
    ]  # fmt: skip
