"""Setting a second step up: the same square until a code fits, and mails with a link for each."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import flask_login
from flask import Flask, g, redirect, url_for
from flask.sessions import SessionMixin
from flask.typing import ResponseReturnValue
from flask_security import Security

from tracker.web.account.reset_links import ResetLinks
from tracker.web.login_forms import CODES_DUE

VALIDATE = "security.two_factor_setup_validate"
ASK = "security.two_factor_token_validation"
_GROUP = 4  # characters: what one reads off a page and types on a phone without losing the place


def init_app(app: Flask, security: Security, browser: SessionMixin) -> None:
    """Give Flask-Security's pages and mails what they show besides.

    `browser` is what the cookie of the present one holds.
    """

    def setup() -> dict[str, str]:
        return _being_set_up(security, browser)

    security.tf_setup_context_processor(setup)
    security.tf_token_validation_context_processor(setup)
    security.mail_context_processor(_reset_links)
    security.reset_serializer = ResetLinks(security.reset_serializer)  # type: ignore[assignment]
    security.mf_recovery_codes_context_processor(lambda: {"codes_due": CODES_DUE in browser})
    app.view_functions[ASK] = _lead_on(app.view_functions[ASK], browser)
    app.view_functions[VALIDATE] = _same_square_again(app.view_functions[VALIDATE], browser)


def _being_set_up(security: Security, browser: SessionMixin) -> dict[str, str]:
    """Say what the app on a phone is to learn, while nobody has typed a code that fits."""
    secret = browser.get("tf_totp_secret")
    if browser.get("tf_state") != "validating_profile" or not secret:
        return {}
    user = flask_login.current_user
    if not user.is_authenticated:
        user = security.datastore.find_user(fs_uniquifier=browser["tf_user_id"])
    values = security.totp_factory.fetch_setup_values(secret, user)
    key = values["b32key"]
    return {
        "setup_qr": values["image"],
        "setup_uri": values["uri"],
        "setup_key": " ".join(key[at : at + _GROUP] for at in range(0, len(key), _GROUP)),
    }


def _same_square_again(
    view: Callable[..., Any], browser: SessionMixin
) -> Callable[..., ResponseReturnValue]:
    """Show the square that was scanned again after a wrong digit; a new one would fit no more."""

    @wraps(view)
    def validate(**arguments: Any) -> ResponseReturnValue:
        answer: Any = view(**arguments)
        if browser.get("tf_state") == "validating_profile":  # what fits, or is too old, ends it
            return redirect(url_for("security.two_factor_setup", again="1"))
        return answer  # type: ignore[no-any-return]

    return validate


def _lead_on(view: Callable[..., Any], browser: SessionMixin) -> Callable[..., ResponseReturnValue]:
    """Lead whoever is signed in to the start: who goes back to this page would be signed out."""

    @wraps(view)
    def ask(**arguments: Any) -> ResponseReturnValue:
        if g.actor is not None and not (browser.get("tf_state") and browser.get("tf_totp_secret")):
            return redirect(url_for("home.start"))
        return view(**arguments)  # type: ignore[no-any-return]

    return ask


def _reset_links() -> dict[str, list[dict[str, str]]]:
    """Make a link for each account of a mailbox, where somebody forgot a password."""
    from flask_security.recoverable import generate_reset_link

    forgetful = g.get("forgetful", [])
    return {
        "resets": [
            {"sign_in_name": user.sign_in_name or "", "link": generate_reset_link(user)[0]}  # type: ignore[no-untyped-call]
            for user in forgetful
        ]
    }
