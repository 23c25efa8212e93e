"""No address takes a form whose token is missing, altered or somebody else's, and none crashes."""

import pytest

from tests.browsing import Browser
from tests.people import ADAM, ANNA, BEN
from tests.web.test_access import browser_of, csrf, routes, scene  # noqa: F401 - a fixture
from tracker.domain.access import allows
from tracker.web.guard import permission_of

ASKED_BY_SCRIPTS = {"home.alive"}  # tells how long somebody stays signed in


def alter(token: str) -> str:
    """Change a letter of the signature; of the last one two bits count for nothing."""
    return token[:-9] + ("A" if token[-9] != "A" else "B") + token[-8:]


def test_every_address_refuses_a_token_that_is_none_of_its_own(scene):  # noqa: F811
    browsers = {who: browser_of(scene, who) for who in (ANNA, ADAM, BEN)}
    tokens = {who: csrf(browser) for who, browser in browsers.items()}
    taken, asked = [], 0
    for rule in (one for one in routes(scene.app) if "POST" in one.methods):
        needed = permission_of(rule.endpoint)
        if needed is None or rule.endpoint in ASKED_BY_SCRIPTS:
            continue
        who = next(who for who in browsers if allows(scene.people[who], needed))
        own = tokens[who]
        other = tokens[BEN if who != BEN else ANNA]
        for token in ("", alter(own), other):
            answer = browsers[who].client.post(
                scene.fill(rule, "ben"), data={"csrf_token": token} if token else {}
            )
            asked += 1
            if answer.status_code != 400:
                taken.append(f"{rule.endpoint} {token[:6]!r}: {answer.status_code}")
    assert asked > 200
    assert not taken, taken


@pytest.mark.parametrize("path", ["/sign-in", "/password/forgotten", "/sign-in/unlock"])
def test_forms_of_strangers_refuse_a_token_that_is_none_of_their_own(app, cast, path):
    browser, other = Browser(app), Browser(app)
    own, theirs = (csrf(one) for one in (browser, other))
    typed = {"email": ANNA, "password": "not the password of anybody"}
    for token in ("", alter(own), theirs):
        answer = browser.client.post(path, data=typed | ({"csrf_token": token} if token else {}))
        assert answer.status_code == 400, (path, token)
    assert browser.client.post(path, data=typed | {"csrf_token": own}).status_code != 400


@pytest.mark.parametrize(
    "request_",
    [
        {"data": ""},
        {"data": "[1]", "content_type": "application/json"},
        {"json": dict.fromkeys(("name", "email", "password", "code", "q", "reason"), 5)},
        {"json": {"name": [{"a": None}], "email": None, "reason": {"b": 1}}},
    ],
    ids=["no field", "a list", "numbers", "what no form can hold"],
)
def test_no_address_crashes_on_a_form_without_a_field_or_on_what_is_no_form(scene, request_):  # noqa: F811
    scene.app.config["PROPAGATE_EXCEPTIONS"] = False
    browsers = {who: browser_of(scene, who) for who in (ANNA, ADAM, BEN)}
    tokens = {who: csrf(browser) for who, browser in browsers.items()}
    crashed = []
    for rule in (one for one in routes(scene.app) if "POST" in one.methods):
        needed = permission_of(rule.endpoint)
        if rule.endpoint in {"security.logout", "people.confirm"}:  # these end what is tried by
            continue
        who = next((who for who in browsers if needed and allows(scene.people[who], needed)), BEN)
        answer = browsers[who].client.post(
            scene.fill(rule, "ben"), headers={"X-CSRFToken": tokens[who]}, **request_
        )
        if answer.status_code >= 500:
            crashed.append(f"{rule.endpoint} as {who}")
    assert not crashed, crashed
