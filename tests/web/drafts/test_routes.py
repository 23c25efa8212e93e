import pytest

from tests.builders.patients import a_patient, a_series, planned
from tests.people import ADAM, ANNA, CLEO
from tracker.services import drafts


@pytest.fixture
def first(cast):
    return planned(a_series(cast.anna, a_patient(cast.anna)))[0]


def test_a_draft_is_thrown_away_and_the_form_opens_anew(browse, cast, first):
    browser = browse(ANNA)
    browser.open(f"/sessions/{first}/record")
    browser.send(f"/drafts/record-{first}", {"escort": "Aunt"}, expect=204)
    browser.open(f"/sessions/{first}/record")
    browser.send(f"/drafts/record-{first}/discard", {}, expect=303)
    assert "Aunt" not in browser.follow().text
    assert drafts.find(f"record-{first}", by=cast.anna) is None


@pytest.mark.parametrize("form", ["record-x", "nothing-1", "record-1", "record-" + "9" * 5000])
def test_an_unknown_form_keeps_nothing(browse, form):
    browser = browse(ANNA)
    browser.open("/patients/")
    browser.send(f"/drafts/{form}", {"escort": "Aunt"}, expect=404)


@pytest.mark.parametrize("form", ["record-x", "nothing-1", "record-" + "9" * 5000])
def test_an_unknown_form_is_not_discarded(browse, form):
    browser = browse(ANNA)
    browser.open("/patients/")
    browser.send(f"/drafts/{form}/discard", {}, expect=404)


def test_strangers_keep_nothing(browse, first):
    for email, page, status in ((CLEO, "/patients/", 404), (ADAM, "/people/", 403)):
        browser = browse(email)
        browser.open(page)
        browser.send(f"/drafts/record-{first}", {"escort": "Aunt"}, expect=status)


def test_a_draft_needs_the_token_of_the_page(browse, cast, first):
    browser = browse(ANNA)
    answer = browser.client.post(f"/drafts/record-{first}", data={"escort": "Aunt"})
    assert answer.status_code == 400
    assert drafts.find(f"record-{first}", by=cast.anna) is None
