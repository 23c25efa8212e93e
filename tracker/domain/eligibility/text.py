"""An assessment in words: what was answered, line by line, and in what two versions differ."""

from collections.abc import Iterator
from dataclasses import dataclass

from tracker.domain.checklists.items import Told
from tracker.domain.codes import Word
from tracker.domain.eligibility import questions as eligibility_questions
from tracker.domain.eligibility.draft import (
    EarlierTreatment,
    EligibilityDraft,
    HistoryAnswer,
    Medicine,
)
from tracker.domain.formatting import full_day, lowered, number
from tracker.domain.measures import VITAL_SIGNS, VitalSigns

NOT_ANSWERED = "not answered"


@dataclass(frozen=True, slots=True)
class ToldLine:
    """What was answered to one question; '' where nothing was."""

    group: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One answer that two versions of an assessment give differently."""

    label: str
    theirs: str
    mine: str


def told(draft: EligibilityDraft) -> list[ToldLine]:
    """Write every answer down, in the order of the form."""
    return [
        *_condition(draft),
        *_history(draft),
        *_earlier(draft),
        *_medication(draft),
        *_measured(draft),
    ]


def differences(theirs: EligibilityDraft, mine: EligibilityDraft) -> Iterator[Difference]:
    """Set beside each other what two versions say differently."""
    one = {line.label: line.text for line in told(theirs)}
    other = {line.label: line.text for line in told(mine)}
    for label in {**one, **other}:
        if one.get(label, "") != other.get(label, ""):
            yield Difference(label, one.get(label, ""), other.get(label, ""))


def _condition(draft: EligibilityDraft) -> Iterator[ToldLine]:
    group = "What is treated"
    day = full_day(draft.assessed_on) if draft.assessed_on else ""
    named = ", ".join(indication.label for indication in draft.indications)
    yield ToldLine(group, "Day of the assessment", day)
    yield ToldLine(group, "Treated for", named)
    yield ToldLine(group, "Diagnoses", draft.diagnoses)
    yield ToldLine(group, "Current symptoms", draft.symptoms)


def _history(draft: EligibilityDraft) -> Iterator[ToldLine]:
    for question in eligibility_questions.asked(draft.drug):
        group = question.group.label
        yield ToldLine(group, question.label, _answer(draft.answer(question.code)))
        if question.code == "bipolar":
            yield ToldLine(group, "On a mood stabiliser", _label(draft.mood_stabiliser))
    group, tested = "Liver and pregnancy", full_day(draft.tested_on) if draft.tested_on else ""
    yield ToldLine(group, "Liver", _label(draft.liver))
    yield ToldLine(group, "Pregnancy", _label(draft.pregnancy))
    yield ToldLine(group, "Pregnancy test on", tested)


def _earlier(draft: EligibilityDraft) -> Iterator[ToldLine]:
    group = "Earlier treatments"
    yield ToldLine(group, "Any earlier treatments", _label(draft.any_treatments))
    for place, row in enumerate(draft.treatments, start=1):
        yield ToldLine(group, f"Earlier treatment {place}", ", ".join(of_treatment(row)))
    yield ToldLine(group, "Treatment resistance confirmed", _label(draft.resistance))


def of_treatment(row: EarlierTreatment) -> Iterator[str]:
    """Yield an earlier treatment in words, part by part."""
    yield row.name
    if row.kind is not None:
        yield row.kind.label
    if row.dose:
        yield row.dose
    if row.weeks is not None:
        yield f"{row.weeks} {'week' if row.weeks == 1 else 'weeks'}"
    for words, said in (("adequate", row.adequate), ("current episode", row.in_episode)):
        yield f"{words}: {lowered(_label(said) or NOT_ANSWERED)}"
    yield f"outcome: {lowered(_label(row.outcome) or NOT_ANSWERED)}"
    if row.stopped_because:
        yield f"stopped because: {row.stopped_because}"


def _medication(draft: EligibilityDraft) -> Iterator[ToldLine]:
    group = "Medication now"
    yield ToldLine(group, "Any medication now", _label(draft.any_medicines))
    for place, row in enumerate(draft.medicines, start=1):
        yield ToldLine(group, f"Medicine {place}", ", ".join(of_medicine(row)))


def of_medicine(row: Medicine) -> Iterator[str]:
    """Yield a medicine in words, part by part."""
    yield row.name
    if row.dose:
        yield row.dose
    flags = "; ".join(flag.label for flag in row.flags)
    yield f"class: {lowered(flags) or NOT_ANSWERED}"


def _measured(draft: EligibilityDraft) -> Iterator[ToldLine]:
    group, signs = "Measured", draft.vital_signs
    yield ToldLine(group, "Blood pressure", _pressure(signs))
    for label, value, unit in (
        *(
            (sign.label, getattr(signs, sign.name), sign.unit)
            for sign in VITAL_SIGNS
            if not sign.is_pressure
        ),
        ("Weight", draft.weight_kg, "kg"),
        ("Height", draft.height_cm, "cm"),
    ):
        yield ToldLine(group, label, "" if value is None else f"{number(value)} {unit}")
    yield ToldLine(group, "Notes", draft.notes)


def _pressure(signs: VitalSigns) -> str:
    if signs.systolic_mmhg is None and signs.diastolic_mmhg is None:
        return ""
    high, low = signs.systolic_mmhg, signs.diastolic_mmhg
    return f"{'–' if high is None else high}/{'–' if low is None else low} mmHg"


def _answer(answer: HistoryAnswer) -> str:
    said = _label(answer.said)
    if answer.said is None and answer.words:
        said = "Not answered"
    return f"{said}: {answer.words}" if answer.words else said


def _label(word: Word | Told | None) -> str:
    return "" if word is None else word.label
