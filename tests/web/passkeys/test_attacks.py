"""What somebody might try with passkeys: each of these opens nothing, and leaves its line."""

from datetime import timedelta

import pytest
import time_machine

from tests.browsing import Browser
from tests.builders.authenticator import SoftPasskey, asked
from tests.people import ADAM, ANNA, BEN, CLEO, PASSWORD
from tests.signing_in import copy_of
from tests.web.passkeys.adding import ALONE, NEW, SECOND, add, allow_alone, trail, use
from tracker.domain.access import Role
from tracker.models import db
from tracker.models.users import Passkey
from tracker.services import clock
from tracker.services.clinic import clinics
from tracker.services.people import access_changes, accounts, brakes, logins

HERE = brakes.at_address("127.0.0.1")


@pytest.fixture
def key(browse) -> SoftPasskey:
    """Anna's passkey."""
    return add(browse(ANNA))


@pytest.fixture
def alone(browse, cast, key) -> Browser:
    """A stranger's browser where a passkey alone is enough."""
    allow_alone(cast)
    return Browser(browse.app)


def half_way(browse) -> Browser:
    return browse(ANNA)


def is_shut(browser: Browser) -> bool:
    return browser.client.get("/account/").status_code == 302


def test_the_passkey_of_somebody_else_is_no_second_step(browse, key, cast):
    theirs = add(browse(ADAM))
    browser = half_way(browse)
    use(browser, theirs, expect=422)
    assert is_shut(browser)
    assert "sign-in.failed wrong passkey" in trail(cast)


@pytest.mark.parametrize("path", [SECOND, ALONE])
def test_what_is_not_signed_as_it_was_asked_opens_nothing(browse, key, cast, path):
    allow_alone(cast)
    changes = (
        {"origin": "https://localhost.evil.example"},
        {"rp_id": "evil.example"},
        {"key": SoftPasskey().key},
        {"handle": "c29tZWJvZHktZWxzZQ"},
    )
    for change in changes:
        browser = half_way(browse) if path == SECOND else Browser(browse.app)
        use(browser, key.copy(**change), path, expect=422)
        assert is_shut(browser)
        assert "sign-in.failed wrong passkey" in trail(cast)[:3]


def test_alone_the_device_must_have_made_sure_who_uses_it(alone, key):
    careless = key.copy(verifies=False)
    use(alone, careless, ALONE, expect=422)
    assert is_shut(alone)


def test_beside_a_password_a_plain_touch_is_enough(browse, key):
    use(half_way(browse), key.copy(verifies=False))


def test_odd_answers_are_refused_and_break_nothing(alone):
    for answer in ("", "{}", "[]", "null", "x", "[" * 1_000, "1" * 3_500):
        alone.open(ALONE)
        alone.send(ALONE, {"credential": answer}, expect=422)
        assert "does not open an account" in alone.page.text


def test_an_answer_opens_the_door_once_even_for_a_copy_of_the_cookie(browse, key, cast):
    browser = half_way(browse)
    browser.open(SECOND)
    kept = key.copy(count=None)  # it does not count, so the counter finds nothing
    db.session.execute(Passkey.__table__.update().values(sign_count=0))
    db.session.commit()
    twin = copy_of(browser)
    answer = kept.use(asked(browser.response.text))
    token = browser.page.value("csrf_token")
    browser.send(SECOND, {"credential": answer}, expect=303)
    sent = twin.client.post(SECOND, data={"csrf_token": token, "credential": answer})
    assert sent.status_code == 422
    assert is_shut(twin)
    assert "sign-in.refused passkey; sent twice" in trail(cast)


def test_a_challenge_is_of_the_browser_that_it_was_made_in(browse, key):
    first, second = half_way(browse), half_way(browse)
    first.open(SECOND)
    answer = key.use(asked(first.response.text))
    second.open(SECOND)
    second.send(SECOND, {"credential": answer}, expect=422)
    assert is_shut(second)


def test_a_challenge_is_of_what_it_was_made_for(browse, key, cast):
    allow_alone(cast)
    browser = half_way(browse)
    browser.open(SECOND)
    answer = key.use(asked(browser.response.text))
    token = browser.page.value("csrf_token")
    sent = browser.client.post(ALONE, data={"csrf_token": token, "credential": answer})
    assert sent.status_code == 422
    assert is_shut(browser)


def test_a_challenge_is_of_the_page_that_was_opened_last(browse, key):
    browser = half_way(browse)
    browser.open(SECOND)
    answer = key.use(asked(browser.response.text))
    browser.open(SECOND)
    browser.send(SECOND, {"credential": answer}, expect=422)


def test_a_challenge_ends_after_five_minutes(browse, key):
    browser = half_way(browse)
    browser.open(SECOND)
    answer = key.use(asked(browser.response.text))
    with time_machine.travel(clock.now() + timedelta(minutes=5, seconds=5)):
        browser.send(SECOND, {"credential": answer}, expect=422)
        assert is_shut(browser)


@pytest.mark.parametrize("path", [SECOND, ALONE])
def test_a_copied_passkey_is_found_out_by_its_counter(browse, key, cast, path):
    allow_alone(cast)
    stolen = key.copy()
    for _ in range(2):
        use(half_way(browse) if path == SECOND else Browser(browse.app), key, path)
    thief = half_way(browse) if path == SECOND else Browser(browse.app)
    use(thief, stolen, path, expect=422)
    assert is_shut(thief)
    assert "sign-in.refused passkey; its counter went back" in trail(cast)
    use(half_way(browse) if path == SECOND else Browser(browse.app), key, path)


