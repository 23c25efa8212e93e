"""A brake per address on what a stranger can try. Accounts are locked elsewhere, in the database.

Counts stand in the memory of one process; several processes allow that many times as much.
"""

from typing import Any

from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter, RateLimitExceeded
from flask_limiter.util import get_remote_address
from limits import parse

from tracker.services import lockout

FAILURES = "10 per 5 minutes"
# Only what failed counts here: a whole clinic may sign in at eight from one address.
TRIES = (
    "security.login",
    "security.two_factor_token_validation",
    "security.mf_recovery",
    "security.verify",
    "security.change_password",
)
MAILS = "5 per 15 minutes"
_ONCE = parse("1 per 5 minutes")


def _failed(response: Response) -> bool:
    return response.status_code not in {302, 303}


def init_app(app: Flask) -> None:
    """Put the brake on the forms of signing in."""
    limiter = Limiter(
        get_remote_address,
        app=app,
        storage_uri="memory://",
        strategy="moving-window",
    )

    def brake(endpoint: str, limit: str, **options: Any) -> None:
        braked: Any = limiter.limit(limit, methods=["POST"], **options)
        app.view_functions[endpoint] = braked(app.view_functions[endpoint])

    for endpoint in TRIES:
        brake(endpoint, FAILURES, deduct_when=_failed)
    brake("security.forgot_password", MAILS)

    def limited(_error: RateLimitExceeded) -> ResponseReturnValue:
        here = get_remote_address()
        # One line tells of a flood; a line for each drop would be a flood of its own.
        if limiter.limiter.hit(_ONCE, "noted", here):
            lockout.note_flood(address=here, where=request.endpoint or "")
        return render_template("errors/429.html", wait="some minutes"), 429

    app.register_error_handler(RateLimitExceeded, limited)
