"""What somebody looks for stands in no address, and is read by whoever looked for it alone."""

import time

import pytest

from tests.people import ANNA, CLEO
from tracker.domain.patients.draft import PatientDraft
from tracker.services.patients import commands as patient_commands
from tracker.web.patients import search_terms


@pytest.fixture
def found(browse, cast):
    """The address that a search for a name led to."""
    draft = PatientDraft(record_number="A-0012", given_name="Zoë", family_name="O'Neill")
    patient_commands.add(draft, by=cast.anna)
    anna = browse(ANNA)
    anna.open("/patients/")
    anna.send("/patients/", {"q": " O'Neill "}, expect=303)
    return anna.response.location


def test_it_is_read_from_its_address_again(browse, found):
    assert "neill" not in found.lower()
    page = browse(ANNA).open(found)
    assert "O'Neill, Zoë" in page.text
    assert 'value="O&#39;Neill"' in browse(ANNA).client.get(found).text


@pytest.mark.parametrize("who", [CLEO, ANNA])
def test_somebody_else_or_with_another_address_looks_for_nothing(browse, found, who):
    address = found if who is CLEO else found.replace("terms=", "terms=x")
    answer = browse(who).client.get(address)
    assert answer.status_code == 200
    assert 'O&#39;Neill"' not in answer.text


def test_after_a_day_it_is_typed_anew(browse, found, monkeypatch):
    later = time.time() + search_terms.HOURS_KEPT * 3600 + 60
    monkeypatch.setattr("cryptography.fernet.time.time", lambda: later)
    assert 'O&#39;Neill"' not in browse(ANNA).client.get(found).text


def test_nothing_typed_leads_to_the_plain_list(browse, cast):
    anna = browse(ANNA)
    anna.open("/patients/")
    anna.send("/patients/", {"q": " "}, expect=303)
    assert anna.response.location == "/patients/?show=current"


def test_a_search_is_sent_with_the_token_of_its_page(browse, cast):
    anna = browse(ANNA)
    anna.client.get("/patients/")
    assert anna.client.post("/patients/", data={"q": "O'Neill"}).status_code == 400
