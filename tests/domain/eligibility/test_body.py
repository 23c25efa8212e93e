"""What was measured and how old somebody is, read against limits."""

from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from tests.builders.eligibility import FINE_KETAMINE
from tracker.domain.clinic.labels import applying
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import WeightUnit
from tracker.domain.eligibility.prefill import AssessmentFacts, LineKind
from tracker.domain.eligibility.review import of_kind, review
from tracker.domain.measures import VitalSigns

ASKED = AssessmentFacts()


def found(draft, kind, facts=ASKED):
    return [one.message for one in of_kind(review(draft, facts), kind)]


def test_a_severe_pressure_is_told_in_stronger_words():
    high = replace(FINE_KETAMINE, vital_signs=VitalSigns(systolic_mmhg=200, diastolic_mmhg=115))
    assert found(high, LineKind.CAUTION) == [
        "Systolic pressure: 200 mmHg, above 180, severe",
        "Diastolic pressure: 115 mmHg, above 100, the clinic's limit to hold",
    ]


def test_somebody_under_age_is_told_and_who_consents_is_asked():
    young = replace(ASKED, birth_date=date(2012, 1, 1))
    [told] = [one for one in found(FINE_KETAMINE, LineKind.CAUTION, young) if "under 18" in one]
    assert told == "The patient is 14, under 18, on the day of the assessment."
    assert "Who consents: not answered" in found(FINE_KETAMINE, LineKind.MISSING, young)
    answered = replace(FINE_KETAMINE, consent_by="Ada Bell, mother")
    assert "Who consents: not answered" not in found(answered, LineKind.MISSING, young)
    assert "Consents for the patient: Ada Bell, mother" in found(answered, LineKind.FINE, young)
    assert not any("consents" in one for kind in LineKind for one in found(FINE_KETAMINE, kind))


def test_a_first_weight_that_is_more_likely_pounds_is_asked_about():
    heavy = replace(FINE_KETAMINE, weight_kg=Decimal(176))
    [asked] = found(heavy, LineKind.CAUTION)
    assert "Is it pounds? 176 lb is 79.8 kg" in asked
    assert found(heavy, LineKind.CAUTION, replace(ASKED, had_weight=True)) == []
    assert found(replace(heavy, weight_unit=WeightUnit.LB), LineKind.CAUTION) == []


def test_where_the_us_label_does_not_apply_it_is_not_named_to_somebody_under_age():
    young = replace(ASKED, birth_date=date(2012, 1, 1))
    for country, named in (("US", True), ("IE", False)):
        facts = replace(young, settings=TreatmentSettings(labels=applying(country)))
        [source] = [one.source for one in review(FINE_KETAMINE, facts) if "under 18" in one.message]
        assert ("US label" in source) is named
