"""The second step of signing in, with real codes."""

import dataclasses
import re
from datetime import timedelta

import pytest
import time_machine

from tests.browsing import Browser
from tests.builders.authenticator import STEP_S, code
from tests.people import ANNA, BEN, PASSWORD
from tests.signing_in import NEW, ask_for_link, reset_link
from tracker.domain.access import Role
from tracker.services import clock
from tracker.services.audit import queries as audit_queries
from tracker.services.people import access_changes, accounts, brakes

HERE = brakes.at_address("127.0.0.1")


def key_shown(browser: Browser) -> str:
    """The key on the page that sets an authenticator up."""
    return re.search(r'class="key">([^<]+)<', browser.response.text).group(1)


def half_way(browse: Browser, email: str = ANNA) -> Browser:
    """A browser in which the password was right."""
    return browse(email)


def set_up(browser: Browser) -> str:
    """Set the authenticator up in a browser half-way in, and return its key."""
    browser.follow()
    browser.send("/second-step/set-up", {"setup": "authenticator"}, expect=200)
    key = key_shown(browser)
    browser.send("/second-step", {"code": code(key)})
    return key


def codes_shown(browser: Browser) -> list[str]:
    """The recovery codes on the page."""
    return re.findall(r"<code>([0-9a-f-]+)</code>", browser.response.text)


def recovery_codes(browser: Browser) -> list[str]:
    """Make recovery codes, read them, and say that they are kept."""
    browser.open("/second-step/recovery-codes")
    browser.send("/second-step/recovery-codes", {"generate_new_codes": "1"}, expect=200)
    codes = codes_shown(browser)
    browser.send("/account/recovery-codes/keep", {}, expect=303)
    return codes


@pytest.fixture
def settings(settings):
    return dataclasses.replace(settings, staff_second_factor=True)


@pytest.fixture
def anna(browse):
    """Anna signed in with both steps, and the key of her authenticator."""
    browser = half_way(browse)
    key = set_up(browser)
    recovery_codes(browser)
    return browser, key


@pytest.fixture
def later():
    """Go to the authenticator's next step, so that it shows a fresh code."""
    with time_machine.travel(clock.now() + timedelta(seconds=STEP_S)) as traveller:
        yield traveller


def test_staff_set_up_an_authenticator_before_they_are_let_in(browse):
    browser = half_way(browse)
    assert browser.response.headers["Location"] == "/second-step/set-up"
    for path in ("/account/", "/people/", "/audit/"):
        assert browser.client.get(path).status_code == 302
        assert "/sign-in" in browser.client.get(path).headers["Location"]


def test_recovery_codes_are_made_at_once_and_shown_until_they_are_kept(browse):
    browser = half_way(browse)
    set_up(browser)
    for _ in range(2):
        browser.open("/account/", expect=302)
        assert browser.response.headers["Location"].startswith("/second-step/recovery-codes")
        browser.follow()
        assert len(set(codes_shown(browser))) == 5
    browser.send("/account/recovery-codes/keep", {}, expect=303)
    browser.open("/account/")
    assert "5 unused" in browser.page.text


def test_codes_that_nobody_kept_are_shown_at_the_next_sign_in(browse):
    key = set_up(half_way(browse))
    with time_machine.travel(clock.now() + timedelta(seconds=STEP_S)):
        browser = half_way(browse)
        browser.follow()
        browser.send("/second-step", {"code": code(key)})
        browser.open("/account/", expect=302)
        assert "recovery-codes" in browser.response.headers["Location"]


def test_a_wrong_digit_keeps_the_square_and_the_key(browse):
    browser = half_way(browse)
    browser.follow()
    browser.send("/second-step/set-up", {"setup": "authenticator"}, expect=200)
    key = key_shown(browser)
    assert re.fullmatch(r"([A-Z2-7]{4} ){7}[A-Z2-7]{4}", key)
    assert 'href="otpauth://totp/' in browser.response.text
    browser.send("/second-step", {"code": "000000"}, expect=200)
    assert "This code does not fit" in browser.page.text
    assert key_shown(browser) == key
    browser.send("/second-step", {"code": code(key)})
    assert browser.response.headers["Location"] == "/"


