"""28 mg from 65 years on is the European Union's rule, and nobody else's."""

from decimal import Decimal

import pytest

from tracker.domain.clinic import first_dose
from tracker.domain.clinic.first_dose import DoseHistory
from tracker.domain.clinic.labels import applying
from tracker.domain.codes import Drug, Route
from tracker.domain.sessions.draft import SessionDraft

EU = applying("IE")


def found(
    dose_mg="56", *, age=65, before=False, labels=EU, drug=Drug.ESKETAMINE, route=Route.NASAL
):
    draft = SessionDraft(
        started_at=None, drug=drug, route=route, dose_mg=Decimal(dose_mg) if dose_mg else None
    )
    history = DoseHistory(age_years=age, had_esketamine=before, labels=labels)
    return list(first_dose.review(draft, history))


def test_a_first_dose_above_28_mg_from_65_years_on_is_unusual_in_the_union():
    [finding] = found()
    assert finding.field == "dose_mg"
    assert finding.message == "A first dose of 56 mg at 65 years is above 28 mg."
    assert finding.source.startswith("Spravato EU product information 4.2")


@pytest.mark.parametrize(
    "changed",
    [
        {"age": 64}, {"dose_mg": "28"}, {"before": True}, {"dose_mg": ""},
        {"drug": Drug.KETAMINE}, {"route": Route.IV}, {"labels": applying("US")},
        {"labels": applying("CA")}, {"labels": applying("")},
    ],
)  # fmt: skip
def test_anything_else_is_not(changed):
    assert found(**changed) == []


def test_who_is_unknown_is_not_judged():
    draft = SessionDraft(
        started_at=None, drug=Drug.ESKETAMINE, route=Route.NASAL, dose_mg=Decimal(84)
    )
    assert list(first_dose.review(draft, None)) == []


def test_a_clinic_that_switches_the_union_on_is_told_wherever_it_is():
    assert len(found(labels=applying("AU", eu_label=True))) == 1
