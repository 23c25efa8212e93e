"""Whom a patient is told to call after an answer about suicide, by the clinic's country."""

import pytest

from tests.builders.check_ins import PHQ9, arrive, ask
from tests.builders.clinics import settle
from tests.builders.courses import account, treat
from tests.people import BEN
from tracker.models import db
from tracker.models.clinics import Clinic

CRISIS = "If you might act on these thoughts, call now"
PAGE = {f"answer-{code}": value for code, value in PHQ9.items()} | {"answer-phq9_9": "1"}


@pytest.fixture
def treated(cast):
    return treat(cast.anna)


@pytest.fixture
def answer(cast, treated, browse):
    """Answer question 9 above zero and give the page that follows; a country and a number first."""

    def begin():
        account(cast.console, treated)
        check_in = ask(cast.anna, treated.patient_id)
        ben = browse(BEN)
        ben.open(f"/answers/{check_in}/")
        ben.send(f"/answers/{check_in}/begin", {}, expect=303)
        ben.send(f"/answers/{check_in}/questions/phq9/", PAGE, expect=303)
        return arrive(ben)

    return begin


def words(page):
    """Read a page as people do: a full stop stands right after the link before it."""
    return page.text.replace(" .", ".")


def dialled(page):
    return {link for link in page.links if link.startswith(("tel:", "sms:"))}


def test_in_the_united_states(answer, cast):
    settle(cast.clinic_id, "US")
    page = answer()
    assert CRISIS in page.text
    assert "988 Suicide & Crisis Lifeline: call or text 988 (24 hours, every day)." in page.text
    assert dialled(page) == {"tel:988", "sms:988", "tel:911"}
    assert "In a crisis call or text 988. Emergency: 911." in words(page)


def test_in_the_united_kingdom(answer, cast):
    settle(cast.clinic_id, "GB")
    page = answer()
    assert CRISIS in page.text
    assert "Samaritans: call 116 123 (24 hours, every day)." in page.text
    assert "NHS 111, mental health option (2), in England: call 111." in page.text
    assert dialled(page) == {"tel:116123", "tel:111", "tel:999"}
    assert "988" not in page.text
    assert "911" not in page.text
    assert "In a crisis call 116 123. Emergency: 999." in words(page)


def test_somewhere_else_only_the_emergency_number_asked_for_at_init(answer, cast):
    settle(cast.clinic_id, "other", "117")
    page = answer()
    assert "You do not have to go through this alone. Call 117." in page.text
    assert dialled(page) == {"tel:117"}
    assert "In a crisis" not in page.text
    assert "Emergency: 117." in words(page)


def test_a_clinic_from_before_countries_shows_what_it_had(answer, cast):
    assert db.session.get_one(Clinic, cast.clinic_id).settings == {}
    assert dialled(answer()) == {"tel:988", "sms:988", "tel:911"}


def test_without_any_number_a_page_still_says_whom_to_call(answer, cast):
    db.session.get_one(Clinic, cast.clinic_id).settings = {"country": ""}
    db.session.commit()
    page = answer()
    assert CRISIS in page.text
    assert "Call your local emergency number." in page.text
    assert dialled(page) == set()


def test_a_line_with_a_number_of_its_own_for_texts_and_one_that_takes_none(answer, cast):
    settle(cast.clinic_id, "AU")
    page = answer()
    assert "Lifeline: call 13 11 14, or text 0477 13 11 14 (24 hours, every day)." in page.text
    assert dialled(page) == {"tel:131114", "sms:0477131114", "tel:000"}


def test_the_clinics_own_words_win_over_the_countrys(answer, cast):
    own = {"crisis_line": "01 234 567", "crisis_line_name": "Harbour crisis team"}
    settle(cast.clinic_id, "GB", "112", **own)
    page = answer()
    assert "Harbour crisis team: call 01 234 567" in page.text
    assert {"tel:01234567", "tel:112"} <= dialled(page)
    assert "tel:999" not in dialled(page)
