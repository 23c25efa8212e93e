"""People of a file who may be here already: asked by row, whichever door they come by."""

from datetime import date

import pytest
from msgspec.structs import replace

from tracker.domain.patients.draft import PatientDraft
from tracker.domain.patients.same_person import SamePersonAnswer
from tracker.domain.problems import InvalidError
from tracker.models import db
from tracker.models.assessments import Assessment
from tracker.models.patients import Patient
from tracker.services.imports import run as import_run
from tracker.services.imports.plan import ImportAnswers
from tracker.services.patients import commands as patient_commands

MARIA = PatientDraft(
    record_number="0001", given_name="Maria", family_name="Albrecht", birth_date=date(1989, 1, 12)
)
PETER = PatientDraft(
    record_number="0004", given_name="Peter", family_name="Petersen",
    birth_date=date(1993, 11, 23),
)  # fmt: skip
OWN = (
    "record_number,given_name,family_name,birth_date,sex,email,phone,indications,notes,archived_on\n"
    "1,Maria,Albrecht,1989-01-12,unknown,,,,,\n"
    "4,Peter,Petersen,1993-11-23,unknown,,,,,\n"
)
MAPPED = "MRN,Last name,First name,DOB,Date,PHQ-9 total\n{}\n"
MAPPING = """
[patient]
record_number = "MRN"
create_unknown = true
[patient.columns]
family_name = "Last name"
given_name = "First name"
birth_date = "DOB"
[[scores]]
column = "PHQ-9 total"
instrument = "phq9"
date_column = "Date"
"""
PETERS = MAPPED.format("4,Petersen,Peter,1993-11-23,2026-01-20,9")
TOTALS = """
[patient]
record_number = "MRN"
create_unknown = true
[[scores]]
column = "PHQ-9 total"
instrument = "phq9"
date_column = "Date"
"""
MID_BOM = "\ufeffMRN,Date,PHQ-9 total\r\nI-19,2026-01-01,14\r\n\ufeffI-20,2026-01-01,8\r\n"
SAME, NEW, LEAVE_OUT = SamePersonAnswer.SAME, SamePersonAnswer.NEW, SamePersonAnswer.LEAVE_OUT

pytestmark = pytest.mark.both_databases


@pytest.fixture(autouse=True)
def here(anna):
    for one in (MARIA, PETER):
        patient_commands.add(one, by=anna)


def plan(anna, text, mapping="", answer=None):
    return import_run.plan(
        text.encode(), mapping=mapping, answers=ImportAnswers(same_person=answer), by=anna
    )


def numbers():
    return sorted(db.session.scalars(db.select(Patient.record_number)))


def test_our_own_file_that_lost_its_zeros_is_asked_about_and_nothing_is_stored(anna):
    planned = plan(anna, OWN)
    assert [one.row for one in planned.asked_people] == [2, 3]
    assert planned.asked_people[0].message == (
        "Albrecht, Maria, born 12 Jan 1989, record 0001, is there already. Record number 1 is "
        "another only in the zeros it begins with, or how it is written. The same person?"
    )
    with pytest.raises(InvalidError):
        import_run.apply(planned, by=anna)
    assert numbers() == ["0001", "0004"]


def test_told_that_they_are_the_same_nobody_is_entered(anna):
    planned = plan(anna, OWN, answer=SAME)
    assert (planned.asked_people, planned.rows_duplicate, planned.patients_new) == ((), 2, 0)
    assert "Taken as the one who is here." in planned.remarks[0].message


def test_told_that_they_are_others_they_are_entered(anna):
    import_run.apply(plan(anna, OWN, answer=NEW), by=anna)
    assert numbers() == ["0001", "0004", "1", "4"]


def test_left_out_they_are_counted_so(anna):
    planned = plan(anna, OWN, answer=LEAVE_OUT)
    assert (planned.rows_left_out, planned.rows_stored) == (2, 0)


def test_the_same_name_and_birth_date_under_another_number_is_asked_about(anna):
    planned = plan(anna, OWN.replace("\n1,", "\nZ-9,"))
    assert "Name and birth date are the same." in planned.asked_people[0].message


def test_through_a_mapping_it_is_the_same(anna):
    planned = plan(anna, PETERS, MAPPING)
    assert [one.value for one in planned.asked_people] == ["4"]
    import_run.apply(plan(anna, PETERS, MAPPING, SAME), by=anna)
    whose = db.select(Patient.record_number).join(Assessment, Assessment.patient_id == Patient.id)
    assert db.session.scalars(whose).all() == ["0004"]
    assert numbers() == ["0001", "0004"]


def test_a_mark_in_the_middle_of_a_file_is_no_part_of_a_number(anna):
    import_run.apply(plan(anna, MID_BOM, TOTALS), by=anna)
    assert numbers() == ["0001", "0004", "I-19", "I-20"]


def test_one_person_under_two_spellings_in_one_file_is_asked_about(anna):
    rows = "\n".join(["a-7,Lee,Jo,1990-01-01,2026-01-20,9", "A7,Lee,Jo,1990-01-01,2026-01-21,8"])
    planned = plan(anna, MAPPED.format(rows), MAPPING)
    assert "is on line 2 already" in planned.asked_people[0].message
    import_run.apply(plan(anna, MAPPED.format(rows), MAPPING, SAME), by=anna)
    assert numbers() == ["0001", "0004", "a-7"]


def test_where_several_may_be_meant_no_answer_will_do(anna):
    patient_commands.add(replace(MARIA, record_number="01", given_name="Mia"), by=anna)
    planned = plan(anna, OWN, answer=SAME)
    assert "Several people here may be the same: 0001, 01." in planned.problems[0].message
