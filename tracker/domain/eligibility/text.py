"""An assessment in words: what was answered, line by line, and in what two versions differ."""

from collections.abc import Iterator

from msgspec import Struct

from tracker.domain import weights
from tracker.domain.checklists.items import YesNoUnknown
from tracker.domain.codes import Word
from tracker.domain.eligibility import questions as eligibility_questions
from tracker.domain.eligibility.draft import (
    EarlierTreatment,
    EligibilityDraft,
    HistoryAnswer,
    Medicine,
)
from tracker.domain.formatting import full_day, lower_first, number
from tracker.domain.measures import VITAL_SIGNS, VitalSigns

NOT_ANSWERED = "not answered"


class AnswerLine(Struct, frozen=True):
    """What was answered to one question; '' where nothing was."""

    group: str
    label: str
    text: str


class Difference(Struct, frozen=True):
    """One answer that two versions of an assessment give differently."""

    label: str
    theirs: str
    mine: str


def answer_lines(draft: EligibilityDraft) -> list[AnswerLine]:
    """Write every answer down, in the order of the form."""
    return [
        *_condition(draft),
        *_history(draft),
        *_earlier(draft),
        *_medication(draft),
        *_measurements(draft),
    ]


def differences(theirs: EligibilityDraft, mine: EligibilityDraft) -> Iterator[Difference]:
    """Set beside each other what two versions say differently."""
    one = {line.label: line.text for line in answer_lines(theirs)}
    other = {line.label: line.text for line in answer_lines(mine)}
    for label in {**one, **other}:
        if one.get(label, "") != other.get(label, ""):
            yield Difference(label, one.get(label, ""), other.get(label, ""))


def _condition(draft: EligibilityDraft) -> Iterator[AnswerLine]:
    group = "What is treated"
    day = full_day(draft.assessed_on) if draft.assessed_on else ""
    named = ", ".join(indication.label for indication in draft.indications)
    yield AnswerLine(group, "Day of the assessment", day)
    yield AnswerLine(group, "Treated for", named)
    if draft.consent_by:
        yield AnswerLine(group, "Who consents", draft.consent_by)
    yield AnswerLine(group, "Diagnoses", draft.diagnoses)
    yield AnswerLine(group, "Current symptoms", draft.symptoms)


def _history(draft: EligibilityDraft) -> Iterator[AnswerLine]:
    for question in eligibility_questions.questions_for(draft.drug):
        group = question.group.label
        yield AnswerLine(group, question.label, _answer(draft.answer(question.code)))
        if question.code == "bipolar":
            yield AnswerLine(group, "On a mood stabiliser", _label(draft.mood_stabiliser))
    group, tested = "Liver and pregnancy", full_day(draft.tested_on) if draft.tested_on else ""
    yield AnswerLine(group, "Liver", _label(draft.liver))
    yield AnswerLine(group, "Pregnancy", _label(draft.pregnancy))
    yield AnswerLine(group, "Pregnancy test on", tested)


def _earlier(draft: EligibilityDraft) -> Iterator[AnswerLine]:
    group = "Earlier treatments"
    yield AnswerLine(group, "Any earlier treatments", _label(draft.any_treatments))
    for place, row in enumerate(draft.treatments, start=1):
        yield AnswerLine(group, f"Earlier treatment {place}", ", ".join(of_treatment(row)))
    yield AnswerLine(group, "Treatment resistance confirmed", _label(draft.resistance))


def of_treatment(row: EarlierTreatment) -> Iterator[str]:
    """Yield an earlier treatment in words, part by part."""
    yield row.name
    if row.kind is not None:
        yield row.kind.label
    if row.dose:
        yield row.dose
    if row.weeks is not None:
        yield f"{row.weeks} {'week' if row.weeks == 1 else 'weeks'}"
    for words, answer in (("adequate", row.adequate), ("current episode", row.in_episode)):
        yield f"{words}: {lower_first(_label(answer) or NOT_ANSWERED)}"
    yield f"outcome: {lower_first(_label(row.outcome) or NOT_ANSWERED)}"
    if row.stopped_because:
        yield f"stopped because: {row.stopped_because}"


def _medication(draft: EligibilityDraft) -> Iterator[AnswerLine]:
    group = "Medication now"
    yield AnswerLine(group, "Any medication now", _label(draft.any_medicines))
    for place, row in enumerate(draft.medicines, start=1):
        yield AnswerLine(group, f"Medicine {place}", ", ".join(of_medicine(row)))


def of_medicine(row: Medicine) -> Iterator[str]:
    """Yield a medicine in words, part by part."""
    yield row.name
    if row.dose:
        yield row.dose
    flags = "; ".join(flag.label for flag in row.flags)
    yield f"class: {lower_first(flags) or NOT_ANSWERED}"


def _measurements(draft: EligibilityDraft) -> Iterator[AnswerLine]:
    group, signs = "Measured", draft.vital_signs
    yield AnswerLine(group, "Blood pressure", _pressure(signs))
    for label, value, unit in (
        *(
            (sign.label, getattr(signs, sign.name), sign.unit)
            for sign in VITAL_SIGNS
            if not sign.is_pressure
        ),
        ("Height", draft.height_cm, "cm"),
    ):
        yield AnswerLine(group, label, "" if value is None else f"{number(value)} {unit}")
    weight = draft.weight_kg
    said = "" if weight is None else weights.words(weight, draft.weight_unit)
    yield AnswerLine(group, "Weight", said)
    yield AnswerLine(group, "Notes", draft.notes)


def _pressure(signs: VitalSigns) -> str:
    if signs.systolic_mmhg is None and signs.diastolic_mmhg is None:
        return ""
    high, low = signs.systolic_mmhg, signs.diastolic_mmhg
    return f"{'–' if high is None else high}/{'–' if low is None else low} mmHg"


def _answer(answer: HistoryAnswer) -> str:
    text = _label(answer.said)
    if answer.said is None and answer.words:
        text = "Not answered"
    return f"{text}: {answer.words}" if answer.words else text


def _label(word: Word | YesNoUnknown | None) -> str:
    return "" if word is None else word.label
