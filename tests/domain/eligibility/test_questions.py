from tracker.domain.codes import Drug, Indication
from tracker.domain.eligibility import questions as eligibility_questions
from tracker.domain.eligibility.draft import OF_THE_DAY, MedicineFlag
from tracker.domain.eligibility.questions import Group, Weight

CONTRAINDICATED = {
    Drug.ESKETAMINE: {"aneurysm", "malformation", "bleeding", "allergy"},
    Drug.KETAMINE: {"pressure", "allergy"},
}


def test_the_contraindications_are_those_of_the_label_of_each_drug():
    for drug, codes in CONTRAINDICATED.items():
        named = {
            one.code
            for one in eligibility_questions.questions_for(drug)
            if one.group is Group.AGAINST
        }
        assert named == codes
    assert all(
        one.weight is Weight.AGAINST
        for one in eligibility_questions.QUESTIONS
        if one.group is Group.AGAINST
    )


def test_every_question_names_its_source_for_each_drug_it_is_asked_for():
    for one in eligibility_questions.QUESTIONS:
        assert one.sources, one.code
        assert all(source.strip() for source in one.sources.values()), one.code


def test_every_caution_of_the_reference_is_asked_for_both_drugs():
    codes = {
        "psychosis", "substances", "cardiovascular", "encephalopathy", "urinary", "cognitive",
        "breast-feeding", "bipolar", "sleep-apnoea", "antidepressant-change",
    }  # fmt: skip
    for drug in Drug:
        assert codes <= {
            one.code
            for one in eligibility_questions.questions_for(drug)
            if one.weight is Weight.CAUTION
        }


def test_the_checklist_of_chronic_pain_is_reviewed_for_chronic_pain_alone():
    pain = {one.code for one in eligibility_questions.QUESTIONS if one.group is Group.PAIN}
    assert pain == {"pain-cardiovascular", "pain-psychosis", "pain-substances", "pain-pressure"}
    assert all(
        eligibility_questions.BY_CODE[code].indication is Indication.CHRONIC_PAIN for code in pain
    )


def test_every_class_that_interacts_says_how_and_by_whom():
    assert set(eligibility_questions.INTERACTIONS) == set(MedicineFlag) - {
        MedicineFlag.NONE,
        MedicineFlag.UNKNOWN,
    }
    assert all(means and source for means, source in eligibility_questions.INTERACTIONS.values())


def test_codes_are_unique_and_those_of_the_day_are_known():
    assert len(eligibility_questions.BY_CODE) == len(eligibility_questions.QUESTIONS)
    assert set(eligibility_questions.BY_CODE) >= OF_THE_DAY


def test_nothing_is_asked_before_the_drug_is_chosen():
    assert eligibility_questions.questions_for(None) == ()
