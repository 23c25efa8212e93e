import pytest
from msgspec.structs import replace

from tests.builders.eligibility import failed
from tracker.domain.checklists.items import YesNoUnknown
from tracker.domain.eligibility.draft import EarlierTreatment, TreatmentKind, TrialOutcome
from tracker.domain.eligibility.review import TrialCount, count

ONE = failed("Sertraline")


def test_adequate_antidepressants_of_the_episode_without_response_are_counted():
    assert count([ONE, failed("Venlafaxine", TreatmentKind.SNRI)]) == TrialCount(2, 0, 0, 2)


def test_the_same_antidepressant_twice_counts_once():
    assert count([ONE, failed(" sertraline ")]) == TrialCount(1, 0, 0, 2)


@pytest.mark.parametrize(
    "change",
    [
        {"adequate": YesNoUnknown.NO},
        {"in_episode": YesNoUnknown.NO},
        {"outcome": TrialOutcome.RESPONSE},
        {"outcome": TrialOutcome.NOT_JUDGED},
        {"kind": TreatmentKind.PSYCHOTHERAPY},
        {"kind": TreatmentKind.AUGMENTATION},
    ],
)
def test_what_does_not_count_is_not_counted(change):
    assert count([replace(ONE, **change)]) == TrialCount(0, 0, 0, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"adequate": None},
        {"adequate": YesNoUnknown.UNKNOWN},
        {"in_episode": None},
        {"outcome": None},
        {"outcome": TrialOutcome.UNKNOWN},
        {"kind": None},
    ],
)
def test_unknown_is_not_no_it_is_told_apart(change):
    assert count([replace(ONE, **change)]) == TrialCount(0, 0, 1, 1)


def test_what_is_ruled_out_already_is_not_unclear():
    known = EarlierTreatment(name="Sertraline", adequate=YesNoUnknown.NO)
    assert count([known]).unclear == 0


def test_a_partial_response_is_said_beside_the_count():
    some = count([ONE, replace(ONE, name="Bupropion", outcome=TrialOutcome.PARTIAL)])
    assert (some.failed, some.partial) == (1, 1)
    assert some.sentence == (
        "Adequate antidepressants in the current episode without response: 1. With a partial "
        "response: 1, not counted. 2 treatments on record in all."
    )


def test_the_sentence_concludes_nothing():
    said = count([ONE, failed("Venlafaxine")]).sentence
    assert "resistan" not in said
    assert said.startswith("Adequate antidepressants in the current episode without response: 2.")
