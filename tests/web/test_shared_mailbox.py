"""Two people on one mailbox: each signs in by a name, and no stranger learns that they are here."""

import email
import re
from email.policy import default

import pytest

from tests.browsing import Browser
from tests.builders import courses
from tests.builders.authenticator import code
from tests.people import ANNA, BEN, PASSWORD
from tests.signing_in import NEW, ask_for_link, try_to_sign_in
from tracker.domain.access import Role
from tracker.services.audit import queries as audit_queries
from tracker.services.people import accounts, brakes, identity, passwords
from tracker.services.people.identity import IdentityDraft
from tracker.services.unit_of_work import unit_of_work

pytestmark = pytest.mark.both_databases

CHILD = "Child's own rainy day 7"


@pytest.fixture
def shared(cast):
    """Mother and child, on the mailbox of the mother."""
    mother = courses.treat(cast.console, record_number="1", email=BEN)
    child = courses.treat(cast.console, record_number="2", email=BEN)
    courses.account(cast.console, mother, name="Mother")
    named = IdentityDraft(name="Mother", email=BEN, sign_in_name="mother")
    identity.change_patient(mother.patient_id, named, by=cast.anna)
    draft = accounts.AccountDraft(
        name="Child", email=BEN, roles=frozenset({Role.PATIENT}), sign_in_name="child"
    )
    with unit_of_work(cast.console) as unit:
        stored = passwords.hash_for_storage(CHILD)
        accounts.insert(unit, draft, by=cast.console, patient_id=child.patient_id, password=stored)


def test_each_signs_in_by_their_name(browse, shared):
    for name, password, whose in (("mother", PASSWORD, "Mother"), (" Child", CHILD, "Child")):
        browser = Browser(browse.app)
        try_to_sign_in(browser, name, password, expect=302)
        browser.open("/account/")
        assert whose in browser.page.text
        assert f"Sign-in name {name.strip().lower()}" in browser.page.text


def test_the_shared_address_is_answered_like_one_that_nobody_has(browse, shared, monkeypatch):
    hashed = []
    monkeypatch.setattr("flask_security.forms.hash_password", hashed.append)
    answers = {
        try_to_sign_in(Browser(browse.app), typed, password, expect=200).text
        for typed, password in (
            (BEN, PASSWORD), (BEN, CHILD), (BEN, "wrong"), ("nobody@example.org", PASSWORD),
            ("nobody", PASSWORD),
        )
    }  # fmt: skip
    assert len(answers) == 1
    assert "type your sign-in name in place of the e-mail" in answers.pop()
    assert len(hashed) == 5  # as long as a wrong password takes


def test_the_trail_tells_that_an_address_was_not_enough(browse, shared, cast):
    try_to_sign_in(browse, BEN, PASSWORD, expect=200)
    line = audit_queries.read(by=cast.adam).lines[0]
    assert line.detail == "an e-mail that several people share, from 127.0.0.1"


def test_guessing_by_a_name_locks_that_account_alone(browse, shared):
    browse.open("/sign-in")
    for _ in range(brakes.MOST_FAILURES):
        browse.send("/sign-in", {"email": "child", "password": "wrong"}, expect=200)
    try_to_sign_in(Browser(browse.app), "child", CHILD, expect=200)
    try_to_sign_in(Browser(browse.app), "mother", PASSWORD, expect=302)


def mails(settings):
    files = sorted(settings.mail_folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    return [email.message_from_bytes(path.read_bytes(), policy=default) for path in files]


def test_a_forgotten_password_is_one_mail_with_a_link_for_each(browse, shared, settings):
    before = len(mails(settings))
    said = ask_for_link(Browser(browse.app), BEN)
    assert said == ask_for_link(Browser(browse.app), "nobody@example.org")
    [mail] = mails(settings)[before:]
    text = mail.get_body(("plain",)).get_content()
    links = dict(re.findall(r"sign-in name (\S+), choose it here:\s+http://localhost(/\S+)", text))
    assert set(links) == {"mother", "child"}
    browser = Browser(browse.app)
    browser.open(links["child"])
    assert "For child." in browser.page.text
    browser.send(links["child"], {"password": NEW, "password_confirm": NEW})
    try_to_sign_in(Browser(browse.app), "child", NEW, expect=302)
    try_to_sign_in(Browser(browse.app), "mother", PASSWORD, expect=302)
    # A link works once; that of the other is as good as before.
    assert Browser(browse.app).client.get(links["child"]).status_code == 302
    Browser(browse.app).open(links["mother"])


def test_a_forgotten_password_by_a_name_is_that_ones_alone(browse, shared, settings):
    before = len(mails(settings))
    ask_for_link(Browser(browse.app), "child")
    [mail] = mails(settings)[before:]
    text = mail.get_body(("plain",)).get_content()
    assert mail["To"] == BEN
    assert len(re.findall("http://", text)) == 1
    assert "mother" not in text


def test_the_second_step_goes_with_a_name(browse, shared):
    browser = Browser(browse.app)
    try_to_sign_in(browser, "child", CHILD, expect=302)
    browser.open("/second-step/set-up")
    browser.send("/second-step/set-up", {"setup": "authenticator"}, expect=200)
    assert "otpauth://totp/Session%20tracker:child?" in browser.response.text
    key = re.search(r'class="key">([^<]+)<', browser.response.text).group(1)
    where = re.search(r'action="(/second-step/set-up/[^"]+)"', browser.response.text).group(1)
    browser.send(where, {"code": code(key)})
    again = Browser(browse.app)
    try_to_sign_in(again, "child", CHILD, expect=302)
    assert again.response.headers["Location"].startswith("/second-step")


def test_an_address_of_one_person_is_enough(browse, shared):
    try_to_sign_in(browse, ANNA.upper(), PASSWORD, expect=302)
