from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from tests.builders.eligibility import DAY, FINE_ESKETAMINE, FINE_KETAMINE, failed
from tracker.domain.checklists.items import YesNoUnknown
from tracker.domain.checklists.pre_session import Pregnancy
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Drug, Indication
from tracker.domain.eligibility import questions as eligibility_questions
from tracker.domain.eligibility.draft import (
    ChildPugh,
    Decision,
    EligibilityDraft,
    HistoryAnswer,
    Medicine,
    MedicineFlag,
)
from tracker.domain.eligibility.prefill import AssessmentFacts, LineKind, ScaleFact, SuicideFact
from tracker.domain.eligibility.review import check_decision, needs_reason, of_kind, review, summary
from tracker.domain.measures import VitalSigns

ASKED = AssessmentFacts(
    scales=(
        ScaleFact(title="PHQ-9", is_required=True, taken_on=DAY, total=Decimal(18), band="Severe"),
    ),
    suicide=(
        SuicideFact(
            words="PHQ-9, nothing about suicide answered above zero",
            taken_on=DAY,
            is_positive=False,
            source="PHQ-9",
        ),
    ),
)
UNKNOWN = EligibilityDraft(
    drug=Drug.ESKETAMINE,
    assessed_on=DAY,
    indications=(Indication.DEPRESSION,),
    history={
        one.code: HistoryAnswer(YesNoUnknown.UNKNOWN)
        for one in eligibility_questions.questions_for(Drug.ESKETAMINE)
    },
    mood_stabiliser=YesNoUnknown.UNKNOWN,
    liver=ChildPugh.UNKNOWN,
    any_treatments=YesNoUnknown.UNKNOWN,
    resistance=YesNoUnknown.UNKNOWN,
    any_medicines=YesNoUnknown.UNKNOWN,
    pregnancy=Pregnancy.UNKNOWN,
)
EMPTY = EligibilityDraft(drug=Drug.ESKETAMINE, assessed_on=DAY)


def messages(lines, kind):
    return [line.message for line in of_kind(lines, kind)]


def found(draft, kind, facts=ASKED):
    return messages(review(draft, facts), kind)


@pytest.mark.parametrize("draft", [FINE_ESKETAMINE, FINE_KETAMINE])
def test_with_everything_fine_nothing_speaks_against_and_nothing_is_missing(draft):
    lines = review(draft, ASKED)
    assert {line.kind for line in lines} == {LineKind.FINE}
    assert summary(lines) == (
        "Nothing recorded speaks against treatment, and nothing asked for is missing."
    )


@pytest.mark.parametrize("draft", [UNKNOWN, EMPTY])
def test_unknown_is_not_no_and_shows_as_missing(draft):
    lines = review(draft, AssessmentFacts(scales=(ScaleFact(title="PHQ-9", is_required=True),)))
    assert {line.kind for line in lines} <= {LineKind.MISSING, LineKind.OPTIONAL, LineKind.FINE}
    missing = messages(lines, LineKind.MISSING)
    for one in eligibility_questions.questions_for(Drug.ESKETAMINE):
        if one.indication is None and one.weight is not eligibility_questions.Weight.OPTIONAL:
            assert any(message.startswith(f"{one.label}: ") for message in missing), one.code
    assert "PHQ-9: none in the 14 days before" in missing
    assert "Suicidal thoughts: no answer on record from the 14 days before" in missing
    assert summary(lines) == (
        f"Nothing recorded speaks against treatment so far, and {len(missing)} answers are missing "
        "or unknown. Unknown is not no."
    )


def test_how_far_back_scales_are_looked_for_is_what_the_clinic_lets_a_baseline_be():
    scales = (ScaleFact(title="PHQ-9", is_required=True),)
    facts = AssessmentFacts(scales=scales, settings=TreatmentSettings(baseline_days=7))
    missing = messages(review(EMPTY, facts), LineKind.MISSING)
    assert "PHQ-9: none in the 7 days before" in missing
    assert "Suicidal thoughts: no answer on record from the 7 days before" in missing


def test_an_answer_that_was_not_given_is_told_from_one_that_is_unknown():
    assert "Intracerebral bleeding, ever: unknown" in found(UNKNOWN, LineKind.MISSING)
    assert "Intracerebral bleeding, ever: not answered" in found(EMPTY, LineKind.MISSING)


def test_every_line_names_its_source():
    for draft in (UNKNOWN, EMPTY, FINE_ESKETAMINE, FINE_KETAMINE):
        assert all(line.source.strip() for line in review(draft, AssessmentFacts()))


