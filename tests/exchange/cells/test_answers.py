from decimal import Decimal

import pytest

from tracker.exchange.cells.answers import AnswerCells, coded_from_one


@pytest.fixture
def phq9(instruments):
    return instruments["phq9"]


def read(phq9, text, **said):
    return AnswerCells(phq9, **said).read(phq9.items[0], text)


@pytest.mark.parametrize(
    "text",
    [
        "2", " 2.0 ", "More than half the days", "more than half  the DAYS",
        "More-than-half-the-days", "LA6570-1", "2 = More than half the days",
        "(2) More than half the days", "More than half the days (2)",
    ],
)  # fmt: skip
def test_an_answer_is_read_from_its_number_its_words_or_its_code(phq9, text):
    assert read(phq9, text) == 2


@pytest.mark.parametrize(
    "text", ["4", "-1", "1.5", "often", "More than half", "1 = More than half the days", "2-3"]
)
def test_what_is_no_answer_of_the_question_is_refused_and_never_guessed(phq9, text):
    with pytest.raises(ValueError, match="no answer of question 1, which has 0 to 3"):
        read(phq9, text)


def test_answers_that_are_said_to_be_none_are_missing_and_not_refused(phq9):
    assert read(phq9, "7", not_answered=("7", "9")) is None
    with pytest.raises(ValueError, match="no answer"):
        read(phq9, "-7", not_answered=("7", "9"))


def test_the_files_own_words_stand_for_the_values_they_are_given(phq9):
    assert read(phq9, "Mehrere Tage", words={"mehrere tage": "1"}) == 1


def test_what_is_subtracted_is_taken_off_numbers_and_not_off_words(phq9):
    assert read(phq9, "1", subtract=1) == 0
    assert read(phq9, "Several days", subtract=1) == 1
    with pytest.raises(ValueError, match="no answer"):
        read(phq9, "0", subtract=1)


def asked(phq9, *numbers):
    return coded_from_one(phq9, {Decimal(n) for n in numbers}, len(numbers))


def test_a_file_coded_from_one_is_asked_about(phq9):
    assert "between 1 and 4 and none is 0" in asked(phq9, *[1, 4] * 5)
    assert "subtract = 1" in asked(phq9, *[1, 3] * 9)


@pytest.mark.parametrize("numbers", [[0, 3] * 9, [1, 5] * 9, [1, 3] * 8, []])
def test_a_zero_a_value_too_high_or_too_few_answers_ask_nothing(phq9, numbers):
    assert asked(phq9, *numbers) == ""


def test_nothing_is_asked_once_it_was_answered(phq9):
    for subtract, question in ((None, True), (0, False), (1, False)):
        cells = AnswerCells(phq9, subtract=subtract)
        for item in phq9.scored_items:
            for text in ("1", "3"):
                cells.read(item, text)
        assert bool(cells.coded_from_one()) is question
