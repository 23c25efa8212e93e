"""What is chosen and typed to merge two records, and to take them apart."""

from collections.abc import Mapping
from typing import Any, ClassVar

from wtforms import BooleanField, HiddenField, RadioField
from wtforms.fields.choices import SelectChoice

from tracker.domain import parsing
from tracker.domain.merges.preview import RecordSide
from tracker.services.merges.commands import MergeDraft
from tracker.web.forms import LongText, NounForm

_CHOOSE = "Choose one of the two records."


class RecordRadio(RadioField):
    """A choice of one of two records; none is chosen until somebody chooses."""

    def __init__(self, label: str = "", **kwargs: Any) -> None:
        """Offer nothing yet: the records are known when the page is made."""
        super().__init__(
            label,
            coerce=int,
            choices=[],
            validate_choice=False,
            invalid_value_message=_CHOOSE,
            **kwargs,
        )

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read an id; whatever else came is no choice."""
        self.data = parsing.row_id(valuelist[0]) if valuelist else None


class MergeForm(NounForm):
    """Which record is kept and why. `seen` are the findings that the page has shown."""

    places: ClassVar[Mapping[str, str]] = {"kept_id": "kept"}

    kept = RecordRadio("Which record is kept")
    account_of = RecordRadio("Whose sign-in stays")
    reason = LongText("Reason", render_kw={"rows": 3})
    is_sure = BooleanField("I have compared both records. They are of one person.")
    seen = HiddenField()

    def __init__(self, sides: tuple[RecordSide, RecordSide], **kwargs: Any) -> None:
        """Offer the two records by number and name."""
        super().__init__(**kwargs)
        self._sides = sides
        choices = [
            SelectChoice(one.id, f"Record {one.record_number}: {one.label}") for one in sides
        ]
        self.kept.choices = choices
        if all(one.has_account for one in sides):
            self.account_of.choices = choices
        else:
            del self.account_of

    def draft(self) -> MergeDraft | None:
        """Turn what was typed into a draft; None while no record is chosen to be kept."""
        ids = [one.id for one in self._sides]
        if self.kept.data not in ids:
            return None
        (merged_id,) = (one for one in ids if one != self.kept.data)
        return MergeDraft(
            kept_id=self.kept.data,
            merged_id=merged_id,
            reason=self.reason.data or "",
            account_of=self.account_of.data if "account_of" in self else None,
            is_sure=self.is_sure.data,
        )


class TakeApartForm(NounForm):
    """Why a merge is taken apart. `seen` is what the page has asked."""

    reason = LongText("Reason", render_kw={"rows": 3})
    seen = HiddenField()