def test_a_disabled_account_stays_shut_to_its_passkey(alone, key, cast):
    access_changes.disable(cast.anna.user_id, reason="Question for", by=cast.adam)
    use(alone, key, ALONE, expect=422)
    assert is_shut(alone)
    assert "sign-in.refused passkey; disabled" in trail(cast)


def test_disabling_somebody_half_way_in_shuts_their_second_step(browse, key, cast):
    browser = half_way(browse)
    browser.open(SECOND)
    answer = key.use(asked(browser.response.text))
    access_changes.disable(cast.anna.user_id, reason="Question for", by=cast.adam)
    browser.send(SECOND, {"credential": answer}, expect=302)
    assert is_shut(browser)


def test_a_locked_account_stays_shut_to_its_passkey(alone, browse, key, cast):
    half = half_way(browse)
    half.open(SECOND)
    for _ in range(brakes.MOST_FAILURES):
        brakes.count_failure(cast.anna.user_id, "password", HERE)
    browser = Browser(browse.app)
    use(browser, key, ALONE, expect=422)
    assert is_shut(browser)
    assert "sign-in.refused passkey; locked" in trail(cast)


def test_wrong_passkeys_lock_as_wrong_codes_do(browse, key, cast):
    wrong = key.copy(key=SoftPasskey().key)
    browser = Browser(browse.app)
    browser.client.set_cookie("tracker-device", "nobody")
    browser.open("/sign-in")
    browser.send("/sign-in", {"email": ANNA, "password": PASSWORD})
    for _ in range(brakes.MOST_FAILURES):
        use(browser, wrong, expect=422)
    assert "closed for a while" in browser.page.text
    assert brakes.is_locked(cast.anna.user_id, HERE)
    browser.open(SECOND, expect=302)
    assert browser.response.headers["Location"] == "/sign-in"


def test_whoever_tries_unknown_passkeys_is_slowed_down(alone, cast):
    for _ in range(10):
        use(alone, SoftPasskey(), ALONE, expect=422)
    alone.send(ALONE, {"credential": "{}"}, expect=429)
    assert "sign-in.failed unknown passkey, from 127.0.0.1" in trail(cast)


def test_the_words_are_the_same_whoever_it_is(browse, key, cast):
    allow_alone(cast)
    said = set()
    access_changes.disable(cast.anna.user_id, reason="Question for", by=cast.adam)
    for tried in (key, key.copy(key=SoftPasskey().key), SoftPasskey()):
        browser = Browser(browse.app)
        use(browser, tried, ALONE, expect=422)
        said.add(browser.page.text)
    assert len(said) == 1


def test_the_passkey_of_a_clinic_that_wants_a_password_is_no_way_in(browse, cast):
    theirs = add(browse(CLEO))  # of the other clinic
    allow_alone(cast)
    browser = Browser(browse.app)
    use(browser, theirs, ALONE, expect=422)
    assert is_shut(browser)
    there = logins.actor_of(
        accounts.enrol(
            name="Ada", email="ada@example.org", roles=[Role.ADMINISTRATOR], password=PASSWORD,
            by=clinics.console(cast.elsewhere_id),
        )
    )  # fmt: skip
    allow_alone(cast, by=there)
    allow_alone(cast, allow=False)
    use(Browser(browse.app), theirs, ALONE)


def test_taken_back_the_setting_shuts_the_way(alone, key, cast):
    alone.open(ALONE)
    answer = key.use(asked(alone.response.text))
    allow_alone(cast, allow=False)
    alone.send(ALONE, {"credential": answer}, expect=404)
    assert is_shut(alone)


def test_nobody_sees_or_removes_a_passkey_of_somebody_else(browse, key):
    passkey_id = db.session.scalar(Passkey.__table__.select())
    db.session.rollback()
    for email in (ADAM, CLEO):
        browser = browse(email)
        browser.open(f"/account/passkeys/remove?passkey={passkey_id}", expect=404)
        browser.open("/account/")
        browser.send(f"/account/passkeys/remove?passkey={passkey_id}", {}, expect=404)
    use(half_way(browse), key)


def test_a_passkey_is_added_to_one_account_only(browse, key):
    browser = browse(ADAM)
    browser.open(NEW)
    answer = key.copy().make(asked(browser.response.text))
    browser.send(NEW, {"name": "Theirs", "credential": answer}, expect=422)
    assert "stands here already" in browser.page.text


def test_a_second_click_adds_one(browse):
    browser = browse(ANNA)
    browser.open(NEW)
    token, made = browser.page.value("csrf_token"), SoftPasskey().make(asked(browser.response.text))
    twin = copy_of(browser)
    sent = {"csrf_token": token, "name": "My phone", "credential": made}
    assert browser.client.post(NEW, data=sent).status_code == 303
    assert twin.client.post(NEW, data=sent).status_code in {302, 303}
    assert db.session.query(Passkey).count() == 1


def test_another_password_or_a_reset_leaves_the_second_step(browse, key, cast):
    from tests.signing_in import NEW as OTHER
    from tests.signing_in import ask_for_link, reset_link

    browser = Browser(browse.app)
    ask_for_link(browser, ANNA)
    link = reset_link(browse.app.extensions["settings"].mail_folder)
    browser.open(link)
    browser.send(link, {"password": OTHER, "password_confirm": OTHER})
    assert browse(ANNA, OTHER).response.headers["Location"].startswith(SECOND)


def test_signed_in_nobody_is_asked_again(browse, cast):
    allow_alone(cast)
    accounts.enrol(name="Ben", email=BEN, roles=[Role.PATIENT], password=PASSWORD, by=cast.console)
    browser = browse(BEN)
    for path in (SECOND, ALONE):
        browser.open(path, expect=302)
        assert browser.response.headers["Location"] == "/"
