"""The list of imports, one of them, and the page that undoes it."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from tests.builders import courses
from tests.people import ADAM, ANNA, CLEO
from tests.services.imports.undo import content
from tracker.models import db
from tracker.models.imports import FileImport
from tracker.models.patients import Patient
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock
from tracker.services.patients import commands as patient_commands


@pytest.fixture
def made(cast):
    courses.treat(cast.anna)
    return content.bring_in(content.FILE, cast.anna).id


@pytest.fixture
def anna(browse):
    return browse(ANNA)


def patients():
    return db.session.scalar(select(func.count()).select_from(Patient))


def test_an_import_is_listed_looked_at_and_undone(anna, cast, made):
    page = anna.open("/imports/")
    assert "4 read: 4 stored, 0 refused, 0 there already" in page.text
    page = anna.open(f"/imports/{made}")
    assert "2 patients, 3 series, 4 sessions, 4 scores" in page.text
    page = anna.open(f"/imports/{made}/undo")
    assert "Everything that this file brought is set aside" in page.text
    anna.send(f"/imports/{made}/undo", {"reason": "The wrong file"}, expect=303)
    page = anna.follow()
    assert "The import is undone" in page.text
    assert "by Anna Clinician" in page.text
    assert "The wrong file" in page.text
    assert patients() == 1
    assert "Undone" in anna.open("/imports/").text
    assert "It was undone already" in anna.open(f"/imports/{made}/undo").text


def test_it_wants_a_reason_and_keeps_what_was_typed(anna, made):
    anna.open(f"/imports/{made}/undo")
    page = anna.send(f"/imports/{made}/undo", {"reason": " "}, expect=422)
    assert "Say why" in page.text
    long = "x" * 1_001
    page = anna.send(f"/imports/{made}/undo", {"reason": long}, expect=422)
    assert long in page.text
    assert patients() == 3


def test_what_was_touched_is_named_with_its_record_and_nothing_is_undone(anna, cast, made):
    anna.open(f"/imports/{made}/undo")
    patient_id = db.session.scalar(select(Patient.id).where(Patient.record_number == "N-2"))
    patient_commands.archive(patient_id, "Moved", by=cast.anna)
    page = anna.send(f"/imports/{made}/undo", {"reason": "The wrong file"}, expect=409)
    assert "people have worked with it since" in page.text
    assert f"/patients/{patient_id}/" in page.links
    assert "archived or merged" in page.text
    assert "The wrong file" in page.text
    assert patients() == 3
    assert "people have worked with it since" in anna.open(f"/imports/{made}/undo").text


def test_a_second_click_is_led_to_the_same_page(anna, made):
    anna.open(f"/imports/{made}/undo")
    once = anna.page.value("once")
    for _ in range(2):
        anna.send(f"/imports/{made}/undo", {"reason": "Wrong", "once": once}, expect=303)
        assert "Undone" in anna.follow().text


def test_the_password_is_asked_for_again_after_a_while(anna, made):
    with time_machine.travel(clock.now() + timedelta(minutes=16), tick=False):
        page = anna.open(f"/imports/{made}/undo", expect=302)
        assert page is not None
    assert db.session.get(FileImport, made).undone_at is None


@pytest.mark.parametrize(("who", "status"), [(CLEO, 404), (ADAM, 403)])
def test_nobody_else_sees_or_undoes_it(browse, made, who, status):
    browser = browse(who)
    browser.open(f"/imports/{made}", expect=status)
    browser.open(f"/imports/{made}/undo", expect=status)
    sessions = db.session.scalar(select(func.count()).select_from(TreatmentSession))
    assert sessions == 6
    assert browse(ANNA).open("/imports/1", expect=404)
