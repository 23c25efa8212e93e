"""Our own files of scores that were answered question by question."""

import csv
import io

import pytest

from tests.builders import courses, patients
from tracker.domain.problems import InvalidError
from tracker.exchange.csv import encodings
from tracker.models import db
from tracker.models.alerts import Alert
from tracker.models.assessments import Assessment
from tracker.services.exports import stream as export_stream
from tracker.services.exports.stream import ExportChoice
from tracker.services.imports import run as import_run


def export(kind, by):
    return b"".join(export_stream.stream(ExportChoice(kind), by=by))


def bring_in(data, by):
    planned = import_run.plan(data, by=by)
    assert planned.problems == ()
    return import_run.apply(planned, by=by)


def problems(data, by):
    planned = import_run.plan(data, by=by)
    with pytest.raises(InvalidError):
        import_run.apply(planned, by=by)
    return [(problem.row, problem.column) for problem in planned.problems]


def forget_scores():
    for model in (Alert, Assessment):
        db.session.execute(db.delete(model))
    db.session.commit()


def edited(data, **cells):
    """Write other cells into the first row."""
    rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    rows[0] |= cells
    written = io.StringIO(newline="")
    lines = csv.DictWriter(written, list(rows[0]), lineterminator="\r\n")
    lines.writeheader()
    lines.writerows(rows)
    return written.getvalue().encode()


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"answers": "phq9_1=4"}, "answers"),
        ({"answers": "phq9_99=1"}, "answers"),
        ({"answers": "phq9_1"}, "answers"),
        ({"answers": "phq9_1=1; phq9_1=2"}, "answers"),
        ({"answers": "phq9_1=1; phq9_2=0"}, "completeness"),
        ({"total": "26"}, "total"),
        ({"total": ""}, "total"),
        ({"total": "12.5", "answers": "", "mode": "total", "stated_total": ""}, "total"),
        ({"completeness": "prorated"}, "completeness"),
        ({"mode": "telepathy"}, "mode"),
        ({"stated_total": "1.00001"}, "stated_total"),
        ({"seconds_taken": "99999999"}, "seconds_taken"),
        ({"instrument_version": "x" * 21}, "instrument_version"),
    ],
)
def test_a_form_that_cannot_be_is_refused_by_its_column(cast, cells, column):
    patient_id = patients.a_patient(cast.anna)
    courses.answer_forms(cast.anna, patient_id)
    data = export("scores", cast.anna)
    forget_scores()
    assert column in [
        found for row, found in problems(edited(data, **cells), cast.anna) if row == 2
    ]


def test_answers_of_another_version_stand_as_they_were_told(cast):
    courses.answer_forms(cast.anna, patients.a_patient(cast.anna))
    data = edited(export("scores", cast.anna), instrument_version="0", answers="old_1=7", total="7")
    forget_scores()
    bring_in(data, cast.anna)
    assert export("scores", cast.anna) == data
    row = db.session.scalars(db.select(Assessment).filter_by(instrument_version="0")).one()
    assert (row.edition_id, row.answers) == (None, {"old_1": "7"})
    lines = list(csv.DictReader(io.StringIO(export("answers", cast.anna).decode(), newline="")))
    assert (lines[0]["item"], lines[0]["question"], lines[0]["value"]) == ("old_1", "", "7")


@pytest.mark.both_databases
def test_a_file_from_before_answers_were_kept_is_still_ours(cast):
    courses.answer_forms(cast.anna, patients.a_patient(cast.anna))
    with_answers = list(
        csv.DictReader(io.StringIO(export("scores", cast.anna).decode(), newline=""))
    )
    forget_scores()
    written = io.StringIO(newline="")
    before = [
        name
        for name in with_answers[0]
        if name
        not in {
            "instrument_version",
            "mode",
            "completeness",
            "stated_total",
            "seconds_taken",
            "answers",
        }
    ]
    lines = csv.DictWriter(written, before, extrasaction="ignore")
    lines.writeheader()
    lines.writerows(row for row in with_answers if row["total"])
    data = written.getvalue().encode()
    assert bring_in(data, cast.anna).counts["scores"] == 2
    assert import_run.plan(data, by=cast.anna).rows_refused == 0
    assert {row.mode for row in db.session.scalars(db.select(Assessment))} == {"total"}


def test_the_file_of_answers_says_that_the_scores_carry_them(cast):
    courses.answer_forms(cast.anna, patients.a_patient(cast.anna))
    data = export("answers", cast.anna)
    with pytest.raises(encodings.UnreadableFileError, match=r"import scores\.csv"):
        import_run.plan(data, by=cast.anna)
