from decimal import Decimal

import pytest

from tracker.domain.clinic import doses
from tracker.domain.clinic.doses import PAIN_INFUSION, PAIN_TOTAL, RANGES
from tracker.domain.clinic.labels import ELSEWHERE, SPRAVATO, UNTIL_CHOSEN, applying
from tracker.domain.codes import Drug, Indication, Route

PAIN, DEPRESSION = Indication.CHRONIC_PAIN, Indication.DEPRESSION
IV = (Drug.KETAMINE, Route.IV)
NASAL = (Drug.ESKETAMINE, Route.NASAL)


def remarks(given, indication, mg, weight=None, minutes=None):
    found = doses.remarks(
        *given,
        indication,
        labels=UNTIL_CHOSEN,
        dose_mg=Decimal(mg),
        weight_kg=None if weight is None else Decimal(weight),
        minutes=minutes,
    )
    return [one.message for one in found]


def test_every_range_runs_upwards_and_names_a_paper_a_label_or_a_clinic_default():
    for one in (*RANGES.values(), PAIN_INFUSION, PAIN_TOTAL):
        assert 0 < one.lowest < one.highest
        assert one.unit in {"mg", "mg/kg", "mg/kg/h"}
        assert any(word in one.source for word in ("20", "clinic default"))
        assert "unverified" not in one.source


@pytest.mark.parametrize(
    ("mg", "minutes", "unusual"),
    [
        # The guideline's own example: 80 mg over two hours at 70 kg.
        ("80", 120, False),
        ("140", 240, False),
        ("560", 240, False),
        ("35", 60, False),
        ("34", 60, True),
        ("141", 60, True),
        ("140", 60, False),
        ("2112", 1440, False),
        ("8000", 1440, True),
    ],
)
def test_an_infusion_for_pain_is_judged_by_the_hour(mg, minutes, unusual):
    found = remarks(IV, PAIN, mg, 70, minutes)
    assert bool(found) is unusual
    assert all("mg/kg/h" in one for one in found)


def test_an_infusion_for_pain_without_a_duration_shows_only_slips_of_the_point():
    assert remarks(IV, PAIN, 140, 70) == []
    assert remarks(IV, PAIN, 1400, 70) != []
    assert "at any weight" in remarks(IV, PAIN, 5000)[0]


def test_the_same_infusion_for_depression_is_judged_by_the_whole_dose():
    assert remarks(IV, DEPRESSION, 35, 70, 40) == []
    [said] = remarks(IV, DEPRESSION, 140, 70, 240)
    assert said == "2.00 mg/kg is outside the usual 0.1 to 1.0 mg/kg for IV infusion."


def test_by_mouth_and_under_the_tongue_have_ranges_and_sources_of_their_own():
    oral, sublingual = RANGES[Drug.KETAMINE, Route.ORAL], RANGES[Drug.KETAMINE, Route.SUBLINGUAL]
    assert (oral.lowest, oral.highest) == (25, 300)
    assert "Andrade" in oral.source
    assert "Hull" in sublingual.source
    assert remarks((Drug.KETAMINE, Route.ORAL), DEPRESSION, 30) == []
    assert remarks((Drug.KETAMINE, Route.SUBLINGUAL), DEPRESSION, 30) != []


def test_half_a_device_and_a_route_nobody_uses_are_remarked():
    assert remarks(NASAL, DEPRESSION, 50) == ["50 mg is not a whole number of 28 mg devices."]
    assert "is not usual" in remarks((Drug.ESKETAMINE, Route.ORAL), DEPRESSION, 56)[0]


def test_a_dose_planned_by_weight_is_judged_in_its_own_unit():
    def planned(given, indication, per_kg):
        amount = Decimal(per_kg)
        found = doses.remarks_by_weight(*given, indication, amount, labels=UNTIL_CHOSEN)
        return [one.message for one in found]

    assert planned(IV, DEPRESSION, "0.5") == []
    assert "outside the usual" in planned(IV, DEPRESSION, 2)[0]
    assert planned(IV, PAIN, 2) == []
    assert "whatever the weight" in planned(NASAL, DEPRESSION, "0.8")[0]
    assert planned((Drug.KETAMINE, Route.ORAL), DEPRESSION, 2) == []


@pytest.mark.parametrize(
    ("country", "cited"),
    [("US", SPRAVATO), ("IE", "Spravato EU product information 4.2"), ("CA", ELSEWHERE)],
)
def test_devices_cite_the_label_that_applies(country, cited):
    found = doses.remarks(*NASAL, DEPRESSION, labels=applying(country), dose_mg=Decimal(100))
    sources = [one.source for one in found]
    assert len(sources) == 2
    assert all(one.startswith(cited) for one in sources)
