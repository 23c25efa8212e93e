"""What ends a sign-in, and what the cookie is worth."""

import dataclasses
from contextlib import nullcontext
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import event

from tests.browsing import Browser
from tests.people import ANNA, PASSWORD
from tests.signing_in import NEW, copy_of, is_in
from tracker import create_app
from tracker.domain.access import Role
from tracker.models import db
from tracker.services import clock
from tracker.services.audit import queries as audit_queries
from tracker.services.people import access_changes, logins
from tracker.web import login
from tracker.web.account import known_devices


def test_signing_out_ends_every_copy_and_clears_the_browser(browse):
    browser = browse(ANNA)
    copy = copy_of(browser)
    browser.open("/account/")
    browser.send("/sign-out", {})
    assert browser.response.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert not is_in(copy)
    assert not is_in(browser)


def test_changing_the_password_ends_the_others_and_every_copy(browse):
    browser, other = browse(ANNA), browse(ANNA)
    copy = copy_of(browser)
    browser.open("/password/change")
    browser.send(
        "/password/change",
        {"password": PASSWORD, "new_password": NEW, "new_password_confirm": NEW},
    )
    assert is_in(browser)
    assert not is_in(other)
    assert not is_in(copy)
    browse(ANNA, NEW)


def test_disabling_ends_every_copy(browse, cast):
    browser = browse(ANNA)
    copy = copy_of(browser)
    access_changes.disable(cast.anna.user_id, reason="Asked for", by=cast.adam)
    assert not is_in(browser)
    access_changes.enable(cast.anna.user_id, reason="Asked for", by=cast.adam)
    assert not is_in(copy)


def test_changing_roles_ends_every_copy(browse, cast):
    browser = browse(ANNA)
    copy = copy_of(browser)
    access_changes.set_roles(
        cast.anna.user_id, [Role.ADMINISTRATOR], reason="Asked for", by=cast.adam
    )
    assert not is_in(browser)
    assert not is_in(copy)


def end_by_idling(browser, cast, settings):
    return time_machine.travel(clock.now() + timedelta(minutes=settings.idle_minutes, seconds=90))


def end_elsewhere(browser, cast, settings):
    logins.end_others(cast.anna.user_id, "", action=logins.SIGNED_OUT_ELSEWHERE, by=cast.anna)
    return nullcontext()


def end_by_disabling(browser, cast, settings):
    access_changes.disable(cast.anna.user_id, reason="Asked for", by=cast.adam)
    return nullcontext()


@pytest.mark.parametrize("path", ["/account/", "/standing", "/today/board/news", "/sign-in"])
@pytest.mark.parametrize("end", [end_by_idling, end_elsewhere, end_by_disabling])
def test_the_answer_that_ends_a_sign_in_clears_the_cache_and_keeps_what_waits(
    browse, cast, settings, end, path
):
    browser = browse(ANNA)
    with end(browser, cast, settings):
        answer = browser.client.get(path)
        assert answer.headers["Clear-Site-Data"] == '"cache"'
        assert "Clear-Site-Data" not in browser.client.get("/sign-in").headers


def test_a_page_asks_who_is_signed_in_and_keeps_nobody_so(browse, cast, settings):
    browser = browse(ANNA)
    assert browser.client.get("/standing").json == {"person": str(cast.anna.user_id)}
    with time_machine.travel(clock.now()) as traveller:
        traveller.shift(timedelta(minutes=settings.idle_minutes - 2))
        browser.client.get("/standing")
        traveller.shift(timedelta(minutes=3))
        assert browser.client.get("/standing").json == {"person": ""}


def test_an_idle_sign_in_ends_for_good(browse, settings):
    browser = browse(ANNA)
    copy = copy_of(browser)
    with time_machine.travel(clock.now() + timedelta(minutes=settings.idle_minutes, seconds=90)):
        assert not is_in(copy)
        assert not is_in(browser)
    assert not is_in(copy_of(browser))


def test_a_clock_that_is_set_back_makes_no_sign_in_longer(browse):
    """One that was ahead for a while would leave a browser open for that time more."""
    browser = browse(ANNA)
    copy = copy_of(browser)  # its cookie is of before
    with time_machine.travel(clock.now()) as traveller:
        traveller.shift(timedelta(minutes=10))
        assert is_in(browser)
        traveller.shift(timedelta(minutes=-9))
        assert not is_in(copy)


