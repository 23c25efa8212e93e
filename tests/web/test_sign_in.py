"""The door: who is let in, and what happens to those who try too often."""

from datetime import timedelta

import pytest
import time_machine

from tests.browsing import Browser
from tests.people import ANNA, PASSWORD
from tests.signing_in import NEW, is_in, try_to_sign_in
from tracker.services import clock
from tracker.services.audit import queries as audit_queries
from tracker.services.people import access_changes, brakes

HERE = brakes.at_address("127.0.0.1")


def test_the_right_password_opens(browse):
    browser = browse(ANNA)
    browser.open("/account/")
    assert "Anna Clinician" in browser.page.text


def test_an_unknown_e_mail_is_answered_like_a_wrong_password(browse):
    wrong = try_to_sign_in(Browser(browse.app), password="not this one", expect=200).text
    unknown = try_to_sign_in(Browser(browse.app), "nobody@example.org", expect=200).text
    assert wrong == unknown
    assert "Check both, or wait 15 minutes" in wrong


def test_an_unknown_e_mail_costs_a_hash_as_a_wrong_password_does(browse, monkeypatch):
    hashed = []
    monkeypatch.setattr("flask_security.forms.hash_password", hashed.append)
    try_to_sign_in(browse, "nobody@example.org", "some password", expect=200)
    assert hashed == ["some password"]


def test_an_unknown_e_mail_leaves_a_line_without_it(browse, cast):
    try_to_sign_in(browse, "nobody@example.org", expect=200)
    line = audit_queries.read(by=cast.adam).lines[0]
    assert (line.action, line.detail) == ("sign-in.failed", "unknown e-mail, from 127.0.0.1")


def test_a_disabled_account_is_answered_like_a_wrong_password(browse, cast):
    wrong = try_to_sign_in(Browser(browse.app), password="not this one", expect=200).text
    access_changes.disable(cast.anna.user_id, reason="Asked for", by=cast.adam)
    assert try_to_sign_in(Browser(browse.app), expect=200).text == wrong


def test_case_and_spaces_of_the_e_mail_do_not_matter(browse):
    try_to_sign_in(browse, " Anna@Example.org ", expect=302)


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example/",
        "\\\\evil.example/",
        "/\\evil.example/",
        "javascript:alert(1)",
        "%2F%2Fevil.example",
    ],
)
def test_next_leads_nowhere_else(browse, elsewhere):
    browser = Browser(browse.app)
    browser.open("/sign-in")
    data = {
        "csrf_token": browser.page.value("csrf_token"), "email": ANNA, "password": PASSWORD,
    }  # fmt: skip
    path, following = "/sign-in", {"next": elsewhere}
    assert browser.client.post(path, query_string=following, data=data).status_code == 400
    assert browser.client.post(path, data=data | following).status_code == 400
    shown = browser.client.get(path, query_string=following)
    assert (shown.status_code, shown.headers["Location"]) == (302, "/sign-in")
    assert not is_in(browser)


def test_next_leads_back_to_the_page_that_was_asked_for(browse):
    browser = Browser(browse.app)
    browser.open("/account/", expect=302)
    browser.follow()
    browser.send(browser.page.forms[0]["action"], {"email": ANNA, "password": PASSWORD})
    assert browser.response.headers["Location"] == "/account/"


def test_nothing_is_signed_in_or_out_by_a_link(browse):
    assert browse.client.get("/sign-out").status_code == 405


def test_a_form_without_its_token_is_refused(browse):
    answer = browse.client.post("/sign-in", data={"email": ANNA, "password": PASSWORD})
    assert answer.status_code == 400


def lock(browser: Browser) -> None:
    browser.open("/sign-in")
    for _ in range(brakes.MOST_FAILURES):
        browser.send("/sign-in", {"email": ANNA, "password": "wrong"}, expect=200)


def test_five_failures_close_the_account_even_to_the_right_password(browse, cast):
    lock(browse)
    try_to_sign_in(browse, expect=200)
    actions = [line.action for line in audit_queries.read(by=cast.adam).lines]
    assert actions.count("sign-in.failed") == brakes.MOST_FAILURES
    assert {"user.locked", "sign-in.refused"} <= set(actions)


def test_the_lock_opens_by_itself(browse):
    lock(browse)
    with time_machine.travel(clock.now() + brakes.LOCKED_FOR + timedelta(seconds=1)):
        try_to_sign_in(browse, expect=302)


def test_trying_on_does_not_keep_an_account_closed(browse, cast):
    lock(browse)
    assert brakes.count_failure(cast.anna.user_id, "password", HERE)
    with time_machine.travel(clock.now() + brakes.LOCKED_FOR + timedelta(seconds=1)):
        assert not brakes.is_locked(cast.anna.user_id, HERE)


def test_an_administrator_unlocks(browse, cast):
    lock(browse)
    access_changes.unlock(cast.anna.user_id, by=cast.adam)
    try_to_sign_in(browse, expect=302)


def test_signing_in_forgets_earlier_failures(browse, cast):
    for _ in range(2):
        for _ in range(brakes.MOST_FAILURES - 1):
            brakes.count_failure(cast.anna.user_id, "password", HERE)
        try_to_sign_in(Browser(browse.app), expect=302)


def test_many_names_from_one_address_are_braked_whatever_it_claims_to_be(browse, cast):
    browser = Browser(browse.app)
    browser.open("/sign-in")
    token = browser.page.value("csrf_token")

    def attempt(number: int) -> int:
        data = {"csrf_token": token, "email": f"n{number}@example.org", "password": "x"}
        claims = {"X-Forwarded-For": f"203.0.113.{number}"}
        return browser.client.post("/sign-in", data=data, headers=claims).status_code

    assert [attempt(number) for number in range(30)] == [200] * 10 + [429] * 20
    browser.send("/sign-in", {"email": ANNA, "password": PASSWORD}, expect=429)
    assert "Too many tries" in browser.page.text
    limited = [x for x in audit_queries.read(by=cast.adam).lines if x.action == "sign-in.limited"]
    assert len(limited) == 1


def test_the_brake_lets_go(browse):
    browser = Browser(browse.app)
    browser.open("/sign-in")
    for _ in range(11):
        answer = browser.client.post(
            "/sign-in",
            data={
                "csrf_token": browser.page.value("csrf_token"),
                "email": "n@example.org",
                "password": "x",
            },
        )
    assert answer.status_code == 429
    with time_machine.travel(clock.now() + timedelta(minutes=6)):
        try_to_sign_in(browser, expect=302)


def test_a_whole_clinic_may_sign_in_from_one_address(browse):
    for _ in range(12):
        try_to_sign_in(Browser(browse.app), expect=302)


def test_guessing_the_old_password_of_a_borrowed_browser_locks_too(browse, cast):
    browser = browse(ANNA)
    browser.open("/password/change")
    for _ in range(brakes.MOST_FAILURES):
        browser.send(
            "/password/change",
            {"password": "wrong", "new_password": NEW, "new_password_confirm": NEW},
            expect=200,
        )
    browser.send(
        "/password/change",
        {"password": PASSWORD, "new_password": NEW, "new_password_confirm": NEW},
        expect=200,
    )
    assert "closed for a while" in browser.page.text
