"""What is typed about an allergy or a medicine."""

from tracker.domain.health_lists.draft import HealthItemDraft, HealthItemKind
from tracker.web.forms import DateText, LineText, LongText, NounForm, WordSelect


class HealthItemForm(NounForm):
    """One entry of a list."""

    kind = WordSelect("What is entered", words=HealthItemKind)
    name = LineText(
        "Name",
        description="What the allergy is to, or the medicine. Empty where there is none.",
        render_kw={"autocomplete": "off"},
    )
    detail = LineText(
        "Reaction, or dose and how often",
        description="May be left empty",
        render_kw={"autocomplete": "off"},
    )
    noted_on = DateText("Known since, or asked on")

    def draft(self) -> HealthItemDraft:
        """Turn what was typed into a draft."""
        return HealthItemDraft(
            kind=self.kind.data,
            noted_on=self.noted_on.data,
            name=self.name.data or "",
            detail=self.detail.data or "",
        )


class EndItemForm(NounForm):
    """Since when an entry stands no more, and why."""

    ended_on = DateText("Ended on")
    reason = LongText(
        "Reason",
        description="Stopped, changed, or entered by mistake",
        render_kw={"rows": 3},
    )
