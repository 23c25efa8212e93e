"""What people change about signing in: other browsers are signed out, and they are written to."""

from collections.abc import Callable
from typing import Any

from flask import Flask, request
from flask.sessions import SessionMixin
from flask_security import signals as security_signals

from tracker.services.people import logins

TOKEN = "sign_in"  # noqa: S105 - the name of a key in the cookie, not a secret

# What was changed -> how the trail calls it, and what is written where Flask-Security writes not.
_CHANGES = {
    security_signals.password_changed: ("user.password-changed", None),
    security_signals.password_reset: ("user.password-reset", None),
    security_signals.tf_profile_changed: (
        "user.second-factor-changed",
        "second-step-changed",
    ),
    security_signals.tf_disabled: (
        "user.second-factor-removed",
        "second-step-removed",
    ),
}


def init_app(app: Flask, browser: SessionMixin) -> None:
    """End the other sign-ins of whoever changes theirs; `browser` is what its cookie holds."""
    for signal, (action, told) in _CHANGES.items():
        signal.connect(_end_others(browser, action, told), app, weak=False)


def _end_others(browser: SessionMixin, action: str, told: str | None) -> Callable[..., None]:
    def end(_app: Flask, user: Any, **_: Any) -> None:
        by = logins.actor_of(user.id, address=request.remote_addr or "")
        logins.end_others(user.id, browser.get(TOKEN, ""), action=action, by=by)
        if told is not None:
            tell(user, told)

    return end


def tell(user: Any, told: str = "second-step-changed") -> None:
    """Write to somebody about what was changed of their account by whoever signed in as them."""
    from tracker.domain.people.notices import AccountNotice  # seldom: a start does without
    from tracker.services.people import notices

    notices.tell(user.email, AccountNotice(told), clinic_id=user.clinic_id)
