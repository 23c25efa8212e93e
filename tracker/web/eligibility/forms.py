"""What is typed about an assessment, and the decision on it."""

import re
from collections.abc import Iterable
from typing import Any, Self

from msgspec.structs import asdict
from wtforms import FieldList, FormField, HiddenField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from tracker.domain.checklists.pre_session import Pregnancy
from tracker.domain.codes import Drug, Indication
from tracker.domain.eligibility import draft as eligibility_draft
from tracker.domain.eligibility import questions as eligibility_questions
from tracker.domain.eligibility.draft import (
    ChildPugh,
    Decision,
    EligibilityDraft,
    HistoryAnswer,
    answer_field,
    words_field,
)
from tracker.domain.health_lists.standing import HealthLists
from tracker.domain.measures import SIGN_NAMES, VITAL_SIGNS, VitalSigns
from tracker.domain.problems import Problem
from tracker.web.eligibility.fields import UNANSWERED, MedicineRow, TreatmentRow, WordButtons
from tracker.web.forms import (
    DateText,
    IntegerText,
    LineText,
    LongText,
    OpenedForm,
    WordSelect,
    typed_weight,
    weight_inputs,
)

ROWS = ("treatments", "medicines")
_OF_A_ROW = re.compile(r"(treatments|medicines)-(\d+)-(\w+)")
_REMOVED = re.compile(r"remove-(treatments|medicines)-([0-9]{1,4})")
_PLAIN = (
    "assessed_on", "mood_stabiliser", "liver", "any_treatments", "resistance", "any_medicines",
    "pregnancy", "tested_on", "height_cm",
)  # fmt: skip
_TEXTS = ("diagnoses", "symptoms", "consent_by", "notes")


