"""Adding passkeys, signing in with them, and removing them; with real signatures."""

import dataclasses
import re
from datetime import timedelta

import pytest
import time_machine

from tests.browsing import Browser
from tests.builders.authenticator import SoftPasskey, asked, code
from tests.people import ADAM, ANNA, BEN, PASSWORD
from tests.web.passkeys.adding import ALONE, NEW, SECOND, SET_UP, add, allow_alone, trail, use
from tracker.domain.access import Role
from tracker.services import clock
from tracker.services.people import access_changes, accounts

ASKED = "Now use your passkey"


def told(settings) -> str:
    """The words of all mails."""
    mails = "".join(path.read_text() for path in settings.mail_folder.iterdir())
    return " ".join(mails.replace("=\n", "").split())


def keep_codes(browser: Browser) -> list[str]:
    """Read the recovery codes that are shown, and say that they are kept."""
    browser.open("/second-step/recovery-codes?show_codes=1")
    codes = re.findall(r"<code>([0-9a-f-]+)</code>", browser.response.text)
    browser.send("/account/recovery-codes/keep", {}, expect=303)
    return codes


@pytest.fixture
def anna(browse):
    """Anna's browser with a passkey on her account, and the passkey."""
    browser = browse(ANNA)
    key = add(browser)
    keep_codes(browser)
    return browser, key


def test_a_passkey_is_added_named_and_told_of(browse, cast, settings):
    browser = browse(ANNA)
    add(browser, name=" My  phone ")
    browser.open("/account/", expect=302)  # to the recovery codes, until they are kept
    assert len(keep_codes(browser)) == 5
    page = browser.open("/account/")
    assert "My phone" in page.text
    assert "not yet" in page.text
    assert "After your password, signing in takes a passkey." in page.text
    assert "user.passkey-added" in trail(cast)
    assert "A passkey was added to your account." in told(settings)


def test_whoever_has_a_passkey_is_asked_for_it_after_the_password(browse, anna, cast):
    browser, key = anna[0], anna[1]
    again = browse(ANNA)
    assert again.response.headers["Location"].split("?")[0] == SECOND
    again.open("/account/", expect=302)
    use(again, key)
    assert again.response.headers["Location"] == "/"
    again.open("/account/")
    assert "not yet" not in again.page.text
    browser.open("/account/")
    assert "user.passkey-used" in trail(cast)


def test_adding_or_removing_one_signs_out_everywhere_else(browse, anna, cast, settings):
    browser, key = anna
    other = browse(ANNA)
    use(other, key)
    add(other, name="A key")
    browser.open("/account/", expect=302)
    third = browse(ANNA)
    use(third, key)
    other_key = re.findall(
        r"/account/passkeys/remove\?passkey=\d+", other.open("/account/") and other.response.text
    )
    other.open(other_key[1])
    assert "A key" in other.page.text
    other.send(other_key[1], {}, expect=303)
    assert "A key" not in other.open("/account/").text
    third.open("/account/", expect=302)
    assert "user.passkey-removed" in trail(cast)
    assert "A passkey was removed from your account." in told(settings)


def test_a_removed_passkey_opens_nothing(browse, anna):
    browser, key = anna
    add(browser, name="A second")
    [first, _second] = re.findall(
        r"/account/passkeys/remove\?passkey=\d+",
        browser.open("/account/") and browser.response.text,
    )
    browser.open(first)
    browser.send(first, {}, expect=303)
    use(browse(ANNA), key, expect=422)


def test_a_recovery_code_does_in_place_of_a_passkey(browse):
    browser = browse(ANNA)
    add(browser)
    spare = keep_codes(browser)[0]
    again = browse(ANNA)
    again.follow()
    assert "Use a recovery code" in again.page.text
    again.open("/second-step/recovery")
    again.send("/second-step/recovery", {"code": spare})
    again.open("/account/")
    assert "4 unused" in again.page.text


def test_a_code_and_a_passkey_are_both_offered(browse, anna):
    browser, key = anna
    browser.open("/second-step/set-up")
    browser.send("/second-step/set-up", {"setup": "authenticator"}, expect=200)
    secret = re.search(r'class="key">([^<]+)<', browser.response.text).group(1)
    where = re.search(r'action="(/second-step/set-up/[^"]+)"', browser.response.text).group(1)
    browser.send(where, {"code": code(secret)})
    again = browse(ANNA)
    again.follow()
    assert "Type a code from your phone" in again.page.text
    again.open("/second-step")
    assert SECOND in again.page.links
    again.send("/second-step", {"code": code(secret, steps=1)})
    again.open("/account/")
    assert "takes a passkey, or a code from your phone" in again.page.text
    use(browse(ANNA), key)