def test_a_wrong_digit_keeps_them_for_a_patient_who_wants_a_second_step_too(browse, cast):
    accounts.enrol(name="Ben", email=BEN, roles=[Role.PATIENT], password=PASSWORD, by=cast.console)
    browser = browse(BEN)
    browser.open("/second-step/set-up")
    browser.send("/second-step/set-up", {"setup": "authenticator"}, expect=200)
    key = key_shown(browser)
    where = re.search(r'action="(/second-step/set-up/[^"]+)"', browser.response.text).group(1)
    browser.send(where, {"code": "000000"})
    browser.follow()
    assert "This code does not fit" in browser.page.text
    assert key_shown(browser) == key
    browser.send("/second-step", {"code": code(key)})
    browser.open("/account/", expect=302)
    browser.follow()
    assert len(codes_shown(browser)) == 5


def test_a_patient_needs_no_second_step(browse, cast):
    accounts.enrol(name="Ben", email=BEN, roles=[Role.PATIENT], password=PASSWORD, by=cast.console)
    browser = browse(BEN)
    assert browser.response.headers["Location"] == "/"


def test_a_code_opens_the_door_once(browse, anna, later):
    _, key = anna
    shown = code(key)
    first, second = half_way(browse), half_way(browse)
    first.follow()
    first.send("/second-step", {"code": shown})
    first.open("/account/")
    second.follow()
    second.send("/second-step", {"code": shown}, expect=200)
    assert "This code does not fit" in second.page.text
    second.open("/account/", expect=302)


def test_signing_in_at_a_second_desk_leaves_the_first_one_be(browse, anna, later):
    first, key = anna
    second = half_way(browse)
    second.follow()
    second.send("/second-step", {"code": code(key)})
    second.open("/account/")
    first.open("/account/")


def test_going_back_to_the_code_or_a_link_to_it_signs_nobody_out(browse, anna):
    browser, _ = anna
    browser.open("/second-step", expect=302)
    assert browser.response.headers["Location"] == "/"
    browser.open("/today/")
    browser.send("/second-step", {"code": "123456"})
    browser.open("/account/")


def test_a_new_password_does_not_skip_the_second_step(browse, anna, settings, later):
    browser = Browser(browse.app)
    ask_for_link(browser, ANNA)
    link = reset_link(settings.mail_folder)
    browser.open(link)
    browser.send(link, {"password": NEW, "password_confirm": NEW})
    browser.open("/account/", expect=302)
    assert browse(ANNA, NEW).response.headers["Location"].startswith("/second-step")


def test_an_earlier_code_is_refused_after_a_later_one(browse, anna, later):
    _, key = anna
    early, late = code(key), code(key, steps=1)
    first, second = half_way(browse), half_way(browse)
    first.follow()
    first.send("/second-step", {"code": late})
    second.follow()
    second.send("/second-step", {"code": early}, expect=200)


def test_a_code_of_a_minute_ago_is_refused(browse, anna, later):
    _, key = anna
    later.shift(3 * STEP_S)
    browser = half_way(browse)
    browser.follow()
    browser.send("/second-step", {"code": code(key, steps=-2)}, expect=200)


def test_five_wrong_codes_drop_the_half_open_sign_in_and_lock(browse, anna, cast, later):
    _, key = anna
    browser = half_way(browse)
    browser.follow()
    for _ in range(brakes.MOST_FAILURES):
        browser.send("/second-step", {"code": "000000"}, expect=200)
    browser.send("/second-step", {"code": code(key)})
    assert browser.response.headers["Location"].startswith("/sign-in")
    browser.open("/sign-in")
    browser.send("/sign-in", {"email": ANNA, "password": PASSWORD}, expect=200)
    assert "Check both, or wait 15 minutes" in browser.page.text


def test_another_browser_half_way_in_is_of_no_use_while_locked(browse, anna, later):
    _, key = anna
    first, second = half_way(browse), half_way(browse)
    first.follow()
    second.follow()
    for _ in range(brakes.MOST_FAILURES):
        first.send("/second-step", {"code": "000000"}, expect=200)
    second.send("/second-step", {"code": code(key)}, expect=200)
    assert "closed for a while" in second.page.text
    second.open("/account/", expect=302)


def test_the_lock_opens_by_itself(browse, anna, later):
    _, key = anna
    browser = half_way(browse)
    browser.follow()
    for _ in range(brakes.MOST_FAILURES):
        browser.send("/second-step", {"code": "000000"}, expect=200)
    later.shift(brakes.LOCKED_FOR + timedelta(seconds=1))
    browser = half_way(browse)
    browser.follow()
    browser.send("/second-step", {"code": code(key)})
    browser.open("/account/")


