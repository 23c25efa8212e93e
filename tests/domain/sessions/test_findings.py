from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from tracker.domain.clinic import doses
from tracker.domain.clinic.labels import applying
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Drug, Indication, Route, WeightUnit
from tracker.domain.measures import CLINIC_DEFAULT, VitalSigns
from tracker.domain.sessions import findings as session_findings
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.sessions.findings import SessionContext, UncommentedError

START = datetime(2026, 3, 2, 15, tzinfo=UTC)
USUAL = SessionDraft(
    started_at=START, drug=Drug.KETAMINE, route=Route.IV, dose_mg=Decimal(35), weight_kg=Decimal(70)
)
SPRAY = replace(USUAL, drug=Drug.ESKETAMINE, route=Route.NASAL, dose_mg=Decimal(84), weight_kg=None)
FIRST = SessionContext(indication=Indication.DEPRESSION, had_esketamine=False)


def review(draft, last=None, **about):
    return session_findings.review(draft, SessionContext(last=last, **about))


def fields(draft, last=None, **about):
    return [finding.field for finding in review(draft, last, **about)]


def test_a_usual_session_is_not_remarked_on():
    calm = replace(USUAL, before=VitalSigns(systolic_mmhg=140, diastolic_mmhg=90))
    assert fields(calm) == []


@pytest.mark.parametrize("dose", ["3.5", "350", "77.1", "35000"])
def test_a_slipped_point_or_unit_is_noticed(dose):
    assert fields(replace(USUAL, dose_mg=Decimal(dose))) == ["dose_mg"]


def test_a_slipped_point_is_noticed_without_a_weight():
    assert fields(replace(USUAL, weight_kg=None)) == []
    [finding] = review(replace(USUAL, weight_kg=None, dose_mg=Decimal(350)))
    assert "at any weight from 40 to 150 kg" in finding.message


def test_a_weight_in_pounds_and_a_doubled_dose_are_noticed_as_changes():
    assert fields(replace(USUAL, weight_kg=Decimal("154.3")), USUAL) == ["weight_kg"]
    doubled = replace(USUAL, dose_mg=Decimal("70.5"), weight_kg=Decimal(80))
    assert fields(doubled, replace(USUAL, weight_kg=Decimal(80))) == ["dose_mg"]


def test_a_first_weight_that_is_more_likely_pounds_asks():
    heavy = replace(USUAL, weight_kg=Decimal(176), dose_mg=Decimal(88))
    [asked] = review(heavy, planned_mg_per_kg=Decimal("0.5"))
    assert (asked.field, "Is it pounds? 176 lb is 79.8 kg" in asked.message) == ("weight_kg", True)
    assert asked.source.startswith("clinic default")
    assert fields(replace(heavy, weight_kg=Decimal("129.9"))) == []


def test_a_dose_that_fits_the_plan_in_pounds_alone_asks_too():
    light = replace(USUAL, weight_kg=Decimal(120), dose_mg=Decimal("27.2"))
    plan = {"planned_mg_per_kg": Decimal("0.5")}
    assert fields(light, **plan) == ["weight_kg"]
    assert fields(light) == []
    assert fields(replace(light, dose_mg=Decimal(60)), **plan) == []


def test_a_weight_typed_in_pounds_and_one_that_is_not_the_first_are_not_asked_about():
    heavy = replace(USUAL, weight_kg=Decimal(140), dose_mg=Decimal(70))
    assert fields(heavy) == ["weight_kg"]
    assert fields(replace(heavy, weight_unit=WeightUnit.LB)) == []
    assert fields(heavy, had_weight=True) == []
    assert fields(heavy, heavy) == []


def test_another_route_is_not_compared_with_the_last_dose():
    last = replace(USUAL, route=Route.ORAL, dose_mg=Decimal(200))
    assert fields(USUAL, last) == []


def test_half_a_device_and_an_unusual_route_are_noticed():
    assert fields(replace(SPRAY, dose_mg=Decimal(60))) == ["dose_mg"]
    assert fields(replace(SPRAY, route=Route.ORAL, dose_mg=Decimal(56))) == ["dose_mg"]


def test_an_infusion_for_pain_has_its_own_range():
    pain = replace(USUAL, dose_mg=Decimal(140), duration_minutes=240)
    assert fields(pain) == ["dose_mg"]
    assert fields(pain, indication=Indication.CHRONIC_PAIN) == []
    assert pain.dose_mg_per_kg_per_hour == Decimal("0.50")


def test_eighty_four_milligrams_as_the_first_dose_for_depression_are_remarked():
    [finding] = session_findings.review(SPRAY, FIRST)
    assert "first dose of esketamine on record" in finding.message
    assert "day 1" in finding.source


@pytest.mark.parametrize(
    "otherwise",
    [
        {"had_esketamine": True},
        {"had_esketamine": None},
        {"indication": Indication.PTSD},
        {"template": doses.ACUTE_SUICIDALITY},
        {"settings": TreatmentSettings(labels=applying("CA"))},
    ],
    ids=str,
)
def test_eighty_four_milligrams_are_not_remarked_where_the_labels_day_one_says_nothing(otherwise):
    assert session_findings.review(SPRAY, replace(FIRST, **otherwise)) == []


def test_somebody_under_age_on_the_day_is_told():
    about = {"birth_date": date(2012, 3, 3), "day": date(2026, 3, 2)}
    [finding] = review(USUAL, **about)
    assert finding.message == "The patient is 13, under 18, on the day of this session."
    assert fields(USUAL, birth_date=date(2008, 3, 2), day=date(2026, 3, 2)) == []
    assert fields(USUAL, birth_date=None, day=date(2026, 3, 2)) == []


def test_readings_are_told_by_their_moment_each_with_its_source():
    high = VitalSigns(systolic_mmhg=141)
    draft = replace(SPRAY, dose_mg=Decimal(56), before=high, after=high)
    before, after = review(draft)
    assert before.message == "Systolic pressure before the dose was 141 mmHg, above 140."
    assert after.message == "Systolic pressure after the dose was 141 mmHg, above 140."
    assert "140/90 before a dose" in before.source
    assert after.source == CLINIC_DEFAULT
    ketamine = replace(USUAL, before=high)
    assert [one.source for one in review(ketamine)] == [CLINIC_DEFAULT]


def test_leaving_before_dissociation_has_passed_is_noticed():
    left = replace(USUAL, dissociation_resolved=False, discharged_at=START + timedelta(hours=2))
    [finding] = review(left)
    assert finding.field == "dissociation_resolved"
    assert "REMS" not in finding.source
    spray = replace(left, drug=Drug.ESKETAMINE, route=Route.NASAL, dose_mg=Decimal(56))
    assert "REMS" in review(spray)[0].source
    [abroad] = review(spray, settings=TreatmentSettings(labels=applying("IE")))
    assert "REMS" not in abroad.source


def test_an_unanswered_finding_asks_for_the_comment():
    error = UncommentedError(review(replace(USUAL, dose_mg=Decimal(350))))
    assert [problem.field for problem in error.problems] == ["comment"]
    assert "5.00 mg/kg is outside the usual 0.1 to 1.0 mg/kg" in error.problems[0].message


def test_a_weight_in_pounds_does_not_hide_a_dose_in_mg_per_kg_typed_as_mg():
    typed = replace(USUAL, weight_kg=Decimal(176), dose_mg=Decimal("0.4"))
    slip, weight = review(typed, planned_mg_per_kg=Decimal("0.4"))
    assert "Is it the dose in mg/kg?" in slip.message
    assert "176 lb is 79.8 kg" in weight.message
