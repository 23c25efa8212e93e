"""What is tried against a sign-in: each check says what does not hold, '' where all does."""

import dataclasses
import re
from collections.abc import Callable, Mapping
from datetime import timedelta

import time_machine
from flask import Flask

from tests.browsing import Browser
from tests.builders.authenticator import STEP_S, code
from tests.people import ANNA, PASSWORD, Cast
from tests.signing_in import NEW, ask_for_link, copy_of, is_in, reset_link
from tracker import create_app
from tracker.domain.access import Role
from tracker.models import db
from tracker.models.users import User
from tracker.services import clock
from tracker.services.people import access_changes, brakes

MOST_TRIES = 10
SPRAYED = 30
Check = Callable[[Flask, Cast], str]


def _try(browser: Browser, email: str, password: str, **more: object) -> int:
    token = Browser(browser.app)
    token.client = browser.client
    value = token.open("/sign-in").value("csrf_token") if more.pop("fresh", True) else ""
    data = {"csrf_token": value, "email": email, "password": password}
    return browser.client.post("/sign-in", data=data, **more).status_code


def _of(more: Mapping[str, object], count: int) -> dict[str, object]:
    if "forged" in more:
        return {
            "headers": {"X-Forwarded-For": f"203.0.113.{count}", "Forwarded": f"for=9.9.9.{count}"}
        }
    return dict(more)


def wrong_tries_are_limited(app: Flask, cast: Cast) -> str:
    """Try wrong passwords from one address, in a row: a right one between would begin anew."""
    return _limited(app)


def forged_addresses_help_nobody(app: Flask, cast: Cast) -> str:
    """Try the same, with another address claimed each time."""
    return _limited(app, forged=True)


def _limited(app: Flask, **more: object) -> str:
    for count in range(MOST_TRIES):
        _try(Browser(app), ANNA, "wrong", **_of(more, count))
    if _try(Browser(app), ANNA, PASSWORD, **_of(more, 99)) == 302:
        return f"the right password opens after {MOST_TRIES} wrong ones"
    with time_machine.travel(clock.now() + brakes.LOCKED_FOR + timedelta(minutes=1)):
        if _try(Browser(app), ANNA, PASSWORD) != 302:
            return "it does not recover by itself"
    return ""


def a_stranger_elsewhere_locks_nobody_out(app: Flask, cast: Cast) -> str:
    """Try wrong passwords from another address for six hours, and sign in from one's own."""
    start = clock.now()
    with time_machine.travel(start, tick=False) as at:
        for number in range(24):
            at.move_to(start + number * timedelta(minutes=16))
            for _ in range(brakes.MOST_FAILURES):
                place = {"REMOTE_ADDR": "198.51.100.7"}
                _try(Browser(app), ANNA, "wrong", environ_base=place)
            if brakes.is_locked(cast.anna.user_id, brakes.at_address("203.0.113.9")):
                return f"shut out after {number + 1} rounds"
    return ""


def sprayed_names_are_limited(app: Flask, cast: Cast) -> str:
    """Try one password with thirty names from one address."""
    taken = [_try(Browser(app), f"n{number}@example.org", "x") for number in range(SPRAYED)]
    if (count := taken.count(200)) > MOST_TRIES:
        return f"{count} of {SPRAYED} names were tried"
    return ""


def a_planted_session_is_worth_nothing(app: Flask, cast: Cast) -> str:
    """Plant a cookie in somebody's browser before they sign in, and use a copy of it after."""
    planted = Browser(app)
    planted.open("/sign-in")
    victim = copy_of(planted)
    victim.open("/sign-in")
    victim.send("/sign-in", {"email": ANNA, "password": PASSWORD})
    return "the planted cookie is signed in" if is_in(planted) else ""


def _sign_out(browser: Browser, cast: Cast) -> None:
    browser.open("/account/")
    browser.send("/sign-out", {})


def _change_password(browser: Browser, cast: Cast) -> None:
    browser.open("/password/change")
    new = {"password": PASSWORD, "new_password": NEW, "new_password_confirm": NEW}
    browser.send("/password/change", new)


def _disable(browser: Browser, cast: Cast) -> None:
    access_changes.disable(cast.anna.user_id, reason="Asked for", by=cast.adam)
    access_changes.enable(cast.anna.user_id, reason="Asked for", by=cast.adam)


def _change_roles(browser: Browser, cast: Cast) -> None:
    roles = [Role.ADMINISTRATOR]
    access_changes.set_roles(cast.anna.user_id, roles, reason="Asked for", by=cast.adam)


def _reset_second_step(browser: Browser, cast: Cast) -> None:
    access_changes.reset_second_factor(cast.anna.user_id, reason="Asked for", by=cast.adam)


def _stolen_after(end: Callable[[Browser, Cast], None]) -> Check:
    def check(app: Flask, cast: Cast) -> str:
        browser = Browser(app)(ANNA)
        copy = copy_of(browser)
        end(browser, cast)
        return "the copy works" if is_in(copy) else ""

    return check


