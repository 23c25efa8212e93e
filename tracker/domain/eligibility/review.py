"""What an assessment says: what speaks against, what calls for caution, what is missing.

Nothing here decides. A list is what was answered, beside the source that makes it matter.
"""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from tracker.domain.checklists.items import YesNoUnknown
from tracker.domain.checklists.pre_session import Pregnancy
from tracker.domain.codes import Drug, Indication
from tracker.domain.eligibility import questions as eligibility_questions
from tracker.domain.eligibility.draft import (
    ANTIDEPRESSANTS,
    ChildPugh,
    Decision,
    EarlierTreatment,
    EligibilityDraft,
    HistoryAnswer,
    Medicine,
    MedicineFlag,
    TrialOutcome,
    answer_field,
)
from tracker.domain.eligibility.prefill import (
    AssessmentFacts,
    LineKind,
    ReviewLine,
    of_age,
    of_body,
    of_scales,
    of_suicide,
)
from tracker.domain.eligibility.questions import Question, Weight
from tracker.domain.formatting import full_day, lower_first, times
from tracker.domain.parsing import DECISION_REASON_MAX, is_blank
from tracker.domain.problems import Problem

# A trial is not one of those that count, whatever else is unknown of it.
_RULED_OUT = (TrialOutcome.RESPONSE, TrialOutcome.NOT_JUDGED)


class TrialCount(Struct, frozen=True):
    """Different antidepressants of the current episode, adequate in dose and duration.

    `failed` brought no response, `partial` one short of a response. `unclear` might count, if it
    were known whether they were adequate, of this episode, or what came of them.
    """

    failed: int
    partial: int
    unclear: int
    lifetime: int

    @property
    def sentence(self) -> str:
        """Say the count in words."""
        text = f"Adequate antidepressants in the current episode without response: {self.failed}."
        if self.partial:
            text += f" With a partial response: {self.partial}, not counted."
        return f"{text} {times(self.lifetime, 'treatment')} on record in all."


def count(treatments: Iterable[EarlierTreatment]) -> TrialCount:
    """Count the earlier treatments; the same antidepressant twice counts once."""
    rows = tuple(treatments)
    tried = [row for row in rows if row.kind in ANTIDEPRESSANTS]
    failed = _names(row for row in tried if _is_failed_trial(row, TrialOutcome.NONE))
    partial = _names(row for row in tried if _is_failed_trial(row, TrialOutcome.PARTIAL)) - failed
    unclear = _names(row for row in rows if _might_count(row)) - failed - partial
    return TrialCount(len(failed), len(partial), len(unclear), len(rows))


def _names(rows: Iterable[EarlierTreatment]) -> frozenset[str]:
    return frozenset(row.name.strip().casefold() for row in rows)


def _is_failed_trial(row: EarlierTreatment, outcome: TrialOutcome) -> bool:
    return (
        row.adequate is YesNoUnknown.YES
        and row.in_episode is YesNoUnknown.YES
        and row.outcome is outcome
    )


def _might_count(row: EarlierTreatment) -> bool:
    if row.kind is not None and row.kind not in ANTIDEPRESSANTS:
        return False
    if YesNoUnknown.NO in (row.adequate, row.in_episode) or row.outcome in _RULED_OUT:
        return False
    known = (row.adequate, row.in_episode) == (
        YesNoUnknown.YES,
        YesNoUnknown.YES,
    ) and row.kind is not None
    return not (known and row.outcome in (TrialOutcome.NONE, TrialOutcome.PARTIAL))


def review(draft: EligibilityDraft, facts: AssessmentFacts) -> list[ReviewLine]:
    """List everything to know, in the order of the form."""
    return [
        *of_age(draft, facts.birth_date, facts.settings.labels),
        *_diagnoses(draft),
        *_history(draft),
        *_liver(draft),
        *_pregnancy(draft),
        *_trials(draft),
        *_medicines(draft),
        *of_body(draft, facts.settings, had_weight=facts.had_weight),
        *of_scales(facts.scales, facts.settings.baseline_days),
        *of_suicide(facts.suicide, facts.settings.baseline_days),
    ]


def of_kind(lines: Iterable[ReviewLine], kind: LineKind) -> list[ReviewLine]:
    """Pick the lines of one kind."""
    return [line for line in lines if line.kind is kind]


def summary(lines: Sequence[ReviewLine]) -> str:
    """Say in a sentence or two how the lists stand; never what follows from them."""
    counts = {kind: len(of_kind(lines, kind)) for kind in LineKind}
    against, missing = counts[LineKind.AGAINST], counts[LineKind.MISSING]
    caution = counts[LineKind.CAUTION]
    text = f"{times(against, 'answer')} {'speaks' if against == 1 else 'speak'} against treatment"
    if not against:
        text = "Nothing recorded speaks against treatment"
    if missing:
        verb = "is" if missing == 1 else "are"
        text += " so far" if not against else ""
        text += f", and {times(missing, 'answer')} {verb} missing or unknown. Unknown is not no."
    elif against:
        text += ". Nothing asked for is missing."
    else:
        text += ", and nothing asked for is missing."
    if caution:
        text += f" {times(caution, 'answer')} {'calls' if caution == 1 else 'call'} for caution."
    return text


