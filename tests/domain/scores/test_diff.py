from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tracker.domain.codes import Completeness, Occasion
from tracker.domain.scores import diff as score_diff
from tracker.domain.scores.record import ScoreRecord
from tracker.instruments import library

PHQ9, PEG = library()["phq9"], library()["peg"]
SCORED = [item.code for item in PHQ9.scored_items]


def record(total="9", completeness=Completeness.COMPLETE, stated=None, answered=9):
    return ScoreRecord(
        record_number="B-17", series_number=None, session_id=None, score_id=1, instrument="phq9",
        total=None if total is None else Decimal(total), time_known=True, hours_after=None,
        taken_at=datetime(2026, 3, 2, tzinfo=UTC), occasion=Occasion.BASELINE, note="",
        completeness=completeness, stated_total=None if stated is None else Decimal(stated),
        answers=dict.fromkeys(SCORED[:answered], Decimal(1)),
    )  # fmt: skip


def test_only_questions_that_count_are_counted():
    functioning = next(item.code for item in PHQ9.items if not item.scored)
    assert score_diff.count_answers({"phq9_1": Decimal(0), functioning: Decimal(3)}, PHQ9) == (1, 9)
    assert score_diff.count_answers({"phq9_1": None}, PHQ9) == (0, 9)


@pytest.mark.parametrize(
    ("completeness", "answered", "words"),
    [
        (Completeness.COMPLETE, 9, ""),
        (Completeness.PRORATED, 7, "Prorated: 7 of 9 answered"),
        (Completeness.INCOMPLETE, 3, "Incomplete: 3 of 9 answered"),
    ],
)
def test_what_is_not_whole_says_how_much_was_answered(completeness, answered, words):
    given = record(answered=answered).answers
    assert score_diff.completeness_text(completeness, given, PHQ9) == words
    assert score_diff.completeness_text(completeness, given, None) == words.partition(":")[0]


def test_proration_is_said_in_words():
    one = record("8", Completeness.PRORATED, answered=8)
    assert score_diff.proration(one, PHQ9).startswith("1 question of 9 was not answered.")
    two = record("8", Completeness.PRORATED, answered=7)
    assert score_diff.proration(two, PHQ9).startswith("2 questions of 9 were not answered.")
    assert score_diff.proration(record(), PHQ9) == ""


def test_a_total_on_the_form_that_differs_is_a_disagreement():
    assert score_diff.disagreement(record("10", stated="13"), PHQ9) == (
        "The form states a total of 13, but the answers add up to 10. "
        "The total recorded is the one from the answers."
    )
    assert "the mean of the answers is 10" in score_diff.disagreement(
        record("10", stated="13"), PEG
    )
    assert "the answers come to 10." in score_diff.disagreement(
        record("10", stated="13"), library()["who5"]
    )
    assert score_diff.disagreement(record("10", stated="10"), PHQ9) == ""
    assert score_diff.disagreement(record("10"), PHQ9) == ""


def test_a_total_that_cannot_be_checked_says_so():
    told = score_diff.disagreement(
        record(None, Completeness.INCOMPLETE, stated="13", answered=2), PHQ9
    )
    assert "cannot be checked" in told
    prorated = record("10", Completeness.PRORATED, stated="8", answered=7)
    assert "add up to 10, prorated" in score_diff.disagreement(prorated, PHQ9)


def test_every_question_stands_beside_its_answer():
    told = score_diff.answers(record(answered=2), PHQ9)
    assert [one.item.number for one in told] == list(range(1, len(PHQ9.items) + 1))
    assert told[0].choice.label == "Several days"
    assert (told[2].value, told[2].choice) == (None, None)
    assert score_diff.answers(record(answered=0), PHQ9) == ()
