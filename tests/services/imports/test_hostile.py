"""Files that nobody should send, and will: each is stored whole or not at all."""

import gzip

import pytest

from tests.builders import patients
from tracker.exchange.csv import encodings
from tracker.exchange.mapping import model as mapping_model
from tracker.models import db
from tracker.models.assessments import Assessment
from tracker.models.patients import Patient
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.imports import run as import_run

SCORES = """
[file]
date_order = "dmy"
[patient]
record_number = "id"
create_unknown = true
columns = {birth_date = "dob", family_name = "name"}
[[scores]]
column = "phq9"
instrument = "phq9"
date_column = "date"
"""
SESSIONS = """
[patient]
record_number = "id"
create_unknown = true
[[sessions]]
weight_unit = "kg"
columns = {started_at = "when", dose_mg = "dose", weight_kg = "weight"}
fixed = {drug = "ketamine", route = "iv"}
"""
HEAD = "id,name,dob,date,phq9\n"
GOOD = "7,Okafor,2/3/1980,5/1/2026,12\n"
SITTINGS = "id,when,dose,weight\n"

# The text of a row of scores, or a whole file, that comes in.
WELCOME = {
    "plain": HEAD + GOOD,
    "with a mark": ("\ufeff" + HEAD + GOOD).encode(),
    "latin-1": (HEAD + "8,Müller,,5/1/2026,12\n").encode("latin-1"),
    "windows-1252": (HEAD + "8,O’Neill €,,5/1/2026,12\n").encode("cp1252"),
    "utf-16": (HEAD + "8,Müller,,5/1/2026,12\n").encode("utf-16"),
    "lines of Windows": (HEAD + GOOD).replace("\n", "\r\n"),
    "lines of old Macs": (HEAD + GOOD).replace("\n", "\r"),
    "semicolons": (HEAD + GOOD).replace(",", ";"),
    "tabs": (HEAD + GOOD).replace(",", "\t"),
    "no last line end": (HEAD + GOOD).strip(),
    "blank lines": HEAD + "\n,,,,\n" + GOOD + "\n\n",
    "quotes in quotes": HEAD + '8,"O""Neill, Jr",,5/1/2026,12\n',
    "all quoted": '"id","name","dob","date","phq9"\n"8","x","","5/1/2026","12"\n',
    "last cells left out": HEAD + "8,x\n",
    "empty cells too many": HEAD + "8,x,,5/1/2026,12,,,\n",
    "missing in five ways": HEAD + "".join(
        f"{n},x,,5/1/2026,{word}\n" for n, word in enumerate(("", "NA", "#NULL!", ".", "-99"), 20)
    ),
    "leading zeros": HEAD + "009,x,,5/1/2026,12\n",
    "a formula": HEAD + "8,=1+1,,5/1/2026,12\n",
    "a command": HEAD + "8,@SUM(1),,5/1/2026,12\n",
    "right to left": HEAD + "8,محمد,,5/1/2026,12\n",
    "emoji and combining": HEAD + "8,Zoe\u0301 🙂,,5/1/2026,12\n",
    "markup": HEAD + "8,<script>alert(1)</script>,,5/1/2026,12\n",
    "quotes of SQL": HEAD + "8,Robert'); DROP TABLE patient;--,,5/1/2026,12\n",
    "a leap day": HEAD + "8,x,29/2/2000,29/2/2024,12\n",
    "the hour that comes twice": HEAD + "8,x,,2/11/2025 01:30,12\n",
    "a spreadsheet's day": HEAD + "8,x,,45000,12\n",
    "a total of nought": HEAD + "8,x,,5/1/2026,0\n",
    "a column nobody asked for": "id,name,dob,date,phq9,free\n7,Okafor,,5/1/2026,12,\x01\n",
    "a title above": "Clinic export\n\n" + HEAD + GOOD,
}  # fmt: skip
# A row of scores with something wrong, and the column that is to blame.
REFUSED = {
    "30 February": ("8,x,,30/2/2024,12", "date"),
    "29 February of another year": ("8,x,,29/2/2023,12", "date"),
    "the hour that was skipped": ("8,x,,8/3/2026 02:30,12", "date"),
    "the future": ("8,x,,1/1/2999,12", "date"),
    "the year 0": ("8,x,,1/1/0000,12", "date"),
    "the year 1": ("8,x,,0001-01-01,12", "date"),
    "the year 99999": ("8,x,,1/1/99999,12", "date"),
    "no date": ("8,x,,,12", "date"),
    "a word for a date": ("8,x,,yesterday,12", "date"),
    "no number": ("8,x,,5/1/2026,NaN", "phq9"),
    "infinity": ("8,x,,5/1/2026,inf", "phq9"),
    "1e309": ("8,x,,5/1/2026,1e309", "phq9"),
    "400 digits": (f"8,x,,5/1/2026,{'1' * 400}", "phq9"),
    "below the scale": ("8,x,,5/1/2026,-1", "phq9"),
    "above the scale": ("8,x,,5/1/2026,28", "phq9"),
    "half a point": ("8,x,,5/1/2026,12.5", "phq9"),
    "too many decimals": ("8,x,,5/1/2026,12.123456", "phq9"),
    "a comma": ('8,x,,5/1/2026,"12,5"', "phq9"),
    "digits of Arabic": ("8,x,,5/1/2026,١٢", "phq9"),
    "a remark": ("8,x,,5/1/2026,12 but tired", "phq9"),
    "a formula for a number": ("8,x,,5/1/2026,=6+6", "phq9"),
    "another birth date": ("7,Okafor,3/3/1980,6/1/2026,12", "dob"),
    "another name": ("7,Smith,,6/1/2026,12", "name"),
    "a score before birth": ("8,x,2/3/1980,5/1/1979,12", "date"),
    "a score before a birth that is known": ("7,Okafor,,1/3/1980,12", "date"),
    "a birth date to come": ("8,x,2/3/2999,5/1/2026,12", "dob"),
    "a birth year in two digits": ("8,x,2/3/80,5/1/2026,12", "dob"),
    "nobody": (",x,,5/1/2026,12", "id"),
    "a long number": (f"{'8' * 41},x,,5/1/2026,12", "id"),
    "a long name": (f"8,{'x' * 101},,5/1/2026,12", "name"),
    "a name on two lines": ('8,"x\ny",,5/1/2026,12', "name"),
    "a cell too many": ("8,x,,5/1/2026,12,13", ""),
    "one number, two people": ("8,x,,5/1/2026,12\n8,y,,6/1/2026,12", "name"),
    "one time, two totals": ("8,x,,5/1/2026,12\n8,x,,5/1/2026,13", "phq9"),
}
IMPOSSIBLE_DOSES = {
    "-5": "dose", "0": "dose", "NaN": "dose", "inf": "dose", "1e309": "dose", "35000": "dose",
    "35.00001": "dose", "35 mg": "dose",
}  # fmt: skip
UNREADABLE = {
    "nothing": b"",
    "blanks": b" \n \r\n",
    "headings alone": HEAD.encode(),
    "a zero character": (HEAD + "8,x\0y,,5/1/2026,12\n").encode(),
    "UTF-16 without a mark": (HEAD + GOOD).encode("utf-16-le"),
    "a spreadsheet": b"PK\x03\x04" + HEAD.encode(),
    "an old spreadsheet": b"\xd0\xcf\x11\xe0" + HEAD.encode(),
    "a PDF": b"%PDF-1.7\n" + HEAD.encode(),
    "a compressed file": gzip.compress(HEAD.encode()),
    "a database": b"SQLite format 3\0",
    "a web page": b"<!DOCTYPE html><html>",
    "a huge cell": (HEAD + f"8,{'x' * 70_000},,5/1/2026,12\n").encode(),
    "1,001 columns": (",".join(f"c{n}" for n in range(1001)) + "\n1\n").encode(),
    "one heading twice": b"id,name,dob,date,phq9,phq9\n7,x,,5/1/2026,1,2\n",
    "an open quotation mark": (HEAD + '8,"x,,5/1/2026,12\n').encode(),
    "a column too few": b"id,name,dob,phq9\n8,x,,12\n",
    "no table of ours": b"a,b\n1,2\n",
}


