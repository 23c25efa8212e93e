import pytest

from tracker.domain.codes import Indication


@pytest.mark.parametrize(
    ("indication", "words"),
    [(Indication.PTSD, "PTSD"), (Indication.CHRONIC_PAIN, "chronic pain")],
)
def test_within_a_sentence_an_abbreviation_keeps_its_capitals(indication, words):
    assert indication.within == words
