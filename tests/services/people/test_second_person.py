"""A colleague confirms by their own password; somebody without an account is named."""

import pytest
from sqlalchemy import select

from tests.builders.authenticator import code
from tests.people import PASSWORD
from tracker.domain.access import Role
from tracker.domain.people.second_person import SecondPersonClaim, SecondPersonHow
from tracker.domain.problems import InvalidError
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.models.users import User
from tracker.services.people import accounts, brakes, identity, logins, second_person

HOW = SecondPersonHow

pytestmark = pytest.mark.both_databases


@pytest.fixture
def otis(cast) -> int:
    """A nurse with an account."""
    return accounts.enrol(
        name="Otis Bell, RN", email="otis@example.org", roles=[Role.CLINICIAN],
        password=PASSWORD, by=cast.console,
    )  # fmt: skip


def fields(claim, by):
    return [one.field for one in second_person.problems(claim, "witness", by=by)]


def test_the_list_has_the_staff_of_the_clinic_but_oneself(cast, anna, otis):
    names = [one.name for one in second_person.colleagues(by=anna)]
    assert "Otis Bell, RN" in names
    assert anna.name not in names
    assert cast.cleo.name not in names


def test_a_colleague_confirms_by_their_own_password_and_leaves_a_line(anna, otis):
    claim = SecondPersonClaim("", otis, PASSWORD)
    assert fields(claim, anna) == []
    found = second_person.settle(claim, by=anna)
    assert (found.name, found.how, found.user_id) == ("Otis Bell, RN", HOW.CONFIRMED, otis)
    actions = db.session.scalars(select(AuditEvent.action)).all()
    assert "second-person.confirmed" in actions


def test_a_wrong_password_is_refused_and_counted_until_the_account_is_closed(anna, otis):
    for _ in range(brakes.MOST_FAILURES):
        with pytest.raises(InvalidError) as refused:
            second_person.settle(SecondPersonClaim("", otis, "not this"), by=anna)
        assert refused.value.problems[0].field == second_person.SECRET
    with pytest.raises(InvalidError, match="too many wrong tries"):
        second_person.settle(SecondPersonClaim("", otis, PASSWORD), by=anna)


def test_nobody_confirms_without_a_word_and_nobody_is_chosen_who_is_not_on_the_list(
    cast, anna, otis
):
    assert fields(SecondPersonClaim("", otis), anna) == [second_person.SECRET]
    for stranger in (anna.user_id, cast.cleo.user_id, 7_000, -1):
        claim = SecondPersonClaim("", stranger, PASSWORD)
        assert fields(claim, anna) == [second_person.CHOSEN]


def test_who_has_an_account_is_not_just_named(anna, otis):
    assert fields(SecondPersonClaim("otis bell"), anna) == ["witness"]
    assert fields(SecondPersonClaim("Wanda Nurse"), anna) == []
    found = second_person.settle(SecondPersonClaim("Wanda Nurse"), by=anna)
    assert (found.name, found.how) == ("Wanda Nurse", HOW.WITHOUT_ACCOUNT)


def test_at_the_chair_a_colleague_may_be_named_and_is_marked(anna, otis):
    found = second_person.accept(SecondPersonClaim("otis bell"), by=anna)
    assert (found.name, found.how) == ("otis bell", HOW.NOT_CONFIRMED)
    assert second_person.accept(SecondPersonClaim("\u200b"), by=anna).how is None


def test_the_code_of_their_authenticator_does_as_well_and_only_once(app, anna, otis):
    from flask_security.proxies import _security

    factory = _security._totp_factory
    db.session.get(User, otis).tf_totp_secret = factory.generate_totp_secret()
    db.session.commit()
    kept = db.session.get(User, otis).tf_totp_secret
    claim = SecondPersonClaim("", otis, code(factory.get_totp_pretty_key(kept)))
    assert second_person.settle(claim, by=anna).how is HOW.CONFIRMED
    with pytest.raises(InvalidError):
        second_person.settle(claim, by=anna)


def test_who_guesses_a_colleagues_secret_is_named_by_the_trail(anna, otis):
    with pytest.raises(InvalidError):
        second_person.settle(SecondPersonClaim("", otis, "not this"), by=anna)
    lines = db.session.execute(
        select(AuditEvent.user_id, AuditEvent.actor, AuditEvent.subject).where(
            AuditEvent.action == "second-person.refused"
        )
    ).all()
    assert [tuple(line) for line in lines] == [(anna.user_id, anna.name, f"user:{otis}")]


def test_nobody_is_their_own_second_person_under_a_name_they_had_before(cast, anna, otis):
    identity.rename_self("Tess Temp", by=anna)
    renamed = logins.actor_of(anna.user_id)
    assert renamed.name == "Tess Temp"
    assert fields(SecondPersonClaim(anna.name), renamed) == ["witness"]
    assert second_person.accept(SecondPersonClaim(anna.name), by=renamed).how is HOW.NOT_CONFIRMED
    assert fields(SecondPersonClaim("Wanda Nurse"), renamed) == []
