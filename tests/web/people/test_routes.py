"""An administrator's pages: who can sign in, what they may do, and how they got in."""

import dataclasses
import re
import socket
from datetime import timedelta

import pytest
import time_machine
from aiosmtpd.controller import Controller

from tests.browsing import Browser
from tests.builders import courses
from tests.people import ADAM, ANNA, BEN, CLEO
from tests.signing_in import ask_for_link, reset_link
from tracker import create_app
from tracker.config import Mail
from tracker.services import clock
from tracker.services.audit import queries as audit_queries
from tracker.services.people import access_changes, accounts, invitations

NEW = "eight patient herons wade south"
DORA = "dora@example.org"
INVITED = {"name": "Dora New", "email": DORA, "roles": ["clinician"]}


def link_in(text: str) -> str:
    """The path of the link in a mail."""
    plain = text.replace("=\n", "").replace("=3D", "=")
    return re.search(r"https?://[\w.:]+(/welcome/[\w-]+)", plain).group(1)


def latest_link(settings) -> str:
    mails = sorted(settings.mail_folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    return link_in(mails[-1].read_text())


def invite(browse, **changes) -> Browser:
    """Adam, who has just invited somebody."""
    browser = browse(ADAM)
    browser.open("/people/invite")
    browser.send("/people/invite", INVITED | changes, expect=303)
    browser.follow()
    return browser


def accept(browse, link: str, password: str = NEW, *, expect: int = 302) -> Browser:
    browser = Browser(browse.app)
    browser.open(link)
    browser.send(link, {"password": password, "password_confirm": password}, expect=expect)
    return browser


def test_an_invitation_becomes_an_account(browse, settings):
    adam = invite(browse)
    assert "the invitation is a file in the folder mail" in adam.page.text
    assert "Invited" in adam.page.text
    accept(browse, latest_link(settings))
    browse(DORA, NEW).open("/account/")
    adam.open("/people/")
    assert re.search(r"Dora New dora@example.org Clinician Active", adam.page.text)


def test_the_page_never_shows_the_link(browse, settings):
    adam = invite(browse)
    assert "/welcome/" not in adam.response.text


@pytest.mark.parametrize("address", ["/people/", "/clinic/"])
def test_an_administrator_reads_that_nobody_gets_mails_but_for_a_demonstration(
    browse, settings, cast, address
):
    assert "No mail server is set" in browse(ADAM).open(address).text
    shown = Browser(create_app(settings=dataclasses.replace(settings, demo=True)))
    assert "No mail server is set" not in shown(ADAM).open(address).text


def test_the_link_works_once(browse, settings):
    invite(browse)
    link = latest_link(settings)
    accept(browse, link)
    again = Browser(browse.app)
    again.open(link, expect=404)
    assert "does not work any more" in again.page.text


def test_the_link_ends_after_a_week(browse, settings):
    invite(browse)
    with time_machine.travel(clock.now() + invitations.LASTS + timedelta(minutes=1)):
        browse.open(latest_link(settings), expect=404)


def test_sending_again_ends_the_earlier_link(browse, settings):
    adam = invite(browse)
    first = latest_link(settings)
    adam.send(adam.response.request.path, {"act": "send-again"}, expect=303)
    browse.open(first, expect=404)
    browse.open(latest_link(settings))


def test_a_disabled_account_cannot_be_accepted(browse, settings, cast):
    invite(browse)
    access_changes.disable(
        accounts.find_by_email(DORA, by=cast.adam).id, reason="Asked for", by=cast.adam
    )
    browse.open(latest_link(settings), expect=404)


def test_a_weak_first_password_is_refused_and_the_link_still_works(browse, settings):
    invite(browse)
    link = latest_link(settings)
    assert "Too easy to guess" in accept(browse, link, "password1234", expect=422).page.text
    accept(browse, link)


def test_two_different_passwords_are_told_apart(browse, settings):
    invite(browse)
    link = latest_link(settings)
    browse.open(link)
    browse.send(link, {"password": NEW, "password_confirm": "another"}, expect=422)
    assert "not the same" in browse.page.text


def test_the_mail_says_nothing_of_treatment_nor_of_the_clinic(browse, settings):
    invite(browse)
    (mail,) = settings.mail_folder.iterdir()
    assert mail.stat().st_mode & 0o777 == 0o600
    assert not re.search("ketamine|patient|clinic|session|treat|harbour", mail.read_text(), re.I)


def test_everything_that_is_wrong_is_said_at_once_and_kept(browse):
    browser = browse(ADAM)
    browser.open("/people/invite")
    typed = {"name": "", "email": ANNA.upper(), "roles": ["patient"], "record_number": "none-1"}
    browser.send("/people/invite", typed, expect=422)
    for words in (
        "Give the person's name",
        "has this e-mail address already",
        "No current patient",
    ):
        assert words in browser.page.text
    assert browser.page.value("record_number") == "none-1"


@pytest.mark.parametrize("roles", [["console"], ["owner"], []])
def test_no_other_role_can_be_given(browse, roles):
    browser = browse(ADAM)
    browser.open("/people/invite")
    browser.send("/people/invite", INVITED | {"roles": roles}, expect=422)


def test_a_double_click_makes_one_account_and_one_mail(browse, settings, cast):
    browser = browse(ADAM)
    browser.open("/people/invite")
    form = INVITED | {"once": browser.page.value("once")}
    browser.send("/people/invite", form, expect=303)
    first = browser.response.headers["Location"]
    browser.send("/people/invite", form, expect=303)
    assert browser.response.headers["Location"] == first
    assert len(list(settings.mail_folder.iterdir())) == 1


def test_a_patient_is_invited_by_record_number_and_sees_their_own(browse, settings, cast):
    courses.treat(cast.console, record_number="B-1", email=BEN)
    invite(browse, roles=["patient"], record_number="B-1", email=BEN, name="Ben Patient")
    accept(browse, latest_link(settings))
    browse(BEN, NEW).open("/my/")


def test_a_patient_has_one_account_only(browse, cast):
    courses.account(cast.console, courses.treat(cast.console, record_number="B-1"))
    browser = browse(ADAM)
    browser.open("/people/invite")
    again = INVITED | {"roles": ["patient"], "record_number": "B-1"}
    browser.send("/people/invite", again, expect=422)
    assert "has an account already" in browser.page.text


def test_a_clinician_invites_a_patient_from_their_page(browse, settings, cast):
    treated = courses.treat(cast.console, email=BEN)
    browser = browse(ANNA)
    page, address = f"/patients/{treated.patient_id}/", f"/patients/{treated.patient_id}/invite"
    assert address in browser.open(page).links
    assert f"goes to {BEN} , the e-mail of the record" in browser.open(address).text
    browser.send(address, {"email": DORA}, expect=303)  # what an old page sent counts for nothing
    accept(browse, latest_link(settings))
    browse(BEN, NEW).open("/my/")
    assert address not in browser.open(page).links


def test_a_record_without_an_e_mail_is_given_one_before_the_invitation(browse, cast, settings):
    treated = courses.treat(cast.console)
    browser = browse(ANNA)
    address = f"/patients/{treated.patient_id}/invite"
    edit = f"/patients/{treated.patient_id}/edit"
    assert edit in browser.open(address).links
    browser.send(address, {"email": BEN}, expect=422)
    assert "A clinician enters it there first" in browser.page.text
    assert not list(settings.mail_folder.glob("*"))


@pytest.mark.parametrize(
    ("kept", "typed", "said"),
    [
        ("", {"name": "Ben Patient", "email": DORA}, "The patient's record has no e-mail."),
        (BEN, {"name": "Ben Patient", "email": DORA}, "The patient's record has another e-mail."),
        (BEN, {"name": "Pat P", "email": BEN}, "The record with this number has another name."),
    ],
)
def test_an_administrator_lets_nobody_else_into_a_record(browse, cast, kept, typed, said):
    courses.treat(cast.console, record_number="B-1", email=kept)
    browser = browse(ADAM)
    browser.open("/people/invite")
    form = typed | {"roles": ["patient"], "record_number": "B-1"}
    browser.send("/people/invite", form, expect=422)
    assert said in browser.page.text
    assert not kept or kept == typed["email"] or kept not in browser.page.text
    assert len(accounts.listing(by=cast.adam)) == 2


def test_a_clinician_invites_nobody_else(browse, cast):
    browse(ANNA).open("/people/invite", expect=403)
    treated = courses.treat(cast.console)
    browse(CLEO).open(f"/patients/{treated.patient_id}/invite", expect=404)


def test_a_dead_mail_server_never_loses_the_account(settings, cast):
    dead = dataclasses.replace(
        settings, mail=Mail(host="127.0.0.1", port=9, sender="t@example.org")
    )
    browser = Browser(create_app(settings=dead))
    adam = invite(browser)
    assert "the mail was not sent" in adam.page.text
    assert "Send the invitation again" in adam.page.text
    assert "invitation.not-sent" in {line.action for line in audit_queries.read(by=cast.adam).lines}


class Mailbox:
    """Keeps what a mail server was given."""

    def __init__(self) -> None:
        self.mails = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.mails.append((envelope.rcpt_tos, envelope.content.decode()))
        return "250 kept"


def test_an_invitation_goes_through_a_real_mail_server(settings, cast):
    mailbox = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(mailbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        mail = Mail(host="127.0.0.1", port=port, sender="tracker@example.org")
        browser = Browser(create_app(settings=dataclasses.replace(settings, mail=mail)))
        adam = invite(browser)
        assert "The invitation is on its way" in adam.page.text
        adam.open("/people/")
        assert "No mail server is set" not in adam.page.text
        ((receivers, text),) = mailbox.mails
        assert receivers == [DORA]
        assert "Subject: Your account" in text
        accept(browser, link_in(text))
        browser(DORA, NEW).open("/account/")
    finally:
        server.stop()


def test_something_delicate_asks_for_the_password_again(browse, cast):
    adam = browse(ADAM)
    with time_machine.travel(clock.now()) as traveller:
        for _ in range(3):
            traveller.shift(timedelta(minutes=6))
            adam.open("/people/")
        path = f"/people/{cast.anna.user_id}/"
        adam.open(path, expect=302)
        assert adam.response.headers["Location"] == f"/sign-in/again?next={path}"
        adam.follow()
        adam.send(adam.page.forms[-1]["action"], {"password": "wrong"}, expect=200)
        adam.send(adam.page.forms[-1]["action"], {"password": "seven tired horses walk home"})
        assert adam.response.headers["Location"] == path
        adam.follow()


def test_an_account_elsewhere_is_not_there(browse, cast):
    browse(ADAM).open(f"/people/{cast.cleo.user_id}/", expect=404)


def test_a_password_set_by_the_other_way_ends_the_invitation(browse, settings):
    adam = invite(browse)
    link = latest_link(settings)
    browser = Browser(browse.app)
    ask_for_link(browser, DORA)
    reset = reset_link(settings.mail_folder)
    browser.open(reset)
    browser.send(reset, {"password": NEW, "password_confirm": NEW})
    Browser(browse.app).open(link, expect=404)
    adam.open("/people/")
    assert re.search(r"Dora New dora@example.org Clinician Active", adam.page.text)


def test_the_page_that_invites_a_patient_leaves_a_line(browse, cast):
    treated = courses.treat(cast.console, record_number="B-1")
    browse(ANNA).open(f"/patients/{treated.patient_id}/invite")
    seen = {(line.action, line.record_number) for line in audit_queries.read(by=cast.adam).lines}
    assert ("patient.viewed", "B-1") in seen
