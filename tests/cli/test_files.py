"""Files in and out by the command line, as a newcomer uses it."""

import csv
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from tracker.cli import imports, main
from tracker.cli.exports import KINDS
from tracker.exchange.tables import EXPORTED

COPIES = Path(__file__).resolve().parents[1] / "data"
PATIENTS = (
    "record_number,given_name,family_name,birth_date,sex,email,phone,indications,notes,archived_on\n"
    "B-17,Ben,Patient,{},male,,,depression,,\n"
)
MAPPING = """
[patient]
record_number = "id"
create_unknown = true
[[scores]]
column = "phq9"
instrument = "phq9"
date_column = "date"
"""


@pytest.fixture
def run(set_up, tmp_path, monkeypatch):
    """Run a command on an instance of its own, set up."""
    instance = shutil.copytree(set_up, tmp_path / "clinic")
    monkeypatch.setenv("TRACKER_INSTANCE", str(instance))
    for name in ("TRACKER_DATABASE_URL", "TRACKER_SMTP_HOST"):
        monkeypatch.delenv(name, raising=False)

    def command(*words):
        return CliRunner().invoke(main, list(map(str, words)), catch_exceptions=False)

    return command


@pytest.fixture
def write(tmp_path):
    def into(name, text):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return into


def exported(run, kind):
    result = run("export", kind)
    assert result.exit_code == 0, result.output
    return list(csv.DictReader(result.stdout.splitlines()))


def test_a_newcomer_guesses_edits_tries_and_imports(run, write):
    file = COPIES / "esketamine-adolescents" / "Dataset.csv"
    guessed = run("import", file)
    assert guessed.exit_code == 0
    assert "Nothing was imported" in guessed.stderr
    text = guessed.stdout
    assert "# Answer before importing:" in text
    unanswered = run("import", file, "--mapping", write("map.toml", text))
    assert unanswered.exit_code == 1
    assert "anchor.at" in unanswered.stderr
    for before, after in (
        ('0 = ""\n1 = ""', '0 = "male"\n1 = "female"'),
        ("[[scores]]", "[anchor]\nat = 2020-01-01T09:00:00\n\n[[scores]]"),
        ('column = "MADRS_Post"',
         'column = "MADRS_Post"\noccasion = "hours-after"\nhours_after = 24'),
        ("create_unknown = false", "create_unknown = true"),
    ):  # fmt: skip
        assert before in text
        text = text.replace(before, after, 1)
    mapping = write("map.toml", text)
    tried = run("import", file, "--mapping", mapping, "--dry-run")
    assert tried.exit_code == 0, tried.output
    assert "Would be stored: 10 patients, 20 scores" in tried.stdout
    assert "Columns not used: column 1, Age" in tried.stdout
    assert exported(run, "scores") == []
    done = run("import", file, "--mapping", mapping)
    assert done.exit_code == 0
    assert "Stored: 10 patients, 20 scores" in done.stdout
    assert len(exported(run, "scores")) == 20
    again = run("import", file, "--mapping", mapping)
    assert (again.exit_code, "Stored: nothing" in again.stdout) == (0, True)


def test_sessions_with_days_alone_ask_for_the_time_and_take_the_answer_as_it_is_shown(run, write):
    rows = "".join(f"R-1,2025-01-{day:02},iv,ketamine,35,70\n" for day in (6, 9, 13))
    file = write("days.csv", f"patient,infusion date,route,drug,dose mg,weight kg\n{rows}")
    guessed = run("import", file)
    assert "1 open question," in guessed.stderr
    mapping = write("days.toml", guessed.stdout.replace("unknown = false", "unknown = true"))
    refused = run("import", file, "--mapping", mapping, "--dry-run")
    assert refused.exit_code == 1
    assert refused.output.count("sessions[1].start_time: Say when sessions began") == 1
    write("days.toml", mapping.read_text().replace('start_time = ""', 'start_time = "09:00"'))
    tried = run("import", file, "--mapping", mapping, "--dry-run")
    assert tried.exit_code == 0, tried.output
    assert "3 sessions" in tried.output


def test_our_own_table_needs_no_mapping(run, write):
    file = write("patients.csv", PATIENTS.format("1980-03-02"))
    assert "1 rows read: 1 to store" in run("import", file).stdout
    assert exported(run, "patients")[0]["birth_date"] == "1980-03-02"


def test_our_own_table_with_an_unclear_date_asks_first(run, write):
    result = run("import", write("patients.csv", PATIENTS.format("3/4/1980")))
    assert result.exit_code == 0
    assert "file.date_order" in result.stdout
    assert exported(run, "patients") == []


