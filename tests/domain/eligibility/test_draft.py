from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from tests.builders.eligibility import FINE_ESKETAMINE, FINE_KETAMINE
from tracker.domain.checklists.items import YesNoUnknown
from tracker.domain.codes import Drug
from tracker.domain.eligibility import draft as eligibility_draft
from tracker.domain.eligibility.draft import (
    EarlierTreatment,
    EligibilityDraft,
    HistoryAnswer,
    Medicine,
    MedicineFlag,
    carry_over,
    check,
)
from tracker.domain.measures import VitalSigns

TODAY = date(2026, 3, 2)
EMPTY = EligibilityDraft(drug=Drug.KETAMINE, assessed_on=TODAY)


def fields_of(draft):
    return [problem.field for problem in check(draft, today=TODAY)]


@pytest.mark.parametrize("draft", [EMPTY, FINE_ESKETAMINE, FINE_KETAMINE])
def test_what_is_missing_may_stay_missing(draft):
    assert fields_of(draft) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"drug": None}, "drug"),
        ({"assessed_on": None}, "assessed_on"),
        ({"assessed_on": date(2026, 3, 3)}, "assessed_on"),
        ({"assessed_on": date(1969, 12, 31)}, "assessed_on"),
        ({"tested_on": date(2026, 3, 3)}, "tested_on"),
        ({"weight_kg": Decimal("NaN")}, "weight_kg"),
        ({"weight_kg": Decimal(0)}, "weight_kg"),
        ({"weight_kg": Decimal("70.12345")}, "weight_kg"),
        ({"height_cm": 17}, "height_cm"),
        ({"height_cm": 273}, "height_cm"),
        ({"vital_signs": VitalSigns(systolic_mmhg=301)}, "systolic_mmhg"),
        ({"diagnoses": "x" * 10_001}, "diagnoses"),
        ({"notes": "x" * 10_001}, "notes"),
        (
            {"history": {"sleep-apnoea": HistoryAnswer(YesNoUnknown.YES, "x" * 201)}},
            "words_sleep_apnoea",
        ),
        ({"treatments": (EarlierTreatment(name=" "),)}, "treatments-0-name"),
        ({"treatments": (EarlierTreatment(name="A", weeks=-1),)}, "treatments-0-weeks"),
        ({"treatments": (EarlierTreatment(name="A", dose="x" * 201),)}, "treatments-0-dose"),
        (
            {"any_treatments": YesNoUnknown.NO, "treatments": (EarlierTreatment(name="A"),)},
            "any_treatments",
        ),
        ({"treatments": (EarlierTreatment(name="A"),) * 61}, "any_treatments"),
        ({"medicines": (Medicine(name="A"), Medicine(name=""))}, "medicines-1-name"),
        ({"medicines": (Medicine(name="x" * 201),)}, "medicines-0-name"),
        (
            {"medicines": (Medicine(name="A", flags=(MedicineFlag.NONE, MedicineFlag.MAOI)),)},
            "medicines-0-flags",
        ),
        (
            {"any_medicines": YesNoUnknown.UNKNOWN, "medicines": (Medicine(name="A"),)},
            "any_medicines",
        ),
    ],
)
def test_what_cannot_be_is_telling_moment_its_field(change, field):
    assert fields_of(replace(EMPTY, **change)) == [field]


def test_everything_wrong_is_telling_moment_once():
    wrong = replace(EMPTY, drug=None, height_cm=1, medicines=(Medicine(name=""),))
    assert fields_of(wrong) == ["drug", "height_cm", "medicines-0-name"]


def test_a_new_assessment_keeps_what_lasts_and_asks_the_rest_anew():
    old = replace(
        FINE_ESKETAMINE,
        symptoms="low",
        history=FINE_ESKETAMINE.history | {"bleeding": HistoryAnswer(YesNoUnknown.YES, "2019")},
    )
    new = carry_over(old, drug=Drug.KETAMINE, assessed_on=TODAY)
    assert new.history["bleeding"] == HistoryAnswer(YesNoUnknown.YES, "2019")
    assert (new.drug, new.assessed_on) == (Drug.KETAMINE, TODAY)
    assert (new.treatments, new.medicines) == (old.treatments, old.medicines)
    assert new.height_cm == old.height_cm
    for name in ("resistance", "pregnancy", "tested_on", "weight_kg"):
        assert getattr(new, name) is None
    assert (new.symptoms, new.notes, new.vital_signs) == ("", "", VitalSigns())
    assert not eligibility_draft.OF_THE_DAY & set(new.history)
    assert old.answer("breast-feeding").said is YesNoUnknown.NO


def test_a_question_that_was_not_answered_has_an_answer_without_one():
    assert EMPTY.answer("psychosis") == HistoryAnswer(None, "")
