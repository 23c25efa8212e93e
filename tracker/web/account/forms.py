"""The forms of one's own account."""

from wtforms import PasswordField
from wtforms.validators import EqualTo, InputRequired

from tracker.web.forms import NounForm


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


class ElsewhereForm(NounForm):
    """One button: sign out everywhere else."""
