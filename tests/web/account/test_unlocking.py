"""Browsers that an account knows, and accounts that are unlocked by e-mail."""

import re
from datetime import timedelta

import time_machine

from tests.browsing import Browser
from tests.people import ADAM, ANNA, PASSWORD
from tests.signing_in import NEW, is_in, reset_link, try_to_sign_in
from tracker.services import clock
from tracker.services.audit import queries as audit_queries
from tracker.services.people import brakes
from tracker.web.account import known_devices

LINK, REMOVE = "/sign-in/unlock", "/account/browsers/remove"


def lock(app, cast) -> None:
    """Close the account to every browser that it does not know, and at our address."""
    for number in range(brakes.MOST_EVERYWHERE):
        place = brakes.at_address(f"192.0.2.{number}")
        brakes.count_failure(cast.anna.user_id, "password", place)
    for _ in range(brakes.MOST_FAILURES):
        brakes.count_failure(cast.anna.user_id, "password", brakes.at_address("127.0.0.1"))


def ask(browser: Browser, email: str) -> str:
    browser.open(LINK)
    browser.send(LINK, {"email": email}, expect=303)
    return browser.follow().text


def signed_out(browser: Browser) -> Browser:
    browser.open("/account/")
    browser.send("/sign-out", {})
    return browser


def test_a_browser_that_was_signed_in_stays_open_while_strangers_are_braked(browse, cast):
    known = signed_out(browse(ANNA))
    lock(browse.app, cast)
    try_to_sign_in(Browser(browse.app), expect=200)
    try_to_sign_in(known, expect=302)
    assert is_in(known)


def test_its_cookie_opens_nothing_and_is_kept_as_safe_as_the_other(browse):
    known = browse(ANNA)
    known.open("/account/")
    assert known.client.get_cookie(known_devices.NAME).http_only
    held = known.client.get_cookie(known_devices.NAME).value
    other = Browser(browse.app)
    other.client.set_cookie(known_devices.NAME, held)
    assert not is_in(other)
    try_to_sign_in(other, password="not this one", expect=200)


def test_it_has_a_lock_of_its_own(browse):
    known = signed_out(browse(ANNA))
    known.open("/sign-in")
    for _ in range(brakes.MOST_FAILURES):
        known.send("/sign-in", {"email": ANNA, "password": "wrong"}, expect=200)
    known.send("/sign-in", {"email": ANNA, "password": PASSWORD}, expect=200)
    try_to_sign_in(Browser(browse.app), expect=302)


def test_it_is_let_in_though_others_of_its_address_tried_too_often(browse):
    known = signed_out(browse(ANNA))
    stranger = Browser(browse.app)
    stranger.open("/sign-in")
    for number in range(11):
        data = {"email": f"n{number}@example.org", "password": "x"}
        stranger.send("/sign-in", data, expect=429 if number == 10 else 200)
    try_to_sign_in(Browser(browse.app), expect=429)
    known.open("/sign-in")
    known.send("/sign-in", {"email": ADAM, "password": PASSWORD}, expect=429)
    known.open("/sign-in")
    known.send("/sign-in", {"email": ANNA, "password": PASSWORD}, expect=302)


def test_browsers_are_listed_and_taken_off(browse, cast):
    elsewhere, here = browse(ANNA), browse(ANNA)
    here.open("/account/")
    assert here.page.text.count("A browser") >= 2
    assert "(this browser)" in here.page.text
    known = [x["value"] for x in here.page.fields if x.get("name") == "browser"]
    assert len(known) == 2
    stranger = browse(ADAM)
    stranger.open("/account/")
    for one in known:
        stranger.send(REMOVE, {"browser": one}, expect=404)
        here.send(REMOVE, {"browser": one}, expect=303)
    here.send(REMOVE, {"browser": known[0]}, expect=404)
    here.send(REMOVE, {"browser": "none"}, expect=303)
    assert "None. This one is known" in here.open("/account/").text
    lock(browse.app, cast)
    try_to_sign_in(signed_out(elsewhere), expect=200)


def test_another_password_ends_them(browse, cast):
    known, browser = browse(ANNA), browse(ANNA)
    browser.open("/password/change")
    new = {"password": PASSWORD, "new_password": NEW, "new_password_confirm": NEW}
    browser.send("/password/change", new)
    lock(browse.app, cast)
    try_to_sign_in(known, ANNA, NEW, expect=200)


def test_a_link_unlocks_once_and_signs_nobody_in(browse, cast, settings):
    lock(browse.app, cast)
    browser = Browser(browse.app)
    ask(browser, ANNA)
    link = reset_link(settings.mail_folder)
    assert link.startswith(LINK)
    browser.open(link)
    browser.open(link)  # a mail program that looks at links uses none up
    browser.send(link, {}, expect=303)
    assert not is_in(browser)
    browser.open(link, expect=404)
    try_to_sign_in(browser, expect=302)
    assert "user.unlocked" in {line.action for line in audit_queries.read(by=cast.adam).lines}


def test_the_link_ends_after_half_an_hour_and_with_a_newer_one(browse, settings):
    ask(browse, ANNA)
    first = reset_link(settings.mail_folder)
    ask(browse, ANNA)
    assert len(list(settings.mail_folder.iterdir())) == 1  # nobody's mailbox is filled
    with time_machine.travel(clock.now() + timedelta(minutes=6)):
        ask(browse, ANNA)
        browse.open(first, expect=404)
        newer = reset_link(settings.mail_folder)
        browse.open(newer)
    with time_machine.travel(clock.now() + timedelta(minutes=37)):
        browse.open(newer, expect=404)


def test_whoever_asks_is_told_the_same_and_only_a_mailbox_learns_more(browse, settings):
    known = ask(Browser(browse.app), ANNA)
    assert ask(Browser(browse.app), "nobody@example.org") == known
    [mail] = settings.mail_folder.iterdir()
    assert not re.search("ketamine|patient|clinic|session|treat", mail.read_text(), re.IGNORECASE)


def test_asking_is_braked(browse):
    browse.open(LINK)
    for _ in range(5):
        browse.send(LINK, {"email": ANNA}, expect=303)
    browse.send(LINK, {"email": ANNA}, expect=429)