def test_without_an_authenticator_no_code_is_asked_for(browse, anna):
    again = browse(ANNA)
    again.open("/second-step", expect=302)
    assert again.response.headers["Location"] == SECOND
    again.send("/second-step", {"code": "123456"})
    again.open("/account/", expect=302)


def test_the_way_goes_on_to_where_it_was_to_lead(browse, anna):
    browser = Browser(browse.app)
    browser.open("/sign-in?next=/patients/")
    browser.send("/sign-in?next=/patients/", {"email": ANNA, "password": PASSWORD})
    where = browser.response.headers["Location"]
    assert where == f"{SECOND}?next=/patients/"
    use(browser, anna[1], where)
    assert browser.response.headers["Location"] == "/patients/"
    browser.client.post("/sign-out")


@pytest.mark.parametrize("path", [SECOND, ALONE, SET_UP])
def test_no_page_leads_astray(browse, cast, path):
    allow_alone(cast)
    answer = browse.client.get(f"{path}?next=//evil.example")
    assert answer.status_code == 302
    assert "evil" not in answer.headers["Location"]


def test_a_patient_may_have_one_and_be_without_again(browse, cast):
    accounts.enrol(name="Ben", email=BEN, roles=[Role.PATIENT], password=PASSWORD, by=cast.console)
    browser = browse(BEN)
    key = add(browser)
    keep_codes(browser)
    use(browse(BEN), key)
    [where] = re.findall(
        r"/account/passkeys/remove\?passkey=\d+",
        browser.open("/account/") and browser.response.text,
    )
    browser.open(where)
    browser.send(where, {}, expect=303)
    assert browse(BEN).response.headers["Location"] == "/"


def test_another_e_mail_wants_the_passkey_besides_the_password(browse, anna, settings):
    browser, key = anna
    where, wanted = "/account/e-mail", {"email": "new@example.org", "password": PASSWORD}
    browser.open(where)
    browser.send(where, wanted, expect=422)
    assert "No passkey came from your browser" in browser.page.text
    assert browser.page.value("email") == "new@example.org"
    wrong = key.copy(key=SoftPasskey().key).use(asked(browser.response.text))
    browser.send(where, wanted | {"credential": wrong}, expect=422)
    assert "was not accepted" in browser.page.text
    browser.send(where, wanted | {"credential": key.use(asked(browser.response.text))}, expect=303)
    assert "asked to use this e-mail address" in told(settings)


def test_an_administrator_resets_passkeys_with_the_second_step(browse, anna, cast, settings):
    assert accounts.find(cast.anna.user_id, by=cast.adam).second_factor
    access_changes.reset_second_factor(cast.anna.user_id, reason="Question for", by=cast.adam)
    assert browse(ANNA).response.headers["Location"] == "/"
    assert not accounts.find(cast.anna.user_id, by=cast.adam).second_factor
    assert "user.second-factor-reset 1 passkey removed" in trail(cast)
    assert "your passkeys and your recovery codes work no more" in told(settings)


def test_all_that_is_wrong_is_said_at_once_and_the_name_stays(browse):
    browser = browse(ANNA)
    browser.open(NEW)
    browser.send(NEW, {"name": "", "credential": "{}"}, expect=422)
    assert "Give it a name" in browser.page.text
    assert "No passkey came from your browser" in browser.page.text
    browser.send(NEW, {"name": "", "credential": ""}, expect=422)
    assert "No passkey came" not in browser.page.text
    browser.send(NEW, {"name": "My phone", "credential": ""}, expect=422)
    assert browser.page.value("name") == "My phone"


def test_an_old_password_is_asked_for_again_before_a_passkey_changes(browse, anna):
    browser, _ = anna
    with time_machine.travel(clock.now() + timedelta(minutes=14)):
        browser.open("/account/")
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        browser.open(NEW, expect=302)
        assert browser.response.headers["Location"].startswith("/sign-in/again")


