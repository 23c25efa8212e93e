from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.codes import Completeness
from tracker.domain.instruments.scoring import check_answers, score
from tracker.domain.instruments.toml_file import parse
from tracker.domain.problems import InvalidError
from tracker.instruments import library

PHQ9, GAD7, PCL5, PEG = (library()[code] for code in ("phq9", "gad7", "pcl5", "peg"))
SCREENER = library()["c-ssrs-screener"]


def answers(instrument, values):
    """Pair the questions with answers in the order of the form; None is missing."""
    return {
        item.code: None if value is None else Decimal(value)
        for item, value in zip(instrument.items, values, strict=True)
    }


def phq9(*nine, hard=None):
    return answers(PHQ9, [*nine, hard])


def any_answers(instrument):
    """Any answers that the form allows, some of them missing."""
    return st.fixed_dictionaries(
        {
            item.code: st.none() | st.sampled_from([choice.value for choice in item.choices])
            for item in instrument.items
        }
    )


def test_a_missing_answer_is_not_a_zero():
    with_zeros = score(PHQ9, phq9(3, 3, 3, 0, 0, 0, 0, 0, 0))
    with_gaps = score(PHQ9, phq9(3, 3, 3, None, None, None, 0, 0, 0))
    assert (with_zeros.total, with_zeros.completeness) == (9, Completeness.COMPLETE)
    assert (with_gaps.total, with_gaps.completeness) == (None, Completeness.INCOMPLETE)
    assert with_gaps.missing == ("phq9_4", "phq9_5", "phq9_6")


def test_an_answer_left_out_and_one_that_is_none_are_the_same():
    given_as_none = phq9(1, 1, 1, 1, 1, 1, 1, 1, None)
    left_out = {code: value for code, value in given_as_none.items() if value is not None}
    assert score(PHQ9, given_as_none) == score(PHQ9, left_out)


def test_nothing_answered_has_no_total():
    result = score(PHQ9, {})
    assert (result.total, result.completeness) == (None, Completeness.INCOMPLETE)
    assert len(result.missing) == 9
    assert result.suicide_missing == ("phq9_9",)


def test_half_is_rounded_up_when_prorated():
    # 4 x 9 / 8 is 4.5; a banker would make it 4.
    result = score(PHQ9, phq9(1, 1, 1, 1, 0, 0, 0, None, 0))
    assert (result.total, result.completeness) == (5, Completeness.PRORATED)


def test_prorating_does_not_hide_that_the_suicide_item_is_missing():
    result = score(PHQ9, phq9(1, 1, 1, 1, 1, 1, 1, 1, None))
    assert (result.total, result.completeness) == (9, Completeness.PRORATED)
    assert result.suicide_missing == ("phq9_9",)
    assert result.raised == ()


def test_a_suicide_item_is_raised_in_an_incomplete_form_too():
    result = score(PHQ9, {"phq9_9": Decimal(1)})
    assert result.total is None
    assert [(alarm.item, value) for alarm, value in result.raised] == [("phq9_9", 1)]
    assert result.suicide_missing == ()


def test_how_hard_things_are_neither_adds_nor_is_missed():
    without = score(PHQ9, phq9(1, 1, 1, 1, 1, 1, 1, 1, 1))
    with_it = score(PHQ9, phq9(1, 1, 1, 1, 1, 1, 1, 1, 1, hard=3))
    assert without == with_it
    assert without.completeness is Completeness.COMPLETE


def test_a_mean_is_given_to_its_decimals():
    assert score(PEG, answers(PEG, [6, 5, 5])).total == Decimal("5.3")
    assert score(PEG, answers(PEG, [7, 7, 6])).total == Decimal("6.7")
    assert score(PEG, answers(PEG, [7, 7, None])).total is None


def test_a_part_needs_all_of_its_questions():
    result = score(PCL5, answers(PCL5, [None, *[2] * 19]))
    parts = {part.code: total for part, total in result.subscales}
    assert parts == {"pcl5-b": None, "pcl5-c": 4, "pcl5-d": 14, "pcl5-e": 12}


