"""A brake per address on what a stranger can try. Accounts are locked in the database.

Counts stand in the memory of one process; several processes allow that many times as much.
"""

from collections.abc import Callable, Collection
from functools import cached_property, wraps
from http.client import NOT_FOUND
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import (
    Flask,
    current_app,
    g,
    make_response,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

from tracker.domain.problems import NotFoundError
from tracker.services.people import brakes, logins, mailboxes
from tracker.web.account import known_devices

if TYPE_CHECKING:
    from limits.strategies import MovingWindowRateLimiter

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

FAILURES = "10 per 5 minutes"
GUESSES = "links"  # wrong links of all kinds are counted together
# Only what failed counts here: a whole clinic may sign in at eight from one address.
TRIES = (
    "security.login",
    "security.two_factor_token_validation",
    "security.mf_recovery",
    "security.verify",
    "security.change_password",
)
MAILS = "5 per 15 minutes"
FLOOD = "1 per 5 minutes"


class _Counts:
    """How often each address did a thing."""

    @cached_property
    def _window(self) -> "MovingWindowRateLimiter":
        # Imported when somebody first sends a form: a start need not wait for it.
        from limits.storage import MemoryStorage
        from limits.strategies import MovingWindowRateLimiter

        return MovingWindowRateLimiter(MemoryStorage())

    def has_room(self, limit: str, what: str) -> bool:
        """Say whether this address may do a thing once more."""
        from limits import parse

        return self._window.test(parse(limit), what, _here())

    def add(self, limit: str, what: str) -> bool:
        """Count a thing; False when that is too often, and then it is not counted."""
        from limits import parse

        return self._window.hit(parse(limit), what, _here())

    def note_guess(self) -> None:
        """Count an address that holds no secret, and leave a line of it."""
        self.add(FAILURES, GUESSES)
        brakes.note_guess(address=_address(), where=request.endpoint or "")


def _here() -> str:
    return brakes.network_of(_address())


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


def _refuse(counts: _Counts) -> ResponseReturnValue:
    # One line tells of a flood; a line for each drop would be a flood of its own.
    if counts.add(FLOOD, "noted"):
        brakes.note_flood(address=_address(), where=request.endpoint or "")
    return render_template("errors/429.html", wait="some minutes"), 429


def brake_guessing(view: View) -> View:
    """Slow down whoever tries addresses that hold a secret: what is not found counts."""

    @wraps(view)
    def limit(**arguments: Any) -> ResponseReturnValue:
        counts: _Counts = current_app.extensions["login_limits"]
        if not counts.has_room(FAILURES, GUESSES):
            return _refuse(counts)
        try:
            response = make_response(view(**arguments))
        except NotFoundError:
            counts.note_guess()
            raise
        if response.status_code == NOT_FOUND:
            counts.note_guess()
        return response

    return cast("View", limit)


def brake_mails(view: View) -> View:
    """Slow down whoever has mails sent; opening the form costs nothing."""

    @wraps(view)
    def limit(**arguments: Any) -> ResponseReturnValue:
        counts: _Counts = current_app.extensions["login_limits"]
        if request.method == "POST" and not counts.add(MAILS, request.endpoint or ""):
            return _refuse(counts)
        return view(**arguments)

    return cast("View", limit)


def _limit_resets(
    _endpoint: str, view: Callable[..., Any], **arguments: Any
) -> ResponseReturnValue:
    counts: _Counts = current_app.extensions["login_limits"]
    if not counts.has_room(FAILURES, GUESSES):
        return _refuse(counts)
    response = make_response(view(**arguments))
    if response.location == url_for("security.forgot_password"):  # the link was none, or is old
        counts.note_guess()
    return response


def init_app(app: Flask) -> None:
    """Put the brake on the forms of signing in."""
    counts = app.extensions["login_limits"] = _Counts()

    def limit_tries(
        endpoint: str, view: Callable[..., Any], **arguments: Any
    ) -> ResponseReturnValue:
        # What others of this address do does not shut out whoever has been here before.
        is_known = not counts.has_room(FAILURES, endpoint) and _is_known_here()
        if not is_known and not counts.has_room(FAILURES, endpoint):
            return _refuse(counts)
        response = make_response(view(**arguments))
        if not is_known and response.status_code not in {302, 303}:
            counts.add(FAILURES, endpoint)
        return response

    def limit_mails(
        endpoint: str, view: Callable[..., Any], **arguments: Any
    ) -> ResponseReturnValue:
        return view(**arguments) if counts.add(MAILS, endpoint) else _refuse(counts)

    for endpoint in TRIES:
        _brake(app, endpoint, limit_tries)
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
