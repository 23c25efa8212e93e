"""Whose label a clinic goes by, and how a rule names its source."""

import pytest

from tracker.domain.clinic.labels import (
    ELSEWHERE,
    EUROPEAN_UNION,
    UNTIL_CHOSEN,
    Label,
    LabelSource,
    applying,
)
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.clinic.treatment_settings import TreatmentSettings

US, EU = Label.US, Label.EU


@pytest.mark.parametrize(
    ("country", "labels"),
    [("US", {US}), ("GB", {EU}), ("IE", {EU}), ("DE", {EU}), ("CA", set()), ("AU", set()),
     ("NZ", set()), ("other", set()), ("", {US})],
)  # fmt: skip
def test_the_country_decides_and_while_it_is_unknown_what_applied_goes_on(country, labels):
    assert applying(country) == labels


def test_a_clinic_may_switch_another_label_on_and_none_of_its_country_off():
    assert applying("CA", us_label=True) == {US}
    assert applying("US", eu_label=True) == {US, EU}
    assert applying("US", us_label=False) == {US}
    assert applying("GB", us_label=True, eu_label=True) == {US, EU}


def test_the_union_has_27_members():
    assert len(EUROPEAN_UNION) == 27


def test_the_settings_of_both_pages_ask_the_same_function():
    for stored in ({}, {"country": "GB"}, {"country": "CA", "us_label": True}):
        assert TreatmentSettings.read(stored).labels == ClinicSettings.read(stored).labels
    assert TreatmentSettings().labels == UNTIL_CHOSEN


BOTH = LabelSource(us="label A", eu="label B")
US_ALONE = LabelSource(us="REMS")


def test_a_source_is_the_label_that_applies_and_never_that_of_another_country():
    assert BOTH.text(frozenset({US})) == "label A"
    assert BOTH.text(frozenset({EU})) == "label B"
    assert BOTH.text(frozenset({US, EU})) == "label A; label B"
    assert BOTH.text(frozenset()) == ELSEWHERE
    assert US_ALONE.text(frozenset({US, EU})) == "REMS"
    for elsewhere in (frozenset({EU}), frozenset()):
        assert "REMS" not in US_ALONE.text(elsewhere)
        assert US_ALONE.text(elsewhere).startswith("clinic default")


def test_a_rule_that_a_paper_has_too_is_the_papers_where_no_label_with_it_applies():
    rule = LabelSource(us="label A, and a paper", otherwise="a paper")
    assert rule.text(frozenset({US})) == "label A, and a paper"
    assert rule.text(frozenset({EU})) == rule.text(frozenset()) == "a paper"
