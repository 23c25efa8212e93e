"""The forms of one's own account."""

from datetime import time
from typing import Any

from wtforms import Field, HiddenField, PasswordField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import EqualTo, InputRequired, ValidationError
from wtforms.widgets import EmailInput

from tracker.domain.codes import MailTime
from tracker.domain.formatting import time_of_day
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
    credential = HiddenField()  # what a browser answers for a passkey


class RemindersForm(NounForm):
    """Whether and when reminders come by e-mail."""

    OFF = "off"

    when = RadioField("When shall they come?", validate_choice=False)

    def __init__(self, *args: Any, morning_from: time, evening_from: time, **kwargs: Any) -> None:
        """Offer the hours that the clinic has set."""
        super().__init__(*args, **kwargs)
        self.when.choices = [
            SelectChoice(word.value, f"{word.label}, from {time_of_day(hour)} on")
            for word, hour in ((MailTime.MORNING, morning_from), (MailTime.EVENING, evening_from))
        ] + [SelectChoice(self.OFF, "Not at all")]

    def validate_when(self, field: Field) -> None:
        """Take nothing but what is offered."""
        if field.data not in {*MailTime, self.OFF}:
            raise ValidationError("Choose one of these.")


class UnlockForm(NounForm):
    """Whose account is to be unlocked; the page says the same whoever it is."""

    email = LineText(
        "E-mail or sign-in name",
        validators=[InputRequired("Type your e-mail address or your sign-in name.")],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )


class ButtonForm(NounForm):
    """One button."""