def test_problems_are_listed_by_row_and_column_and_nothing_is_stored(run, write):
    file = write("patients.csv", PATIENTS.format("2999-03-02"))
    result = run("import", file)
    assert result.exit_code == 1
    assert "row 2, birth_date: Give a birth date from 1900 to today. (2999-03-02)" in result.stdout
    assert "Nothing was stored" in result.stderr
    assert exported(run, "patients") == []


def test_a_long_list_of_problems_is_cut_short_and_reported_whole(run, write, tmp_path, monkeypatch):
    monkeypatch.setattr(imports, "SHOWN_MAX", 3)
    lines = "".join(f"{n},2026-01-05,=99\n" for n in range(5))
    file = write("scores.csv", "id,date,phq9\n" + lines)
    report = tmp_path / "report.csv"
    result = run("import", file, "--mapping", write("m.toml", MAPPING), "--report", report)
    assert result.exit_code == 1
    assert "... and 2 more" in result.stdout
    with report.open(newline="", encoding="utf-8") as found:
        rows = list(csv.DictReader(found))
    assert [row["row"] for row in rows] == ["2", "3", "4", "5", "6"]
    assert {row["value"] for row in rows} == {"'=99"}


@pytest.mark.parametrize("content", ["", "PK\x03\x04", "id\n"])
def test_what_is_no_table_is_refused_in_one_line(run, write, content):
    result = run("import", write("x.csv", content))
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.output


def test_an_empty_mapping_is_not_taken_for_a_guess(run, write):
    file = write("scores.csv", "id,date,phq9\n1,2026-01-05,9\n")
    result = run("import", file, "--mapping", write("empty.toml", "\n"))
    assert (result.exit_code, "is empty" in result.stderr) == (1, True)


def test_a_file_that_is_not_there_is_named(run, tmp_path):
    result = run("import", tmp_path / "none.csv")
    assert result.exit_code == 2
    assert "none.csv" in result.stderr


def test_the_help_tells_a_newcomer_what_to_do(run):
    text = run("import", "--help").stdout
    for words in ("scores.toml", "--dry-run", "Exit status", "patients first"):
        assert words in text


def test_the_bar_shows_only_after_a_while_and_passes_every_row_on(monkeypatch, capsys):
    at = iter(range(0, 10_000, 3))
    monkeypatch.setattr(imports.time, "monotonic", lambda: next(at))
    rows = list(range(1200))
    assert list(imports._bar(b"\n" * 1200)(rows)) == rows
    assert list(imports._bar(b"\n")([1])) == [1]
    assert capsys.readouterr().out == ""


def test_an_export_goes_into_a_file(run, write, tmp_path):
    run("import", write("patients.csv", PATIENTS.format("1980-03-02")))
    target = tmp_path / "out.csv"
    assert run("export", "patients", "--output", target, "--bom").exit_code == 0
    assert target.read_bytes().startswith(b"\xef\xbb\xbfrecord_number,")
    assert run("import", target).stdout.startswith("1 rows read: 0 to store, 1 add nothing new")


def test_every_table_that_goes_out_has_its_word(run):
    assert set(KINDS) == set(EXPORTED)
    for kind in ("readings", "adverse-events"):
        lines = run("export", kind).stdout.splitlines()
        assert lines == [",".join(EXPORTED[kind].headings)]


def test_one_form_in_fhir_needs_only_to_be_told_whose_it_is(run, write):
    file = COPIES / "fhir-phq9" / "questionnaireresponse-sdc-phq9.json"
    asked = run("import", file)
    assert (asked.exit_code, "--patient P-0012" in asked.stdout) == (0, True)
    run("import", write("patients.csv", PATIENTS.format("1980-03-02")))
    done = run("import", file, "--patient", "B-17")
    assert done.exit_code == 0, done.output
    assert "The file states a total of 13; its answers come to 10." in done.stdout
    (score,) = exported(run, "scores")
    assert (score["total"], score["stated_total"], score["mode"]) == ("10", "13", "file")
    assert len(exported(run, "answers")) == 10


def test_damaged_json_says_where(run, write):
    result = run("import", write("form.json", '{"resourceType":\n'), "--patient", "B-17")
    assert result.exit_code == 1
    assert "line 2, column 1" in result.stderr


def test_answers_in_rows_come_in_by_the_mapping_that_was_guessed(run, write):
    file = COPIES / "cdisc-qs-gad7" / "example_qs.csv"
    text = run("import", file).stdout.replace("create_unknown = false", "create_unknown = true")
    done = run("import", file, "--mapping", write("map.toml", text))
    assert done.exit_code == 0, done.output
    assert "32 to store, 0 add nothing new, 0 refused, 129 left out" in done.stdout
    assert "row 70, QSSTRESN: GDS0207: 'NO' is 0 here" in done.stdout
    assert [score["total"] for score in exported(run, "scores")] == ["15", "14", "13", "7"]


