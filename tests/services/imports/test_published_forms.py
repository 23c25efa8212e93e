"""Published forms imported by their answers: their totals, and what is wrong in them.

PCL-5: Armour and others 2017, as packaged in BGGM; the figures are computed from the file. GAD-7:
the CDISC example of pharmaverse/admiral. PHQ-9: the example of HL7's SDC guide.
"""

import csv
import io
import statistics
from pathlib import Path

import pytest

from tests.builders import patients
from tracker.exchange.mapping import model as mapping_model
from tracker.services.exports import stream as export_stream
from tracker.services.exports.stream import ExportChoice
from tracker.services.imports import run as import_run
from tracker.services.scores import commands as score_commands

COPIES = Path(__file__).resolve().parents[2] / "data"
SHARED = Path(__file__).resolve().parents[3].parent / "shared" / "data"
GAD7 = (COPIES / "cdisc-qs-gad7" / "example_qs.csv").read_bytes()
PHQ9 = (COPIES / "fhir-phq9" / "questionnaireresponse-sdc-phq9.json").read_bytes()
PHQ_MAPPING = """
[patient]
record_number = "id"
create_unknown = true
[[scores]]
instrument = "phq9"
items = ["q1", "q2", "q3", "q4", "q5", "q6", "q7", "q8", "q9"]
column = "total"
date_column = "day"
"""
PHQ_HEAD = "id,day,q1,q2,q3,q4,q5,q6,q7,q8,q9,total\n"


def guessed(data, by, *answers):
    """Guess the mapping and answer its questions in its text, as a person would."""
    text = import_run.outline(data, by=by).to_toml()
    for before, after in answers:
        assert before in text
        text = text.replace(before, after, 1)
    return text


def bring_in(data, by, **how):
    planned = import_run.plan(data, by=by, **how)
    assert planned.problems == ()
    assert planned.rows_read == planned.rows_stored + planned.rows_left_out
    import_run.apply(planned, by=by)
    again = import_run.plan(data, by=by, **how)
    assert again.rows_duplicate == planned.rows_stored
    return planned


def rows(kind, by):
    text = b"".join(export_stream.stream(ExportChoice(kind), by=by)).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def remarks(planned):
    return [(remark.row, remark.column, remark.message) for remark in planned.remarks]


def phq(*lines):
    return (PHQ_HEAD + "".join(f"{line}\n" for line in lines)).encode()


@pytest.mark.both_databases
def test_gad7_falls_from_15_by_14_and_13_to_7_as_stated(cast):
    mapping = guessed(GAD7, cast.anna, ("create_unknown = false", "create_unknown = true"))
    planned = bring_in(GAD7, cast.anna, mapping=mapping)
    assert (planned.rows_read, planned.rows_stored, planned.rows_left_out) == (161, 32, 129)
    found = [(r["taken_at"], r["total"], r["stated_total"], r["note"], r["completeness"])
             for r in rows("scores", cast.anna)]  # fmt: skip
    assert found == [
        ("2012-11-16", "15", "15", "VISIT 1", "complete"),
        ("2013-04-15", "14", "14", "UNSCHEDULED VISIT 5.01", "complete"),
        ("2013-05-15", "13", "13", "VISIT 6", "complete"),
        ("2013-11-14", "7", "7", "VISIT 12", "complete"),
    ]


def test_the_wrong_code_and_the_scale_that_is_not_here_are_reported(cast):
    mapping = guessed(GAD7, cast.anna, ("create_unknown = false", "create_unknown = true"))
    told = remarks(import_run.plan(GAD7, mapping=mapping, by=cast.anna))
    assert [(row, column) for row, column, _ in told] == [
        (34, "QSTESTCD"), (154, "QSTESTCD"), (70, "QSSTRESN"),
    ]  # fmt: skip
    assert "120 rows of 'GDS SHORT FORM'" in told[0][2]
    assert "GDS0207: 'NO' is 0 here and 1 in 7 other rows" in told[2][2]


