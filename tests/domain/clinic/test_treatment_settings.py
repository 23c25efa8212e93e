"""What a clinic may set for its sessions."""

import pytest
from msgspec.structs import asdict

from tracker.domain.clinic import treatment_settings
from tracker.domain.clinic.course_rules import CourseRules
from tracker.domain.clinic.treatment_settings import MEASURES, TreatmentSettings
from tracker.domain.measures import CLINIC_DEFAULT
from tracker.domain.worksheets.editions import CHOICES

GOOD = asdict(TreatmentSettings())


def faulty(**changed):
    return [
        problem.field for problem in treatment_settings.check(GOOD | changed, form_versions=CHOICES)
    ]


def test_the_defaults_are_in_order_and_every_number_has_its_ends_and_source():
    assert faulty() == []
    assert set(MEASURES) == {name for name, value in GOOD.items() if isinstance(value, int)}
    assert all(one.source for one in MEASURES.values())


@pytest.mark.parametrize("name", MEASURES)
def test_a_number_beyond_its_ends_or_missing_is_named_at_its_field(name):
    one = MEASURES[name]
    for wrong in (None, one.lowest - 1, one.highest + 1):
        assert name in faulty(**{name: wrong})


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"systolic_hold_mmhg": 140}, "systolic_hold_mmhg"),
        ({"diastolic_hold_mmhg": 85}, "diastolic_hold_mmhg"),
        ({"systolic_warn_mmhg": 90}, "systolic_warn_mmhg"),
        ({"city": "x" * 101}, "city"),
        ({"address_1": "a\nb"}, "address_1"),
        ({"form_version": "1999"}, "form_version"),
    ],
)
def test_what_cannot_be_is_named_at_its_field(changed, field):
    assert faulty(**changed) == [field]


def test_what_is_not_stored_keeps_its_default():
    assert TreatmentSettings.read({"food_hours": 4, "crisis_line": "988"}) == TreatmentSettings(
        food_hours=4
    )


def test_the_rules_of_courses_are_settings_with_clinic_defaults():
    assert TreatmentSettings().course_rules == CourseRules(pause_days=90, baseline_days=14)
    stored = TreatmentSettings.read({"baseline_days": 7, "course_pause_days": 60})
    assert stored.course_rules == CourseRules(pause_days=60, baseline_days=7)
    for name in ("baseline_days", "course_pause_days"):
        assert MEASURES[name].source == CLINIC_DEFAULT