@pytest.mark.parametrize(
    ("avoidance", "holds"),
    [((2, 0), True), ((0, 0), False), ((None, 0), None), ((None, 2), True), ((1, 1), False)],
)
def test_a_pattern_is_open_while_missing_answers_could_decide_it(avoidance, holds):
    result = score(PCL5, answers(PCL5, [2] * 5 + [*avoidance] + [2] * 13))
    assert [found for _, found in result.patterns] == [holds]


def test_a_screener_gives_the_highest_level_that_any_answer_leads_to():
    no_to_all = {"cssrs_1": 0, "cssrs_2": 0, "cssrs_6_lifetime": 0}
    yes = {"cssrs_1": 1, "cssrs_2": 1, "cssrs_3": 1, "cssrs_4": 0, "cssrs_5": 1}
    levels = [
        score(SCREENER, {code: Decimal(value) for code, value in given.items()}).total
        for given in (no_to_all, no_to_all | {"cssrs_1": 1}, {**yes, "cssrs_6_lifetime": 0})
    ]
    assert levels == [0, 1, 3]


def test_a_question_that_follows_a_yes_is_missed_only_after_a_yes():
    given = {"cssrs_1": Decimal(0), "cssrs_2": Decimal(1), "cssrs_6_lifetime": Decimal(0)}
    result = score(SCREENER, given)
    assert result.missing == result.suicide_missing == ("cssrs_3", "cssrs_4", "cssrs_5")
    assert result.total is None
    assert score(SCREENER, given | {"cssrs_2": Decimal(0)}).missing == ()


def test_a_mean_may_be_prorated_where_its_source_allows():
    data = {
        "code": "warmth", "version": "1", "title": "Warmth", "short_title": "Warmth",
        "minimum": 0, "maximum": 3, "direction": "higher is better", "low_end": "cold",
        "high_end": "warm", "recall": "now", "source": "a paper", "licence": "No owner",
        "choices": [{"value": n, "label": str(n)} for n in range(4)],
        "items": [{"code": code, "text": f"{code}?"} for code in ("hands", "feet", "nose")],
        "scoring": {
            "method": "mean", "decimals": 2, "missing_allowed": 1, "missing_source": "a paper",
        },
        "examples": [{"name": "all", "answers": [1, 1, 1], "total": 1, "completeness": "complete"}],
    }  # fmt: skip
    warmth = parse(data)
    one_missing = score(warmth, answers(warmth, [1, 2, None]))
    assert (one_missing.total, one_missing.completeness) == (1.5, Completeness.PRORATED)
    assert score(warmth, answers(warmth, [1, 1, 2])).total == Decimal("1.33")


@pytest.mark.parametrize("value", ["4", "-1", "1.5", "NaN", "sNaN", "Infinity"])
def test_an_answer_that_is_no_choice_is_refused_by_its_question(value):
    given = phq9(0, 0, 0, 0, 0, 0, 0, 0, 0) | {"phq9_3": Decimal(value)}
    assert [(p.field, p.message) for p in check_answers(PHQ9, given)] == [
        ("phq9_3", "Question 3: choose one of 0, 1, 2, 3.")
    ]
    with pytest.raises(InvalidError):
        score(PHQ9, given)


def test_every_wrong_answer_is_named_at_once():
    given = {"phq9_1": Decimal(7), "gad7_1": Decimal(1), "phq9_2": Decimal(1)}
    assert [problem.field for problem in check_answers(PHQ9, given)] == ["phq9_1", "gad7_1"]


def test_a_scale_without_questions_takes_no_answers():
    madrs = library()["madrs"]
    assert check_answers(madrs, {}) == []
    assert [p.field for p in check_answers(madrs, {"madrs_1": Decimal(1)})] == ["madrs_1"]


@given(any_answers(PHQ9))
def test_there_is_a_total_exactly_when_not_too_much_is_missing(given_answers):
    result = score(PHQ9, given_answers)
    gaps = [item.code for item in PHQ9.scored_items if given_answers[item.code] is None]
    assert result.missing == tuple(gaps)
    assert (result.total is None) == (len(gaps) > 2)
    assert (result.completeness is Completeness.COMPLETE) == (not gaps)
    assert result.suicide_missing == (("phq9_9",) if "phq9_9" in gaps else ())


