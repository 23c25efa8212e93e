"""Fields of an assessment: answers that are unanswered at first, and rows that come and go."""

from collections.abc import Callable
from typing import Any

from wtforms import Form, RadioField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from tracker.domain.checklists.items import YesNoUnknown
from tracker.domain.codes import Word
from tracker.domain.eligibility import text as eligibility_text
from tracker.domain.eligibility.draft import (
    EarlierTreatment,
    Medicine,
    MedicineFlag,
    TreatmentKind,
    TrialOutcome,
)
from tracker.web.forms import IntegerText, LineText, WordSelect

UNANSWERED = "Not answered"


class WordButtons(RadioField):
    """A choice of one word by buttons. None is pressed at first: no answer is not an answer."""

    def __init__(self, label: str = "", *, words: type[Word] = YesNoUnknown, **kwargs: Any) -> None:
        """Offer the words by their labels."""
        super().__init__(
            label,
            coerce=words,
            choices=[SelectChoice(word.value, word.label) for word in words],
            invalid_value_message="Choose one of the answers.",
            validate_choice=False,
            **kwargs,
        )

    def process_data(self, value: Any) -> None:
        """Take what is stored; nothing is no answer."""
        self.data = value

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the answer; none given is None, whatever stood there before."""
        self.data = None
        super().process_formdata([text for text in valuelist if text])


class _RowForm(Form):
    """A row of a list; one in which nothing is filled in is not there."""

    kept: Callable[[], Any]

    @property
    def is_filled(self) -> bool:
        """Whether anything is filled in."""
        return any(field.data not in (None, "", []) for field in self)

    @property
    def heading(self) -> str:
        """What the row is of, in a few words; '' for an empty one."""
        return ", ".join(self.row_words) if self.is_filled else ""

    @property
    def row_words(self) -> list[str]:
        """The row in words."""
        raise NotImplementedError


class TreatmentRow(_RowForm):
    """Something tried before."""

    name = LineText("Treatment", description="Name of the drug, or what was done")
    kind = WordSelect("Class", words=TreatmentKind, blank=UNANSWERED)
    dose = LineText("Dose", description="The highest, with its unit")
    weeks = IntegerText("For how long", unit="weeks")
    adequate = WordButtons("Adequate in dose and duration")
    in_episode = WordButtons("In the current episode")
    outcome = WordSelect("Outcome", words=TrialOutcome, blank=UNANSWERED)
    stopped_because = LineText("Why it was stopped")

    def row(self) -> EarlierTreatment:
        """Turn what was typed into a value."""
        return EarlierTreatment(
            name=self.name.data or "",
            kind=self.kind.data,
            dose=self.dose.data or "",
            weeks=self.weeks.data,
            adequate=self.adequate.data,
            outcome=self.outcome.data,
            in_episode=self.in_episode.data,
            stopped_because=self.stopped_because.data or "",
        )

    @property
    def row_words(self) -> list[str]:
        """The row in words."""
        return list(eligibility_text.of_treatment(self.row()))


class MedicineRow(_RowForm):
    """A medicine taken now."""

    name = LineText("Medicine")
    dose = LineText("Dose", description="With its unit, and how often")
    flags = SelectMultipleField(
        "Class that acts together with treatment",
        coerce=MedicineFlag,
        choices=[SelectChoice(word.value, word.label) for word in MedicineFlag],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def row(self) -> Medicine:
        """Turn what was typed into a value."""
        return Medicine(
            name=self.name.data or "",
            dose=self.dose.data or "",
            flags=tuple(self.flags.data or ()),
        )

    @property
    def row_words(self) -> list[str]:
        """The row in words."""
        return list(eligibility_text.of_medicine(self.row()))
