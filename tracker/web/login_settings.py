"""How Flask-Security is set."""

from datetime import timedelta

from flask_security import uia_email_mapper

from tracker.config import Settings
from tracker.domain.people import sign_in_name
from tracker.services import clock
from tracker.services.people import passwords

_WRONG = (
    "What you typed does not fit, or sign-in to the account is closed here for a while after "
    "several wrong tries. Check both, or wait 15 minutes. Do you share your mailbox with "
    "somebody? Then type your sign-in name in place of the e-mail."
)
_URLS = {
    "LOGIN_URL": "/sign-in",
    "LOGOUT_URL": "/sign-out",
    "VERIFY_URL": "/sign-in/again",
    "RESET_URL": "/password/forgotten",
    "CHANGE_URL": "/password/change",
    "TWO_FACTOR_TOKEN_VALIDATION_URL": "/second-step",
    "TWO_FACTOR_SETUP_URL": "/second-step/set-up",
    "TWO_FACTOR_SELECT_URL": "/second-step/choose",
    "TWO_FACTOR_RESCUE_URL": "/second-step/rescue",
    "MULTI_FACTOR_RECOVERY_URL": "/second-step/recovery",
    "MULTI_FACTOR_RECOVERY_CODES_URL": "/second-step/recovery-codes",
    "POST_LOGIN_VIEW": "/",
    "POST_LOGOUT_VIEW": "/sign-in",
    "POST_CHANGE_VIEW": "/account/",
    "POST_RESET_VIEW": "/sign-in",
    "TWO_FACTOR_POST_SETUP_VIEW": "/account/",
    "TWO_FACTOR_ERROR_VIEW": "/sign-in",
}
_MESSAGES = {
    "GENERIC_AUTHN_FAILED": (_WRONG, "error"),
    "INVALID_PASSWORD": ("This is not your password.", "error"),
    "REAUTHENTICATION_SUCCESSFUL": ("The password fits.", "success"),
    "TWO_FACTOR_INVALID_TOKEN": (
        "This code does not fit. Wait for the next one: each works once.",
        "error",
    ),
    "INVALID_RECOVERY_CODE": ("This is none of your unused recovery codes.", "error"),
    "TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": ("Two-step sign-in is on.", "success"),
    "TWO_FACTOR_LOGIN_SUCCESSFUL": ("The code fits.", "success"),
    "TWO_FACTOR_DISABLED": ("Signing in takes no code any more.", "success"),
    "TWO_FACTOR_PERMISSION_DENIED": ("Sign in with your password first.", "error"),
    "PASSWORD_RESET_REQUEST": (
        "If there is an account, a link is on its way to its mailbox.",
        "info",
    ),
    "INVALID_RESET_PASSWORD_TOKEN": (
        "This link has been used or is not whole. Ask for a new one below.",
        "error",
    ),
    "PASSWORD_RESET_EXPIRED": ("This link is too old. Ask for a new one below.", "error"),
    "PASSWORD_RESET_NO_LOGIN": ("Your password is set. Sign in with it now.", "success"),
}


def security_config(settings: Settings) -> dict[str, object]:
    """Write Flask-Security's configuration."""
    return {
        f"SECURITY_{name}": value
        for name, value in (
            _URLS
            | {f"MSG_{name}": words for name, words in _MESSAGES.items()}
            | _ways_in(settings)
            | _second_step(settings)
        ).items()
    }


def _ways_in(settings: Settings) -> dict[str, object]:
    return {
        "PASSWORD_SALT": settings.password_salt,
        # No other is ever written, so no other is read: what is older or weaker is no way in.
        "PASSWORD_HASH": "argon2",
        "PASSWORD_SCHEMES": ["argon2"],
        # For what a link holds of a hash of argon2, which nobody guesses. Its own choice takes half
        # a second, and only where there is an account: everybody could tell.
        "HASHING_SCHEMES": ["hex_sha256"],
        "DEPRECATED_HASHING_SCHEMES": [],
        "PASSWORD_LENGTH_MIN": passwords.SHORTEST,
        "PASSWORD_HASH_PASSLIB_OPTIONS": _password_cost(settings),
        "API_ENABLED_METHODS": ["session"],
        "LOGOUT_METHODS": ["POST"],
        "REGISTERABLE": False,
        "CHANGEABLE": True,
        "RECOVERABLE": True,
        "TRACKABLE": True,
        "RETURN_GENERIC_RESPONSES": True,
        "DATETIME_FACTORY": clock.now,
        "EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
        # The first that somebody has is what an authenticator calls the account.
        "USER_IDENTITY_ATTRIBUTES": [
            {"sign_in_name": {"mapper": sign_in_name.normalize}},
            {"email": {"mapper": uia_email_mapper, "case_insensitive": True}},
        ],
        "EMAIL_SENDER": settings.mail.sender,
        # Neutral: a phone shows these to whoever lies beside it.
        "EMAIL_SUBJECT_PASSWORD_RESET": "Set a new password",
        "EMAIL_SUBJECT_PASSWORD_NOTICE": "Your password was set",
        "EMAIL_SUBJECT_PASSWORD_CHANGE_NOTICE": "Your password was changed",
        "RESET_PASSWORD_WITHIN": timedelta(minutes=30),
        "FRESHNESS": timedelta(minutes=30),
        "FRESHNESS_GRACE_PERIOD": timedelta(minutes=10),
        "CACHE_CONTROL": None,  # its own header would not forbid to store; ours does
    }


def _second_step(settings: Settings) -> dict[str, object]:
    return {
        "TWO_FACTOR": True,
        # Asked of staff only: tracker.models.users.User.check_tf_required.
        "TWO_FACTOR_REQUIRED": settings.staff_second_factor,
        "TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "TWO_FACTOR_RESCUE_EMAIL": False,
        "TWO_FACTOR_AUTHENTICATOR_VALIDITY": 30,  # seconds either way: one code early or late
        "TOTP_SECRETS": {"1": settings.totp_key},
        "TOTP_ISSUER": "Session tracker",
        "MULTI_FACTOR_RECOVERY_CODES": True,
        "MULTI_FACTOR_RECOVERY_CODES_KEYS": [settings.recovery_key],
    }


def _password_cost(settings: Settings) -> dict[str, int]:
    if settings.testing:
        return {"argon2__memory_cost": 8, "argon2__time_cost": 1, "argon2__parallelism": 1}
    # The least that the OWASP Password Storage Cheat Sheet allows for argon2id (19 MiB, two passes,
    # one lane). The library's own 64 MiB for each password being checked is half of our memory.
    return {"argon2__memory_cost": 19_456, "argon2__time_cost": 2, "argon2__parallelism": 1}
