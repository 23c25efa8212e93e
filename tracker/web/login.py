"""Who is at the browser: the only place that touches the browser's session.

The cookie holds the random token of a row in `sign_in`. Ending the row signs every copy out.
"""


from datetime import timedelta
from typing import Any

import flask_login
from flask import Flask, current_app, g, request, session
from flask_security import Security
from flask_security.datastore import UserDatastore

from tracker.config import Settings
from tracker.services import clock, sign_ins

TOKEN = "sign_in"  # noqa: S105 - the name of a key in the cookie, not a secret
# Asked for by scripts, not by people: they must not keep an abandoned browser signed in.
SILENT = frozenset({"drafts.keep"})
NO_PERSON = frozenset({"static", "bootstrap.static", "home.health_check"})


def load_actor() -> None:
    """Find who is signed in, from the database, on every request."""
    g.actor = g.clinic = None
    if request.endpoint in NO_PERSON:
        return
    token, uniquifier = session.get(TOKEN), session.get("_user_id")
    if not token or not uniquifier:
        return
    found = sign_ins.find(token, uniquifier, address=request.remote_addr or "")
    if found is None:
        session.clear()
        return
    settings: Settings = current_app.extensions["settings"]
    if clock.now() - found.seen_at > timedelta(minutes=settings.idle_minutes):
        g.expired = found
        sign_ins.end(token, by=found.actor, reason="idle")
        session.clear()
        return
    g.actor, g.clinic = found.actor, found.clinic
    if request.endpoint not in SILENT:
        sign_ins.touch(token, found.seen_at)


def _signed_in(_app: Flask, user: Any) -> None:
    session[TOKEN] = sign_ins.begin(user.id, address=request.remote_addr or "")


def _signed_out(_app: Flask, user: Any) -> None:
    token = session.pop(TOKEN, None)
    if token and user is not None:
        actor = sign_ins.actor_of(user.id, address=request.remote_addr or "")
        sign_ins.end(token, by=actor, reason="signed out")


def init_app(app: Flask, settings: Settings, datastore: UserDatastore) -> None:
    """Set Flask-Security up and tie its sign-in to ours."""
    app.config.from_mapping(_security_config(settings))
    Security(app, datastore)
    # Its context processor loads the user by ORM for every template; ours has the actor already.
    app.template_context_processors[None] = [
        processor
        for processor in app.template_context_processors[None]
        if processor.__module__ != "flask_login.utils"
    ]
    app.context_processor(lambda: {"current_user": flask_login.current_user})
    flask_login.user_logged_in.connect(_signed_in, app)
    flask_login.user_logged_out.connect(_signed_out, app)


def _security_config(settings: Settings) -> dict[str, object]:
    return {
        "SECURITY_PASSWORD_SALT": settings.password_salt,
        "SECURITY_LOGIN_URL": "/sign-in",
        "SECURITY_LOGOUT_URL": "/sign-out",
        "SECURITY_LOGOUT_METHODS": ["POST"],
        "SECURITY_POST_LOGIN_VIEW": "/",
        "SECURITY_POST_LOGOUT_VIEW": "/sign-in",
        "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
        "SECURITY_TWO_FACTOR": True,
        "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
        "SECURITY_TOTP_SECRETS": {"1": settings.totp_key},
        "SECURITY_TOTP_ISSUER": "Session tracker",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS": [settings.recovery_key],
        "SECURITY_CHANGEABLE": True,
        "SECURITY_RECOVERABLE": True,
        "SECURITY_TRACKABLE": True,
        "SECURITY_REGISTERABLE": False,
        "SECURITY_PASSWORD_LENGTH_MIN": 12,
        "SECURITY_PASSWORD_COMPLEXITY_CHECKER": "zxcvbn",
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_FRESHNESS": timedelta(minutes=30),
        "SECURITY_FRESHNESS_GRACE_PERIOD": timedelta(minutes=10),
        "SECURITY_CACHE_CONTROL": None,
        "SECURITY_RESET_PASSWORD_WITHIN": timedelta(minutes=30),
        "SECURITY_EMAIL_SENDER": settings.mail.sender,
        "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": _password_cost(settings),
    }


def _password_cost(settings: Settings) -> dict[str, int]:
    if settings.testing:
        return {"argon2__memory_cost": 8, "argon2__time_cost": 1, "argon2__parallelism": 1}
    return {}
