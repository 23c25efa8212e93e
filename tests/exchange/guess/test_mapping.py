import re
from datetime import time

import pytest

from tracker.exchange.csv.reader import open_source
from tracker.exchange.guess.mapping import guess, guess_file
from tracker.exchange.mapping.model import MappingError, unused_columns
from tracker.exchange.mapping.toml_reader import from_toml
from tracker.exchange.tables import TABLES


def fields(problems):
    return [problem.field for problem in problems]


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_our_own_tables_need_no_mapping(table, instruments):
    guessed = guess(table.headings, [], instruments)
    assert guessed.mapping.table == table.name
    assert guessed.mapping.file.formula_guard
    assert guessed.open_questions == guessed.unused == ()


def test_an_exact_export_is_told_by_a_text_that_a_safe_one_would_have_guarded(instruments):
    table = TABLES["patients"]
    blank = ["R-1", *[""] * 9]
    assert guess(table.headings, [["'=1", *blank[1:]]], instruments).mapping.file.formula_guard
    exact = guess(table.headings, [["=1", *blank[1:]]], instruments)
    assert not exact.mapping.file.formula_guard


@pytest.mark.parametrize("heading", ["taken_on", "taken on", "Date taken"])
def test_the_day_of_a_score_is_known_by_the_words_of_our_own_form(instruments, heading):
    rows = [["1002", "PHQ-9", "18", "20/11/2026"]]
    guessed = guess(["record_number", "scale", "total", heading], rows, instruments)
    assert [score.date_column for score in guessed.mapping.scores] == [heading]
    assert guessed.open_questions == ()


def test_a_table_that_a_spreadsheet_rewrote_is_still_read(instruments):
    table = TABLES["sessions"]
    cells = dict.fromkeys(table.headings, "") | {"planned_on": "13/3/2026", "weight_kg": "70,5"}
    guessed = guess(table.headings, [list(cells.values())], instruments)
    assert guessed.mapping.file.decimal_comma
    assert guessed.mapping.file.date_order == "dmy"
    unclear = guess(table.headings, [list((cells | {"planned_on": "2/3/2026"}).values())], {})
    assert fields(unclear.open_questions) == ["file.date_order"]


def test_the_esketamine_file_leaves_only_what_it_does_not_say(real_data, instruments):
    source = open_source(real_data("esketamine-adolescents/Dataset.csv"))
    guessed = guess_file(source, instruments)
    assert guessed.mapping.file.encoding == "cp1252"
    assert guessed.mapping.patient.record_number == "Id"
    assert [(s.column, s.instrument) for s in guessed.mapping.scores] == [
        ("MADRS_Baseline", "madrs"),
        ("MADRS_Post", "madrs"),
    ]
    assert fields(guessed.open_questions) == [
        "patient.sex_values",
        "anchor.at",
        "scores[2].hours_after",
    ]
    assert "Depressão_resistente" in guessed.unused
    assert "part of MADRS" in guessed.passed_over["MADRS_Suicide_Baseline"]


def test_the_licorice_file_is_pain_at_four_times(real_data, instruments):
    source = open_source(real_data("throat-pain-licorice/licorice_gargle.csv"))
    guessed = guess_file(source, instruments)
    assert [(s.column, s.hours_after, s.days_after) for s in guessed.mapping.scores] == [
        ("pacu30min_throatPain", 0.5, None),
        ("pacu90min_throatPain", 1.5, None),
        ("postOp4hour_throatPain", 4, None),
        ("pod1am_throatPain", None, 1),
    ]
    assert {s.instrument for s in guessed.mapping.scores} == {"pain-nrs"}
    assert fields(guessed.open_questions) == ["patient.record_number", "anchor.at"]
    assert "0 or 1" in guessed.passed_over["preOp_pain"]
    assert "same time" in guessed.passed_over["pacu30min_swallowPain"]


