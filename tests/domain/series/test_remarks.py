from datetime import date, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from tracker.domain.clinic.doses import ACUTE_SUICIDALITY
from tracker.domain.clinic.labels import applying
from tracker.domain.codes import Drug, Indication, Phase, Route
from tracker.domain.series import plan as series_plan
from tracker.domain.series import remarks as plan_remarks
from tracker.domain.series.plan import SeriesDraft
from tracker.domain.series.remarks import OtherSeries, PlanContext

FIRST = date(2026, 3, 2)
PLAN = SeriesDraft(
    indication=Indication.DEPRESSION,
    drug=Drug.ESKETAMINE,
    route=Route.NASAL,
    phase=Phase.INDUCTION,
    starts_on=FIRST,
    template="esketamine-eight-weeks",
    planned_dose_mg=Decimal(56),
)
NOBODY = PlanContext()


def fields(plan, about=NOBODY):
    days = series_plan.planned_days(plan)
    found = plan_remarks.remarks(plan, plan.template, days, about)
    assert all(one.source for one in found)
    return [one.field for one in found]


def test_a_usual_plan_is_not_remarked_on():
    assert fields(PLAN) == []
    assert fields(replace(PLAN, planned_dose_mg=None)) == []


def test_fifty_milligrams_are_no_number_of_devices():
    assert fields(replace(PLAN, planned_dose_mg=Decimal(50))) == ["planned_dose_mg"]


@pytest.mark.parametrize(
    ("template", "had", "country", "expected"),
    [
        ("esketamine-eight-weeks", False, "US", ["planned_dose_mg"]),
        ("esketamine-eight-weeks", True, "US", []),
        ("esketamine-eight-weeks", False, "CA", []),
        (ACUTE_SUICIDALITY, False, "US", []),
    ],
)
def test_a_first_dose_above_the_labels_is_remarked_but_for_acute_suicidality(
    template, had, country, expected
):
    plan = replace(PLAN, planned_dose_mg=Decimal(84), template=template)
    assert fields(plan, PlanContext(had_esketamine=had, labels=applying(country))) == expected


@pytest.mark.parametrize(
    ("born", "country", "expected"),
    [
        (date(1961, 3, 2), "IE", ["planned_dose_mg"]),
        (date(1961, 3, 3), "IE", []),
        (date(1961, 3, 2), "US", []),
        (None, "IE", []),
    ],
)
def test_a_plan_is_judged_by_the_age_on_its_first_day_in_the_union(born, country, expected):
    about = PlanContext(birth_date=born, labels=applying(country))
    assert fields(PLAN, about) == expected


def test_a_dose_by_weight_is_judged_too():
    infusion = replace(
        PLAN, drug=Drug.KETAMINE, route=Route.IV, planned_dose_mg=None,
        planned_dose_mg_per_kg=Decimal(5), template="six-in-three-weeks",
    )  # fmt: skip
    assert fields(infusion) == ["planned_dose_mg_per_kg"]
    assert fields(replace(infusion, planned_dose_mg_per_kg=Decimal("0.5"))) == []


@pytest.mark.parametrize(
    ("drug", "first", "last", "overlaps"),
    [
        (Drug.KETAMINE, 0, 7, True),
        (Drug.KETAMINE, -20, 0, True),
        (Drug.KETAMINE, 49, 60, True),
        (Drug.KETAMINE, 50, 60, False),
        (Drug.KETAMINE, -20, -1, False),
        (Drug.ESKETAMINE, 0, 7, False),
    ],
)
def test_a_second_drug_on_overlapping_days_is_remarked(drug, first, last, overlaps):
    day = timedelta(days=1)
    other = OtherSeries(3, drug, FIRST + first * day, FIRST + last * day)
    assert fields(PLAN, PlanContext(others=(other,))) == (["drug"] if overlaps else [])


def test_somebody_under_age_on_the_first_day_is_told():
    assert fields(PLAN, PlanContext(birth_date=date(2012, 1, 1))) == ["starts_on"]
    assert fields(PLAN, PlanContext(birth_date=date(2008, 3, 2))) == []


def test_the_template_for_acute_suicidality_brings_drug_dose_and_indication():
    filled = series_plan.fill(
        replace(
            PLAN, template=ACUTE_SUICIDALITY, indication=None, drug=None, route=None, phase=None,
            planned_dose_mg=None,
        )
    )  # fmt: skip
    assert (filled.indication, filled.drug, filled.route) == (
        Indication.DEPRESSION, Drug.ESKETAMINE, Route.NASAL,
    )  # fmt: skip
    assert filled.planned_dose_mg == 84
    own = series_plan.fill(replace(PLAN, template=ACUTE_SUICIDALITY))
    assert own.planned_dose_mg == 56
