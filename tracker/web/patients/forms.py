"""What is typed about a patient."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from wtforms import EmailField, HiddenField, SelectField, SelectMultipleField, TelField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from tracker.domain.codes import Indication, Sex, Word
from tracker.domain.formatting import full_day
from tracker.domain.parsing import clean_identifier
from tracker.domain.patients.draft import PatientDraft
from tracker.web.forms import LineText, LongText, NounForm, OpenedForm, TypedDate


class IdentifierText(LineText):
    """A number that somebody else gave, without what nobody sees in it."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the line, and write it as it is shown."""
        super().process_formdata(valuelist)
        self.data = clean_identifier(self.data)


class PatientForm(OpenedForm):
    """Who somebody is. Only the record number must be given.

    `seen` are the questions about people who may be the same that the page has shown.
    """

    record_number = IdentifierText(
        "Record number", description="The clinic's own number for the patient"
    )
    other_number = IdentifierText("Other number")
    family_name = LineText("Family name")
    given_name = LineText("Given name")
    birth_date = TypedDate("Birth date")
    sex = SelectField(
        "Sex",
        coerce=Sex,
        choices=[SelectChoice(word.value, word.label) for word in Sex],
        default=Sex.UNKNOWN,
    )
    indications = SelectMultipleField(
        "Treated for",
        coerce=Indication,
        choices=[SelectChoice(word.value, word.label) for word in Indication],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    email = EmailField("E-mail", filters=[lambda text: (text or "").strip()])
    phone = TelField("Telephone", filters=[lambda text: (text or "").strip()])
    notes = LongText("Notes", description="For the clinic's staff. The patient does not see them.")

    seen = HiddenField()

    def __init__(self, *args: Any, other_number_name: str, kept: str = "", **kwargs: Any) -> None:
        """Ask for the country's own number by its name; without a name `kept` stays as it is."""
        super().__init__(*args, **kwargs)
        self._kept = kept
        if other_number_name:
            self.other_number.label.text = other_number_name
        else:
            del self.other_number

    @property
    def more(self) -> tuple[Any, ...]:
        """The fields that are folded away until they are wanted."""
        return self.email, self.phone, self.notes

    @property
    def more_is_open(self) -> bool:
        """Whether one of the folded fields holds something or is faulty."""
        return any(field.data or field.errors for field in self.more)

    def draft(self) -> PatientDraft:
        """Turn what was typed into a draft."""
        return PatientDraft(
            record_number=self.record_number.data or "",
            other_number=(self.other_number.data or "") if "other_number" in self else self._kept,
            given_name=self.given_name.data or "",
            family_name=self.family_name.data or "",
            birth_date=self.birth_date.data,
            sex=self.sex.data or Sex.UNKNOWN,
            email=self.email.data or "",
            phone=self.phone.data or "",
            indications=tuple(self.indications.data or ()),
            notes=self.notes.data or "",
        )

    def differences(self, theirs: PatientDraft) -> Iterator[dict[str, str]]:
        """Set beside each other what somebody else saved and what was typed here."""
        mine = self.draft()
        for name in PatientDraft.__struct_fields__:
            if name in self and getattr(mine, name) != getattr(theirs, name):
                yield {
                    "label": self[name].label.text,
                    "theirs": _words(getattr(theirs, name)),
                    "mine": _words(getattr(mine, name)),
                }


class ReasonForm(NounForm):
    """An act that needs a reason."""

    reason = LongText("Reason", render_kw={"rows": 3})


def _words(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_words, value))
    if isinstance(value, Word):
        return value.label
    if isinstance(value, date):
        return full_day(value)
    return str(value or "")