class EligibilityForm(OpenedForm):
    """Everything asked before treatment."""

    drug = HiddenField()
    assessed_on = DateText("Day of the assessment")
    indications = SelectMultipleField(
        "Treated for",
        coerce=Indication,
        choices=[SelectChoice(word.value, word.label) for word in Indication],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    diagnoses = LongText("Diagnoses", render_kw={"rows": 3})
    symptoms = LongText("Current symptoms", render_kw={"rows": 3})
    mood_stabiliser = WordButtons(
        "On a mood stabiliser", description="To be answered with bipolar disorder"
    )
    liver = WordSelect("Liver", words=ChildPugh, blank=UNANSWERED)
    pregnancy = WordSelect("Pregnancy", words=Pregnancy, blank=UNANSWERED)
    tested_on = DateText("Pregnancy test on")
    any_treatments = WordButtons("Any earlier treatments")
    treatments = FieldList(FormField(TreatmentRow))
    resistance = WordButtons(
        "Treatment resistance confirmed", description="Your own judgement, from the count above"
    )
    any_medicines = WordButtons("Any medication now")
    medicines = FieldList(FormField(MedicineRow))
    weight_kg, weight_unit = weight_inputs()
    height_cm = IntegerText("Height", unit="cm")
    consent_by = LineText(
        "Who consents",
        description="For a patient under 18: name, and in what capacity",
        render_kw={"autocomplete": "off"},
    )
    notes = LongText("Notes")

    @classmethod
    def start(cls, draft: EligibilityDraft, version: int = 0) -> Self:
        """Make the form that a page opens with."""
        return cls(formdata=None, data=_form_data(draft) | {"version": version})

    @property
    def for_drug(self) -> Drug | None:
        """The drug that the assessment is for."""
        return next((drug for drug in Drug if drug.value == self.drug.data), None)

    def questions(self, group: str) -> list[tuple[eligibility_questions.Question, Any, Any]]:
        """List the questions of a group that the drug asks for, each with its two fields."""
        return [
            (one, self[answer_field(one.code)], self[words_field(one.code)])
            for one in eligibility_questions.questions_for(self.for_drug)
            if one.group.value == group
        ]

    def sources(self) -> list[tuple[str, list[str]]]:
        """List who says that these questions matter, each with what they say it of."""
        drug, sources = self.for_drug, dict[str, list[str]]()
        for one in eligibility_questions.questions_for(drug):
            sources.setdefault(one.sources[drug or Drug.KETAMINE], []).append(one.label)
        return list(sources.items())

    def vital_signs(self) -> list[Any]:
        """List the fields of what is measured."""
        return [self[name] for name in SIGN_NAMES]

    def blank(self, name: str) -> Any:
        """Make an empty row, to be copied in the browser."""
        kind = {"treatments": TreatmentRow, "medicines": MedicineRow}[name]
        return kind(prefix=f"{name}-__row__-")

    def act(self, text: str) -> bool:
        """Add or remove a row where that is what was pressed; say whether it was."""
        if text in {f"add-{name}" for name in ROWS}:
            self[text.removeprefix("add-")].append_entry()
            return True
        if (found := _REMOVED.fullmatch(text)) is None:
            return False
        rows = self[found[1]]
        place = f"{found[1]}-{int(found[2])}"
        rows.entries = [entry for entry in rows.entries if entry.name != place]
        return True

    def take_list(self, lists: HealthLists) -> None:
        """Take the patient's list of medicines over, beside what was typed."""
        told = eligibility_draft.add_listed(self.draft(), lists)
        self.any_medicines.data = told.any_medicines
        self.medicines.entries, self.medicines.last_index = [], -1
        for row in told.medicines:
            self.medicines.append_entry(asdict(row))

    def draft(self) -> EligibilityDraft:
        """Turn what was typed into a draft."""
        plain: dict[str, Any] = {name: self[name].data for name in _PLAIN}
        plain |= typed_weight(self)
        plain |= {name: self[name].data or "" for name in _TEXTS}
        return EligibilityDraft(
            **plain,
            drug=self.for_drug,
            indications=tuple(self.indications.data or ()),
            history=self._history(),
            treatments=tuple(form.row() for form in self._filled_rows("treatments")),
            medicines=tuple(form.row() for form in self._filled_rows("medicines")),
            vital_signs=VitalSigns(**{name: self[name].data for name in SIGN_NAMES}),
        )

    def _history(self) -> dict[str, HistoryAnswer]:
        answers = {
            one.code: HistoryAnswer(
                self[answer_field(one.code)].data, self[words_field(one.code)].data or ""
            )
            for one in eligibility_questions.questions_for(self.for_drug)
        }
        return {code: one for code, one in answers.items() if one.said or one.words}

    def _filled_rows(self, name: str) -> list[Any]:
        return [entry.form for entry in self[name] if entry.form.is_filled]

    def show(self, problems: Iterable[Problem]) -> None:
        """Put problems beside the fields of their rows; the others where they belong."""
        others = []
        for problem in problems:
            found = _OF_A_ROW.fullmatch(problem.field)
            if found is None:
                others.append(problem)
                continue
            field = self._filled_rows(found[1])[int(found[2])][found[3]]
            if not field.process_errors:
                field.errors = [*field.errors, problem.message]
        super().show(others)


for _one in eligibility_questions.QUESTIONS:
    setattr(
        EligibilityForm, answer_field(_one.code), WordButtons(_one.label, description=_one.hint)
    )
    setattr(EligibilityForm, words_field(_one.code), LineText(f"Details: {_one.label}"))
for _sign in VITAL_SIGNS:
    setattr(EligibilityForm, _sign.name, IntegerText(_sign.label, unit=_sign.unit))


def _form_data(draft: EligibilityDraft) -> dict[str, Any]:
    """Say a draft as the form would have been typed."""
    data: dict[str, Any] = {name: getattr(draft, name) for name in (*_PLAIN, *_TEXTS)}
    data |= {"drug": draft.drug.value if draft.drug else "", "indications": draft.indications}
    for code, answer in draft.history.items():
        data |= {answer_field(code): answer.said, words_field(code): answer.words}
    data["treatments"] = [asdict(row) for row in draft.treatments]
    data["medicines"] = [asdict(row) for row in draft.medicines]
    return data | {name: getattr(draft.vital_signs, name) for name in SIGN_NAMES}


class DecisionForm(OpenedForm):
    """What a clinician decides, on the version and the lists that the page showed."""

    seen = HiddenField()
    decision = WordButtons("Decision", words=Decision)
    reason = LongText(
        "Reason",
        description="Needed for not yet and not eligible, and where anything speaks against "
        "treatment or is missing",
        render_kw={"rows": 3},
    )
