import pytest

from tracker.exchange.csv.reader import open_source
from tracker.exchange.guess.mapping import guess, guess_file
from tracker.exchange.incoming import read_rows
from tracker.exchange.mapping.model import MappingError
from tracker.exchange.mapping.toml_reader import from_toml

PHQ9 = {
    "plain": [f"phq{n}" for n in range(1, 10)],
    "underscored": [f"PHQ9_{n:02}" for n in range(1, 10)],
    "nhanes": [f"DPQ0{n}0" for n in range(1, 10)],
    "spoken": [f"PHQ-9 item {n}" for n in range(1, 10)],
    "loinc": ["44250-9", "44255-8", "44259-0", "44254-1", "44251-7", "44258-2", "44252-5",
              "44253-3", "44260-8"],
}  # fmt: skip
ANSWERS = ["0", "1", "2", "3", "0", "1", "2", "3", "0"]


def fields(problems):
    return [problem.field for problem in problems]


@pytest.mark.parametrize("header", PHQ9.values(), ids=list(PHQ9))
def test_the_questions_of_a_scale_are_known_by_many_names(header, instruments):
    guessed = guess(["id", "date", *header], [["1", "2026-01-05", *ANSWERS]], instruments)
    (score,) = guessed.mapping.scores
    assert (score.instrument, list(score.items), score.date_column) == ("phq9", header, "date")
    assert guessed.open_questions == guessed.unused == ()


@pytest.mark.parametrize("spell", [str, str.upper, lambda text: text.lower().replace(" ", "_")])
def test_whole_sentences_are_headings_too(spell, instruments):
    header = [spell(item.text) for item in instruments["phq9"].scored_items]
    guessed = guess(["id", *header, "PHQ9Total"], [["1", *ANSWERS, "12"]], instruments)
    (score,) = guessed.mapping.scores
    assert (score.instrument, list(score.items)) == ("phq9", header)
    assert score.column == "PHQ9Total"


def test_nhanes_refusals_are_no_answers(instruments):
    guessed = guess(["seqn", *PHQ9["nhanes"]], [["1", *ANSWERS]], instruments)
    assert guessed.mapping.scores[0].not_answered == ("7", "9")


def test_the_same_scale_at_two_times_is_two_scores(instruments):
    header = [f"gad{n}.{when}" for when in ("pre", "2m") for n in range(1, 8)]
    guessed = guess(["id", *header], [["1", *["0", "3"] * 7]], instruments)
    first, second = guessed.mapping.scores
    assert (first.occasion, second.months_after) == ("baseline", 2)
    assert second.items[0] == "gad1.2m"


def test_half_a_scale_is_not_taken(instruments):
    guessed = guess(["id", *PHQ9["plain"][2:]], [["1", *ANSWERS[2:]]], instruments)
    assert all(not score.items for score in guessed.mapping.scores)
    assert "phq3" in guessed.unused


def test_one_to_four_is_asked_about_and_not_assumed(instruments):
    rows = [["1", *["1", "2", "4"] * 3], ["2", *["2", "3", "1"] * 3]]
    guessed = guess(["id", *PHQ9["plain"]], rows, instruments)
    assert fields(guessed.open_questions) == ["scores[1].hours_after", "scores[1].subtract"]
    assert guessed.mapping.scores[0].subtract is None


def test_twenty_opaque_columns_are_asked_about(real_data, instruments):
    source = open_source(real_data("pcl5-items/ptsd.csv"))
    guessed = guess_file(source, instruments)
    (score,) = guessed.mapping.scores
    assert score.instrument == ""
    assert score.items[::19] == ("Q28_01_MONTH", "Q28_20_MONTH")
    (question,) = (q for q in guessed.open_questions if q.field == "scores[1].instrument")
    assert "pcl5-week or pcl5" in question.message
    assert from_toml(guessed.to_toml()) == guessed.mapping


def test_two_forms_of_a_scale_with_the_same_questions_are_asked_about(instruments):
    header = [item.text for item in instruments["pcl5"].items]
    guessed = guess(["id", *header], [["1", *["0", "4"] * 10]], instruments)
    assert [score.instrument for score in guessed.mapping.scores] == [""]
    assert "scores[1].instrument" in fields(guessed.open_questions)


def test_rows_with_one_answer_each_are_recognised(real_data, instruments):
    source = open_source(real_data("cdisc-qs-gad7/example_qs.csv"))
    guessed = guess_file(source, instruments)
    (score,) = guessed.mapping.scores
    assert (score.instrument, score.item_column, score.total_item) == (
        "gad7", "QSTESTCD", "GAD0208",
    )  # fmt: skip
    assert (score.answer_column, score.number_column) == ("QSORRES", "QSSTRESN")
    assert score.values == {"GAD-7 V2": "gad7"}
    assert guessed.open_questions == ()
    assert from_toml(guessed.to_toml()) == guessed.mapping


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('items = ["a", "a"]', "items"),
        ('items = ["a"]\nanswers = {often = "x"}', "answers.often"),
        ('items = ["a"]\ninstrument_column = "b"', "instrument"),
        ('items = ["a"]\nanswer_column = "b"', "item_column"),
        ('items = ["a"]\nitem_column = "b"', "answer_column"),
        ('items = ["a"]\nitem_column = "b"\nanswer_column = "c"\ncolumn = "d"', "column"),
        ('items = ["a"]\nsubtract = "1"', "subtract"),
        ("", "column"),
    ],
)
def test_what_cannot_be_said_together_is_named_by_its_key(text, key):
    with pytest.raises(MappingError) as raised:
        from_toml(f"[[scores]]\n{text}\n")
    assert f"scores[1].{key}" in fields(raised.value.problems)


@pytest.mark.parametrize(
    ("score", "key"),
    [
        ('instrument = "gds"\nitems = ["a"]', "scores[1].instrument"),
        ('instrument = "phq2"\nitems = ["a", "b", "c"]', "scores[1].items"),
        ('instrument = "madrs"\nitems = ["a"]', "scores[1].items"),
        ('instrument = "phq2"\nitems = ["a", "x"]', "scores[1].items[2]"),
    ],
)
def test_a_scale_without_these_questions_is_refused_before_any_row(score, key, instruments):
    text = f'patient = {{record_number = "id"}}\n[[scores]]\ndate_column = "d"\n{score}\n'
    source = open_source(b"id,d,a,b,c\n1,2026-01-05,0,0,0\n")
    with pytest.raises(MappingError) as raised:
        read_rows(source, from_toml(text), zone=None, instruments=instruments)
    assert key in fields(raised.value.problems)