def test_doing_something_keeps_a_sign_in_open(browse, settings):
    browser = browse(ANNA)
    with time_machine.travel(clock.now()) as traveller:
        for _ in range(4):
            traveller.shift(timedelta(minutes=settings.idle_minutes - 2))
            assert is_in(browser)


def test_what_scripts_ask_for_does_not_keep_a_sign_in_open(browse, settings, monkeypatch):
    browser = browse(ANNA)
    monkeypatch.setattr(login, "SILENT", frozenset({"account.show"}))
    with time_machine.travel(clock.now()) as traveller:
        traveller.shift(timedelta(minutes=settings.idle_minutes - 2))
        browser.open("/account/")
        traveller.shift(timedelta(minutes=3))
        browser.open("/account/", expect=302)


def test_a_sign_in_ends_after_a_day_at_work_however_busy(browse, settings):
    browser = browse(ANNA)
    with time_machine.travel(clock.now()) as traveller:
        spent = timedelta()
        while spent + timedelta(minutes=14) < login.LONGEST:
            traveller.shift(timedelta(minutes=14))
            spent += timedelta(minutes=14)
            assert browser.client.get("/account/").status_code == 200
        traveller.shift(timedelta(minutes=14))
        assert not is_in(browser)


def test_the_rows_say_why_a_sign_in_ended(browse, cast):
    browser = browse(ANNA)
    browser.open("/account/")
    browser.send("/sign-out", {})
    line = next(x for x in audit_queries.read(by=cast.adam).lines if x.action == "signed-out")
    assert (line.actor, line.detail) == ("Anna Clinician", "signed out")


def test_the_cookie_is_as_safe_as_cookies_get(settings, cast):
    settings = dataclasses.replace(settings, secure_cookies=True)
    client = create_app(settings=settings).test_client()
    answer = client.get("/sign-in", base_url="https://localhost")
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-tracker=")
    flags = {part.strip() for part in cookie.split(";")[1:]}
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= flags
    assert not any(flag.startswith("Domain") for flag in flags)


def test_a_planted_session_is_worth_nothing_after_signing_in(browse):
    planted = Browser(browse.app)
    planted.open("/sign-in")
    known = planted.page.value("csrf_token")
    with planted.client.session_transaction() as kept:
        token = kept.get("csrf_token")
    victim = copy_of(planted)
    victim.open("/sign-in")
    victim.send("/sign-in", {"email": ANNA, "password": PASSWORD})
    with victim.client.session_transaction() as kept:
        assert kept.get("csrf_token") != token
    refused = victim.client.post("/sign-out", data={"csrf_token": known})
    assert refused.status_code == 400
    assert not is_in(planted)


def test_a_user_without_a_sign_in_is_nobody(browse, cast):
    from tracker.models.users import User

    browser = Browser(browse.app)
    browser.open("/sign-in")
    with browser.client.session_transaction() as kept:
        kept["_user_id"] = db.session.get_one(User, cast.anna.user_id).fs_uniquifier
        kept["_fresh"] = True
    assert not is_in(browser)


def test_nobody_is_remembered_beyond_the_sign_in(browse):
    browser = Browser(browse.app)
    browser.open("/sign-in")
    browser.send("/sign-in", {"email": ANNA, "password": PASSWORD, "remember": "y"})
    cookies = browser.response.headers.getlist("Set-Cookie")
    names = {cookie.split("=")[0] for cookie in cookies}
    assert names == {"tracker", known_devices.NAME}
    with browser.client.session_transaction() as kept:
        assert not kept.permanent


def test_there_is_no_door_for_programs(browse):
    browser = Browser(browse.app)
    browser.open("/sign-in")
    answer = browser.client.post(
        "/sign-in?include_auth_token",
        json={"email": ANNA, "password": PASSWORD},
        headers={
            "X-CSRFToken": browser.page.value("csrf_token"),
            "Accept": "application/json",
            "Referer": "http://localhost/",
        },
    )
    assert "authentication_token" not in answer.text
    assert answer.mimetype == "text/html"


def test_a_code_by_mail_is_no_way_in(browse):
    assert browse.client.get("/second-step/rescue").status_code == 404


def test_who_is_signed_in_costs_one_query(browse):
    browser = browse(ANNA)
    asked = []

    def listen(*arguments):
        asked.append(arguments[2])

    event.listen(db.engine, "before_cursor_execute", listen)
    browser.client.get("/no-such-page")
    engine = browser.app.extensions["sqlalchemy"].engines[None]
    event.remove(engine, "before_cursor_execute", listen)
    assert len(asked) == 1
