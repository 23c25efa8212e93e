"""Every page of every role, graded as the HTTP Observatory of MDN grades a site.

Points of github.com/mdn/mdn-http-observatory, src/grader/charts.js: 100 to begin with, penalties
first, and bonuses where 90 are left. What a site alone can have (a preload list, a redirect of the
proxy's) is not counted.
"""

import re
from collections.abc import Iterator

from werkzeug.test import TestResponse

from tests.browsing import Browser
from tests.people import ADAM, ANNA, BEN
from tests.web.test_access import HOLDER, browser_of, scene  # noqa: F401 - a fixture
from tracker.domain.access import allows
from tracker.web.guard import is_public, permission_of

SIGNED_IN = {BEN, ANNA, ADAM}

A_PLUS, FOR_BONUSES = 100, 90
SECURE = {"base_url": "https://localhost"}
HALF_A_YEAR = 15_768_000
PRIVATE = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
WITHOUT_SIGN_OUT = {"live.shell", "answers.shell"}  # kept for the time without a connection


def directives(policy: str) -> dict[str, str]:
    """Read a content security policy."""
    parts = (part.strip().partition(" ") for part in policy.split(";"))
    return {name: value.strip() for name, _, value in parts if name}


def points(answer: TestResponse) -> Iterator[tuple[str, int]]:
    """Give what an answer gains and loses."""
    headers = answer.headers
    policy = directives(headers.get("Content-Security-Policy", ""))
    yield "policy", _of_policy(policy)
    yield "cookies", _of_cookies(headers.getlist("Set-Cookie"))
    yield "sharing", -50 if "Access-Control-Allow-Origin" in headers else 0
    referrer = headers.get("Referrer-Policy", "")
    yield "referrer", 5 if referrer in PRIVATE else -5 if referrer else 0
    age = re.search(r"max-age=(\d+)", headers.get("Strict-Transport-Security", ""))
    yield "transport", -20 if age is None else 0 if int(age[1]) >= HALF_A_YEAR else -10
    yield "sniffing", 0 if headers.get("X-Content-Type-Options") == "nosniff" else -5
    framed = policy.get("frame-ancestors") == "'none'"
    yield "frames", 5 if framed else 0 if "X-Frame-Options" in headers else -20
    resource = headers.get("Cross-Origin-Resource-Policy", "")
    yield "resources", 10 if resource in {"same-origin", "same-site"} else 0


def _of_policy(policy: dict[str, str]) -> int:
    if not policy:
        return -25
    scripts = policy.get("script-src", policy.get("default-src", "*"))
    styles = policy.get("style-src", policy.get("default-src", "*"))
    if "unsafe" in scripts or "data:" in scripts or "*" in scripts or "http" in scripts:
        return -20
    if "unsafe" in styles or "data:" in styles or "*" in styles:
        return 0
    forms = policy.get("form-action") in {"'none'", "'self'"}
    return 10 if policy.get("default-src") == "'none'" and forms else 5


def _of_cookies(cookies: list[str]) -> int:
    told = [{part.strip().lower() for part in one.split(";")[1:]} for one in cookies]
    if any("secure" not in one or "httponly" not in one for one in told):
        return -40
    if any(not one & {"samesite=lax", "samesite=strict"} for one in told):
        return 0
    return 5 if told else 0


def grade(answer: TestResponse) -> int:
    """Add up the points of an answer."""
    given = [one for _, one in points(answer)]
    left = 100 + sum(one for one in given if one < 0)
    return left + (sum(one for one in given if one > 0) if left >= FOR_BONUSES else 0)


def of_page(browser: Browser, path: str, endpoint: str, *, signed_in: bool) -> Iterator[str]:
    """List what is not as it should be about one answer."""
    answer = browser.client.get(path, **SECURE)
    text = answer.get_data()
    kind = answer.headers.get("Content-Type", "")
    if (got := grade(answer)) < A_PLUS:
        yield f"{path}: {got} {dict(points(answer))}"
    if signed_in and not (answer.cache_control.no_store or answer.cache_control.private):
        yield f"{path}: {answer.headers.get('Cache-Control')}"
    if kind.startswith("text/") and text and "charset=utf-8" not in kind.lower():
        yield f"{path}: {kind}"
    framed = "frame-ancestors 'none'" not in answer.headers["Content-Security-Policy"]
    if framed and answer.mimetype == "text/html":
        yield f"{path}: may be framed"
    if answer.mimetype == "text/html" and re.search(rb'(?:src|action)="(?:https?:)?//', text):
        yield f"{path}: asks somebody else"
    is_page = answer.status_code == 200 and b"<html" in text and signed_in
    if is_page and endpoint not in WITHOUT_SIGN_OUT and b"/sign-out" not in text:
        yield f"{path}: no way to sign out"


def asked_of(scene, who: str) -> list[tuple[str, str, bool]]:  # noqa: F811
    """List what somebody may open, and of what they may not, one of each noun."""
    rules = [r for r in scene.app.url_map.iter_rules() if "GET" in r.methods]
    rules = [r for r in rules if not {"token", "filename"} & {*r.arguments}]
    found, refused = [], set[str]()
    for rule in rules:
        noun, public = rule.endpoint.partition(".")[0], is_public(rule.endpoint)
        person, needed = scene.people[who], permission_of(rule.endpoint)
        may = public or (person is not None and needed is not None and allows(person, needed))
        if public and who not in {"nobody", ANNA}:
            continue
        if may or noun not in refused:
            found.append((scene.fill(rule, "ben"), rule.endpoint, may and not public))
        if not may:
            refused.add(noun)
    odd = ("/no-such-page", "/patients/0/", "/static/none.js", "/calendar/feeds/none.ics")
    return [*found, *((path, "", False) for path in odd)]


def test_every_page_of_every_role_is_graded_a_plus(scene):  # noqa: F811
    faults, asked = [], 0
    for who in ("nobody", HOLDER, BEN, ANNA, ADAM):
        scene.app.config["SESSION_COOKIE_SECURE"] = False  # these clients come by http
        browser = browser_of(scene, who)
        if cookie := browser.client.get_cookie("tracker"):
            browser.client.set_cookie("tracker", cookie.value, secure=True)
        scene.app.config["SESSION_COOKIE_SECURE"] = True  # as it is where people use it
        for path, endpoint, signed_in in asked_of(scene, who):
            faults += of_page(browser, path, endpoint, signed_in=signed_in and who in SIGNED_IN)
            asked += 1
    assert asked > 200
    assert not faults, "\n".join(faults)
