"""The pages of allergies and medicines, and the banner that reads them."""

import pytest
from msgspec.structs import replace

from tests.builders import courses
from tests.builders.patients import a_patient
from tests.people import ADAM, ANNA, BEN, CLEO
from tracker.services.clinic import clinics
from tracker.services.health_lists import queries as item_queries


@pytest.fixture
def treated(cast):
    return courses.treat(cast.console, sessions=2, scores=0)


@pytest.fixture
def anna(browse):
    return browse(ANNA)


def item(**otherwise):
    return {
        "kind": "allergy", "name": "Penicillin", "detail": "rash", "noted_on": "2026-03-01",
    } | otherwise  # fmt: skip


def test_an_allergy_is_entered_and_stands_on_top_of_every_page(anna, treated):
    here = f"/patients/{treated.patient_id}/health-lists/"
    assert "Not asked yet." in anna.open(here).text
    anna.open(f"{here}new?kind=allergy")
    anna.send(f"{here}new", item(), expect=303)
    assert "Penicillin" in anna.follow().text
    for page in (f"/patients/{treated.patient_id}/", f"/patients/{treated.patient_id}/scores/"):
        shown = anna.open(page)
        assert "Allergies: Penicillin (rash). Medicines: not asked yet." in shown.text


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(anna, treated):
    here = f"/patients/{treated.patient_id}/health-lists/new"
    anna.open(here)
    page = anna.send(here, item(name="\u200b", detail="kept words"), expect=422)
    assert "Write what the allergy is to." in page.text
    assert page.value("detail") == "kept words"
    page = anna.send(here, item(noted_on="soon"), expect=422)
    assert "Give a day of the calendar" in page.text


def test_an_entry_is_ended_with_a_reason_and_stays_below(anna, treated, cast):
    here = f"/patients/{treated.patient_id}/health-lists/"
    anna.open(f"{here}new")
    anna.send(f"{here}new", item(kind="medicine", name="Lithium"), expect=303)
    [made] = item_queries.listing(treated.patient_id, by=cast.anna)
    end = f"/health-lists/{made.id}/end"
    anna.open(end)
    anna.send(end, {"reason": "\u00ad", "ended_on": "2026-03-02"}, expect=422)
    anna.send(end, {"reason": "Stopped.", "ended_on": "2026-03-02"}, expect=303)
    page = anna.follow()
    assert "<s>Lithium</s>" in anna.response.text
    assert "Stopped." in page.text


def test_administrators_patients_and_strangers_have_no_such_page(browse, cast, treated):
    courses.account(cast.console, treated)
    here = f"/patients/{treated.patient_id}/health-lists/"
    for who in (ADAM, BEN):
        browse(who).open(here, expect=403)
    browse(CLEO).open(here, expect=404)
    browse(CLEO).open("/health-lists/7/end", expect=404)


def test_nothing_clinical_is_in_a_title(anna, treated):
    here = f"/patients/{treated.patient_id}/health-lists/"
    anna.open(f"{here}new")
    anna.send(f"{here}new", item(name="Thistledown"), expect=303)
    for path in (here, f"/patients/{treated.patient_id}/"):
        anna.open(path)
        title = anna.response.text.partition("<title>")[2].partition("</title>")[0]
        assert "Thistledown" not in title


def test_the_second_number_stands_where_the_clinic_names_it(browse, cast):
    made = a_patient(cast.anna, other_number="943 476 5919")
    anna = browse(ANNA)
    assert "943 476 5919" not in anna.open(f"/patients/{made}/").text
    draft, version = clinics.draft(by=cast.adam)
    named = replace(draft, other_number_name="NHS number")
    clinics.change_settings(named, version=version, by=cast.adam)
    assert "NHS number 943 476 5919" in anna.open(f"/patients/{made}/").text
    assert anna.open(f"/patients/{made}/edit").value("other_number") == "943 476 5919"
    assert browse(ADAM).open("/clinic/").value("other_number_name") == "NHS number"


def test_a_key_that_was_used_for_one_patient_saves_nothing_for_another(anna, cast, treated):
    """Nobody is told that it was saved, and finds it nowhere."""
    other = a_patient(cast.anna, "C-2")
    page = anna.open(f"/patients/{treated.patient_id}/health-lists/new?kind=allergy")
    key = {"once": page.value("once")}
    anna.send(f"/patients/{treated.patient_id}/health-lists/new", item() | key, expect=303)
    anna.send(f"/patients/{treated.patient_id}/health-lists/new", item() | key, expect=303)
    again = anna.send(f"/patients/{other}/health-lists/new", item() | key, expect=409)
    assert "What you see here is not saved" in again.text
    assert "Penicillin" not in anna.open(f"/patients/{other}/health-lists/").text
