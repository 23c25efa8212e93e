from msgspec.structs import replace

from tests.builders.eligibility import FINE_ESKETAMINE
from tracker.domain.checklists.items import YesNoUnknown
from tracker.domain.codes import Drug
from tracker.domain.eligibility import questions as eligibility_questions
from tracker.domain.eligibility.draft import (
    EarlierTreatment,
    EligibilityDraft,
    HistoryAnswer,
    Medicine,
    MedicineFlag,
)
from tracker.domain.eligibility.text import Difference, answer_lines, differences
from tracker.domain.measures import VitalSigns


def text_of(draft, label):
    [line] = [line for line in answer_lines(draft) if line.label == label]
    return line.text


def test_every_question_that_is_asked_is_told_with_its_answer():
    labels = [line.label for line in answer_lines(FINE_ESKETAMINE)]
    assert len(labels) == len(set(labels))
    assert {one.label for one in eligibility_questions.questions_for(Drug.ESKETAMINE)} <= set(
        labels
    )
    assert text_of(FINE_ESKETAMINE, "Intracerebral bleeding, ever") == "No"
    assert text_of(FINE_ESKETAMINE, "ECG done") == "Yes: in February, normal"


def test_rows_are_told_in_full():
    assert text_of(FINE_ESKETAMINE, "Earlier treatment 1") == (
        "Sertraline, SSRI, 200 mg, 8 weeks, adequate: yes, current episode: yes, outcome: no "
        "response, stopped because: no effect"
    )
    assert text_of(FINE_ESKETAMINE, "Medicine 1") == "Mirtazapine, 30 mg, class: none of these"
    assert text_of(FINE_ESKETAMINE, "Blood pressure") == "120/78 mmHg"
    assert text_of(FINE_ESKETAMINE, "Weight") == "71.5 kg (157.6 lb)"


def test_what_is_missing_stays_empty():
    bare = EligibilityDraft(
        drug=Drug.KETAMINE, assessed_on=None,
        treatments=(EarlierTreatment(name="Yoga", weeks=1),),
        medicines=(Medicine(name="X"),),
        history={"psychosis": HistoryAnswer(None, "ask the brother")},
        vital_signs=VitalSigns(diastolic_mmhg=80),
    )  # fmt: skip
    assert text_of(bare, "Day of the assessment") == ""
    assert text_of(bare, "Weight") == ""
    assert text_of(bare, "Earlier treatment 1") == (
        "Yoga, 1 week, adequate: not answered, current episode: not answered, outcome: not answered"
    )
    assert text_of(bare, "Medicine 1") == "X, class: not answered"
    assert text_of(bare, "Psychosis, now or before") == "Not answered: ask the brother"
    assert text_of(bare, "Blood pressure") == "–/80 mmHg"


def test_only_what_differs_is_set_beside_each_other():
    mine = replace(
        FINE_ESKETAMINE,
        resistance=YesNoUnknown.NO,
        medicines=(
            *FINE_ESKETAMINE.medicines, Medicine(name="Zopiclone", flags=(MedicineFlag.DEPRESSANT,))
        ),
    )  # fmt: skip
    assert list(differences(FINE_ESKETAMINE, mine)) == [
        Difference("Treatment resistance confirmed", "Yes", "No"),
        Difference("Medicine 2", "", "Zopiclone, class: sedative or other CNS depressant"),
    ]
    assert list(differences(mine, mine)) == []
