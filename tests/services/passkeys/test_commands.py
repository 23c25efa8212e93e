"""The life of a passkey, on both databases."""

import pytest
from msgspec import structs

from tests.builders.authenticator import SoftPasskey
from tests.people import Cast
from tracker.domain.access import Role
from tracker.domain.passkeys import wording
from tracker.domain.passkeys.relying_party import RelyingParty
from tracker.domain.problems import ForbiddenError, InvalidError, NotFoundError
from tracker.services.audit import queries as audit_queries
from tracker.services.passkeys import ceremonies, commands, queries
from tracker.services.passkeys.ceremonies import Question
from tracker.services.passkeys.commands import NewPasskey, PasskeyRefusedError
from tracker.services.people import access_changes, accounts, brakes, logins
from tracker.services.unit_of_work import AlreadySavedError

HERE = RelyingParty("localhost", "http://localhost")
PLACE = brakes.at_address("127.0.0.1")


@pytest.fixture(autouse=True)
def request_context(app):
    """Mails are written as a page writes them."""
    with app.test_request_context():
        yield


def question() -> Question:
    return Question(ceremonies.new_challenge(), HERE)


def add(by, key: SoftPasskey, name: str = "My phone", to: Question | None = None) -> int:
    to = to or question()
    holder = queries.holder(by.user_id)
    answer = key.make(ceremonies.options_to_make(to, holder, []))
    return commands.add(NewPasskey(name, holder.handle, answer), to, token="", by=by)


def use(by, key: SoftPasskey) -> None:
    to = question()
    answer = key.use(ceremonies.options_to_use(to, verified=False))
    commands.use_second(by.user_id, answer, to, place=PLACE)


@pytest.mark.both_databases
def test_a_passkey_is_added_used_and_removed(cast: Cast):
    key = SoftPasskey()
    made = add(cast.anna, key)
    assert accounts.find(cast.anna.user_id, by=cast.adam).second_factor
    use(cast.anna, key)
    [shown] = queries.listing(by=cast.anna)
    assert (shown.id, shown.name) == (made, "My phone")
    assert shown.used_at is not None
    commands.remove(made, token="", by=cast.anna)
    assert queries.listing(by=cast.anna) == []
    with pytest.raises(PasskeyRefusedError):
        use(cast.anna, key)
    assert audit_queries.verify().intact


@pytest.mark.both_databases
def test_a_counter_that_goes_back_is_refused_and_one_that_stays_at_nothing_is_not(cast: Cast):
    counting, silent = SoftPasskey(), SoftPasskey(count=None)
    add(cast.anna, counting)
    add(cast.anna, silent, "Everywhere")
    old = counting.copy()
    use(cast.anna, counting)
    for key in (old, counting.copy(count=None)):
        with pytest.raises(PasskeyRefusedError):
            use(cast.anna, key)
    use(cast.anna, counting)
    use(cast.anna, silent)
    use(cast.anna, silent)


@pytest.mark.both_databases
def test_a_reset_of_the_second_step_removes_every_passkey(cast: Cast):
    add(cast.anna, SoftPasskey())
    add(cast.anna, SoftPasskey(), "A key")
    access_changes.reset_second_factor(cast.anna.user_id, reason="Lost", by=cast.adam)
    assert queries.listing(by=cast.anna) == []
    assert not accounts.find(cast.anna.user_id, by=cast.adam).second_factor


@pytest.mark.both_databases
def test_a_passkey_stands_once_and_a_second_click_is_the_first(cast: Cast):
    key, to = SoftPasskey(), question()
    made = add(cast.anna, key, to=to)
    with pytest.raises(AlreadySavedError) as caught:
        add(cast.anna, key, to=to)
    assert caught.value.result_id == made
    with pytest.raises(InvalidError, match="stands here already"):
        add(cast.adam, key)


def test_all_passkeys_of_one_person_call_them_the_same_and_nobody_else_so(cast: Cast):
    first, second, other = SoftPasskey(), SoftPasskey(), SoftPasskey()
    for by, key in ((cast.anna, first), (cast.anna, second), (cast.adam, other)):
        add(by, key)
    assert first.handle == second.handle != other.handle
    assert "anna" not in first.handle


def test_nobody_has_more_than_they_can_look_over(cast: Cast, monkeypatch):
    monkeypatch.setattr(wording, "MOST", 1)
    add(cast.anna, SoftPasskey())
    with pytest.raises(InvalidError, match="Remove one"):
        add(cast.anna, SoftPasskey())


def test_one_adds_and_removes_for_oneself_alone(cast: Cast):
    made = add(cast.anna, SoftPasskey())
    for reach in (queries.find, lambda one, by: commands.remove(one, token="", by=by)):
        with pytest.raises(NotFoundError):
            reach(made, by=cast.cleo)


def test_whoever_may_not_use_an_account_sees_and_changes_no_passkey(cast: Cast):
    made = add(cast.anna, SoftPasskey())
    nobody = structs.replace(cast.anna, roles=frozenset({Role.LINK}))
    new = NewPasskey("Mine", "AAAA", "{}")
    for reach in (
        lambda: queries.listing(by=nobody),
        lambda: queries.find(made, by=nobody),
        lambda: commands.remove(made, token="", by=nobody),
        lambda: commands.add(new, question(), token="", by=nobody),
    ):
        with pytest.raises((ForbiddenError, NotFoundError)):
            reach()


def test_a_disabled_account_keeps_its_passkeys_for_the_day_it_is_enabled(cast: Cast):
    key = SoftPasskey()
    add(cast.anna, key)
    access_changes.disable(cast.anna.user_id, reason="Leave", by=cast.adam)
    access_changes.enable(cast.anna.user_id, reason="Back", by=cast.adam)
    use(logins.actor_of(cast.anna.user_id), key)
