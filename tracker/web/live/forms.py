"""The form that begins a session."""

from typing import ClassVar

from wtforms import HiddenField, RadioField
from wtforms.fields.choices import SelectChoice

from tracker.web.forms import LongText, NounForm


class BeginForm(NounForm):
    """A press on Begin; the reason is asked for where something speaks against it.

    `answered` holds what the page has shown: a reason answers that, and nothing that came up later.
    """

    places: ClassVar = {"eligibility_reason": "reason", "comment": "reason"}

    answered = HiddenField()
    reason = LongText("Why it begins all the same", render_kw={"rows": 3})


class NotBegunForm(NounForm):
    """What becomes of what was written in a session that was begun by mistake."""

    entries = RadioField(
        "What was written so far",
        choices=[
            SelectChoice("keep", "Stays in the log of this session"),
            SelectChoice("take-back", "Is of somebody else: take it back. It stays readable"),
        ],
        default="keep",
    )
    reason = LongText(
        "Reason", description="The patient finds it in their own copy", render_kw={"rows": 2}
    )
