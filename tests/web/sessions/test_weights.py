"""A weight in pounds, one that is asked about, an age that is told: on the page of a session."""

from datetime import date

import pytest

from tests.builders.patients import a_series, planned
from tests.people import ANNA
from tracker.models import db
from tracker.models.patients import Patient
from tracker.services.sessions import commands as session_commands

TYPED = {
    "started_on": "2026-03-02", "started_time": "10:00", "route": "iv", "drug": "ketamine",
    "dose_mg": "35,5", "weight_kg": "71", "duration_minutes": "40", "discharged_time": "12:00",
}  # fmt: skip


@pytest.fixture
def first(cast, patient):
    return planned(a_series(cast.anna, patient))[0]


def test_a_weight_in_pounds_is_kept_in_kilograms_and_comes_back_as_typed(browse, cast, first):
    browser = browse(ANNA)
    browser.open(f"/sessions/{first}/record")
    pounds = TYPED | {"weight_kg": "156", "weight_unit": "lb"}
    browser.send(f"/sessions/{first}/record", pounds, expect=303)
    page = browser.follow()
    assert "156 lb (70.8 kg)" in page.text
    assert "0.75 mg/kg/h" in page.text
    draft = session_commands.find(first, by=cast.anna).draft
    assert (str(draft.weight_kg), draft.weight_unit) == ("70.7604", "lb")
    assert browser.open(f"/sessions/{first}/amend").value("weight_kg") == "156"


def test_a_first_weight_that_is_more_likely_pounds_is_asked_about(browse, cast, first):
    browser = browse(ANNA)
    browser.open(f"/sessions/{first}/record")
    heavy = TYPED | {"weight_kg": "176", "dose_mg": "88"}
    page = browser.send(f"/sessions/{first}/record", heavy, expect=422)
    assert "Is it pounds? 176 lb is 79.8 kg." in page.text
    told = heavy | {"comment": "Weighed twice.", "answered": page.value("answered")}
    browser.send(f"/sessions/{first}/record", told, expect=303)
    assert "Is it pounds?" in browser.follow().text


def test_a_patient_under_age_is_told_on_the_record(browse, cast, first, patient):
    row = db.session.get_one(Patient, patient)
    row.birth_date = date(2012, 1, 1)
    db.session.commit()
    browser = browse(ANNA)
    browser.open(f"/sessions/{first}/record")
    page = browser.send(f"/sessions/{first}/record", TYPED, expect=422)
    assert "The patient is 14, under 18, on the day of this session." in page.text
