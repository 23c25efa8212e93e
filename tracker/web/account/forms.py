"""The forms of one's own account."""

from wtforms import PasswordField
from wtforms.validators import EqualTo, InputRequired
from wtforms.widgets import EmailInput

from tracker.web.forms import LineText, NounForm

_PASSWORD = {"autocomplete": "current-password"}


class WelcomeForm(NounForm):
    """The first password, twice."""

    password = PasswordField(
        "New password",
        validators=[InputRequired("Choose a password.")],
        render_kw={"autocomplete": "new-password"},
    )
    password_confirm = PasswordField(
        "The same again",
        validators=[EqualTo("password", "The two are not the same. Type both again.")],
        render_kw={"autocomplete": "new-password"},
    )


class NameForm(NounForm):
    """What one is called."""

    name = LineText("Your name", render_kw={"autocomplete": "name"})


class AddressForm(NounForm):
    """Another e-mail address, asked for with all that one signs in by."""

    email = LineText("New e-mail", widget=EmailInput(), render_kw={"autocomplete": "email"})
    password = PasswordField(
        "Your password",
        validators=[InputRequired("Type your password.")],
        render_kw=_PASSWORD,
    )
    code = LineText(
        "Code from your phone",
        description="The six digits that the app shows now.",
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )


class ButtonForm(NounForm):
    """One button."""
