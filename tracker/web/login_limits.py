"""A brake per address on what a stranger can try, counted for all servers in the database.

Accounts are locked elsewhere, by whoever tries their password, from whatever address.
"""

from collections.abc import Callable, Collection
from functools import wraps
from http.client import NOT_FOUND, UNPROCESSABLE_ENTITY
from typing import Any, TypeVar, cast

from flask import Flask, g, make_response, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.problems import NotFoundError
from tracker.services.people import brakes, logins, mailboxes, tries
from tracker.services.people.tries import ADDRESS_MOST, TryLimit
from tracker.web.account import known_devices

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

FAILURES = TryLimit(10, minutes=5)
GUESSES = "links"  # wrong links of all kinds are counted together
# Only what failed counts here: a whole clinic may sign in at eight from one address.
TRIES = (
    "security.login",
    "security.two_factor_token_validation",
    "security.mf_recovery",
    "security.verify",
    "security.change_password",
)
MAILS = TryLimit(5, minutes=15)
FLOOD = TryLimit(1, minutes=5)


def _has_room(limit: TryLimit, what: str) -> bool:
    """Say whether this address may do a thing once more."""
    return tries.has_room(limit, what, address=_here())


def _add(limit: TryLimit, what: str) -> bool:
    """Count a thing; False when that is too often, and then it is not counted."""
    return tries.add(limit, what, address=_here())


def _note_guess() -> None:
    """Count an address that holds no secret, and leave a line of it."""
    _add(FAILURES, GUESSES)
    brakes.note_guess(address=_address(), where=request.endpoint or "")


def _here() -> str:
    return brakes.network_of(_address())[:ADDRESS_MOST]


def _address() -> str:
    return request.remote_addr or ""


def _is_known_here() -> bool:
    """Say whether the account that is tried knows this browser; each then has a lock of its own."""
    if not known_devices.token():
        return False
    user_id = g.actor.user_id if g.get("actor") else None
    if user_id is None and "tf_user_id" in session:
        user_id = logins.half_open(session["tf_user_id"])
    elif user_id is None:
        found = mailboxes.find(request.form.get("email", "").strip())
        user_id = int(found[0].id) if len(found) == 1 else None
    return known_devices.place_of(user_id).counts_alone


def _refuse() -> ResponseReturnValue:
    # One line tells of a flood; a line for each drop would be a flood of its own.
    if _add(FLOOD, "noted"):
        brakes.note_flood(address=_address(), where=request.endpoint or "")
    return render_template("errors/429.html", wait="some minutes"), 429


def brake_guessing(view: View) -> View:
    """Slow down whoever tries addresses that hold a secret: what is not found counts."""

    @wraps(view)
    def limit(**arguments: Any) -> ResponseReturnValue:
        if not _has_room(FAILURES, GUESSES):
            return _refuse()
        try:
            response = make_response(view(**arguments))
        except NotFoundError:
            _note_guess()
            raise
        if response.status_code == NOT_FOUND:
            _note_guess()
        elif response.status_code == UNPROCESSABLE_ENTITY:  # a form that anybody may send costs
            _add(FAILURES, GUESSES)
        return response

    return cast("View", limit)


def brake_tries(view: View) -> View:
    """Slow down whoever tries to sign in; only what failed counts, and opening the page is free."""

    @wraps(view)
    def limit(**arguments: Any) -> ResponseReturnValue:
        if request.method != "POST":
            return view(**arguments)
        return _limit_tries(request.endpoint or "", view, **arguments)

    return cast("View", limit)


def _limit_tries(endpoint: str, view: Callable[..., Any], **arguments: Any) -> ResponseReturnValue:
    # What others of this address do does not shut out whoever has been here before.
    has_room = _has_room(FAILURES, endpoint)
    if not has_room and not _is_known_here():
        return _refuse()
    response = make_response(view(**arguments))
    if has_room and response.status_code not in {302, 303}:
        _add(FAILURES, endpoint)
    return response


def brake_mails(view: View) -> View:
    """Slow down whoever has mails sent; opening the form costs nothing."""

    @wraps(view)
    def limit(**arguments: Any) -> ResponseReturnValue:
        if request.method == "POST" and not _add(MAILS, request.endpoint or ""):
            return _refuse()
        return view(**arguments)

    return cast("View", limit)


def _limit_resets(
    _endpoint: str, view: Callable[..., Any], **arguments: Any
) -> ResponseReturnValue:
    if not _has_room(FAILURES, GUESSES):
        return _refuse()
    response = make_response(view(**arguments))
    if response.location == url_for("security.forgot_password"):  # the link was none, or is old
        _note_guess()
    elif request.method == "POST" and response.status_code not in {302, 303}:
        _add(FAILURES, GUESSES)
    return response


def init_app(app: Flask) -> None:
    """Put the brake on the forms of signing in."""

    def limit_mails(
        endpoint: str, view: Callable[..., Any], **arguments: Any
    ) -> ResponseReturnValue:
        return view(**arguments) if _add(MAILS, endpoint) else _refuse()

    for endpoint in TRIES:
        _brake(app, endpoint, _limit_tries)
    _brake(app, "security.forgot_password", limit_mails)
    _brake(app, "security.reset_password", _limit_resets, methods=("GET", "POST"))


def _brake(
    app: Flask,
    endpoint: str,
    answer: Callable[..., ResponseReturnValue],
    methods: Collection[str] = ("POST",),
) -> None:
    view: Callable[..., Any] = app.view_functions[endpoint]

    @wraps(view)
    def limit(**arguments: Any) -> Any:
        if request.method not in methods:
            return view(**arguments)
        return answer(endpoint, view, **arguments)

    app.view_functions[endpoint] = limit
