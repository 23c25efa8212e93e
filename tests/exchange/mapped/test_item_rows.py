from decimal import Decimal
from zoneinfo import ZoneInfo

from tracker.exchange.csv.reader import open_source
from tracker.exchange.incoming import read_rows
from tracker.exchange.mapping.toml_reader import from_toml
from tracker.instruments import library

ZONE = ZoneInfo("America/New_York")
MAPPING = """
patient = {record_number = "id"}
[[scores]]
instrument = "gad2"
items = ["q1", "q2"]
item_column = "question"
answer_column = "answer"
number_column = "number"
total_item = "sum"
date_column = "day"
"""
HEAD = "id,question,answer,number,day\n"


def read(lines, mapping=MAPPING):
    source = open_source((HEAD + "\n".join(lines)).encode())
    return list(read_rows(source, from_toml(mapping), zone=ZONE, instruments=library()))


def complaints(rows):
    return [(p.row, p.column, p.value) for row in rows for p in row.problems]


def test_rows_in_any_order_make_one_form_a_patient_and_day():
    rows = read([
        "1,q2,Several days,1,2026-01-05", "2,q1,Not at all,0,2026-01-05",
        "1,sum,,3,2026-01-05", "1,q1,,2,2026-01-06", "1,q1,More than half the days,,2026-01-05",
    ])  # fmt: skip
    assert complaints(rows) == []
    assert [(r.row, r.rows, dict(r.scores[0].draft.answers), r.scores[0].draft.total)
            for r in rows] == [
        (2, 3, {"gad2_2": 1, "gad2_1": 2}, 3), (3, 1, {"gad2_1": 0}, None),
        (5, 1, {"gad2_1": 2}, None),
    ]  # fmt: skip


def test_words_and_number_that_differ_are_a_wrong_code_and_keep_the_form_out():
    rows = read(["1,q1,Several days,2,2026-01-05", "1,q2,Several days,1,2026-01-05"])
    assert complaints(rows) == [(2, "number", "2")]
    assert "'Several days' is 1, but this says 2" in rows[0].problems[0].message
    assert (rows[0].rows, rows[0].scores) == (2, ())


def test_a_question_answered_twice_names_the_earlier_line():
    rows = read(["1,q1,,1,2026-01-05", "1,q1,,2,2026-01-05"])
    assert complaints(rows) == [(3, "question", "q1")]
    assert "Line 2" in rows[0].problems[0].message


def test_a_blank_answer_is_no_answer():
    (row,) = read(["1,q1,,,2026-01-05", "1,q2,NA,3,2026-01-05"])
    assert dict(row.scores[0].draft.answers) == {"gad2_2": Decimal(3)}


def test_rows_of_other_scales_are_counted_and_said():
    rows = read(["1,q1,,1,2026-01-05", "1,gds1,YES,1,2026-01-05", "1,gds2,NO,0,2026-01-05"])
    assert [(row.row, row.rows, len(row.remarks)) for row in rows] == [(2, 1, 0), (3, 2, 1)]
    assert "2 rows of 'gds', lines 3 to 4, are not taken" in rows[1].remarks[0].message


def test_a_number_unlike_all_others_beside_the_same_words_is_reported():
    lines = [f"{n},gds1,NO,{1 if n else 0},2026-01-05" for n in range(4)]
    remark = read(["9,q1,,0,2026-01-05", *lines])[-1].remarks[0]
    assert (remark.row, remark.column, remark.value) == (3, "number", "0")
    assert "'NO' is 0 here and 1 in 3 other rows" in remark.message


def test_rows_without_patient_or_day_are_refused_alone():
    rows = read([",q1,,1,2026-01-05", "1,q1,,1,", "1,q1,,1,2026-01-05,,more"])
    assert complaints(rows) == [(2, "id", ""), (3, "day", ""), (4, "", "")]


def test_numbers_one_above_their_words_are_asked_about():
    rows = read(["1,q1,Not at all,1,2026-01-05", "1,q2,Several days,2,2026-01-05"])
    assert "every number is one more than its words" in rows[-1].remarks[0].message
    shifted = MAPPING + "subtract = 1\n"
    (row,) = read(["1,q1,Not at all,1,2026-01-05", "1,q2,Several days,2,2026-01-05"], shifted)
    assert dict(row.scores[0].draft.answers) == {"gad2_1": 0, "gad2_2": 1}


def test_a_column_of_scales_says_which_rows_belong():
    mapping = MAPPING + 'instrument_column = "answer"\nvalues = {"anxiety" = "gad2"}\n'
    mapping = mapping.replace('answer_column = "answer"\n', "")
    rows = read(["1,q1,anxiety,1,2026-01-05", "1,q2,mood,1,2026-01-05"], mapping)
    assert [dict(row.scores[0].draft.answers) for row in rows if row.scores] == [{"gad2_1": 1}]
    assert "'mood'" in rows[1].remarks[0].message
