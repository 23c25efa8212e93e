import pytest
from msgspec.structs import replace

from tests.builders.worksheets import at, facts, read, whole_session
from tracker.domain.checklists.discharge import CriterionResult, Discharge
from tracker.domain.checklists.pre_session import PreSession
from tracker.domain.codes import Effect, Severity, SideEffect
from tracker.domain.live.entries import (
    AdverseEvent,
    DissociationMark,
    EntryKind,
    EventOutcome,
    EventTerm,
    Form,
    Mark,
    Withdrawal,
)
from tracker.domain.measures import VitalSigns
from tracker.domain.worksheets.prefill import prefill


def values(told):
    return {code: one.value for code, one in prefill(told).items() if one.value}


def event(term, **said):
    return AdverseEvent(term=term, **said)


class TestPressures:
    def test_the_nearest_to_forty_minutes_says_its_own_minute(self):
        told = facts((-5, read("120/80")), (31, read("130/85")), (47, read("128/84")))
        found = values(told)
        assert (found["bp_40"], found["bp_40_minute"]) == ("128/84", "47")

    def test_a_reading_far_from_forty_minutes_is_not_passed_off_as_it(self):
        told = prefill(facts((-5, read("120/80")), (75, read("130/85"))))
        assert told["bp_40"].value == ""
        assert told["bp_40"].remark == "The nearest reading is that of minute 75."
        assert told["bp_end"].value == "130/85"

    def test_one_reading_is_not_two_pressures(self):
        told = prefill(facts((41, read("130/85"))))
        assert told["bp_40"].value == "130/85"
        assert (told["bp_end"].value, told["bp_end"].remark) == (
            "", "The last reading is that of minute 41.",
        )  # fmt: skip
        assert "bp_before" not in told

    def test_that_one_reading_is_not_two_in_the_record_either(self):
        after = VitalSigns(systolic_mmhg=130, diastolic_mmhg=85)
        assert "bp_end" not in values(facts((41, read("130/85")), after=after))

    def test_before_comes_from_the_checks_before_where_no_reading_has_it(self):
        signs = VitalSigns(systolic_mmhg=118, diastolic_mmhg=76)
        told = facts((-30, PreSession(measured_at=at(-32), baseline=signs)))
        found = prefill(told)["bp_before"]
        assert (found.value, found.source) == ("118/76", "Checks before the session")
        assert values(told)["bp_before_minute"] == "-32"

    def test_an_amended_record_stands_before_the_log_and_knows_no_minute(self):
        before = VitalSigns(systolic_mmhg=124, diastolic_mmhg=82)
        told = facts((-10, read("142/82")), before=before)
        assert values(told)["bp_before"] == "124/82"
        assert "bp_before_minute" not in values(told)

    def test_a_record_without_a_log_has_two_of_the_three(self):
        told = facts(
            before=VitalSigns(systolic_mmhg=120, diastolic_mmhg=80, spo2_percent=98),
            after=VitalSigns(systolic_mmhg=118, diastolic_mmhg=79),
        )
        found = values(told)
        assert (found["bp_before"], found["bp_end"]) == ("120/80", "118/79")
        assert "bp_40" not in found
        assert found["oximetry_readings"] == "98 % before"

    def test_half_a_pressure_is_none(self):
        assert "bp_before" not in values(facts(before=VitalSigns(systolic_mmhg=120)))


def test_readings_without_oxygen_do_not_say_that_nobody_checked():
    told = prefill(facts((10, read("120/80"))))["oximetry"]
    assert (told.value, told.remark) == ("", "No reading has an oxygen saturation.")


def test_what_was_measured_before_counts_once_also_where_it_is_kept_as_a_reading():
    gate = (-20, PreSession(measured_at=at(-21), baseline=VitalSigns(spo2_percent=97)))
    alone = "97 % at minute \N{MINUS SIGN}21"
    assert values(facts(gate))["oximetry_readings"] == alone
    assert values(facts((-21, read(spo2_percent=97)), gate))["oximetry_readings"] == alone


def test_what_was_measured_before_and_withdrawn_since_is_on_no_form():
    signs = VitalSigns(systolic_mmhg=118, diastolic_mmhg=76, spo2_percent=97)
    gate = PreSession(measured_at=at(-21), baseline=signs)
    told = facts((-21, read("118/76", spo2_percent=97)), (-20, gate))
    reading, checks = told.entries
    kept = Form(fields={**checks.content.fields, "baseline_key": reading.key})
    gone = replace(
        reading, sequence=9, key="withdrawal", kind=EntryKind.WITHDRAWAL,
        content=Withdrawal(reason="another patient"), replaces=reading.key,
    )  # fmt: skip
    told = replace(told, entries=(reading, replace(checks, content=kept), gone))
    assert not {"bp_before", "oximetry_readings"} & values(told).keys()


def test_many_readings_of_oxygen_are_counted():
    told = facts(*((minute, read(spo2_percent=97)) for minute in range(0, 120, 5)))
    assert values(told)["oximetry_readings"] == "24 readings, lowest 97 %"