def needs_reason(decision: Decision | None, lines: Iterable[ReviewLine]) -> bool:
    """Say whether a decision must give its reason."""
    grave = any(line.kind in {LineKind.AGAINST, LineKind.MISSING} for line in lines)
    return decision is not Decision.ELIGIBLE or grave


def check_decision(
    decision: Decision | None, reason: str, lines: Sequence[ReviewLine]
) -> list[Problem]:
    """List what stands in the way of signing a decision."""
    problems = []
    if decision is None:
        problems.append(Problem("decision", "Choose what you decide."))
    elif is_blank(reason) and needs_reason(decision, lines):
        message = "Give the reason."
        if decision is Decision.ELIGIBLE:
            message = "Something speaks against treatment or is missing. Say why you go ahead."
        problems.append(Problem("reason", message))
    if len(reason) > DECISION_REASON_MAX:
        problems.append(Problem("reason", f"Give at most {DECISION_REASON_MAX} characters."))
    return problems


def _diagnoses(draft: EligibilityDraft) -> Iterator[ReviewLine]:
    if draft.indications:
        named = ", ".join(indication.label for indication in draft.indications)
        yield ReviewLine(LineKind.FINE, "indications", f"Treated for: {named}", _clinic_default())
    else:
        yield ReviewLine(
            LineKind.MISSING, "indications", "What is treated: not answered", _clinic_default()
        )
    for name, words in (("diagnoses", "Diagnoses"), ("symptoms", "Current symptoms")):
        if not is_blank(getattr(draft, name)):
            yield ReviewLine(LineKind.FINE, name, f"{words}: described", _clinic_default())
        else:
            yield ReviewLine(LineKind.MISSING, name, f"{words}: not answered", _clinic_default())


def _clinic_default() -> str:
    return eligibility_questions.CLINIC_DEFAULT


def _history(draft: EligibilityDraft) -> Iterator[ReviewLine]:
    for question in eligibility_questions.questions_for(draft.drug):
        if question.indication in {None, *draft.indications} and draft.drug is not None:
            yield _answer_line(question, draft.answer(question.code), draft.drug)
            if question.code == "bipolar":
                yield from _stabiliser(draft)


def _answer_line(question: Question, answer: HistoryAnswer, drug: Drug) -> ReviewLine:
    source, place = question.sources[drug], answer_field(question.code)
    words = f", {answer.words.strip()}" if not is_blank(answer.words) else ""
    optional = question.weight is Weight.OPTIONAL
    if answer.said is YesNoUnknown.YES:
        kind = LineKind.FINE if optional else LineKind(question.weight.value)
        means = f". {question.means}" if question.means else ""
        return ReviewLine(kind, place, f"{question.label}: yes{words}{means}", source)
    if answer.said is YesNoUnknown.NO:
        kind = LineKind.OPTIONAL if optional else LineKind.FINE
        return ReviewLine(kind, place, f"{question.label}: no{words}", source)
    kind = LineKind.OPTIONAL if optional else LineKind.MISSING
    text = "not answered" if answer.said is None else "unknown"
    return ReviewLine(kind, place, f"{question.label}: {text}{words}", source)


def _stabiliser(draft: EligibilityDraft) -> Iterator[ReviewLine]:
    if draft.answer("bipolar").said is not YesNoUnknown.YES:
        return
    name, words = "mood_stabiliser", "On a mood stabiliser"
    if draft.mood_stabiliser is YesNoUnknown.YES:
        yield ReviewLine(LineKind.FINE, name, f"{words}: yes", eligibility_questions.INTAKE)
    elif draft.mood_stabiliser is YesNoUnknown.NO:
        yield ReviewLine(LineKind.CAUTION, name, f"{words}: no", eligibility_questions.INTAKE)
    else:
        yield _unknown_line(name, words, draft.mood_stabiliser, eligibility_questions.INTAKE)


def _unknown_line(name: str, words: str, text: object, source: str) -> ReviewLine:
    how = "not answered" if text is None else "unknown"
    return ReviewLine(LineKind.MISSING, name, f"{words}: {how}", source)


_LIVER = {
    ChildPugh.NONE: (LineKind.FINE, ""),
    ChildPugh.A: (LineKind.FINE, ""),
    ChildPugh.B: (LineKind.CAUTION, ". Watched longer."),
    ChildPugh.C: (LineKind.AGAINST, ". Not recommended."),
}


def _liver(draft: EligibilityDraft) -> Iterator[ReviewLine]:
    source = (
        eligibility_questions.LIVER_KETAMINE
        if draft.drug is Drug.KETAMINE
        else eligibility_questions.LIVER
    )
    found = _LIVER.get(draft.liver) if draft.liver else None
    if draft.liver is None or found is None:
        yield _unknown_line("liver", "Liver", draft.liver, source)
        return
    kind, means = found
    yield ReviewLine(kind, "liver", f"Liver: {draft.liver.label}{means}", source)
    if Indication.CHRONIC_PAIN in draft.indications and draft.liver is ChildPugh.C:
        text = "Severe disease of the liver: to be avoided."
        yield ReviewLine(kind, "liver", text, eligibility_questions.PAIN)


