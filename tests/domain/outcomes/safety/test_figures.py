"""Quartiles, shares of sessions, and what is not told of few people."""

import random

import numpy as np

from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.outcomes.proportion import Proportion
from tracker.domain.outcomes.safety import figures
from tracker.domain.outcomes.safety.figures import SafetyShare
from tracker.domain.outcomes.safety.pressure import judge, pressure_limits
from tracker.domain.outcomes.safety.quartiles import Quartiles, quartiles


def test_quartiles_are_those_of_numpy():
    draw = random.Random(4)
    for n in range(1, 60):
        values = [draw.randrange(200) for _ in range(n)]
        counted = {one: values.count(one) for one in values}
        found = quartiles(counted)
        right = np.percentile(values, [25, 50, 75])
        assert np.allclose([found.low, found.middle, found.high], right)
        assert found.n == n
    assert quartiles({}) is None


def test_minutes_say_of_how_many():
    assert figures.minutes(Quartiles(40, 60, 72.4, 90)) == "72 (60 to 90), n = 40"
    assert figures.minutes(Quartiles(2, 60, 70, 80)) == "70, n = 2"
    assert figures.minutes(None) == "not known of any"


def test_many_sessions_of_few_people_have_no_percentage():
    one = SafetyShare(label="", sessions=Proportion(20, 80), people=6)
    assert one.words(10) == "20 of 80"
    many = SafetyShare(label="", sessions=Proportion(20, 80), people=40)
    assert many.words(10) == "20 of 80: 25 % (17 to 35)"


def test_a_pressure_counts_by_either_number_and_only_beyond_the_limit():
    limits = pressure_limits(TreatmentSettings())
    assert [what for _name, what, _source in limits.sources] == [
        "above 140/90 mmHg", "above 180/120 mmHg", "below 90/50 mmHg",
    ]  # fmt: skip
    told = judge([(140, 90)], [(141, None), (None, None)], limits)
    assert told == {
        "before_measured": 1, "before_raised": 0, "after_measured": 1, "after_raised": 1,
        "after_severe": 0, "after_low": 0,
    }  # fmt: skip
    assert judge([(None, None)], [(100, 121)], limits)["after_severe"] == 1
    assert judge([(None, None)], [(89, 60)], limits)["after_low"] == 1
    assert judge([(None, None)], [], limits)["before_measured"] == 0


def test_a_clinic_that_sets_its_own_limit_is_named_as_its_source():
    limits = pressure_limits(TreatmentSettings(systolic_warn_mmhg=150))
    assert limits.raised[0].value == 150
    assert next(limits.sources)[2].startswith("clinic setting")
