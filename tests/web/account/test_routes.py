"""One's own account."""

import re

import pytest
from sqlalchemy import select

from tests.browsing import Browser
from tests.builders import courses
from tests.builders.clinics import set_planning
from tests.people import ANNA, BEN, PASSWORD
from tests.signing_in import reset_link
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.services.letters.mail import CHOICE_PAGE, OWN_PAGE


def test_everybody_has_an_account_page(browse, cast):
    courses.account(cast.console, courses.treat(cast.console))
    for who in (ANNA, BEN):
        browser = browse(who)
        browser.open("/account/")
        assert who in browser.page.text
        assert "this browser" in browser.page.text


def test_the_account_page_leads_to_password_and_second_step(browse):
    browser = browse(ANNA)
    browser.open("/account/")
    for where in ("/password/change", "/second-step/set-up"):
        assert where in browser.page.links
        browser.open(where)


def test_signing_out_elsewhere_needs_a_form_of_ours(browse):
    browser = browse(ANNA)
    assert browser.client.post("/account/sign-out-elsewhere").status_code == 400
    assert browser.client.get("/account/sign-out-elsewhere").status_code == 405


def test_a_link_that_nobody_was_sent_says_what_to_do(browse):
    browse.open("/welcome/nonsense", expect=404)
    assert "ask your clinic to send the invitation again" in browse.page.text


def test_a_patient_changes_their_name_and_their_e_mail(browse, cast, settings):
    courses.account(cast.console, courses.treat(cast.console, email=BEN))
    browser = browse(BEN)
    browser.open("/account/name")
    browser.send("/account/name", {"name": " "}, expect=422)
    browser.send("/account/name", {"name": "Benny"}, expect=303)
    browser.open("/account/e-mail")
    wrong = {"email": "new@example.org", "password": "not this one"}
    browser.send("/account/e-mail", wrong, expect=422)
    assert "This is not your password" in browser.page.text
    assert browser.page.value("email") == "new@example.org"
    browser.send("/account/e-mail", wrong | {"password": PASSWORD}, expect=303)
    browser.follow()
    assert "Until then nothing changes" in browser.page.text
    link = reset_link(settings.mail_folder)
    elsewhere = Browser(browse.app)
    assert "new@example.org" in elsewhere.open(link).text
    elsewhere.send(link, {}, expect=303)
    elsewhere.open(link, expect=404)
    browser.open("/account/", expect=302)
    browse("new@example.org").open("/account/")


@pytest.fixture
def ben(browse, cast):
    courses.account(cast.console, courses.treat(cast.console, email=BEN))
    browser = browse(BEN)
    browser.open("/account/")
    return browser


def choose(browser, when, expect=303):
    browser.open("/account/reminders")
    return browser.send("/account/reminders", {"when": when}, expect=expect)


def test_a_patient_chooses_when_reminders_come_and_switches_them_off_and_on(ben, cast):
    assert f"They come in the morning, to {BEN}." in ben.page.text
    page = ben.open("/account/reminders")
    assert "In the morning, from 08:00 on" in page.text
    assert "In the evening, from 18:00 on" in page.text
    choose(ben, "evening")
    assert "They come in the evening" in ben.follow().text
    choose(ben, "off")
    assert "You get none since" in ben.follow().text
    ben.open("/account/reminders")
    [chosen] = re.findall(r"<input[^>]*\bchecked\b[^>]*>", ben.response.text)
    assert 'value="off"' in chosen
    choose(ben, "morning")
    assert "They come in the morning" in ben.follow().text
    lines = select(AuditEvent.action, AuditEvent.actor, AuditEvent.detail).where(
        AuditEvent.action.startswith("mail.")
    )
    assert [tuple(line) for line in db.session.execute(lines.order_by(AuditEvent.sequence))] == [
        ("mail.time-chosen", "Ben", "mail_time"),
        ("mail.stopped", "Ben", "mail_stopped_at"),
        ("mail.resumed", "Ben", "mail_stopped_at"),
        ("mail.time-chosen", "Ben", "mail_time"),
    ]


@pytest.mark.parametrize("when", ["", "noon", "MORNING"])
def test_what_is_not_offered_is_not_taken(ben, when):
    assert "Choose one of these" in choose(ben, when, expect=422).text


def test_the_page_says_the_hours_of_the_clinic_and_whether_it_sends_any(ben, cast):
    set_planning(cast.clinic_id, morning_from="09:30", hour_format="12-hour")
    assert "In the morning, from 9:30 AM on" in ben.open("/account/reminders").text
    told = f"We write to {BEN} when there are questions for you, and on the day before a visit."
    assert told in ben.page.text
    set_planning(cast.clinic_id, reminders=False)
    assert f"We write to {BEN} on the day before a visit." in ben.open("/account/reminders").text
    set_planning(cast.clinic_id, reminders=False, day_before=False)
    assert "sends no reminders at present" in ben.open("/account/reminders").text


def test_reminders_are_chosen_by_patients_alone(browse):
    browser = browse(ANNA)
    assert "Reminders by e-mail" not in browser.open("/account/").text
    browser.open("/account/reminders", expect=403)


def test_the_page_that_e_mails_name_is_this_one(app):
    match = app.url_map.bind("localhost").match
    assert match(CHOICE_PAGE)[0] == "account.reminders"
    assert match(OWN_PAGE)[0] == "my.progress"
