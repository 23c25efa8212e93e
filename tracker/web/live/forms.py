"""The form that begins a session."""

from typing import ClassVar

from tracker.web.forms import LongText, NounForm


class BeginForm(NounForm):
    """A press on Begin; the reason is asked for where a series starts without an assessment."""

    places: ClassVar = {"eligibility_reason": "reason"}

    reason = LongText("Reason", render_kw={"rows": 3})