class TestSedation:
    @pytest.mark.parametrize(
        ("levels", "said"),
        [
            ([], None),  # nobody looked
            ([(30, None)], None),
            ([(30, 5), (60, 5)], "no"),
            ([(30, 5), (60, None)], "no"),
            ([(30, 4), (60, 5)], "yes"),
            ([(30, 0)], "yes"),
        ],
    )
    def test_no_needs_readings_and_yes_a_sign(self, levels, said):
        told = facts(*((minute, read(sedation=level)) for minute, level in levels))
        assert values(told).get("sedation") == said

    def test_an_event_or_a_side_effect_is_a_sign_beside_alert_readings(self):
        alert = (30, read(sedation=5))
        assert values(facts(alert, (50, event(EventTerm.SEDATION))))["sedation"] == "yes"
        told = facts(alert, side_effects={SideEffect.SEDATION: Severity.MILD})
        assert values(told)["sedation"] == "yes"

    def test_what_was_withdrawn_is_no_sign(self):
        told = facts(
            (30, read(sedation=2)), (31, Withdrawal(reason="other chair"), "key-00001"),
            (40, read(sedation=5)),
        )  # fmt: skip
        assert values(told)["sedation"] == "no"

    @pytest.mark.parametrize(
        ("levels", "resolved"),
        [
            ([(40, 3), (80, 5)], "yes"),
            ([(40, 3), (80, 5), (100, 4), (119, 5)], "yes"),
            ([(40, 3), (120, 5)], "yes"),
            ([(40, 3), (121, 5)], None),  # somewhere between the two
            ([(40, 3), (121, 4), (130, 5)], "no"),
            ([(40, 3)], None),  # nobody looked again
            ([(40, 3), (80, 5), (110, 4)], None),
        ],
    )
    def test_it_passed_within_two_hours_only_where_that_was_seen(self, levels, resolved):
        told = facts(*((minute, read(sedation=level)) for minute, level in levels))
        assert values(told).get("sedation_resolved") == resolved
        assert values(told)["sedation_onset"] == "40"

    def test_a_reading_between_does_not_end_an_event_that_went_on(self):
        told = facts((10, event(EventTerm.SEDATION, ended_at=at(130))), (60, read(sedation=5)))
        assert values(told)["sedation_resolved"] == "no"

    def test_what_was_ongoing_when_the_patient_left_late_did_not_pass(self):
        ongoing = (100, event(EventTerm.SEDATION, outcome=EventOutcome.ONGOING))
        assert values(facts(ongoing, discharged_at=at(130)))["sedation_resolved"] == "no"
        assert "sedation_resolved" not in values(facts(ongoing, discharged_at=at(115)))

    def test_resolved_when_leaving_ends_it_but_is_no_sign_of_any(self):
        resolved = (119, Discharge(met={"sedation": CriterionResult.YES}, left_at=at(119)))
        assert "sedation" not in values(facts(resolved, discharged_at=at(119)))
        told = facts((40, read(sedation=3)), resolved, discharged_at=at(119))
        assert values(told)["sedation_resolved"] == "yes"


class TestDissociation:
    @pytest.mark.parametrize(
        ("written", "recorded", "said"),
        [
            ([], {}, None),
            ([], {"dissociation_peak": 0}, "no"),
            ([], {"dissociation_peak": 4}, "yes"),
            ([], {"effects": {Effect.FLOATING: Severity.MILD}}, "yes"),
            ([(30, read(dissociation=0)), (60, read(dissociation=0))], {}, "no"),
            ([(30, read(dissociation=0)), (60, read(dissociation=2))], {}, "yes"),
            ([(30, DissociationMark(mark=Mark.PEAK, strength=0))], {}, "no"),
            ([(30, DissociationMark(mark=Mark.ONSET))], {}, "yes"),
            ([(60, DissociationMark(mark=Mark.RESOLVED))], {}, "yes"),
            ([(60, event(EventTerm.DISSOCIATION))], {"dissociation_peak": 0}, "yes"),
        ],
    )
    def test_no_needs_somebody_who_looked(self, written, recorded, said):
        assert values(facts(*written, **recorded)).get("dissociation") == said

    def test_the_minutes_of_a_record_without_a_log_are_the_answer(self):
        told = facts(
            dissociation_peak=5, dissociation_onset_minute=12, dissociation_end_minute=70,
        )  # fmt: skip
        found = values(told)
        assert (found["dissociation_onset"], found["dissociation_resolved"]) == ("12", "yes")
        assert prefill(told)["dissociation"].source == "Record of the session"
        logged = facts((30, DissociationMark(mark=Mark.ONSET)), dissociation_onset_minute=12)
        assert prefill(logged)["dissociation"].source == "Log of the session"
        late = facts(dissociation_peak=5, dissociation_onset_minute=12, dissociation_end_minute=150)
        assert values(late)["dissociation_resolved"] == "no"

    @pytest.mark.parametrize(
        ("gone", "left", "resolved"),
        [(True, 118, "yes"), (True, 125, None), (False, 125, "no"), (False, 100, None)],
    )
    def test_gone_before_leaving_says_as_much_as_the_time_of_leaving(self, gone, left, resolved):
        told = facts(dissociation_peak=5, dissociation_resolved=gone, discharged_at=at(left))
        assert values(told).get("dissociation_resolved") == resolved


class TestBreathing:
    def test_an_event_is_a_yes(self):
        assert values(facts((30, event(EventTerm.RESPIRATORY))))["respiratory"] == "yes"

    def test_it_is_never_a_no_by_itself(self):
        assert "respiratory" not in values(whole_session())
        fine = prefill(facts((120, Discharge(met={"breathing": CriterionResult.YES}))))[
            "respiratory"
        ]
        assert (fine.value, fine.remark[:24]) == ("", "Checks before leaving: n")

    def test_the_checks_before_leaving_may_tell_of_it(self):
        told = facts((120, Discharge(met={"breathing": CriterionResult.NO})))
        assert values(told)["respiratory"] == "yes"