@pytest.mark.parametrize("one", eligibility_questions.QUESTIONS, ids=lambda one: one.code)
def test_a_yes_weighs_what_its_question_says(one):
    drug = next(iter(one.sources))
    base = FINE_ESKETAMINE if drug is Drug.ESKETAMINE else FINE_KETAMINE
    draft = replace(
        base,
        indications=(Indication.DEPRESSION, Indication.CHRONIC_PAIN),
        history=base.history | {one.code: HistoryAnswer(YesNoUnknown.YES, "since 2019")},
        mood_stabiliser=YesNoUnknown.YES,
    )
    kind = (
        LineKind.FINE
        if one.weight is eligibility_questions.Weight.OPTIONAL
        else LineKind(one.weight.value)
    )
    [line] = [x for x in review(draft, ASKED) if x.message.startswith(f"{one.label}: yes")]
    assert (line.kind, line.source) == (kind, one.sources[drug])
    assert "since 2019" in line.message
    assert one.means in line.message


def test_the_questions_of_chronic_pain_are_no_matter_in_depression():
    draft = replace(FINE_KETAMINE, history={**FINE_KETAMINE.history})
    draft.history.pop("pain-psychosis")
    assert found(draft, LineKind.MISSING) == []
    pain = replace(draft, indications=(Indication.CHRONIC_PAIN,))
    assert found(pain, LineKind.MISSING) == ["Poorly controlled psychosis: not answered"]


def test_optional_examinations_are_never_missing():
    bare = {c: a for c, a in FINE_KETAMINE.history.items() if c not in {"ecg", "kidneys"}}
    draft = replace(FINE_KETAMINE, history=bare | {"ecg": HistoryAnswer(YesNoUnknown.NO)})
    assert found(draft, LineKind.OPTIONAL) == [
        "ECG done: no", "Kidney function tested: not answered",
    ]  # fmt: skip
    assert found(draft, LineKind.MISSING) == []


@pytest.mark.parametrize(
    ("stage", "kind", "said"),
    [
        (ChildPugh.NONE, LineKind.FINE, "Liver: No liver disease"),
        (ChildPugh.A, LineKind.FINE, "Liver: Child-Pugh A (mild)"),
        (ChildPugh.B, LineKind.CAUTION, "Liver: Child-Pugh B (moderate). Watched longer."),
        (ChildPugh.C, LineKind.AGAINST, "Liver: Child-Pugh C (severe). Not recommended."),
        (ChildPugh.UNKNOWN, LineKind.MISSING, "Liver: unknown"),
        (None, LineKind.MISSING, "Liver: not answered"),
    ],
)
def test_the_liver_speaks_by_its_class(stage, kind, said):
    assert said in found(replace(FINE_ESKETAMINE, liver=stage), kind)


def test_severe_disease_of_the_liver_is_to_be_avoided_in_chronic_pain():
    draft = replace(FINE_KETAMINE, liver=ChildPugh.C, indications=(Indication.CHRONIC_PAIN,))
    assert "Severe disease of the liver: to be avoided." in found(draft, LineKind.AGAINST)


@pytest.mark.parametrize(
    ("state", "kind", "said"),
    [
        (Pregnancy.PREGNANT, LineKind.AGAINST,
         "Pregnancy: yes, tested 2 Mar 2026. To be avoided in pregnancy."),
        (Pregnancy.TEST_NEGATIVE, LineKind.FINE, "Pregnancy: test negative, tested 2 Mar 2026"),
        (Pregnancy.UNKNOWN, LineKind.MISSING, "Pregnancy: unknown"),
        (None, LineKind.MISSING, "Pregnancy: not answered"),
    ],
)  # fmt: skip
def test_pregnancy_speaks_against_both_drugs(state, kind, said):
    for fine in (FINE_ESKETAMINE, FINE_KETAMINE):
        assert said in found(replace(fine, pregnancy=state), kind)


@pytest.mark.parametrize(
    ("said", "kind", "message"),
    [
        (YesNoUnknown.YES, LineKind.FINE, "On a mood stabiliser: yes"),
        (YesNoUnknown.NO, LineKind.CAUTION, "On a mood stabiliser: no"),
        (YesNoUnknown.UNKNOWN, LineKind.MISSING, "On a mood stabiliser: unknown"),
        (None, LineKind.MISSING, "On a mood stabiliser: not answered"),
    ],
)
def test_a_mood_stabiliser_is_asked_for_in_bipolar_disorder(said, kind, message):
    bipolar = FINE_KETAMINE.history | {"bipolar": HistoryAnswer(YesNoUnknown.YES)}
    assert message in found(replace(FINE_KETAMINE, history=bipolar, mood_stabiliser=said), kind)
    assert message not in found(replace(FINE_KETAMINE, mood_stabiliser=said), kind)