@given(any_answers(GAD7))
def test_a_total_lies_between_what_the_missing_answers_could_make_it(given_answers):
    result = score(GAD7, given_answers)
    known = sum(value for value in given_answers.values() if value is not None)
    if result.total is not None:
        assert known <= result.total <= known + 3 * len(result.missing)


@given(any_answers(PHQ9), st.sampled_from([item.code for item in PHQ9.scored_items]))
def test_a_worse_answer_never_makes_a_better_total(given_answers, code):
    value = given_answers[code]
    if value is None or value == 3:
        return
    before, after = (score(PHQ9, given_answers | {code: v}).total for v in (value, value + 1))
    assert (before is None) == (after is None)
    assert before is None or before <= after


@given(any_answers(PCL5), st.randoms(use_true_random=False))
def test_the_order_in_which_answers_arrive_changes_nothing(given_answers, chance):
    shuffled = list(given_answers.items())
    chance.shuffle(shuffled)
    assert score(PCL5, dict(shuffled)) == score(PCL5, given_answers)


@given(any_answers(SCREENER))
def test_no_answer_of_the_screener_is_lost_on_the_way_to_an_alarm(given_answers):
    raised = {alarm.item for alarm, _ in score(SCREENER, given_answers).raised}
    assert raised == {code for code, value in given_answers.items() if value == 1}


SEVEN = {
    "code": "seven", "version": "1", "title": "Seven", "short_title": "Seven", "minimum": 0,
    "maximum": 12, "direction": "higher is worse", "low_end": "best", "high_end": "worst",
    "recall": "now", "source": "a paper", "licence": "free",
    "choices": [{"value": value, "label": str(value)} for value in range(4)],
    "items": [
        {"code": code, "text": code, "reverse": code in "bd", "cluster": "A"} for code in "abcd"
    ],
    "scoring": {"missing_allowed": 1, "missing_source": "a paper"},
    "subscales": [{"code": "half", "title": "Half", "items": ["a", "b"]}],
    "patterns": [
        {"code": "p", "title": "P", "at_least": 2, "needs": {"A": 3}, "source": "s", "note": "n"}
    ],
    "examples": [
        {"name": "b and d turned round", "answers": [3, 0, 2, 1], "total": 10,
         "completeness": "complete", "subscales": {"half": 6}, "patterns": {"p": True}},
        {"name": "the best", "answers": [0, 3, 0, 3], "total": 0, "completeness": "complete"},
        {"name": "one missing", "answers": [3, 0, "missing", 1], "total": 11,
         "completeness": "prorated"},
    ],
}  # fmt: skip


def test_reversed_questions_count_the_other_way_round_everywhere():
    seven = parse(SEVEN)
    result = score(seven, answers(seven, (3, 0, 2, 1)))
    assert result.total == 10
    assert [value for _, value in result.subscales] == [6]
    assert [holds for _, holds in result.patterns] == [True]
    assert score(seven, answers(seven, (3, 0, None, 1))).total == 11  # 8 x 4 / 3 is 10.7


def turned(*, reverse):
    """Make a form of which every question counts the same way round."""
    questions = [{**item, "reverse": reverse} for item in SEVEN["items"]]
    example = {
        "name": "all of it", "answers": [3] * 4, "total": 0 if reverse else 12,
        "completeness": "complete",
    }  # fmt: skip
    alone = {"subscales": [], "patterns": [], "examples": [example]}
    return parse({**SEVEN, "items": questions, **alone})


@given(st.lists(st.integers(0, 3), min_size=4, max_size=4))
def test_reversing_every_question_mirrors_the_total(values):
    plain, mirrored = turned(reverse=False), turned(reverse=True)
    given_answers = answers(plain, values)
    assert score(plain, given_answers).total + score(mirrored, given_answers).total == 12


def test_a_sum_may_be_multiplied():
    who5 = library()["who5"]
    assert score(who5, answers(who5, (3, 3, 2, 2, 2))).total == 48
    assert score(who5, answers(who5, (3, 3, 2, 2, None))).total is None