def test_a_wrong_code_of_a_scale_that_is_here_keeps_the_file_out(cast):
    wrong = GAD7.replace(b"More than half the days,GAD-7 V2,2", b"Several days,GAD-7 V2,2", 1)
    mapping = guessed(wrong, cast.anna, ("create_unknown = false", "create_unknown = true"))
    planned = import_run.plan(wrong, mapping=mapping, by=cast.anna)
    assert [(p.row, p.column, p.value) for p in planned.problems] == [(2, "QSSTRESN", "2")]
    assert planned.rows_refused == 8


def test_221_people_have_the_pcl5_totals_of_the_file(cast):
    file = SHARED / "pcl5-items" / "ptsd.csv"
    if not file.is_file():
        pytest.skip("the shared data set pcl5-items is not on this machine")
    data = file.read_bytes()
    mapping = guessed(
        data, cast.anna,
        ("create_unknown = false", 'create_unknown = true\nrecord_number = "column 1"'),
        ("[[scores]]", '[anchor]\nat = 2016-01-01\n\n[[scores]]\ninstrument = "pcl5"\n'
                       "days_after = 0"),
    )  # fmt: skip
    assert bring_in(data, cast.anna, mapping=mapping).remarks == ()
    totals = [int(row["total"]) for row in rows("scores", cast.anna)]
    assert (len(totals), min(totals), max(totals)) == (221, 4, 80)
    assert round(statistics.mean(totals), 4) == 30.5294
    assert round(statistics.stdev(totals), 4) == 14.4022
    assert statistics.median(totals) == 27
    assert (sum(t >= 31 for t in totals), sum(t >= 33 for t in totals)) == (90, 78)


def test_the_same_answers_coded_from_one_are_noticed_and_never_shifted_unasked(cast):
    file = SHARED / "pcl5-items" / "ptsd.csv"
    if not file.is_file():
        pytest.skip("the shared data set pcl5-items is not on this machine")
    shifted = io.StringIO(newline="")
    for cells in csv.reader(io.StringIO(file.read_text(), newline="")):
        moved = cells if not cells[0] else [cells[0], *(str(int(cell) + 1) for cell in cells[1:])]
        csv.writer(shifted).writerow(moved)
    data = shifted.getvalue().encode()
    answers = (
        ("create_unknown = false", 'create_unknown = true\nrecord_number = "column 1"'),
        ("[[scores]]", '[anchor]\nat = 2016-01-01\n\n[[scores]]\ninstrument = "pcl5"\n'
                       "days_after = 0"),
    )  # fmt: skip
    text = guessed(data, cast.anna, *answers)
    assert "# - scores[1].subtract: PCL-5" in text
    refused = import_run.plan(data, mapping=text, by=cast.anna)
    assert {problem.value for problem in refused.problems} == {"5"}
    assert any("lies between 1 and 5 and none is 0" in words for *_, words in remarks(refused))
    bring_in(
        data, cast.anna, mapping=text.replace("days_after = 0", "days_after = 0\nsubtract = 1")
    )
    totals = [int(row["total"]) for row in rows("scores", cast.anna)]
    assert round(statistics.mean(totals), 4) == 30.5294


def test_a_stated_13_beside_answers_of_10_is_a_disagreement(cast):
    patient_id = patients.a_patient(cast.anna)
    planned = bring_in(PHQ9, cast.anna, patient="B-17")
    told = {column: words for _, column, words in remarks(planned)}
    assert "states a total of 13; its answers come to 10" in told["H1/TS"]
    assert "question 9" in told[""]
    (record,) = score_commands.of_patient(patient_id, by=cast.anna)
    assert (record.total, record.stated_total, record.mode) == (10, 13, "file")


def test_a_form_must_be_said_to_be_somebodys(cast):
    with pytest.raises(mapping_model.MappingError, match="Patient/proband"):
        import_run.plan(PHQ9, by=cast.anna)
    planned = import_run.plan(PHQ9, patient="X-9", by=cast.anna)
    assert "no patient with this record number" in planned.problems[0].message


