"""Signing in, staying signed in, and everything that must end it."""

import dataclasses
import re
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import event

from tests.browsing import Browser
from tests.people import ADAM, ANNA, PASSWORD
from tracker import create_app
from tracker.domain.access import Role
from tracker.models import db
from tracker.services import clock, lockout, people, sign_ins, trail
from tracker.web import login

NEW = "eight patient herons wade south"


def try_to_sign_in(browser: Browser, email: str = ANNA, password: str = PASSWORD, *, expect: int):
    browser.open("/sign-in")
    return browser.send("/sign-in", {"email": email, "password": password}, expect=expect)


def copy_of(browser: Browser) -> Browser:
    """Another browser that holds a copy of the cookie."""
    other = Browser(browser.app)
    other.client.set_cookie("tracker", browser.client.get_cookie("tracker").value)
    return other


def is_in(browser: Browser) -> bool:
    """Whether pages of ours and of Flask-Security both take the browser for signed in."""
    ours = browser.client.get("/account/").status_code
    theirs = browser.client.get("/password/change").status_code
    assert ours == theirs
    return ours == 200


def reset_link(mail_folder: Path) -> str:
    """The path of the link in the latest mail."""
    latest = max(mail_folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    text = latest.read_text().replace("=\n", "").replace("=3D", "=")
    return re.search(r"http://localhost(/\S+)", text).group(1)


# --- the door


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
    line = trail.read(by=cast.adam).lines[0]
    assert (line.action, line.detail) == ("sign-in.failed", "unknown e-mail, from 127.0.0.1")


def test_a_disabled_account_is_answered_like_a_wrong_password(browse, cast):
    wrong = try_to_sign_in(Browser(browse.app), password="not this one", expect=200).text
    people.disable(cast.anna.user_id, by=cast.adam)
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


# --- too many tries


def lock(browser: Browser) -> None:
    browser.open("/sign-in")
    for _ in range(lockout.MOST_FAILURES):
        browser.send("/sign-in", {"email": ANNA, "password": "wrong"}, expect=200)


def test_five_failures_close_the_account_even_to_the_right_password(browse, cast):
    lock(browse)
    try_to_sign_in(browse, expect=200)
    actions = [line.action for line in trail.read(by=cast.adam).lines]
    assert actions.count("sign-in.failed") == lockout.MOST_FAILURES
    assert {"user.locked", "sign-in.refused"} <= set(actions)


def test_the_lock_opens_by_itself(browse):
    lock(browse)
    with time_machine.travel(clock.now() + lockout.LOCKED_FOR + timedelta(seconds=1)):
        try_to_sign_in(browse, expect=302)


def test_trying_on_does_not_keep_an_account_closed(browse, cast):
    lock(browse)
    assert lockout.count_failure(cast.anna.user_id, "password", address="203.0.113.9")
    with time_machine.travel(clock.now() + lockout.LOCKED_FOR + timedelta(seconds=1)):
        assert not lockout.is_locked(cast.anna.user_id)


def test_an_administrator_unlocks(browse, cast):
    lock(browse)
    people.unlock(cast.anna.user_id, by=cast.adam)
    try_to_sign_in(browse, expect=302)


def test_signing_in_forgets_earlier_failures(browse, cast):
    for _ in range(2):
        for _ in range(lockout.MOST_FAILURES - 1):
            lockout.count_failure(cast.anna.user_id, "password", address="203.0.113.9")
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
    limited = [x for x in trail.read(by=cast.adam).lines if x.action == "sign-in.limited"]
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
    for _ in range(lockout.MOST_FAILURES):
        browser.send(
            "/password/change",
            {"password": "wrong", "new_password": NEW, "new_password_confirm": NEW},
            expect=200,
        )
    assert lockout.is_locked(cast.anna.user_id)
    browser.send(
        "/password/change",
        {"password": PASSWORD, "new_password": NEW, "new_password_confirm": NEW},
        expect=200,
    )
    assert "closed for a while" in browser.page.text


# --- what ends a sign-in


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
    people.disable(cast.anna.user_id, by=cast.adam)
    assert not is_in(browser)
    people.enable(cast.anna.user_id, by=cast.adam)
    assert not is_in(copy)


def test_changing_roles_ends_every_copy(browse, cast):
    browser = browse(ANNA)
    copy = copy_of(browser)
    people.set_roles(cast.anna.user_id, [Role.ADMINISTRATOR], by=cast.adam)
    assert not is_in(browser)
    assert not is_in(copy)


def test_an_idle_sign_in_ends_for_good(browse, settings):
    browser = browse(ANNA)
    copy = copy_of(browser)
    with time_machine.travel(clock.now() + timedelta(minutes=settings.idle_minutes, seconds=90)):
        assert not is_in(copy)
        assert not is_in(browser)
    assert not is_in(copy_of(browser))


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
    line = next(x for x in trail.read(by=cast.adam).lines if x.action == "signed-out")
    assert (line.actor, line.detail) == ("Anna Clinician", "signed out")


# --- the cookie


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
    assert [cookie.split("=")[0] for cookie in cookies] == ["tracker"]


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


# --- forgotten passwords


def ask_for_link(browser: Browser, email: str) -> str:
    browser.open("/password/forgotten")
    return browser.send("/password/forgotten", {"email": email}, expect=200).text


def test_a_forgotten_password_is_set_from_a_link_that_works_once(browse, settings, cast):
    before = browse(ANNA)
    browser = Browser(browse.app)
    ask_for_link(browser, ANNA)
    link = reset_link(settings.mail_folder)
    browser.open(link)
    browser.send(link, {"password": NEW, "password_confirm": NEW})
    assert not is_in(before)
    browse(ANNA, NEW)
    browser.open(link, expect=302)
    assert "user.password-reset" in {line.action for line in trail.read(by=cast.adam).lines}


def test_the_link_ends_after_half_an_hour(browse, settings):
    ask_for_link(browse, ANNA)
    link = reset_link(settings.mail_folder)
    with time_machine.travel(clock.now() + timedelta(minutes=31)):
        browse.open(link, expect=302)


def test_asking_for_an_unknown_address_says_the_same_and_sends_nothing(browse, settings):
    known = ask_for_link(Browser(browse.app), ANNA)
    sent = len(list(settings.mail_folder.iterdir()))
    unknown = ask_for_link(Browser(browse.app), "nobody@example.org")
    assert known.replace(ANNA, "") == unknown.replace("nobody@example.org", "")
    assert len(list(settings.mail_folder.iterdir())) == sent


def test_asking_for_links_is_braked(browse):
    browse.open("/password/forgotten")
    for _ in range(5):
        browse.send("/password/forgotten", {"email": ANNA}, expect=200)
    browse.send("/password/forgotten", {"email": ANNA}, expect=429)


def test_a_made_up_host_never_gets_into_a_mail(browse, settings):
    browse.open("/password/forgotten")
    answer = browse.client.post(
        "/password/forgotten",
        data={"csrf_token": browse.page.value("csrf_token"), "email": ANNA},
        headers={"Host": "evil.example"},
    )
    assert answer.status_code == 400
    assert "TRACKER_ADDRESS" in answer.text
    assert not settings.mail_folder.exists() or not list(settings.mail_folder.iterdir())


def test_mail_is_for_its_owner_alone_and_says_nothing_of_treatment(browse, settings):
    ask_for_link(browse, ANNA)
    (mail,) = settings.mail_folder.iterdir()
    assert mail.stat().st_mode & 0o777 == 0o600
    assert not re.search("ketamine|patient|clinic|session|treat", mail.read_text(), re.IGNORECASE)


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("short", "at least 12 characters"),
        ("password1234", "Too easy to guess"),
        ("Anna Clinician anna", "Too easy to guess"),
        ("x" * 129, "at most 128 characters"),
    ],
)
def test_a_weak_new_password_is_refused_and_says_why(browse, password, said):
    browser = browse(ANNA)
    browser.open("/password/change")
    browser.send(
        "/password/change",
        {"password": PASSWORD, "new_password": password, "new_password_confirm": password},
        expect=200,
    )
    assert said in browser.page.text


def test_a_long_password_counts_to_its_last_letter(browse):
    long = f"{NEW} " * 3 + "and one more"
    browser = browse(ADAM)
    browser.open("/password/change")
    browser.send(
        "/password/change",
        {"password": PASSWORD, "new_password": long, "new_password_confirm": long},
    )
    browse(ADAM, long)
    try_to_sign_in(Browser(browse.app), ADAM, long[:-1], expect=200)


def test_people_see_where_they_are_signed_in_and_end_the_rest(browse, cast):
    browser, other = browse(ANNA), browse(ANNA)
    browser.open("/account/")
    assert browser.page.text.count("127.0.0.1") == 2
    browser.send("/account/sign-out-elsewhere", {}, expect=303)
    assert is_in(browser)
    assert not is_in(other)
    since = clock.now() - timedelta(hours=1)
    assert len(sign_ins.places("", since=since, by=cast.anna)) == 1