def test_beat_the_blues_is_one_scale_at_five_times(real_data, instruments):
    source = open_source(real_data("beat-the-blues/btheb.csv"))
    guessed = guess_file(source, instruments)
    assert [s.months_after for s in guessed.mapping.scores] == [None, 2, 3, 5, 8]
    assert {s.instrument for s in guessed.mapping.scores} == {"bdi2"}
    assert guessed.mapping.sessions == ()
    assert fields(guessed.open_questions) == ["anchor.at"]
    assert guessed.unused == ("drug", "length", "treatment")


def test_a_guess_is_written_ready_to_be_edited(real_data, instruments):
    source = open_source(real_data("esketamine-adolescents/Dataset.csv"))
    guessed = guess_file(source, instruments)
    text = guessed.to_toml()
    assert from_toml(text) == guessed.mapping
    assert "# - anchor.at:" in text
    assert "MADRS_Suicide_Post (looks like a part of MADRS" in text
    assert unused_columns(guessed.mapping, source.header) == guessed.unused


SESSIONS = b"""Client ID;usage date;modality;dosage administered;Wt lb;BP before;mood pre;PHQ9Total
7;3/4/2024;Nasal spray;56;150,5;120/80;3;14
8;3/13/2024;IV;35,5;;167/92;;12
"""


def test_a_file_of_sessions_is_recognised_by_the_names_that_clinics_use(instruments):
    guessed = guess_file(open_source(SESSIONS), instruments)
    (given,) = guessed.mapping.sessions
    assert given.columns == {
        "started_at": "usage date",
        "route": "modality",
        "dose_mg": "dosage administered",
        "before_blood_pressure": "BP before",
        "mood_before": "mood pre",
        "weight_kg": "Wt lb",
    }
    assert given.values == {"route": {"Nasal spray": "nasal"}}
    assert given.weight_unit == "lb"
    assert guessed.mapping.file.separator == ";"
    assert guessed.mapping.file.decimal_comma
    assert guessed.mapping.file.date_order == "mdy"
    assert [s.date_column for s in guessed.mapping.scores] == ["usage date"]
    assert fields(guessed.open_questions) == ["sessions[1].columns.drug", "sessions[1].start_time"]


def test_a_column_close_to_a_known_name_is_taken_with_its_reason(instruments):
    header = ["patient id", "total", "asessment date", "instrument"]
    guessed = guess(header, [["1", "9", "2024-03-02", "PHQ-9"]], instruments)
    (score,) = guessed.mapping.scores
    assert score.date_column == "asessment date"
    assert "close to" in guessed.reasons["scores[1].date_column"]


def test_a_long_file_names_its_scales_in_a_column(instruments):
    header = ["subject", "instrument", "date", "total", "visit"]
    rows = [["1", "PHQ-9", "2024-03-02", "14", "baseline"], ["1", "GAD-7", "2024-03-02", "9", ""]]
    guessed = guess(header, rows, instruments)
    (score,) = guessed.mapping.scores
    assert (score.column, score.instrument_column, score.date_column, score.occasion_column) == (
        "total",
        "instrument",
        "date",
        "visit",
    )
    assert score.values == {"PHQ-9": "phq9", "GAD-7": "gad7"}
    assert guessed.open_questions == ()


@pytest.mark.parametrize(
    ("cells", "order", "asked"),
    [
        (["13/4/2024", "3/4/2024"], "dmy", False),
        (["4/13/2024"], "mdy", False),
        (["3/4/2024", "5/6/2024"], "", True),
        (["13/4/2024", "4/13/2024"], "", True),
        (["2024-04-03"], "", False),
        (["4/4/2024"], "", False),
    ],
)
def test_day_and_month_are_told_apart_or_asked_about(cells, order, asked, instruments):
    guessed = guess(["id", "dob"], [[str(n), c] for n, c in enumerate(cells)], instruments)
    assert guessed.mapping.file.date_order == order
    assert ("file.date_order" in fields(guessed.open_questions)) is asked


