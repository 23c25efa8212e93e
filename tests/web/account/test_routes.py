"""One's own account."""

from tests.builders import courses
from tests.people import ANNA, BEN


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
