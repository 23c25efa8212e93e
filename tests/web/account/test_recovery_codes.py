"""Recovery codes: hashes in the database, shown once, and each good once."""

import base64
import threading
import zlib

import pytest

from tests.browsing import Browser
from tests.web import test_second_step
from tests.web.test_second_step import codes_shown, half_way
from tracker.models import db
from tracker.models.users import User
from tracker.services import clock
from tracker.services.audit import queries as audit_queries
from tracker.services.people import recovery
from tracker.services.unit_of_work import unit_of_work

anna, settings = test_second_step.anna, test_second_step.settings


def unsigned(browser: Browser) -> str:
    """What whoever has the cookie can read in it."""
    cookie = browser.client.get_cookie("tracker").value
    content = cookie.lstrip(".").partition(".")[0]
    raw = base64.urlsafe_b64decode(content + "=" * (-len(content) % 4))
    return (zlib.decompress(raw) if cookie.startswith(".") else raw).decode()


def test_codes_are_shown_where_they_were_made_and_never_again_once_they_are_kept(anna, browse):
    browser, _ = anna
    browser.open("/second-step/recovery-codes")
    browser.send("/second-step/recovery-codes", {"generate_new_codes": "1"}, expect=200)
    codes = codes_shown(browser)
    assert "make new ones" not in browser.page.text  # these are new
    browser.open("/second-step/recovery-codes?show_codes=1")
    assert codes_shown(browser) == codes
    cookie = unsigned(browser)
    assert not [code for code in codes if code in cookie], "the cookie can be read by its owner"
    browser.send("/account/recovery-codes/keep", {}, expect=303)
    browser.open("/second-step/recovery-codes?show_codes=1")
    assert codes_shown(browser) == []
    assert "shown once" in browser.page.text


def test_codes_that_another_browser_ended_are_shown_no_more(anna, browse, cast):
    browser, _ = anna
    browser.open("/second-step/recovery-codes")
    browser.send("/second-step/recovery-codes", {"generate_new_codes": "1"}, expect=200)
    assert codes_shown(browser)
    sealed = recovery.make(cast.anna.user_id, address="127.0.0.1")
    assert len(recovery.unseal(sealed, cast.anna.user_id)) == 5
    assert recovery.unseal(sealed, cast.adam.user_id) == []
    assert recovery.unseal("planted", cast.anna.user_id) == []
    browser.open("/second-step/recovery-codes?show_codes=1")
    assert codes_shown(browser) == []


def test_codes_of_an_older_program_work_and_are_hashed_at_the_next_sign_in(anna, browse, cast):
    old = ["aaaa-bbbb-cccc", "dddd-eeee-ffff", "1111-2222-3333"]
    sealed = [recovery._cryptor().encrypt(one.encode()).decode() for one in old]

    def kept() -> list[str]:
        db.session.rollback()
        return list(db.session.get_one(User, cast.anna.user_id).mf_recovery_codes or [])

    with unit_of_work(cast.console) as unit:
        user = db.session.get_one(User, cast.anna.user_id)
        user.mf_recovery_codes, user.codes_kept_at = sealed, clock.now()
        unit.audit("user.changed")
    browser = half_way(browse)
    browser.open("/second-step/recovery")
    browser.send("/second-step/recovery", {"code": old[1]})
    browser.open("/account/")
    assert len(kept()) == 2
    assert all(one.startswith("$argon2id$") for one in kept())
    assert recovery.spend(cast.anna.user_id, old[0], address="")
    assert not recovery.spend(cast.anna.user_id, old[0], address="")
    assert not recovery.spend(cast.anna.user_id, old[1], address="")


@pytest.mark.both_databases
def test_of_two_who_use_a_code_in_the_same_instant_one_gets_in(app, cast):
    """Both found it right before either used it up."""
    code, *_ = recovery.unseal(recovery.make(cast.anna.user_id, address=""), cast.anna.user_id)
    both, came = threading.Barrier(2, timeout=20), []

    def use() -> None:
        with app.app_context():
            came.append(recovery.spend(cast.anna.user_id, code, address=""))

    checked = recovery.logins.actor_of

    def wait(*words: object, **named: object) -> object:
        found = checked(*words, **named)
        db.session.rollback()
        both.wait()
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recovery.logins, "actor_of", wait)
        threads = [threading.Thread(target=use) for _ in range(2)]
        for one in threads:
            one.start()
        for one in threads:
            one.join(30)
    assert sorted(came) == [False, True]
    actions = [line.action for line in audit_queries.read(by=cast.adam).lines]
    assert actions.count("user.recovery-code-used") == 1
    assert "sign-in.refused" in actions