@pytest.mark.both_databases
def test_missing_answers_stay_missing(cast):
    data = phq(
        "1,2026-01-05,0,1,2,3,0,1,2,3,0,12",
        "2,2026-01-05,0,1,2,3,0,1,2,,NA,9",
        "3,2026-01-05,0,1,2,3,.,-99,#NULL!,,NA,6",
        "4,2026-01-05,,,,,,,,,,",
        "5,2026-01-05,,,,,,,,,,14",
    )
    planned = import_run.plan(data, mapping=PHQ_MAPPING, by=cast.anna)
    assert planned.problems == ()
    import_run.apply(planned, by=cast.anna)
    found = [(r["record_number"], r["total"], r["completeness"], r["stated_total"], r["answers"])
             for r in rows("scores", cast.anna)]  # fmt: skip
    whole = "phq9_1=0; phq9_2=1; phq9_3=2; phq9_4=3"
    assert found == [
        ("1", "12", "complete", "12",
         f"{whole}; phq9_5=0; phq9_6=1; phq9_7=2; phq9_8=3; phq9_9=0"),
        ("2", "12", "prorated", "9", f"{whole}; phq9_5=0; phq9_6=1; phq9_7=2"),
        ("3", "", "incomplete", "6", whole),
        ("5", "14", "complete", "", ""),
    ]  # fmt: skip
    told = [words for *_, words in remarks(planned)]
    assert any("1 form stored without a total" in words for words in told)
    assert any("1 form stored with a prorated total" in words for words in told)
    assert any("states a total of 6, but answers are missing" in words for words in told)
    answers = rows("answers", cast.anna)
    assert len(answers) == 30  # ten questions of each form that was answered
    assert sum(row["value"] == "" for row in answers if row["record_number"] == "3") == 6
    assert answers[3]["answer"] == "Nearly every day"


def test_an_answer_that_is_none_is_listed_by_row_and_column_and_nothing_is_stored(cast):
    data = phq("1,2026-01-05,0,1,2,7,0,1,2,3,0,12", "2,2026-01-05,often,1,2,3,0,1,2,3,0,12")
    planned = import_run.plan(data, mapping=PHQ_MAPPING, by=cast.anna)
    assert [(p.row, p.column, p.value) for p in planned.problems] == [
        (2, "q4", "7"), (3, "q1", "often"),
    ]  # fmt: skip
    explained = PHQ_MAPPING + 'not_answered = ["7"]\nanswers = {often = "2"}\n'
    assert import_run.plan(data, mapping=explained, by=cast.anna).problems == ()


def test_a_total_that_is_there_keeps_other_answers_out(cast):
    first = phq("1,2026-01-05,0,1,2,3,0,1,2,3,0,12")
    import_run.apply(import_run.plan(first, mapping=PHQ_MAPPING, by=cast.anna), by=cast.anna)
    for cells, refused in (("0,1,2,3,0,1,2,3,1", 1), ("1,0,2,3,0,1,2,3,0", 1)):
        planned = import_run.plan(phq(f"1,2026-01-05,{cells},"), mapping=PHQ_MAPPING, by=cast.anna)
        assert planned.rows_refused == refused
        assert "another score for this time" in planned.problems[0].message


@pytest.mark.parametrize(
    ("data", "mapping"),
    [
        (b"id,day,q1,q2,q3,q4,q5,q6,q7,q8,q9,total\n1,2026-01-05,,,,,,,,,,12.5\n", PHQ_MAPPING),
        (b"id,visit date,PHQ-9\n1,2024-01-08,12.5\n", None),
        (b"MRN,Date,PHQ-9 total\nHP-1,2026-11-20,12.5\n", None),
    ],
)
def test_half_a_point_of_a_scale_that_counts_whole_ones_is_refused(cast, data, mapping):
    mapping = mapping or guessed(
        data, cast.anna, ("create_unknown = false", "create_unknown = true")
    )
    [problem] = import_run.plan(data, by=cast.anna, mapping=mapping).problems
    assert (problem.row, problem.value) == (2, "12.5")
    assert problem.message == "PHQ-9 counts whole points: give a whole number."
