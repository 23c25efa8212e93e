"""The form of a letter for the referrer."""

from tracker.domain.outcomes.person.letter import LetterDraft
from tracker.web.forms import LongText, OpenedForm

STALE = (
    "Somebody kept another version of this letter while you were writing. What you typed is still "
    "here, and theirs stands below it. Save again to keep yours as the newest."
)


class LetterForm(OpenedForm):
    """To whom a letter goes, and what it says."""

    recipient = LongText("To", description="Name and address of whoever referred the patient")
    words = LongText(
        "Letter",
        description="Drafted from the record: read it and change what you like",
        render_kw={"rows": 18},
    )

    def draft(self) -> LetterDraft:
        """Read what was typed."""
        return LetterDraft(recipient=self.recipient.data or "", words=self.words.data or "")