def _pregnancy(draft: EligibilityDraft) -> Iterator[ReviewLine]:
    state, name, source = draft.pregnancy, "pregnancy", eligibility_questions.BOTH_LABELS
    tested = f", tested {full_day(draft.tested_on)}" if draft.tested_on else ""
    if state is None or state is Pregnancy.UNKNOWN:
        yield _unknown_line(name, "Pregnancy", state, source)
    elif state is Pregnancy.PREGNANT:
        text = f"Pregnancy: yes{tested}. To be avoided in pregnancy."
        yield ReviewLine(LineKind.AGAINST, name, text, source)
    else:
        text = f"Pregnancy: {lower_first(state.label)}{tested}"
        yield ReviewLine(LineKind.FINE, name, text, source)


def _trials(draft: EligibilityDraft) -> Iterator[ReviewLine]:
    source = (
        eligibility_questions.RESISTANCE
        if Indication.DEPRESSION in draft.indications
        else _clinic_default()
    )
    if not draft.treatments and draft.any_treatments is not YesNoUnknown.NO:
        unknown = YesNoUnknown.UNKNOWN if draft.any_treatments is YesNoUnknown.UNKNOWN else None
        yield _unknown_line("any_treatments", "Earlier treatments", unknown, source)
    if Indication.DEPRESSION in draft.indications:
        yield from _resistance(draft)
    elif draft.treatments or draft.any_treatments is YesNoUnknown.NO:
        text = f"Earlier treatments on record: {len(draft.treatments)}"
        yield ReviewLine(LineKind.FINE, "any_treatments", text, source)


def _resistance(draft: EligibilityDraft) -> Iterator[ReviewLine]:
    """Set the count beside what the clinician judged; the one never makes the other."""
    source, counted = eligibility_questions.RESISTANCE, count(draft.treatments)
    enough = counted.failed >= eligibility_questions.RESISTANT_AT
    judged = f"Treatment resistance is judged by at least {eligibility_questions.RESISTANT_AT}."
    if draft.treatments or draft.any_treatments is YesNoUnknown.NO:
        kind = LineKind.FINE if enough else LineKind.CAUTION
        yield ReviewLine(kind, "any_treatments", f"{counted.sentence} {judged}", source)
    if counted.unclear:
        text = (
            f"{times(counted.unclear, 'earlier treatment')} cannot be counted: class, adequate, "
            "episode or outcome is not known"
        )
        yield ReviewLine(LineKind.MISSING, "any_treatments", text, source)
    name, words = "resistance", "Treatment resistance, as the clinician judges it"
    if draft.resistance is YesNoUnknown.YES:
        kind, rest = LineKind.FINE, "confirmed"
        if not enough:
            kind = LineKind.CAUTION
            rest = f"confirmed, with {counted.failed} counted above"
        yield ReviewLine(kind, name, f"{words}: {rest}", source)
    elif draft.resistance is YesNoUnknown.NO:
        yield ReviewLine(LineKind.CAUTION, name, f"{words}: not confirmed", source)
    else:
        yield _unknown_line(name, words, draft.resistance, source)


def _medicines(draft: EligibilityDraft) -> Iterator[ReviewLine]:
    name, source = "any_medicines", eligibility_questions.BOTH_LABELS
    if draft.any_medicines is YesNoUnknown.NO and not draft.medicines:
        yield ReviewLine(LineKind.FINE, name, "Medication now: none", source)
    elif not draft.medicines:
        unknown = YesNoUnknown.UNKNOWN if draft.any_medicines is YesNoUnknown.UNKNOWN else None
        yield _unknown_line(name, "Medication now", unknown, source)
    for place, medicine in enumerate(draft.medicines):
        yield from _medicine(medicine, f"medicines-{place}-flags")


def _medicine(medicine: Medicine, place: str) -> Iterator[ReviewLine]:
    if not medicine.flags or MedicineFlag.UNKNOWN in medicine.flags:
        text = f"{medicine.name}: its class is not {'known' if medicine.flags else 'answered'}"
        yield ReviewLine(LineKind.MISSING, place, text, eligibility_questions.BOTH_LABELS)
    elif MedicineFlag.NONE in medicine.flags:
        text = f"{medicine.name}: none of the classes that interact"
        yield ReviewLine(LineKind.FINE, place, text, eligibility_questions.BOTH_LABELS)
    for flag in medicine.flags:
        if flag in eligibility_questions.INTERACTIONS:
            means, source = eligibility_questions.INTERACTIONS[flag]
            text = f"{medicine.name}, {lower_first(flag.label)}. {means}"
            yield ReviewLine(LineKind.CAUTION, place, text, source)
