import ast
from itertools import product

import pytest

from tests.rules import checkout
from tests.rules.checkout import TRACKER
from tracker.domain.clinic import reading_limits
from tracker.domain.clinic.labels import ELSEWHERE, applying
from tracker.domain.clinic.reading_limits import DIASTOLIC, SYSTOLIC, Moment
from tracker.domain.clinic.treatment_settings import LABEL_BEFORE, WHELTON, TreatmentSettings
from tracker.domain.codes import Drug, Route
from tracker.domain.measures import CLINIC_DEFAULT, VitalSigns

SETTINGS = TreatmentSettings()
NASAL = (Drug.ESKETAMINE, Route.NASAL)
IV = (Drug.KETAMINE, Route.IV)


def limits(moment, given, settings=SETTINGS):
    return reading_limits.limits(settings, moment, *given)


def told(moment, given, settings=SETTINGS, **signs):
    found = reading_limits.outside(VitalSigns(**signs), limits(moment, given, settings))
    return [(one.message, one.source) for one in found]


@pytest.mark.parametrize("moment", Moment)
@pytest.mark.parametrize("given", [*product(Drug, Route)], ids=str)
def test_what_speaks_of_before_a_dose_is_cited_at_no_other_moment_and_for_no_other_drug(
    moment, given
):
    sources = {limit.source for those in limits(moment, given).values() for limit in those}
    before = moment is Moment.BEFORE
    assert (LABEL_BEFORE.us in sources) is (before and given == NASAL)
    protocol = {one for one in sources if "before low-dose ketamine" in one}
    assert bool(protocol) is (before and given[0] is Drug.KETAMINE)
    holds = [limit for those in limits(moment, given).values() for limit in those if limit.hold]
    assert bool(holds) is before


@pytest.mark.parametrize(("country", "source"), [("IE", LABEL_BEFORE.eu), ("AU", ELSEWHERE)])
def test_where_the_us_label_does_not_apply_it_is_not_cited(country, source):
    elsewhere = TreatmentSettings(labels=applying(country))
    known = reading_limits.limits(elsewhere, Moment.BEFORE, *NASAL)
    assert known[SYSTOLIC][0].source == source


def test_every_limit_names_a_source_and_the_stricter_comes_last_on_its_side():
    for moment, given in product(Moment, product(Drug, Route)):
        for those in limits(moment, given).values():
            assert all(limit.source for limit in those)
            uppers = [limit.value for limit in those if limit.is_upper]
            lowers = [limit.value for limit in those if not limit.is_upper]
            assert uppers == sorted(uppers)
            assert lowers == sorted(lowers, reverse=True)


def test_two_hundred_does_not_read_like_a_hundred_and_forty_one():
    for moment in Moment:
        [(raised, _)] = told(moment, IV, systolic_mmhg=141)
        [(severe, source)] = told(moment, IV, systolic_mmhg=200)
        assert raised == "Systolic pressure 141 mmHg, above 140"
        assert severe == "Systolic pressure 200 mmHg, above 180, severe"
        assert source == WHELTON
    assert told(Moment.AFTER, IV, diastolic_mmhg=115) == [
        ("Diastolic pressure 115 mmHg, above 90", CLINIC_DEFAULT)
    ]
    assert told(Moment.BEFORE, IV, diastolic_mmhg=115) == [
        ("Diastolic pressure 115 mmHg, above 100, the clinic's limit to hold", CLINIC_DEFAULT)
    ]


def test_low_and_slow_values_have_severe_limits_of_their_own():
    low = {"spo2_percent": 89, "heart_rate_bpm": 39, "respiratory_rate_per_min": 7}
    assert [message.endswith(", severe") for message, _ in told(Moment.DURING, IV, **low)] == [
        True, True, True
    ]  # fmt: skip
    mild = {"spo2_percent": 91, "heart_rate_bpm": 45, "respiratory_rate_per_min": 9}
    assert not any("severe" in message for message, _ in told(Moment.DURING, IV, **mild))


def test_on_a_limit_is_not_beyond_it():
    at = {"systolic_mmhg": 140, "diastolic_mmhg": 90, "heart_rate_bpm": 120, "spo2_percent": 93}
    assert told(Moment.BEFORE, NASAL, **at) == []


def test_a_clinics_own_limit_borrows_no_name():
    own = TreatmentSettings(systolic_warn_mmhg=145, diastolic_severe_mmhg=110)
    [(_, source)] = told(Moment.BEFORE, NASAL, own, systolic_mmhg=150)
    assert source == "clinic setting"
    [(message, source)] = told(Moment.AFTER, NASAL, own, diastolic_mmhg=112)
    assert (message, source) == (
        "Diastolic pressure 112 mmHg, above 110, severe",
        "clinic setting",
    )


def test_pressures_have_limits_on_both_sides():
    for name in (SYSTOLIC, DIASTOLIC):
        assert {limit.is_upper for limit in limits(Moment.DURING, IV)[name]} == {True, False}


def test_nobody_else_makes_a_limit_of_a_reading():
    makers = [
        checkout.name(path)
        for path in checkout.modules(TRACKER)
        for node in ast.walk(checkout.tree(path))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Limit"
    ]
    assert set(makers) == {"tracker/domain/clinic/reading_limits.py"}
