"""Forgotten and new passwords, and the mails about them."""

import dataclasses
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from tests.browsing import Browser
from tests.builders.courses import account, treat
from tests.people import ADAM, ANNA, BEN, PASSWORD
from tests.signing_in import NEW, ask_for_link, is_in, reset_link, try_to_sign_in
from tracker import create_app
from tracker.config import Mail
from tracker.models import db
from tracker.models.assessments import Assessment
from tracker.services import clock
from tracker.services.audit import queries as audit_queries
from tracker.services.people import logins


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
    assert "user.password-reset" in {line.action for line in audit_queries.read(by=cast.adam).lines}


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


def test_a_dead_mail_server_is_not_told_to_strangers(settings, cast):
    dead = Mail(host="127.0.0.1", port=9, sender="t@example.org")
    browser = Browser(create_app(settings=dataclasses.replace(settings, mail=dead)))
    known, unknown = ask_for_link(browser, ANNA), ask_for_link(browser, "nobody@example.org")
    assert known.replace(ANNA, "") == unknown.replace("nobody@example.org", "")


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
    assert len(logins.places("", since=since, by=cast.anna)) == 1


DELICATE = [
    (ADAM, "/people/invite"),
    (ADAM, "/clinic/"),
    (ADAM, "/audit/lines.csv"),
    (ANNA, "/exports/"),
    (ANNA, "/patients/{patient}/record.zip"),
    (ANNA, "/sessions/{session}/void"),
    (ANNA, "/sessions/{session}/transfer"),
    (ANNA, "/scores/{score}/void"),
    (BEN, "/my/download"),
    (BEN, "/my/download.zip"),
]


@pytest.mark.parametrize(("who", "path"), DELICATE, ids=[path for _, path in DELICATE])
def test_what_is_delicate_asks_for_the_password_again_and_goes_on(browse, cast, who, path):
    """Whoever sits down at a screen that was left open takes nothing away and strikes nothing."""
    treated = treat(cast.anna)
    account(cast.console, treated)
    score = db.session.scalars(select(Assessment.id)).first()
    ids = {"patient": treated.patient_id, "session": treated.session_ids[0], "score": score}
    address = path.format(**ids)
    start = clock.now()
    with time_machine.travel(start, tick=False) as at:
        person = browse(who)
        assert person.client.get(address).status_code == 200
        for minutes in (10, 20):  # somebody is there all the time, and gives no password
            at.move_to(start + timedelta(minutes=minutes))
            person.client.get("/account/")
        asked = person.client.get(address)
        assert asked.status_code == 302
        assert asked.headers["Location"].startswith("/sign-in/again?next=")
        page = person.open(asked.headers["Location"])
        person.send(page.forms[-1]["action"], {"password": PASSWORD}, expect=302)
        with person.client.session_transaction() as kept:
            assert ("success", "The password fits.") in kept["_flashes"]
        # A file would leave the password's page standing: one comes to the page that offers it.
        assert "The password fits." in person.follow().text
        assert person.client.get(address).status_code == 200


def _send_at_once(app, link, passwords):
    """Send a new password several times in one instant, each by a browser with the page open."""
    browsers = [Browser(app) for _ in passwords]
    for one in browsers:
        one.open(link)
    gate = threading.Barrier(len(passwords))

    def send(browser, password):
        token = browser.page.value("csrf_token")
        gate.wait()
        data = {"csrf_token": token, "password": password, "password_confirm": password}
        return browser.client.post(link, data=data).headers.get("Location", "")

    with ThreadPoolExecutor(len(passwords)) as hands:
        return list(hands.map(send, browsers, passwords))


@pytest.mark.both_databases
def test_a_link_that_is_used_three_times_at_once_sets_one_password(browse, settings, cast):
    ask_for_link(Browser(browse.app), ANNA)
    link = reset_link(settings.mail_folder)
    tried = [f"{NEW} number {word}" for word in ("one", "two", "three")]
    _send_at_once(browse.app, link, tried)
    answers = []
    for one in tried:
        browser = Browser(browse.app)
        token = browser.open("/sign-in").value("csrf_token")
        typed = {"csrf_token": token, "email": ANNA, "password": one}
        answers.append(browser.client.post("/sign-in", data=typed).status_code)
    assert answers.count(302) == 1
    lines = [line.action for line in audit_queries.read(by=cast.adam).lines]
    assert lines.count("user.password-reset") == 1


@pytest.mark.both_databases
def test_an_older_link_ends_when_a_newer_one_is_made(browse, settings):
    ask_for_link(Browser(browse.app), ANNA)
    older = reset_link(settings.mail_folder)
    ask_for_link(Browser(browse.app), ANNA)
    newer = reset_link(settings.mail_folder)
    assert older != newer
    browse.open(older, expect=302)
    browser = Browser(browse.app)
    browser.open(newer)
    browser.send(newer, {"password": NEW, "password_confirm": NEW})
    browse(ANNA, NEW)