@pytest.fixture
def okafor(cast):
    patient_id = patients.a_patient(cast.anna, "7", family_name="Okafor", given_name="")
    db.session.get(Patient, patient_id).birth_date = patients.date(1980, 3, 2)
    db.session.commit()
    return patient_id


def count():
    return [
        db.session.scalar(db.select(db.func.count()).select_from(model))
        for model in (Patient, Assessment, TreatmentSession)
    ]


def plan(content, by, mapping=SCORES):
    data = content if isinstance(content, bytes) else content.encode()
    planned = import_run.plan(data, mapping=mapping, by=by)
    assert planned.rows_read == (
        planned.rows_stored + planned.rows_duplicate + planned.rows_refused
    )
    return planned


@pytest.mark.parametrize("content", WELCOME.values(), ids=WELCOME)
def test_an_odd_file_comes_in_whole_and_only_once(cast, okafor, content):
    planned = plan(content, cast.anna)
    assert planned.problems == ()
    assert planned.rows_refused == 0
    before = count()
    import_run.apply(planned, by=cast.anna)
    stored = count()
    assert sum(stored) == sum(before) + sum(planned.counts.values())
    again = plan(content, cast.anna)
    assert (again.rows_duplicate, again.problems) == (planned.rows_read, ())
    import_run.apply(again, by=cast.anna)
    assert count() == stored