@pytest.mark.parametrize(
    ("cells", "comma", "asked"),
    [(["1,5"], True, False), (["1.5", "1,500"], False, False), (["1,500"], False, True)],
)
def test_decimal_commas_are_found_or_asked_about(cells, comma, asked, instruments):
    guessed = guess(["id", "x"], [[str(n), c] for n, c in enumerate(cells)], instruments)
    assert guessed.mapping.file.decimal_comma is comma
    assert ("file.decimal_comma" in fields(guessed.open_questions)) is asked


def test_an_item_of_a_scale_is_not_its_total(instruments):
    header = ["id", *[f"phq9_{n}" for n in range(1, 10)], "PHQ9_Total"]
    guessed = guess(header, [["1", *["2"] * 9, "18"]], instruments)
    assert [score.column for score in guessed.mapping.scores] == ["PHQ9_Total"]


def test_values_outside_the_scale_make_it_no_total(instruments):
    guessed = guess(["id", "MADRS"], [["1", "2024"], ["2", "2023"]], instruments)
    assert guessed.mapping.scores == ()
    assert "0 to 60" in guessed.passed_over["MADRS"]


NO_UNIT = (
    "MRN,DOB,Treatment date,Start time,Drug,Route,Dose mg,{weight},Duration min\n"
    "I-12,1979-04-03,2026-11-02,09:30,ketamine,iv,40,176,40\n"
)


@pytest.mark.parametrize(
    ("heading", "unit"),
    [
        ("Weight", ""), ("Weight (lb)", "lb"), ("Weight lbs", "lb"), ("Wt kg", "kg"),
        ("Weight_KG", "kg"),
    ],
)  # fmt: skip
def test_a_weight_whose_heading_names_no_unit_is_asked_about(heading, unit, instruments):
    data = NO_UNIT.format(weight=heading).encode()
    guessed = guess_file(open_source(data), instruments)
    (given,) = guessed.mapping.sessions
    assert given.unit_of_weight == unit
    assert ("sessions[1].weight_unit" in fields(guessed.open_questions)) is (unit == "")


def test_what_was_answered_of_a_weight_is_written_down_and_read_again(instruments):
    guessed = guess_file(open_source(NO_UNIT.format(weight="Weight").encode()), instruments)
    text = guessed.to_toml()
    assert "kg or lb" in text
    answered = text.replace("[[sessions]]", '[[sessions]]\nweight_unit = "lb"', 1)
    (given,) = from_toml(answered).sessions
    assert given.unit_of_weight == "lb"


DAYS = "patient,infusion date,drug,route,dose mg{0}\n1,{1},ketamine,iv,35{2}\n"


@pytest.mark.parametrize(
    ("cells", "asked"),
    [
        (("", "2025-01-06", ""), True), (("", "3/13/2025", ""), True),
        (("", "13.3.2025", ""), True), (("", "45663", ""), True),
        (("", "6 January 2025", ""), True),
        (("", "2025-01-06 09:30", ""), False), (("", "45663.5", ""), False),
        ((",start time", "2025-01-06", ",09:30"), False),
    ],
)  # fmt: skip
def test_days_without_a_time_are_asked_about(cells, asked, instruments):
    guessed = guess_file(open_source(DAYS.format(*cells).encode()), instruments)
    assert ("sessions[1].start_time" in fields(guessed.open_questions)) is asked
    assert ('start_time = ""' in guessed.to_toml()) is asked


def test_a_time_that_was_asked_for_is_written_into_its_place(instruments):
    data = DAYS.format("", "2025-01-06", "").encode()
    text = guess_file(open_source(data), instruments).to_toml()
    with pytest.raises(MappingError) as unanswered:
        from_toml(text)
    assert fields(unanswered.value.problems) == ["sessions[1].start_time"]
    (line,) = re.findall(r'for all rows: (start_time = "09:00")', str(unanswered.value))
    (given,) = from_toml(text.replace('start_time = ""', line)).sessions
    assert given.start_time == time(9)
    (given,) = from_toml(f'{text}start_time = "Time"\n').sessions  # at the end: a column
    assert given.columns["start_time"] == "Time"
