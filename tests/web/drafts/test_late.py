"""A form that came after the idle limit, of a page that keeps no drafts: it is filled again."""

from datetime import timedelta

import time_machine

from tests.browsing import Browser
from tests.builders.patients import a_patient, a_series, planned
from tests.people import ADAM, ANNA, PASSWORD
from tracker.services import clock

TYPED = {
    "record_number": "N-77", "given_name": "Nora", "family_name": "Lind", "notes": "Two\nlines",
    "birth_date": "1990-02-03", "sex": "female",
}  # fmt: skip


def sign_in_again(browser: Browser, email: str = ANNA) -> None:
    browser.follow()
    browser.send(browser.page.forms[0]["action"], {"email": email, "password": PASSWORD})


def come_late(browse, path: str, typed, traveller, settings) -> Browser:
    """Anna, who typed and was away for long before she pressed Save."""
    browser = browse(ANNA)
    browser.open(path)
    traveller.shift(timedelta(minutes=settings.idle_minutes + 2))
    browser.send(path, typed, expect=302)
    return browser


def test_a_new_patient_who_was_typed_is_still_there(browse, settings):
    with time_machine.travel(clock.now()) as traveller:
        browser = come_late(browse, "/patients/new", TYPED, traveller, settings)
        sign_in_again(browser)
        assert browser.response.headers["Location"] == "/patients/new"
        browser.follow()
        assert "What you typed is here" in browser.page.text
        assert browser.page.value("record_number") == "N-77"
        assert browser.page.value("family_name") == "Lind"
        browser.send("/patients/new", TYPED, expect=303)
        browser.open("/patients/new")  # given back once
        assert browser.page.value("record_number") == ""


def test_a_new_lot_too(browse, settings):
    with time_machine.travel(clock.now()) as traveller:
        browser = come_late(browse, "/stock/lots/new", {"lot_number": "L-9"}, traveller, settings)
        sign_in_again(browser)
        browser.follow()
        assert "L-9" in browser.response.text


def test_nobody_else_at_the_browser_is_shown_it(browse, settings, cast):
    with time_machine.travel(clock.now()) as traveller:
        browser = come_late(browse, "/patients/new", TYPED, traveller, settings)
        sign_in_again(browser, ADAM)
        browser.open("/patients/new", expect=403)
        assert "N-77" not in browser.response.text


def test_no_password_is_kept(browse, settings):
    from sqlalchemy import select

    from tracker.models import db
    from tracker.models.drafts import Draft

    with time_machine.travel(clock.now()) as traveller:
        typed = {"email": "x@example.org", "password": PASSWORD}
        come_late(browse, "/account/e-mail", typed, traveller, settings)
        assert db.session.scalars(select(Draft)).all() == []


def test_a_form_that_is_refused_comes_back_when_its_page_is_opened_anew(browse):
    browser = browse(ANNA)
    browser.open("/patients/new")
    browser.send("/patients/new", TYPED | {"birth_date": "2999-01-01"}, expect=422)
    browser.open("/patients/new")
    assert browser.page.value("record_number") == "N-77"
    browser.send("/patients/new", TYPED, expect=303)
    browser.open("/patients/new")
    assert browser.page.value("record_number") == ""


def test_a_session_that_is_refused_is_kept_as_its_own_draft(browse, cast):
    first = planned(a_series(cast.anna, a_patient(cast.anna)))[0]
    browser = browse(ANNA)
    browser.open(f"/sessions/{first}/record")
    browser.send(f"/sessions/{first}/record", {"dose_mg": "forty"}, expect=422)
    assert browser.open(f"/sessions/{first}/record").value("dose_mg") == "forty"


def test_a_draft_that_comes_behind_the_saved_form_is_not_kept(browse, cast):
    """The line comes back: draft and form leave at once, and the draft arrives second."""
    browser = browse(ANNA)
    page = browser.open("/patients/new")
    token, once = page.value("csrf_token"), page.value("once")
    typed = TYPED | {"once": once}
    browser.send("/patients/new", typed, expect=303)
    browser.client.post("/drafts/of-page?page=/patients/new", data=typed | {"csrf_token": token})
    assert browser.open("/patients/new").value("record_number") == ""