def test_at_another_host_the_page_says_where_to_open_it(browse, cast):
    allow_alone(cast)
    answer = browse.client.get(ALONE, base_url="http://127.0.0.1:8031")
    assert answer.status_code == 200
    assert "Open http://localhost:8031/" in answer.text
    assert "data-passkey-options" not in answer.text


# --- staff who must have a second step --------------------------------------------------------


class TestStaff:
    @pytest.fixture
    def settings(self, settings):
        return dataclasses.replace(settings, staff_second_factor=True)

    def test_staff_may_set_up_a_passkey_in_place_of_an_app(self, browse, cast):
        browser = browse(ANNA)
        browser.follow()
        assert SET_UP in browser.page.links
        key = SoftPasskey()
        browser.open(SET_UP)
        answer = key.make(asked(browser.response.text))
        browser.send(SET_UP, {"name": "Desk", "credential": answer}, expect=303)
        browser.open("/account/", expect=302)
        assert len(keep_codes(browser)) == 5
        assert "Desk" in browser.open("/account/").text
        use(browse(ANNA), key)

    def test_they_keep_the_last_one(self, browse):
        browser = browse(ANNA)
        key = SoftPasskey()
        browser.open(SET_UP)
        answer = key.make(asked(browser.response.text))
        browser.send(SET_UP, {"name": "Desk", "credential": answer}, expect=303)
        keep_codes(browser)
        browser.open("/account/")
        where = re.search(r"/account/passkeys/remove\?passkey=\d+", browser.response.text).group(0)
        browser.open(where)
        browser.send(where, {}, expect=422)
        assert "your only second step" in browser.page.text

    def test_with_a_passkey_the_app_may_go_and_then_the_passkey_stays(self, browse):
        browser = browse(ANNA)
        browser.follow()
        browser.send("/second-step/set-up", {"setup": "authenticator"}, expect=200)
        secret = re.search(r'class="key">([^<]+)<', browser.response.text).group(1)
        browser.send("/second-step", {"code": code(secret)})
        keep_codes(browser)
        add(browser)
        browser.open("/second-step/set-up")
        assert "No app any more" in browser.page.text
        browser.send("/second-step/set-up", {"setup": "disable"})
        browser.open("/account/")
        assert "After your password, signing in takes a passkey." in browser.page.text
        where = re.search(r"/account/passkeys/remove\?passkey=\d+", browser.response.text).group(0)
        browser.open(where)
        browser.send(where, {}, expect=422)
        assert "your only second step" in browser.page.text

    def test_half_way_in_nobody_adds_a_second_one(self, browse):
        browser = browse(ANNA)
        browser.open(SET_UP)
        answer = SoftPasskey().make(asked(browser.response.text))
        browser.send(SET_UP, {"name": "Desk", "credential": answer}, expect=303)
        half = browse(ANNA)  # with the password alone
        half.open(SET_UP, expect=302)
        assert half.response.headers["Location"] == "/sign-in"

    def test_nobody_signed_out_sets_one_up(self, browse):
        for path in (SET_UP, SECOND):
            assert browse.client.get(path).headers["Location"] == "/sign-in"


# --- a passkey alone ---------------------------------------------------------------------------


def test_a_passkey_alone_signs_in_where_the_clinic_allows_it(browse, anna, cast):
    _, key = anna
    stranger = Browser(browse.app)
    stranger.open(ALONE, expect=404)
    assert "Sign in with a passkey" not in stranger.open("/sign-in").text
    allow_alone(cast)
    assert "Sign in with a passkey" in stranger.open("/sign-in").text
    use(stranger, key, ALONE)
    assert stranger.response.headers["Location"] == "/"
    stranger.open("/account/")
    assert "Where you are signed in" in stranger.page.text
    lines = trail(cast)
    assert "signed-in passkey" in lines
    assert "user.passkey-used alone" in lines
    assert "clinic.changed" in " ".join(lines)


def test_the_page_names_no_passkey_to_anybody(browse, anna, cast):
    allow_alone(cast)
    stranger = Browser(browse.app)
    stranger.open(ALONE)
    options = asked(stranger.response.text)
    assert options.get("allowCredentials", []) == []
    assert options["userVerification"] == "required"


def test_the_form_of_the_clinic_offers_it(browse, cast):
    browser = browse(ADAM)
    assert "People may sign in with a passkey alone" in browser.open("/clinic/").text
