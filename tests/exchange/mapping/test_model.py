from datetime import date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.codes import Occasion, Sex
from tracker.domain.problems import Problem
from tracker.exchange.mapping.model import (
    Anchor,
    FileFacts,
    ImportMapping,
    MappingError,
    PatientColumns,
    ScoreColumns,
    SessionColumns,
    open_questions,
    unused_columns,
)
from tracker.exchange.mapping.toml_reader import from_toml
from tracker.exchange.mapping.toml_writer import to_toml

FULL = ImportMapping(
    file=FileFacts(
        encoding="cp1252",
        separator="\t",
        header_row=3,
        decimal_comma=True,
        date_order="dmy",
        missing=("", "?"),
        formula_guard=True,
    ),
    patient=PatientColumns(
        record_number_from="LIC-{row:04}",
        columns={"sex": "Sex", "birth_date": "Date of birth"},
        sex_values={"0": Sex.MALE, "é ": None},
        create_unknown=True,
        keep_in_notes=("Age", 'a "b"'),
    ),
    anchor=Anchor(at=datetime.fromisoformat("2020-01-01T08:00")),
    scores=(
        ScoreColumns(
            column="Pain\n24h",
            instrument="pain-nrs",
            occasion=Occasion.HOURS_AFTER,
            hours_after=Decimal("0.5"),
        ),
        ScoreColumns(
            column="total",
            instrument_column="scale",
            occasion_column="visit",
            date_column="date",
            note_column="note",
            values={"PHQ-9": "phq9"},
        ),
        ScoreColumns(column="base", instrument="madrs", hours_after=Decimal(0)),
        ScoreColumns(column="later", instrument="madrs", days_after=-3),
        ScoreColumns(column="last", instrument="madrs", months_after=2),
    ),
    sessions=(
        SessionColumns(
            columns={"started_at": "usage date", "dose_mg": "dose"},
            fixed={"drug": "ketamine"},
            values={"route": {"Nasal spray": "nasal"}},
            start_time=time(9, 30),
            weight_unit="lb",
            dose_unit="mg/kg",
        ),
    ),
)


def problems_of(text):
    with pytest.raises(MappingError) as raised:
        from_toml(text)
    return {problem.field: problem.message for problem in raised.value.problems}


def test_a_mapping_comes_back_as_it_was_written():
    assert from_toml(to_toml(FULL)) == FULL
    assert from_toml(to_toml(ImportMapping())) == ImportMapping()
    native = ImportMapping(table="scores", file=FileFacts(formula_guard=True))
    assert from_toml(to_toml(native)) == native