@pytest.mark.parametrize(("row", "column"), REFUSED.values(), ids=REFUSED)
def test_one_bad_row_keeps_the_whole_file_out(cast, okafor, row, column):
    before = count()
    planned = plan(f"{HEAD}{GOOD}{row}\n9,z,,5/1/2026,3\n", cast.anna)
    assert {problem.column for problem in planned.problems} == {column}
    assert planned.rows_refused == 1
    with pytest.raises(import_run.InvalidError):
        import_run.apply(planned, by=cast.anna)
    assert count() == before


@pytest.mark.parametrize("dose", IMPOSSIBLE_DOSES)
def test_an_impossible_dose_is_refused(cast, okafor, dose):
    planned = plan(f"{SITTINGS}8,2026-01-05 09:30,{dose},70\n", cast.anna, SESSIONS)
    assert [problem.column for problem in planned.problems] == ["dose"]
    assert count() == [1, 0, 0]


@pytest.mark.both_databases
@pytest.mark.parametrize(("dose", "is_asked"), [("350", True), ("3.5", False)])
def test_a_dose_that_slipped_by_ten_is_told_once(cast, okafor, dose, is_asked):
    """Ten times too much is asked about, a tenth is remarked on."""
    planned = plan(f"{SITTINGS}8,2026-01-05 09:30,{dose},70\n", cast.anna, SESSIONS)
    assert planned.problems == ()
    told = [*planned.asked_doses, *(remark for remark in planned.remarks if remark.row)]
    assert [(one.column, one.value) for one in told] == [("dose", dose)]
    assert bool(planned.asked_doses) == is_asked


def test_a_weight_in_pounds_is_remarked_on_beside_the_one_before(cast, okafor):
    rows = "8,2026-01-05 09:30,35,70\n8,2026-01-08 09:30,35,154\n"
    planned = plan(SITTINGS + rows, cast.anna, SESSIONS)
    assert any("at the last session" in remark.message for remark in planned.remarks)


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_no_such_table_is_refused_in_words(cast, okafor, content):
    with pytest.raises((encodings.UnreadableFileError, mapping_model.MappingError)) as refused:
        import_run.plan(content, mapping=SCORES, by=cast.anna)
    assert len(str(refused.value)) > 15
    assert count() == [1, 0, 0]


@pytest.mark.parametrize("mapping", ["x", "[file]\nencoding = 'klingon'", 'table = "nothing"'])
def test_a_mapping_that_is_none_is_refused_in_words(cast, mapping):
    with pytest.raises((encodings.UnreadableFileError, mapping_model.MappingError)):
        import_run.plan(HEAD.encode() + GOOD.encode(), mapping=mapping, by=cast.anna)


def test_the_corpus_is_large_enough():
    corpus = (WELCOME, REFUSED, IMPOSSIBLE_DOSES, UNREADABLE)
    assert sum(map(len, corpus)) >= 80
