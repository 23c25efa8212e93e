"""The forms of signing in: they refuse locked accounts, and count what goes wrong."""

from typing import Any

from flask import g, request, session
from flask_security import (
    ChangePasswordForm,
    ForgotPasswordForm,
    LoginForm,
    MfRecoveryForm,
    Totp,
    TwoFactorVerifyCodeForm,
    UserMixin,
    VerifyForm,
    current_user,
)
from flask_security.password_util import PasswordUtil
from flask_security.recovery_codes import MfRecoveryCodesUtil
from flask_wtf import FlaskForm
from passlib.exc import TokenError  # type: ignore[import-untyped]
from wtforms import StringField
from wtforms.validators import InputRequired

from tracker.services import clock
from tracker.services.people import brakes, logins, mailboxes, passwords, recovery
from tracker.web.account import known_devices

CODES_DUE = "codes_due"  # recovery codes, sealed, that nobody has said are kept: those come first
HALF_OPEN = "half_open_at"  # when the password was right and the code was still to come
CLOSED = brakes.LOCKED


def address() -> str:
    """Tell where the request comes from (the socket, or what a configured proxy says)."""
    return request.remote_addr or ""


def drop_half_open() -> None:
    """Forget that a password was right, so that signing in starts again."""
    for key in [key for key in session if key.startswith("tf_")] + [HALF_OPEN]:
        session.pop(key, None)


def _identity_field() -> StringField:
    return StringField(
        "E-mail or sign-in name",
        validators=[InputRequired("Type your e-mail address or your sign-in name.")],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )


class SignInForm(LoginForm):
    """E-mail or sign-in name, and password. Whatever is wrong, the page says the same."""

    email = _identity_field()
    remember = None  # a cookie that outlives its sign-in could not be ended

    def validate(self, **kwargs: object) -> bool:
        """Check the password, then whether the account is open.

        An address that several people share is nobody's, as one that nobody has: whoever is asked
        for a sign-in name learns nothing by it.
        """
        self.email.data = (self.email.data or "").strip()
        found = mailboxes.find(self.email.data)
        self.user, self.ifield = found[0] if len(found) == 1 else None, self.email
        right: bool = super().validate(**kwargs)
        if self.user is None:
            if self.email.data and self.password.data:
                brakes.note_stranger(address=address(), several=bool(found))
            return False
        if not right:
            if self.user_authenticated:
                brakes.refuse(self.user.id, "disabled", address=address())
            return False
        if is_closed(self.user.id):
            brakes.refuse(self.user.id, "locked", address=address())
            self.email.errors = [CLOSED]  # the view makes it generic
            return False
        session[HALF_OPEN] = clock.now().timestamp()
        return True


class ForgotForm(ForgotPasswordForm):
    """Whose password is forgotten: everybody's on a mailbox, or that of one sign-in name."""

    email = _identity_field()

    def validate(self, **kwargs: object) -> bool:
        """Find whom to write to; the page says the same whoever is found, and where nobody is."""
        if not FlaskForm.validate(self, **kwargs):
            return False
        found = [user for user in mailboxes.find(self.email.data or "") if user.active]
        if not found:
            self.email.errors = ["Nobody has it."]  # the view makes it generic
            return False
        self.user, g.forgetful = found[0], found
        return True


def is_closed(user_id: int) -> bool:
    """Say whether an account is closed just now to whoever is at this browser."""
    return brakes.is_locked(user_id, known_devices.place_of(user_id))


def _open(user: UserMixin | None) -> bool:
    return user is not None and user.active and not is_closed(user.id)


class CodeForm(TwoFactorVerifyCodeForm):
    """The six digits of the authenticator."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Call the code what every other page calls it."""
        super().__init__(*args, **kwargs)
        self.code.label.text = "Code"

    def validate(self, **kwargs: object) -> bool:
        """Refuse even the right code while the account is locked or disabled."""
        if not _open(self.user):
            drop_half_open()
            self.code.errors = [CLOSED]
            return False
        return bool(super().validate(**kwargs))


class RecoveryForm(MfRecoveryForm):
    """One of the codes kept for the day the phone or passkey is lost."""

    def validate(self, **kwargs: object) -> bool:
        """Refuse while locked; count a wrong code as a wrong password is counted."""
        if self.user is None or not _open(self.user):
            drop_half_open()
            self.code.errors = [CLOSED]
            return False
        self.code.data = (self.code.data or "").strip().lower()
        if super().validate(**kwargs):  # that uses it up
            return True
        if self.code.data:
            self.user.track_failed_authn("recovery code", tfa=True)
        return False


class OnceCodes(MfRecoveryCodesUtil):
    """Recovery codes that are kept as hashes: shown where they were made, and used once."""

    def create_recovery_codes(self, user: UserMixin) -> list[str]:
        """Make new codes; this browser can show them until they are kept."""
        session[CODES_DUE] = recovery.make(user.id, address=address())
        return self.get_recovery_codes(user)

    def get_recovery_codes(self, user: UserMixin) -> list[str]:
        """Give the codes that this browser is to show; none once they are kept."""
        return recovery.unseal(str(session.get(CODES_DUE)), user.id)

    def check_recovery_code(self, user: UserMixin, code: str) -> bool:
        """Check a code, and use it up in the same breath."""
        return recovery.spend(user.id, code, address=address())

    def delete_recovery_code(self, user: UserMixin, code: str) -> bool:
        """Do nothing more: whoever checked it used it up."""
        return True


class AgainForm(VerifyForm):
    """The password once more, before something delicate."""

    def validate(self, **kwargs: object) -> bool:
        """Refuse while locked: a borrowed browser must not be a place to guess."""
        if not _open(self.user):
            self.password.errors = [CLOSED]
            return False
        return bool(super().validate(**kwargs))


class ChangeForm(ChangePasswordForm):
    """The old password and the new one."""

    def validate(self, **kwargs: object) -> bool:
        """Count a wrong old password as a wrong one at sign-in is counted."""
        user = current_user._get_current_object()
        if not _open(user):
            self.password.errors = [CLOSED]
            return False
        if super().validate(**kwargs):
            return True
        if self.password.data and self.password.errors and not self.new_password.errors:
            user.track_failed_authn("password")
        return False


class OnceTotp(Totp):
    """One-time codes that really are: used once, and never after a later one."""

    def verify_totp(self, token: str, totp_secret: str, user: UserMixin, window: int = 0) -> bool:
        """Check a code, and use it up in the same breath."""
        try:
            match = self._totp.verify(token, totp_secret, window=window)
        except TokenError:
            return False
        return logins.spend_code(user.id, match.counter)


class Passwords(PasswordUtil):
    """Our own words and limits for new passwords; zxcvbn alone fails above 72 characters."""

    def validate(
        self, password: str, is_register: bool, **kwargs: Any
    ) -> tuple[list[str] | None, str]:
        """Say what is weak about a new password, and give it back as it is hashed."""
        user = kwargs.get("user")
        about = passwords.known_of(user) if user is not None else ()
        weak = passwords.weakness(password, about=about)
        return ([weak] if weak else None), passwords.normalize(password)
