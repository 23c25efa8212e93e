"""For which address passkeys are made, and what is said at any other."""

import pytest

from tracker.domain.passkeys import relying_party, wording
from tracker.domain.passkeys.relying_party import RelyingParty
from tracker.domain.problems import InvalidError

PUBLIC = "https://tracker.example.org"


@pytest.mark.parametrize(
    ("address", "opened", "party"),
    [
        (PUBLIC, f"{PUBLIC}/", RelyingParty("tracker.example.org", PUBLIC)),
        # Behind a proxy that nobody told us of, the page seems to have been opened by plain http.
        (PUBLIC, "http://tracker.example.org/", RelyingParty("tracker.example.org", PUBLIC)),
        (f"{PUBLIC}:443", f"{PUBLIC}/", RelyingParty("tracker.example.org", PUBLIC)),
        (
            "https://Tracker.Example.org:8443",
            "https://tracker.example.org:8443/",
            RelyingParty("tracker.example.org", "https://tracker.example.org:8443"),
        ),
        ("", "http://localhost:8031/", RelyingParty("localhost", "http://localhost:8031")),
        ("", "http://localhost/", RelyingParty("localhost", "http://localhost")),
        (
            "http://localhost:8000", "http://localhost:8000/",
            RelyingParty("localhost", "http://localhost:8000"),
        ),
    ],
)  # fmt: skip
def test_passkeys_are_made_for_the_configured_address(address, opened, party):
    assert relying_party.find(address, opened=opened) == party


@pytest.mark.parametrize(
    ("address", "opened", "words"),
    [
        (PUBLIC, "http://localhost:8000/", "Open https://tracker.example.org/"),
        ("", "http://127.0.0.1:8031/", "Open http://localhost:8031/"),
        ("", "http://[::1]/", "Open http://localhost/"),
        ("http://tracker.example.org", "http://tracker.example.org/", "need https"),
        ("https://192.0.2.7", "https://192.0.2.7/", "need a name"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]/", "need a name"),
    ],
)
def test_at_any_other_it_is_said_where_to_open_the_page(address, opened, words):
    with pytest.raises(InvalidError) as caught:
        relying_party.find(address, opened=opened)
    assert words in caught.value.problems[0].message


@pytest.mark.parametrize("name", ["", "  ", "\u200b", "x" * 61, "two\nlines"])
def test_a_name_tells_which_passkey_it_is(name):
    assert wording.fault_of_name(name)


def test_a_usual_name_is_right():
    assert not wording.fault_of_name("My phone")
