"""The brake on guessing: by account and place, and slower on the whole account."""

from datetime import timedelta

import pytest
import time_machine

from tracker.services import clock
from tracker.services.people import access_changes, brakes, devices, logins
from tracker.services.people.brakes import MOST_EVERYWHERE, MOST_FAILURES, TryPlace

pytestmark = pytest.mark.both_databases

STRANGER, HOME = brakes.at_address("198.51.100.7"), brakes.at_address("203.0.113.9")


def fail(cast, place: TryPlace, times: int = MOST_FAILURES, **how) -> None:
    for _ in range(times):
        brakes.count_failure(cast.anna.user_id, "password", place, **how)


def is_locked(cast, place: TryPlace) -> bool:
    return brakes.is_locked(cast.anna.user_id, place)


def fail_everywhere(cast) -> None:
    for number in range(MOST_EVERYWHERE):
        fail(cast, brakes.at_address(f"192.0.2.{number}"), times=1)


def test_wrong_tries_of_a_stranger_leave_the_holder_elsewhere_alone(cast):
    fail(cast, STRANGER)
    assert is_locked(cast, STRANGER)
    assert not is_locked(cast, HOME)


def test_one_stranger_who_goes_on_for_a_day_never_shuts_the_holder_out(cast):
    with time_machine.travel(clock.now(), tick=False) as at:
        for _ in range(24 * 4):
            fail(cast, STRANGER)
            assert not is_locked(cast, HOME)
            at.shift(brakes.LOCKED_FOR + timedelta(seconds=1))


def test_many_from_many_places_close_the_account_for_a_while(cast):
    fail_everywhere(cast)
    assert is_locked(cast, HOME)
    with time_machine.travel(clock.now() + brakes.LOCKED_FOR + timedelta(seconds=1)):
        assert not is_locked(cast, HOME)


def test_a_browser_that_the_account_knows_stays_open_and_has_a_lock_of_its_own(cast):
    token = devices.remember(cast.anna.user_id, "", name="Firefox on Linux")
    known = devices.place_of(cast.anna.user_id, token, address="203.0.113.9")
    fail_everywhere(cast)
    assert not is_locked(cast, known)
    fail(cast, known)
    assert is_locked(cast, known)
    assert devices.place_of(cast.adam.user_id, token, address="203.0.113.9") == HOME


def test_ten_wrong_codes_from_anywhere_close_it(cast):
    for number in range(9):
        fail(cast, brakes.at_address(f"192.0.2.{number}"), times=1, after_password=True)
    assert not is_locked(cast, HOME)
    fail(cast, STRANGER, times=1, after_password=True)
    assert is_locked(cast, HOME)


def test_what_a_colleague_mistypes_closes_nothing_for_its_holder(cast):
    fail(cast, brakes.beside(cast.adam))
    assert is_locked(cast, brakes.beside(cast.adam))
    assert not is_locked(cast, brakes.at_address(cast.adam.address))


def test_addresses_of_one_home_are_one_place():
    assert brakes.at_address("2001:db8:1:2:3::4").key == brakes.at_address("2001:db8:1:2::9").key
    assert brakes.at_address("2001:db8:1:2::9").key != brakes.at_address("2001:db8:1:3::9").key
    assert brakes.at_address("::ffff:192.0.2.1").key == brakes.at_address("192.0.2.1").key
    assert brakes.at_address("unix:").key == "address:unix:"


def test_signing_in_forgets_what_went_wrong_there_and_an_administrator_opens_it_anywhere(cast):
    fail(cast, HOME, times=MOST_FAILURES - 1)
    logins.begin(cast.anna.user_id, address="203.0.113.9", place=HOME)
    fail(cast, HOME, times=MOST_FAILURES - 1)
    assert not is_locked(cast, HOME)
    fail_everywhere(cast)
    fail(cast, STRANGER)
    access_changes.unlock(cast.anna.user_id, by=cast.adam)
    assert not is_locked(cast, HOME)
    assert not is_locked(cast, STRANGER)


def test_what_went_wrong_a_day_ago_is_forgotten(cast):
    fail(cast, HOME, times=MOST_FAILURES - 1)
    with time_machine.travel(clock.now() + brakes.FORGOTTEN_AFTER + timedelta(minutes=1)):
        fail(cast, HOME, times=1)
        assert not is_locked(cast, HOME)


def test_each_sign_in_gives_a_browser_another_token_for_all_who_use_it(cast):
    first = devices.remember(cast.anna.user_id, "", name="Firefox")
    second = devices.remember(cast.adam.user_id, first, name="Firefox")
    third = devices.remember(cast.anna.user_id, second, name="Firefox 2")
    for user, token, knows in [
        (cast.anna, first, False),
        (cast.anna, second, False),
        (cast.anna, third, True),
        (cast.adam, third, True),
        (cast.cleo, third, False),
        (cast.anna, "x" * 5_000, False),
    ]:
        place = devices.place_of(user.user_id, token, address="")
        assert place.counts_alone is knows
    [mine] = devices.listing(third, by=cast.anna)
    assert (mine.name, mine.here) == ("Firefox 2", True)


def test_what_ends_a_way_in_ends_the_browsers_it_knows(cast):
    def enter() -> str:
        return devices.remember(cast.anna.user_id, "", name="Firefox")

    for end in (access_changes.disable, access_changes.enable, access_changes.reset_second_factor):
        token = enter()
        end(cast.anna.user_id, reason="Asked for", by=cast.adam)
        place = devices.place_of(cast.anna.user_id, token, address="")
        assert place.counts_alone is (end is access_changes.enable)
    for action in ("user.password-changed", "user.password-reset", "user.second-factor-changed"):
        token = enter()
        logins.end_others(cast.anna.user_id, "", action=action, by=cast.anna)
        assert not devices.place_of(cast.anna.user_id, token, address="").counts_alone


def test_a_browser_that_was_not_used_for_long_is_known_no_more(cast):
    token = devices.remember(cast.anna.user_id, "", name="Firefox")
    with time_machine.travel(clock.now() + devices.LASTS + timedelta(days=1)):
        assert not devices.place_of(cast.anna.user_id, token, address="").counts_alone
        assert devices.listing(token, by=cast.anna) == []
