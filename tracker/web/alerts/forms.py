"""The form that acknowledges an alert."""

from tracker.web.forms import LongText, NounForm


class DoneForm(NounForm):
    """What was done about an alert."""

    done = LongText(
        "What was done",
        description="Whom you spoke to, what was agreed. Kept with your name and the time, and "
        "never changed afterwards.",
        render_kw={"rows": 4},
    )
