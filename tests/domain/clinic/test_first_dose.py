"""The first dose of nasal esketamine, by the label of the Union and by that of the US."""

from decimal import Decimal

import pytest

from tracker.domain.clinic import first_dose
from tracker.domain.clinic.doses import ACUTE_SUICIDALITY
from tracker.domain.clinic.first_dose import DoseHistory
from tracker.domain.clinic.labels import SPRAVATO, applying
from tracker.domain.codes import Drug, Indication, Route

EU, US = applying("IE"), applying("US")


def found(dose_mg="56", *, drug=Drug.ESKETAMINE, route=Route.NASAL, **known):
    about = {"labels": EU, "age_years": 65, "had_esketamine": False} | known
    dose = Decimal(dose_mg) if dose_mg else None
    return list(first_dose.review(drug, route, dose, DoseHistory(**about)))


def test_a_first_dose_above_28_mg_from_65_years_on_is_unusual_in_the_union():
    [finding] = found()
    assert finding.field == "dose_mg"
    assert finding.message == "A first dose of 56 mg at 65 years is above 28 mg."
    assert finding.source.startswith("Spravato EU product information 4.2")


@pytest.mark.parametrize(
    "changed",
    [
        {"age_years": 64}, {"dose_mg": "28"}, {"had_esketamine": True}, {"dose_mg": ""},
        {"drug": Drug.KETAMINE}, {"route": Route.IV}, {"labels": US},
        {"labels": applying("CA")}, {"labels": applying("")},
        {"age_years": None}, {"had_esketamine": None},
    ],
)  # fmt: skip
def test_anything_else_is_not(changed):
    assert found(**changed) == []


def test_a_clinic_that_switches_the_union_on_is_told_wherever_it_is():
    assert len(found(labels=applying("AU", eu_label=True))) == 1


def test_above_day_one_for_depression_is_unusual_by_the_us_label():
    [finding] = found("84", labels=US, indication=Indication.DEPRESSION)
    assert finding.message == "84 mg is the first dose of esketamine on record, above 56 mg."
    assert finding.source.startswith(SPRAVATO)
    assert "56 mg on day 1" in finding.source


@pytest.mark.parametrize(
    "changed",
    [
        {"dose_mg": "56"}, {"had_esketamine": True}, {"had_esketamine": None},
        {"indication": Indication.PTSD}, {"indication": None}, {"template": ACUTE_SUICIDALITY},
        {"labels": applying("CA")}, {"labels": EU, "age_years": 64}, {"route": Route.IV},
    ],
)  # fmt: skip
def test_day_one_says_nothing_of_anything_else(changed):
    known = {"dose_mg": "84", "labels": US, "indication": Indication.DEPRESSION}
    assert found(**known | changed) == []


def test_where_both_labels_apply_each_says_its_own():
    both = applying("US", eu_label=True)
    sources = [one.source for one in found("84", labels=both, indication=Indication.DEPRESSION)]
    assert ["56 mg on day 1" in one for one in sources] == [True, False]
    assert ["28 mg on day 1" in one for one in sources] == [False, True]