@given(heading=st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_heading_and_any_reason_can_be_written(heading):
    mapping = ImportMapping(
        patient=PatientColumns(
            record_number=heading, columns={"sex": heading}, sex_values={heading: Sex.FEMALE}
        )
    )
    text = to_toml(
        mapping,
        reasons={"patient.record_number": heading},
        questions=(Problem("patient", heading),),
        unused=(heading,),
    )
    assert from_toml(text) == mapping


def test_reasons_stand_before_their_keys_and_questions_on_top():
    text = to_toml(
        FULL,
        reasons={"patient.columns.sex": "close to sex", "scores[1]": "names pain"},
        questions=(Problem("anchor.at", "Give the day."),),
        unused=("Race",),
    )
    assert '# close to sex\nsex = "Sex"' in text
    assert "# names pain\n[[scores]]" in text
    assert text.index("# - anchor.at: Give the day.") < text.index("[file]")
    assert "# Columns not used: Race" in text


def test_every_problem_is_named_by_its_key():
    problems = problems_of(
        """
        tabel = "scores"
        [file]
        separator = "|"
        date_order = "american"
        decimal_comma = "yes"
        missing = [1]
        header_row = -1
        [patient]
        record_number = "id"
        record_number_from = "{row.__class__}"
        columns = {nose = "Nose", sex = 1}
        sex_values = {M = "man"}
        [anchor]
        at = "yesterday"
        column = 3
        [[scores]]
        hours_after = true
        occasion = "someday"
        instrument = "a"
        instrument_column = "b"
        days_after = 1
        months_after = 2
        [[sessions]]
        columns = {}
        fixed = {drug = "beer", dose_mg = 3}
        start_time = "nine"
        weight_unit = "stone"
        [sessions.values]
        shoe = {a = "b"}
        """
    )
    assert set(problems) == {
        "tabel",
        "file.separator",
        "file.date_order",
        "file.decimal_comma",
        "file.missing",
        "file.header_row",
        "patient.record_number_from",
        "patient.columns.nose",
        "patient.columns.sex",
        "patient.sex_values.M",
        "anchor.at",
        "anchor.column",
        "scores[1].column",
        "scores[1].hours_after",
        "scores[1].occasion",
        "scores[1].instrument_column",
        "sessions[1].columns",
        "sessions[1].fixed.drug",
        "sessions[1].fixed.dose_mg",
        "sessions[1].start_time",
        "sessions[1].weight_unit",
        "sessions[1].values.shoe",
    }


def test_two_anchors_and_two_offsets_are_one_too_many():
    problems = problems_of('[anchor]\nat = 2026-03-02\ncolumn = "day"')
    assert problems == {"anchor.column": "Give this or at, not both."}
    text = '[[scores]]\ncolumn = "a"\nhours_after = 1\ndays_after = 1'
    assert set(problems_of(text)) == {"scores[1].hours_after"}


@pytest.mark.parametrize(
    "text", ["a = ", "scores = 1", "scores = [1]", "file = 3", "[[sessions]]\nvalues = 2"]
)
def test_what_is_no_mapping_is_said_and_does_not_crash(text):
    assert problems_of(text)


@pytest.mark.parametrize("template", ["LIC", "{row}{row}", "{0}", "{row!r}", "{row:999}", "{"])
def test_a_template_for_record_numbers_takes_the_row_and_nothing_else(template):
    problems = problems_of(f'[patient]\nrecord_number_from = "{template}"')
    assert set(problems) == {"patient.record_number_from"}


def test_an_empty_mapping_asks_who_the_rows_are_about():
    assert [q.field for q in open_questions(ImportMapping())] == ["patient.record_number"]


def test_what_is_left_open_is_asked_by_key():
    mapping = ImportMapping(
        patient=PatientColumns(
            record_number="id", columns={"sex": "Sex"}, sex_values={"1": None, "2": Sex.MALE}
        ),
        scores=(
            ScoreColumns(column="a", instrument="madrs", hours_after=Decimal(0)),
            ScoreColumns(column="b"),
        ),
        sessions=(SessionColumns(columns={"started_at": "day"}, fixed={"drug": "ketamine"}),),
    )
    assert [question.field for question in open_questions(mapping)] == [
        "patient.sex_values",
        "anchor.at",
        "scores[2].instrument",
        "scores[2].hours_after",
        "sessions[1].columns.route",
    ]


def test_columns_that_are_not_used_are_listed():
    assert unused_columns(FULL, ("Sex", "Race", "visit", "dose", "Age")) == ("Race",)
    assert unused_columns(ImportMapping(table="scores"), ("x",)) == ()


def test_a_day_and_a_time_may_be_the_anchor():
    assert from_toml("[anchor]\nat = 2026-03-02").anchor.at == date(2026, 3, 2)
    assert from_toml("[anchor]\nat = 2026-03-02T09:30:00").anchor.at == datetime.fromisoformat(
        "2026-03-02T09:30"
    )


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = " + "9" * 5000])
def test_toml_made_to_break_the_reader_is_a_problem_in_words(text):
    with pytest.raises(MappingError, match="not TOML"):
        from_toml(text)


def test_a_key_of_endless_parts_is_a_problem_in_words_at_once():
    with pytest.raises(MappingError, match="not TOML: line 2 has a key of too many parts"):
        from_toml("[file]\n" + "a." * 20_000 + "b = 1")


@pytest.mark.parametrize(
    ("text", "field", "message"),
    [
        ("table = 1", "table", "Give a text in quotes."),
        ('[file]\ndecimal_comma = "yes"', "file.decimal_comma", "Give true or false."),
        ("[file]\nheader_row = true", "file.header_row", "Give a whole number."),
        ('[file]\ndate_order = "x"', "file.date_order", "Give one of: 'dmy', 'mdy', 'ymd'."),
        ('[file]\nmissing = "x"', "file.missing", 'Give a list of texts, ["a", "b"].'),
        ("[patient]\ncolumns = 3", "patient.columns", "Give a table of texts."),
        ("[patient]\ncolumns = {sex = 1}", "patient.columns.sex", "Give a text in quotes."),
        ("file = 3", "file", "Give a table."),
        ("scores = [1]", "scores", "Give [[scores]] tables."),
        ("[file]\nfoo = 1", "file.foo", "There is no such key. Is it spelt right?"),
        ('[[sessions]]\ncolumns = {dose_mg = "a"}\nvalues = 2', "sessions[1].values",
         "Give a table."),
    ],
)  # fmt: skip
def test_every_problem_says_what_to_give(text, field, message):
    assert problems_of(text)[field] == message
