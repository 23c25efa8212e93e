"""Somebody who is here already is asked about before a second record is made of them."""

from datetime import date

import pytest
from msgspec.structs import replace

from tests.builders import patients
from tracker.domain.patients.draft import PatientDraft
from tracker.domain.problems import UnseenError
from tracker.models import db
from tracker.models.patients import Patient
from tracker.services.patients import commands as patient_commands

MAYA = PatientDraft(
    record_number="0012", given_name="Maya", family_name="Chen", birth_date=date(1980, 3, 9)
)
pytestmark = pytest.mark.both_databases


def asked(anna, draft, seen=()):
    with pytest.raises(UnseenError) as refused:
        patient_commands.add(draft, by=anna, seen=list(seen))
    return [one.message for one in refused.value.findings]


@pytest.mark.parametrize(
    "second",
    [
        replace(MAYA, record_number="12", given_name="Other"),
        replace(MAYA, record_number="00-12", given_name="Other"),
        replace(MAYA, record_number="77"),
        replace(MAYA, record_number="77", given_name="MAYA", family_name="ch\u00e9n"),
    ],
)
def test_a_second_one_is_asked_about_once_and_saved_when_confirmed(anna, second):
    there = patient_commands.add(MAYA, by=anna, seen=[])
    questions = asked(anna, second)
    assert len(questions) == 1
    assert "record 0012, is there already" in questions[0]
    made = patient_commands.add(second, by=anna, seen=questions)
    assert made != there
    assert db.session.scalar(db.select(db.func.count()).select_from(Patient)) == 2


def test_nobody_alike_is_not_asked_about(anna):
    patient_commands.add(MAYA, by=anna, seen=[])
    patient_commands.add(replace(MAYA, record_number="77", given_name="Mia"), by=anna, seen=[])


def test_the_archived_are_asked_about_and_said_to_be_so(anna):
    there = patient_commands.add(MAYA, by=anna, seen=[])
    patient_commands.archive(there, "Moved away", by=anna)
    assert "there already, archived" in asked(anna, replace(MAYA, record_number="77"))[0]


def test_a_stranger_of_another_clinic_is_not_asked_about(cast, anna):
    patient_commands.add(MAYA, by=cast.cleo, seen=[])
    patient_commands.add(replace(MAYA, record_number="77"), by=anna, seen=[])


def test_a_change_that_makes_two_alike_is_asked_about_and_one_that_does_not_is_not(anna):
    patient_commands.add(MAYA, by=anna, seen=[])
    other = replace(MAYA, record_number="77", given_name="Mia")
    made = patient_commands.add(other, by=anna, seen=[])
    alike = replace(other, given_name="Maya")
    with pytest.raises(UnseenError) as refused:
        patient_commands.change(made, alike, version=1, by=anna, seen=[])
    seen = [one.message for one in refused.value.findings]
    patient_commands.change(made, alike, version=1, by=anna, seen=seen)
    patient_commands.change(made, replace(alike, phone="+1 212"), version=2, by=anna, seen=[])


def test_a_number_is_folded_when_it_is_stored(anna):
    made = patients.a_patient(anna, "B-17")
    assert db.session.get(Patient, made).number_key == "b17"
    patient_commands.change(
        made, replace(MAYA, record_number="\u200bX\u201119"), version=1, by=anna
    )
    assert db.session.get(Patient, made, populate_existing=True).number_key == "x19"