def cookies_are_as_safe_as_they_get(app: Flask, cast: Cast) -> str:
    """Look at the flags of every cookie that a sign-in sets."""
    settings = dataclasses.replace(app.extensions["settings"], secure_cookies=True)
    client = create_app(settings=settings).test_client()
    base = {"base_url": "https://localhost"}
    page = client.get("/sign-in", **base).text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page).group(1)
    data = {"csrf_token": token, "email": ANNA, "password": PASSWORD}
    headers = {"Referer": "https://localhost/sign-in"}
    answer = client.post("/sign-in", data=data, headers=headers, **base)
    cookies = answer.headers.getlist("Set-Cookie")
    wanted = ("Secure", "HttpOnly", "Path=/", "SameSite=")
    poor = [
        one.split("=")[0]
        for one in cookies
        if not one.startswith("__Host-") or not all(flag in one for flag in wanted)
    ]
    return f"of {len(cookies)} cookies these are poor: {poor}" if poor or len(cookies) < 2 else ""


def a_reset_link_works_once_and_soon_ends(app: Flask, cast: Cast) -> str:
    """Use a link twice, use one after half an hour, and look for it in the database."""
    folder = app.extensions["settings"].mail_folder
    ask_for_link(Browser(app), ANNA)
    link = reset_link(folder)
    with time_machine.travel(clock.now() + timedelta(minutes=31)):
        if Browser(app).client.get(link).status_code != 302:
            return "it works after half an hour"
    browser = Browser(app)
    browser.open(link)
    browser.send(link, {"password": NEW, "password_confirm": NEW})
    if is_in(browser):
        return "it signs in"
    if Browser(app).client.get(link).status_code != 302:
        return "it works twice"
    user = db.session.get_one(User, cast.anna.user_id, populate_existing=True)
    stored = " ".join(str(value) for value in vars(user).values())
    return "it stands in the database" if link.rpartition("/")[2] in stored else ""


def _with_second_step(app: Flask) -> str:
    """Set up an authenticator for Anna, and give its key."""
    browser = Browser(app)(ANNA)
    browser.open("/second-step/set-up")
    browser.send("/second-step/set-up", {"setup": "authenticator"}, expect=200)
    key = re.search(r'class="key">([^<]+)<', browser.response.text).group(1)
    where = re.search(r'action="(/second-step/set-up/[^"]+)"', browser.response.text).group(1)
    browser.send(where, {"code": code(key)})
    browser.open("/second-step/recovery-codes?show_codes=1")
    browser.send("/account/recovery-codes/keep", {}, expect=303)
    return key


def codes_are_few_and_never_twice(app: Flask, cast: Cast) -> str:
    """Try wrong codes from many addresses, and the right one twice."""
    start = clock.now()
    with time_machine.travel(start, tick=False) as at:
        key = _with_second_step(app)
        at.move_to(start + timedelta(seconds=2 * STEP_S))
        for expected in ("/", None):
            browser = Browser(app)(ANNA)
            browser.follow()
            answer = browser.client.post("/second-step", data=_code_of(browser, code(key)))
            if (answer.headers.get("Location") == "/") is (expected is None):
                return "a code works twice" if expected is None else "a right code does not work"
        for number in range(MOST_TRIES):
            elsewhere = {"REMOTE_ADDR": f"198.51.100.{number}"}
            browser = Browser(app)
            if _try(browser, ANNA, PASSWORD, environ_base=elsewhere) != 302:
                break
            browser.open("/second-step")
            data = _code_of(browser, "000000")
            browser.client.post("/second-step", data=data, environ_base=elsewhere)
        at.move_to(start + timedelta(seconds=4 * STEP_S))
        place = brakes.at_address("203.0.113.200")
        closed = brakes.is_locked(cast.anna.user_id, place)
    return "" if closed else f"open after {MOST_TRIES} wrong codes from as many addresses"


def _code_of(browser: Browser, digits: str) -> dict[str, str]:
    return {"csrf_token": browser.page.value("csrf_token") or "", "code": digits}


def no_page_opens_before_the_second_step(app: Flask, cast: Cast) -> str:
    """Open every page with the password given and the code still to come."""
    from tracker.web.guard import is_public

    _with_second_step(app)
    browser = Browser(app)(ANNA)
    rules = [
        rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not is_public(rule.endpoint)
    ]
    opened = []
    for rule in rules:
        path = re.sub(r"<[^>]*\(svg[^>]*>", "svg", rule.rule)
        answer = browser.client.get(re.sub(r"<[^>]*>", "1", path))
        if answer.status_code not in {301, 302, 303, 308, 401, 404}:
            opened.append(rule.endpoint)
    return f"open half-way in: {opened}" if opened or len(rules) < 100 else ""


CHECKS: Mapping[str, Check] = {
    "at most ten wrong tries, and it recovers by itself": wrong_tries_are_limited,
    "the same with forged addresses": forged_addresses_help_nobody,
    "a stranger elsewhere locks nobody out": a_stranger_elsewhere_locks_nobody_out,
    "thirty names from one address are limited": sprayed_names_are_limited,
    "a planted session is worth nothing": a_planted_session_is_worth_nothing,
    "a stolen cookie after signing out": _stolen_after(_sign_out),
    "a stolen cookie after another password": _stolen_after(_change_password),
    "a stolen cookie after disabling": _stolen_after(_disable),
    "a stolen cookie after other roles": _stolen_after(_change_roles),
    "a stolen cookie after a reset of the second step": _stolen_after(_reset_second_step),
    "every cookie has all its flags": cookies_are_as_safe_as_they_get,
    "a link to set a password works once, and not for long": a_reset_link_works_once_and_soon_ends,
    "codes are few and never work twice": codes_are_few_and_never_twice,
    "no page opens before the second step": no_page_opens_before_the_second_step,
}
