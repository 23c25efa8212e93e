"""Setting a second step up: the same square until a code fits, and mails with a link for each."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import flask_login
from flask import Flask, g, redirect, request, url_for
from flask.sessions import SessionMixin
from flask.typing import ResponseReturnValue
from flask_security import Security
from flask_security.twofactor import CodeTfPlugin

from tracker.domain.clinic.settings import ClinicSettings
from tracker.web.account.reset_links import ResetLinks
from tracker.web.answers import safety
from tracker.web.login_forms import CODES_DUE

VALIDATE = "security.two_factor_setup_validate"
ASK = "security.two_factor_token_validation"
_PASSKEY = "passkeys.second_step"
_GROUP = 4  # characters: what one reads off a page and types on a phone without losing the place


class SecondStep(CodeTfPlugin):
    """An authenticator, passkeys, or both; whoever has a passkey is asked for that first."""

    def __init__(self, app: Flask, browser: SessionMixin) -> None:
        """Keep where a sign-in that is half done is noted."""
        super().__init__(app)
        self._browser = browser

    def get_setup_methods(self, user: Any) -> list[tuple[str, str]]:
        """Tell whether anything is set up: one way, which leads to the other from its page."""
        return super().get_setup_methods(user) or ([(_PASSKEY, "")] if user.has_passkey else [])

    def tf_login(self, user: Any, json_payload: dict[str, Any], next_loc: str | None) -> Any:
        """Lead whoever gave their password to the second step."""
        if not user.has_passkey:
            return super().tf_login(user, json_payload, next_loc)
        self._browser["tf_state"] = "ready"
        return redirect(url_for(_PASSKEY, next=next_loc or None))


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
    app.view_functions[ASK] = _lead_on(security, app.view_functions[ASK], browser)
    security.two_factor_plugins.register_tf_impl(
        app,
        "code",  # by this name Flask-Security leads to setting one up, too
        lambda to: SecondStep(to, browser),  # type: ignore[arg-type]
    )
    security.tf_token_validation_context_processor(lambda: _other_way(security, browser))
    security.login_context_processor(lambda: {"passkeys_alone": passkeys_alone()})
    app.view_functions[VALIDATE] = _same_square_again(app.view_functions[VALIDATE], browser)


def passkeys_alone() -> bool:
    """Say whether a passkey is offered in place of the password: a clinic of this instance does."""
    return any(ClinicSettings.read(one).passkeys_alone for one in safety.settings_of_all())


def _half_in(security: Security, browser: SessionMixin) -> Any:
    """Find whose password was right and whose second step is still to come; None for nobody."""
    if browser.get("tf_state") != "ready" or "tf_user_id" not in browser:
        return None
    return security.datastore.find_user(fs_uniquifier=browser["tf_user_id"])


def _other_way(security: Security, browser: SessionMixin) -> dict[str, bool]:
    """Say on the page that asks for a code whether a passkey would do."""
    user = _half_in(security, browser)
    return {"has_passkey": user is not None and user.has_passkey}


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


def _lead_on(
    security: Security, view: Callable[..., Any], browser: SessionMixin
) -> Callable[..., ResponseReturnValue]:
    """Lead whoever is signed in to the start: who goes back to this page would be signed out.

    Whoever has a passkey and no authenticator is led to that: no code would ever fit.
    """

    @wraps(view)
    def ask(**arguments: Any) -> ResponseReturnValue:
        if g.actor is not None and not (browser.get("tf_state") and browser.get("tf_totp_secret")):
            return redirect(url_for("home.start"))
        user = _half_in(security, browser)
        if user is not None and user.tf_primary_method is None and user.has_passkey:
            return redirect(url_for(_PASSKEY, next=request.args.get("next")))
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