def test_half_a_sign_in_ends_after_ten_minutes(browse, anna, later):
    _, key = anna
    browser = half_way(browse)
    browser.follow()
    later.shift(timedelta(minutes=11))
    browser.send("/second-step", {"code": code(key)})
    assert browser.response.headers["Location"].startswith("/sign-in")
    browser.open("/account/", expect=302)


def test_disabling_somebody_ends_half_a_sign_in_too(browse, anna, cast, later):
    _, key = anna
    browser = half_way(browse)
    browser.follow()
    access_changes.disable(cast.anna.user_id, reason="Asked for", by=cast.adam)
    browser.send("/second-step", {"code": code(key)})
    assert browser.response.headers["Location"].startswith("/sign-in")


def test_a_recovery_code_opens_the_door_once(browse, cast):
    browser = half_way(browse)
    set_up(browser)
    spare = recovery_codes(browser)[0]
    first, second = half_way(browse), half_way(browse)
    first.open("/second-step/recovery")
    first.send("/second-step/recovery", {"code": f" {spare.upper()} "})
    first.open("/account/")
    assert "4 unused" in first.page.text
    second.open("/second-step/recovery")
    second.send("/second-step/recovery", {"code": spare}, expect=200)
    assert "none of your unused recovery codes" in second.page.text


def test_wrong_recovery_codes_lock_too(browse, anna, cast):
    browser = half_way(browse)
    browser.open("/second-step/recovery")
    for _ in range(brakes.MOST_FAILURES):
        browser.send("/second-step/recovery", {"code": "0000-0000-0000"}, expect=200)
    assert brakes.is_locked(cast.anna.user_id, HERE)


def test_recovery_codes_and_the_secret_are_not_readable_in_the_database(anna, browse, cast):
    from sqlalchemy import select

    from tracker.models import db
    from tracker.models.users import User

    browser, key = anna
    spare = recovery_codes(browser)[0]
    secret, kept = db.session.execute(
        select(User.tf_totp_secret, User.mf_recovery_codes).where(User.id == cast.anna.user_id)
    ).one()
    assert key.replace("-", "") not in secret
    assert spare not in " ".join(kept)


def test_an_administrator_resets_a_lost_second_step(browse, anna, cast):
    browser, _ = anna
    access_changes.reset_second_factor(cast.anna.user_id, reason="Asked for", by=cast.adam)
    browser.open("/account/", expect=302)
    again = half_way(browse)
    assert again.response.headers["Location"] == "/second-step/set-up"


def test_moving_to_another_phone_signs_out_everywhere_else(browse, anna, later):
    browser, key = anna
    other = half_way(browse)
    other.follow()
    other.send("/second-step", {"code": code(key)})
    other.open("/account/")
    later.shift(STEP_S)
    other.open("/second-step/set-up")
    other.send("/second-step/set-up", {"setup": "authenticator"}, expect=200)
    where = re.search(r'action="(/second-step/set-up/[^"]+)"', other.response.text).group(1)
    other.send(where, {"code": code(key_shown(other))})
    other.open("/account/")
    browser.open("/account/", expect=302)


def test_staff_cannot_turn_it_off(anna):
    browser, _ = anna
    browser.open("/second-step/set-up")
    assert "No app any more" not in browser.page.text
    browser.send("/second-step/set-up", {"setup": "disable"}, expect=200)
    browser.open("/account/")
    assert "takes a code from your phone" in browser.page.text


def test_what_happened_to_the_second_step_is_in_the_trail(anna, cast):
    done = {line.action for line in audit_queries.read(by=cast.adam).lines}
    assert {"user.second-factor-used", "user.recovery-codes-made", "signed-in"} <= done
    assert audit_queries.verify().intact


def test_whoever_sets_it_up_or_makes_other_codes_is_written_to(browse, settings):
    browser = half_way(browse)
    set_up(browser)
    recovery_codes(browser)
    told = "".join(path.read_text() for path in settings.mail_folder.iterdir())
    words = " ".join(told.replace("=\n", "").split())
    assert "The second step of your sign-in was set up or changed." in words
    assert "New recovery codes were made for your account" in words