def test_the_count_is_shown_with_what_it_is_judged_by_and_concludes_nothing():
    lines = review(FINE_ESKETAMINE, ASKED)
    [line] = [x for x in lines if x.field == "any_treatments"]
    assert line.message == (
        "Adequate antidepressants in the current episode without response: 2. 2 treatments on "
        "record in all. Treatment resistance is judged by at least 2."
    )
    assert line.source == eligibility_questions.RESISTANCE
    assert not any("is treatment resistant" in x.message.lower() for x in lines)


def test_too_few_trials_call_for_caution_whatever_the_clinician_judges():
    draft = replace(FINE_ESKETAMINE, treatments=(failed("Sertraline"),))
    first, second = found(draft, LineKind.CAUTION)
    assert "without response: 1." in first
    assert second == (
        "Treatment resistance, as the clinician judges it: confirmed, with 1 counted above"
    )


@pytest.mark.parametrize(
    ("judged", "kind", "rest"),
    [
        (YesNoUnknown.NO, LineKind.CAUTION, "not confirmed"),
        (YesNoUnknown.UNKNOWN, LineKind.MISSING, "unknown"),
        (None, LineKind.MISSING, "not answered"),
        (YesNoUnknown.YES, LineKind.FINE, "confirmed"),
    ],
)
def test_treatment_resistance_is_the_clinicians_to_confirm(judged, kind, rest):
    said = f"Treatment resistance, as the clinician judges it: {rest}"
    assert said in found(replace(FINE_ESKETAMINE, resistance=judged), kind)


def test_a_trial_that_cannot_be_counted_is_missing():
    unclear = replace(failed("Bupropion"), adequate=YesNoUnknown.UNKNOWN)
    draft = replace(FINE_ESKETAMINE, treatments=(*FINE_ESKETAMINE.treatments, unclear))
    [said] = found(draft, LineKind.MISSING)
    assert said.startswith("1 earlier treatment cannot be counted")


def test_outside_depression_no_resistance_is_asked_for():
    draft = replace(FINE_KETAMINE, indications=(Indication.PTSD,), resistance=None)
    assert found(draft, LineKind.MISSING) == []
    assert "Earlier treatments on record: 2" in found(draft, LineKind.FINE)
    none = replace(draft, any_treatments=YesNoUnknown.NO, treatments=())
    assert "Earlier treatments on record: 0" in found(none, LineKind.FINE)
    said_yes = replace(draft, any_treatments=YesNoUnknown.YES, treatments=())
    assert found(said_yes, LineKind.MISSING) == ["Earlier treatments: not answered"]


@pytest.mark.parametrize("flag", list(eligibility_questions.INTERACTIONS))
def test_a_class_that_interacts_says_what_it_does_and_its_source(flag):
    draft = replace(FINE_KETAMINE, medicines=(Medicine(name="Something", flags=(flag,)),))
    [line] = of_kind(review(draft, ASKED), LineKind.CAUTION)
    means, source = eligibility_questions.INTERACTIONS[flag]
    assert line.message.startswith("Something, ")
    assert line.message.endswith(means)
    assert line.source == source


def test_one_medicine_may_belong_to_two_classes():
    both = Medicine(name="Tramadol", flags=(MedicineFlag.OPIOID, MedicineFlag.DEPRESSANT))
    assert len(found(replace(FINE_KETAMINE, medicines=(both,)), LineKind.CAUTION)) == 2


def test_a_medicine_of_unknown_class_is_missing():
    unknown = Medicine(name="A", flags=(MedicineFlag.UNKNOWN,))
    draft = replace(FINE_KETAMINE, medicines=(unknown, Medicine(name="B")))
    assert found(draft, LineKind.MISSING) == [
        "A: its class is not known", "B: its class is not answered",
    ]  # fmt: skip


def test_no_medicines_is_an_answer_and_silence_is_not():
    none = replace(FINE_KETAMINE, any_medicines=YesNoUnknown.NO, medicines=())
    assert "Medication now: none" in found(none, LineKind.FINE)
    silent = replace(none, any_medicines=YesNoUnknown.YES)
    assert found(silent, LineKind.MISSING) == ["Medication now: not answered"]


def test_blood_pressure_is_read_against_the_clinics_own_limit():
    high = replace(FINE_KETAMINE, vital_signs=VitalSigns(systolic_mmhg=145, diastolic_mmhg=85))
    assert found(high, LineKind.CAUTION) == ["Systolic pressure: 145 mmHg, above 140"]
    lax = replace(ASKED, settings=TreatmentSettings(systolic_warn_mmhg=150))
    assert found(high, LineKind.CAUTION, lax) == []


