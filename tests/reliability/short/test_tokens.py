"""No address takes a form whose token is missing, altered or somebody else's."""

from tests.people import ADAM, ANNA, BEN
from tests.web.test_access import browser_of, csrf, routes, scene  # noqa: F401 - a fixture
from tracker.domain.access import allows
from tracker.web.guard import permission_of

ASKED_BY_SCRIPTS = {"home.alive"}  # tells how long somebody stays signed in


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
        for token in ("", own[:-1] + ("A" if own[-1] != "A" else "B"), other):
            answer = browsers[who].client.post(
                scene.fill(rule, "ben"), data={"csrf_token": token} if token else {}
            )
            asked += 1
            if answer.status_code != 400:
                taken.append(f"{rule.endpoint} {token[:6]!r}: {answer.status_code}")
    assert asked > 200
    assert not taken, taken
