"""People of a file who may be here already: asked about on the page."""

import pytest
from sqlalchemy import select

from tests.builders import patients
from tests.people import ANNA
from tests.web.imports.test_routes import kept_mapping, send, upload
from tracker.models import db
from tracker.models.patients import Patient


@pytest.fixture
def anna(browse):
    return browse(ANNA)


OWN_PATIENTS = (
    "record_number,given_name,family_name,birth_date,sex,email,phone,indications,notes,archived_on\n"
    "1,Ben,Patient,,unknown,,,,,\n"
)


@pytest.mark.parametrize(
    ("answer", "numbers"), [("new", ["0001", "1"]), ("leave-out", ["0001"]), ("same", ["0001"])]
)
def test_people_who_may_be_here_are_asked_about_on_the_page(anna, cast, answer, numbers):
    patients.a_patient(cast.anna, "0001", sex="unknown")
    page = upload(anna, OWN_PATIENTS)
    assert "To be answered: the same person?" in page.text
    assert "Patient, Ben, record 0001, is there already." in page.text
    assert page.inspect() == []
    send(anna, "apply", kept_mapping())
    assert "Nothing was imported." in anna.follow().text
    send(anna, "apply", kept_mapping(), same_person=answer)
    assert "/imports/done" in anna.response.headers["Location"]
    assert sorted(db.session.scalars(select(Patient.record_number))) == numbers