def test_a_score_of_a_day_that_has_one_is_asked_about_and_answered_by_an_option(
    run, write, tmp_path
):
    mapping = write("scores.toml", MAPPING)
    run("import", write("patients.csv", PATIENTS.format("1980-03-02")))
    first = write("first.csv", "id,date,phq9\nB-17,2026-01-05 09:10,27\n")
    assert run("import", first, "--mapping", mapping).exit_code == 0
    file = write("scores.csv", "id,date,phq9\nB-17,2026-01-05,3\n")
    report = tmp_path / "report.csv"
    asked = run("import", file, "--mapping", mapping, "--report", report)
    assert asked.exit_code == 1
    words = "PHQ-9 of Jan 5, 2026 is there already: 27 at 9:10 AM."
    assert f"row 2, phq9: {words} The same form twice, or a correction? (3)" in asked.stdout
    assert "--same-day leave-out" in asked.stderr
    [line] = csv.DictReader(report.read_text().splitlines())
    assert (line["kind"], line["row"], line["value"]) == ("question", "2", "3")
    assert len(exported(run, "scores")) == 1
    left = run("import", file, "--mapping", mapping, "--same-day", "leave-out")
    assert "1 left out" in left.stdout
    assert len(exported(run, "scores")) == 1
    both = run("import", file, "--mapping", mapping, "--same-day", "both")
    assert (both.exit_code, "Stored: 1 score." in both.stdout) == (0, True)
    assert {score["total"] for score in exported(run, "scores")} == {"3", "27"}


def test_people_who_may_be_here_are_asked_about_at_the_command_line(run, write):
    run("import", write("patients.csv", PATIENTS.format("1980-03-02")))
    file = write("again.csv", PATIENTS.format("1980-03-02").replace("B-17", "b17"))
    asked = run("import", file)
    assert asked.exit_code == 1
    assert "The same person?" in asked.stdout
    assert "--same-person same takes" in asked.stderr
    done = run("import", file, "--same-person", "same")
    assert (done.exit_code, "Stored: nothing." in done.stdout) == (0, True)


def test_an_import_is_listed_undone_and_comes_in_again(run, write):
    path, mapping = write("s.csv", "id,phq9,date\nB-17,12,2026-01-05\n"), write("s.toml", MAPPING)
    stored = run("import", path, "--mapping", mapping)
    assert stored.exit_code == 0, stored.output
    import_id = stored.output.rpartition("(import ")[2].strip(" )\n")
    listed = run("import", "list").output
    assert f"{import_id}  " in listed
    assert "mapped" not in listed
    assert "1 read, 1 stored, 0 refused, 0 there already" in listed
    done = run("import", "undo", import_id, "--reason", "The wrong file", "--yes")
    assert done.exit_code == 0, done.output
    assert "Undone: 1 patient, 1 score. The same file can be imported again." in done.output
    assert exported(run, "patients") == exported(run, "scores") == []
    assert "undone" in run("import", "list").output
    aside = [json.loads(line) for line in run("import", "set-aside", import_id).stdout.splitlines()]
    assert [(one["table"], one.get("record_number")) for one in aside] == [
        ("assessment", None), ("patient", "B-17"),
    ]  # fmt: skip
    again = run("import", "undo", import_id, "--reason", "Once more", "--yes")
    assert (again.exit_code, "It was undone already" in again.output) == (1, True)
    assert run("import", path, "--mapping", mapping).exit_code == 0
    assert len(exported(run, "scores")) == 1


@pytest.mark.parametrize("words", [("undo", "7", "--reason", "x", "--yes"), ("set-aside", "7")])
def test_an_import_that_is_not_there_is_said_so(run, words):
    said = run("import", *words)
    assert said.exit_code == 1
    assert "There is no import 7 here" in said.output


def test_an_undo_that_people_stand_in_the_way_of_says_what_they_did(run, write):
    path, mapping = write("s.csv", "id,phq9,date\nB-17,12,2026-01-05\n"), write("s.toml", MAPPING)
    first = run("import", path, "--mapping", mapping).output.rpartition("(import ")[2].strip(" )\n")
    path = write("t.csv", "id,phq9,date\nB-17,9,2026-02-05\n")
    second = run("import", path, "--mapping", mapping).output
    said = run("import", "undo", first, "--reason", "The wrong file", "--yes")
    assert said.exit_code == 1
    assert f"undo that one first (import {second.rpartition('(import ')[2]}".strip() in said.output
    assert len(exported(run, "scores")) == 2


def test_a_command_without_a_file_says_what_is_missing(run):
    said = run("import")
    assert said.exit_code == 2
    assert "Missing argument 'FILE'" in said.output