def test_what_was_not_measured_is_missing_unless_nobody_asks_for_it():
    bare = replace(FINE_KETAMINE, vital_signs=VitalSigns(), weight_kg=None, height_cm=None)
    assert found(bare, LineKind.MISSING) == [
        "Systolic pressure: not measured", "Diastolic pressure: not measured",
        "Weight: not measured", "Height: not measured",
    ]  # fmt: skip


def test_scales_are_told_with_day_value_and_band():
    assert "PHQ-9 of 2 Mar 2026: 18, severe" in found(FINE_KETAMINE, LineKind.FINE)
    half = ScaleFact(
        title="PHQ-9", is_required=True, taken_on=DAY, completeness="Incomplete: 5 of 9 answered"
    )
    facts = replace(ASKED, scales=(half, replace(half, title="GAD-7", is_required=False)))
    lines = review(FINE_KETAMINE, facts)
    assert messages(lines, LineKind.MISSING) == ["PHQ-9 of 2 Mar 2026: incomplete: 5 of 9 answered"]
    assert "GAD-7 of 2 Mar 2026: incomplete: 5 of 9 answered" in messages(lines, LineKind.FINE)


def test_suicidal_thoughts_call_for_caution_and_silence_about_them_is_missing():
    def about(is_positive):
        fact = SuicideFact(
            words="PHQ-9 question 9", taken_on=date(2026, 3, 1), is_positive=is_positive,
            source="Simon 2013",
        )  # fmt: skip
        lines = review(FINE_KETAMINE, replace(ASKED, suicide=(fact,)))
        [line] = [x for x in lines if x.message == "PHQ-9 question 9, 1 Mar 2026"]
        assert line.source == "Simon 2013"
        return line.kind

    assert about(True) is LineKind.CAUTION
    assert about(False) is LineKind.FINE
    assert about(None) is LineKind.MISSING


def test_the_summary_counts_and_never_says_eligible():
    history = FINE_ESKETAMINE.history
    yes = {
        "bleeding": HistoryAnswer(YesNoUnknown.YES),
        "psychosis": HistoryAnswer(YesNoUnknown.YES),
    }
    one = review(replace(FINE_ESKETAMINE, history=history | yes), ASKED)
    assert summary(one) == (
        "1 answer speaks against treatment. Nothing asked for is missing. 1 answer calls for "
        "caution."
    )
    yes |= {"aneurysm": HistoryAnswer(YesNoUnknown.YES), "urinary": HistoryAnswer(YesNoUnknown.YES)}
    two = review(replace(FINE_ESKETAMINE, history=history | yes, liver=None), ASKED)
    assert summary(two) == (
        "2 answers speak against treatment, and 1 answer is missing or unknown. Unknown is not "
        "no. 2 answers call for caution."
    )
    for draft in (UNKNOWN, EMPTY, FINE_KETAMINE):
        lines = review(draft, AssessmentFacts())
        told = [summary(lines), *(line.message for line in lines)]
        assert not any("eligible" in text.lower() for text in told)


@pytest.mark.parametrize(
    ("decision", "draft", "wanted"),
    [
        (Decision.ELIGIBLE, FINE_KETAMINE, False),
        (Decision.ELIGIBLE, UNKNOWN, True),
        (Decision.NOT_YET, FINE_KETAMINE, True),
        (Decision.NOT_ELIGIBLE, FINE_KETAMINE, True),
        (None, FINE_KETAMINE, True),
    ],
)
def test_a_reason_is_needed_unless_all_is_fine_and_the_decision_is_eligible(
    decision, draft, wanted
):
    lines = review(draft, ASKED)
    assert needs_reason(decision, lines) is wanted
    fields = [problem.field for problem in check_decision(decision, " ", lines)]
    expected = ["decision"] if decision is None else ["reason"] if wanted else []
    assert fields == expected
    assert check_decision(decision or Decision.NOT_YET, "Said why", lines) == []


def test_a_caution_alone_needs_no_reason():
    psychosis = FINE_KETAMINE.history | {"psychosis": HistoryAnswer(YesNoUnknown.YES)}
    assert not needs_reason(
        Decision.ELIGIBLE, review(replace(FINE_KETAMINE, history=psychosis), ASKED)
    )


def test_a_reason_may_be_long_but_not_endless():
    [problem] = check_decision(Decision.NOT_YET, "x" * 4_001, [])
    assert problem.field == "reason"


def test_without_a_drug_or_an_indication_that_is_what_is_missing():
    nobody = replace(EMPTY, drug=None)
    missing = found(nobody, LineKind.MISSING)
    assert missing[:3] == [
        "What is treated: not answered", "Diagnoses: not answered",
        "Current symptoms: not answered",
    ]  # fmt: skip
