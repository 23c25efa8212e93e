"""The forms of passkeys: what a script puts into them is what a browser answered."""

from wtforms import HiddenField

from tracker.web.forms import LineText, NounForm


class AnswerForm(NounForm):
    """What a browser answered when it was asked for a passkey."""

    credential = HiddenField()


class NewForm(AnswerForm):
    """What a new passkey is called, too."""

    name = LineText(
        "Name",
        description="So that you know it again later, such as My phone.",
        render_kw={"autocomplete": "off"},
    )
