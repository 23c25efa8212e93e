"""What is typed about a check that recurs in long use."""

from tracker.domain.safety_checks.draft import SafetyCheckDraft
from tracker.domain.safety_checks.kinds import CheckKind
from tracker.web.forms import DateText, LineText, LongText, NounForm, WordSelect


class SafetyCheckForm(NounForm):
    """The result of one check."""

    kind = WordSelect("What was checked", words=CheckKind)
    checked_on = DateText("Day of the check")
    value = LineText("Result", description="In a few words, with units")
    note = LongText("Note", render_kw={"rows": 3})

    def draft(self) -> SafetyCheckDraft:
        """Turn what was typed into a draft."""
        return SafetyCheckDraft(
            kind=self.kind.data,
            checked_on=self.checked_on.data,
            value=self.value.data or "",
            note=self.note.data or "",
        )


class VoidCheckForm(NounForm):
    """Why a result is struck out."""

    reason = LongText("Reason", render_kw={"rows": 3})
