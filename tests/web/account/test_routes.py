"""One's own account."""

from tests.browsing import Browser
from tests.builders import courses
from tests.people import ANNA, BEN, PASSWORD
from tests.signing_in import reset_link


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
