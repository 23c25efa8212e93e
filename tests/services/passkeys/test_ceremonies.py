"""What a browser answers is looked at with care: crooked answers are refused, and break nothing."""

import json

import pytest

from tests.builders.authenticator import SoftPasskey
from tracker.domain.passkeys.relying_party import RelyingParty
from tracker.services.passkeys import ceremonies
from tracker.services.passkeys.ceremonies import AnswerError, Credential, Holder, Question

HERE = RelyingParty("clinic.example", "https://clinic.example")
ODD = (None, 5, "", "!!", "AAAA", "o2NmbXQ", {"a": 1}, ["x"])


def asked() -> Question:
    return Question(ceremonies.new_challenge(), HERE)


@pytest.fixture
def key():
    """A passkey for the address, with its public half."""
    key, made = SoftPasskey(origin=HERE.origin, rp_id=HERE.id), asked()
    holder = Holder(ceremonies.new_handle(), "ben@example.org", "Ben")
    new = ceremonies.check_new(key.make(ceremonies.options_to_make(made, holder, [])), made)
    return key, new.public_key


def use(key: SoftPasskey, to: Question, **more: object) -> str:
    return key.use(ceremonies.options_to_use(to, verified=True), **more)


def test_a_browser_is_told_what_it_may_do_and_no_more():
    holder = Holder(ceremonies.new_handle(), "ben@example.org", "Ben")
    known = [Credential("AAAA", "internal hybrid sorcery")]
    options = ceremonies.options_to_make(asked(), holder, known)
    assert options["rp"] == {"id": "clinic.example", "name": "Session tracker"}
    assert options["attestation"] == "none"
    assert options["excludeCredentials"][0]["transports"] == ["internal", "hybrid"]
    assert options["timeout"] == 300_000


def test_what_was_asked_is_what_fits(key):
    one, public = key
    to = asked()
    assert ceremonies.check_use(use(one, to), to, public, verified=True) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "http://clinic.example"},
        {"origin": "https://clinic.example:8443"},
        {"origin": "https://evil.clinic.example"},
        {"rp_id": "example"},
        {"key": SoftPasskey().key},
        {"verifies": False},
    ],
    ids=str,
)
def test_another_origin_party_or_key_does_not_fit(key, change):
    one, public = key
    to = asked()
    with pytest.raises(AnswerError):
        ceremonies.check_use(use(one.copy(**change), to), to, public, verified=True)


def test_another_challenge_does_not_fit(key):
    one, public = key
    with pytest.raises(AnswerError):
        ceremonies.check_use(use(one, asked()), asked(), public, verified=False)


def test_a_new_passkey_is_no_answer_to_who_is_there(key):
    one, public = key
    to = asked()
    made = one.make(ceremonies.options_to_make(to, Holder("AAAA", "b", "B"), []))
    with pytest.raises(AnswerError):
        ceremonies.check_use(made, to, public, verified=False)


@pytest.mark.parametrize("part", ["clientDataJSON", "authenticatorData", "signature"])
def test_odd_parts_of_an_answer_are_refused(key, part):
    one, public = key
    for odd in ODD:
        to = asked()
        with pytest.raises(AnswerError):
            ceremonies.check_use(use(one, to, **{part: odd}), to, public, verified=True)


@pytest.mark.parametrize("part", ["clientDataJSON", "attestationObject"])
def test_odd_new_passkeys_are_refused(part):
    for odd in ODD:
        to = asked()
        options = ceremonies.options_to_make(to, Holder("AAAA", "b", "B"), [])
        told = json.loads(SoftPasskey(origin=HERE.origin, rp_id=HERE.id).make(options))
        told["response"][part] = odd
        with pytest.raises(AnswerError):
            ceremonies.check_new(json.dumps(told), to)


@pytest.mark.parametrize(
    "answer", ["", "{}", "[]", "null", "x", "[" * 3_000, "1" * 5_000, '{"id": 1, "response": {}}']
)
def test_what_is_no_credential_is_refused(answer):
    for read in (ceremonies.credential_id, ceremonies.user_handle):
        with pytest.raises(AnswerError):
            read(answer)


def test_two_names_in_one_answer_are_none(key):
    one, _ = key
    told = json.loads(use(one, asked()))
    with pytest.raises(AnswerError):
        ceremonies.credential_id(json.dumps(told | {"rawId": "AAAA"}))


@pytest.mark.parametrize("handle", [None, 7, ""])
def test_a_passkey_that_does_not_say_whose_it_is_says_nothing(key, handle):
    one, _ = key
    assert ceremonies.user_handle(use(one, asked(), userHandle=handle)) == ""
