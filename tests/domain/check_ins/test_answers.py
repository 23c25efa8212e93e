from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations

import pytest

from tracker.domain.check_ins import answers as check_in_answers
from tracker.domain.check_ins.answers import DeclineReason, SentAnswer
from tracker.instruments import library

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
PHQ9 = library()["phq9"]


def given(value, minutes_ago=0):
    return SentAnswer(value, NOW - timedelta(minutes=minutes_ago))


def test_any_order_of_the_same_answers_comes_to_the_same():
    sends = [given("1", 3), given("3", 1), given("", 2), given("2", 1), given("0", -5)]
    outcomes = set()
    for order in permutations(sends):
        kept = {}
        for one in order:
            kept = check_in_answers.merge(kept, {"phq9_9": one}, now=NOW)
        outcomes.add(kept["phq9_9"])
    assert outcomes == {SentAnswer("0", NOW)}


def test_of_one_instant_the_higher_answer_stands_and_an_answer_before_none():
    for order in permutations([given("1"), given("2"), given("")]):
        kept = {}
        for one in order:
            kept = check_in_answers.merge(kept, {"phq9_9": one}, now=NOW)
        assert check_in_answers.values(kept) == {"phq9_9": 2}


def test_what_is_stored_reads_back():
    answers = {"phq9_1": given("2"), "phq9_2": given("", 4)}
    assert check_in_answers.read(check_in_answers.write(answers)) == answers


def test_a_missing_answer_is_not_a_zero():
    assert check_in_answers.values({"phq9_1": given("")}) == {}
    assert check_in_answers.values({"phq9_1": given("0")}) == {"phq9_1": 0}


def test_the_question_one_may_skip_is_never_left_out():
    all_nine = {f"phq9_{number}": Decimal(0) for number in range(1, 10)}
    assert check_in_answers.left_out(PHQ9, all_nine) == ()
    assert [item.code for item in check_in_answers.left_out(PHQ9, {})] == list(all_nine)


def test_a_suicide_item_above_zero_is_a_crisis_and_nothing_else_is():
    for value, crisis in ((0, False), (1, True), (2, True), (3, True)):
        assert check_in_answers.is_crisis(PHQ9, {"phq9_9": Decimal(value)}) is crisis
    assert not check_in_answers.is_crisis(PHQ9, {f"phq9_{n}": Decimal(3) for n in range(1, 9)})
    assert not check_in_answers.is_crisis(PHQ9, {})


def test_the_page_knows_at_which_answers_help_must_show():
    shown = {item.code: check_in_answers.crisis_values(PHQ9, item) for item in PHQ9.items}
    assert shown.pop("phq9_9") == {1, 2, 3}
    assert set(shown.values()) == {frozenset()}


def test_a_question_after_a_yes_counts_only_after_a_yes():
    screener = library()["c-ssrs-screener"]
    dependent = next(item for item in screener.items if item.asked_if)
    no, yes = {dependent.asked_if: Decimal(0)}, {dependent.asked_if: Decimal(1)}
    assert dependent not in check_in_answers.items_to_ask(screener, no)
    assert dependent in check_in_answers.items_to_ask(screener, yes)
    answered = no | {dependent.code: Decimal(1)}
    assert check_in_answers.relevant(screener, answered) == no


@pytest.mark.parametrize("value", ["x", "NaN", "sNaN", "4", "-1", "1e9", "0.5"])
def test_what_is_no_answer_is_said_beside_its_question(value):
    assert [p.field for p in check_in_answers.check(PHQ9, {"phq9_1": given(value)})] == ["phq9_1"]
    assert check_in_answers.check(PHQ9, {"phq9_1": given(""), "phq9_2": given("3")}) == []


def test_the_last_answer_dates_a_score_within_what_the_server_knows():
    since = NOW - timedelta(hours=1)
    ages = ((5, 5), (90, 60), (-5, 0))
    for minutes_ago, told in ages:
        at = check_in_answers.last_at({"a": given("1", minutes_ago)}, since=since, now=NOW)
        assert at == NOW - timedelta(minutes=told)
    assert check_in_answers.last_at({"a": given("")}, since=since, now=NOW) == NOW


@pytest.mark.parametrize(
    ("questions", "minutes"), [(0, 1), (1, 1), (6, 1), (7, 2), (9, 2), (20, 4)]
)
def test_the_time_it_takes_is_told_in_whole_minutes(questions, minutes):
    assert check_in_answers.minutes_needed(questions) == minutes


def form(day, hour=9, code="phq9", **answers):
    values = {item: Decimal(value) for item, value in answers.items()}
    at = datetime(2026, 11, day, hour, tzinfo=UTC)
    return check_in_answers.FormAnswers(library()[code], values, at)


@pytest.mark.parametrize(
    ("forms", "crisis"),
    [
        ([], False),
        ([form(1, phq9_9=1)], True),
        ([form(1, phq9_9=0)], False),
        ([form(1, phq9_1=3)], False),
        ([form(8, phq9_9=0), form(1, phq9_9=2)], False),
        ([form(8, phq9_9=2), form(1, phq9_9=0)], True),
        ([form(8, phq9_1=3), form(1, phq9_9=2)], True),  # the later one did not ask
        ([form(8, code="gad7", gad7_1=3), form(1, phq9_9=2)], True),
        ([form(8, 18, phq9_9=0), form(8, 9, phq9_9=2)], True),  # of one day
    ],
)
def test_the_last_answers_about_suicide_call_for_help_or_do_not(forms, crisis):
    assert check_in_answers.is_last_crisis(forms) is crisis


def test_forms_before_the_last_day_that_asked_about_suicide_are_not_read():
    newest_first = iter([form(8, phq9_9=0), form(7, phq9_9=2), form(6, phq9_9=2)])
    assert not check_in_answers.is_last_crisis(newest_first)
    assert [left.at.day for left in newest_first] == [6]


def test_a_reason_is_what_was_chosen_and_ones_own_words():
    assert DeclineReason("too-many", " Every day! ").text == "I get too many of these. Every day!"
    assert DeclineReason("nonsense").text == ""
    assert DeclineReason(words="Tired").text == "Tired"


@pytest.mark.parametrize("code", list(check_in_answers.REASONS))
def test_one_reason_of_the_list_calls_somebody_whatever_words_are_added(code):
    for words in ("", "Please ring after six"):
        reason = DeclineReason(code, words)
        assert reason.wants_to_talk == (code == "in-person")
        assert reason.text.startswith(check_in_answers.REASONS[code])
