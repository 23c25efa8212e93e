"""Long numbers that a spreadsheet has rounded: 1.23457E+12 is nobody's record number."""

import csv
import io

import pytest

from tests.services.imports.test_run import bring_in, course, export  # noqa: F401 - a fixture
from tests.services.imports.test_same_person import MAPPED, MAPPING, OWN
from tracker.exchange.cells import numbers
from tracker.models import db
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.imports import run as import_run

pytestmark = pytest.mark.both_databases

S13 = "1.23457E+12,Ames,Kit,1980-01-02,2026-11-01,14\n1.23457E+12,,,,2026-11-08,9"


def plan(anna, text, mapping=""):
    return import_run.plan(text.encode(), mapping=mapping, by=anna)


def told(problems):
    return [(one.row, one.column, one.message, one.value) for one in problems]


def test_a_record_number_in_another_clinics_file_is_refused_by_row(anna):
    planned = plan(anna, MAPPED.format(S13), MAPPING)
    assert told(planned.problems) == [
        (2, "MRN", numbers.ROUNDED, "1.23457E+12"), (3, "MRN", numbers.ROUNDED, "1.23457E+12"),
    ]  # fmt: skip
    assert planned.counts["patients"] == 0


@pytest.mark.parametrize("number", ["1.23457E+12", "1,23457e+12", " 9E+15 "])
def test_and_in_our_own(anna, number):
    cell = f'"{number}"' if "," in number else number
    planned = plan(anna, OWN.replace("\n1,", f"\n{cell},"))
    assert told(planned.problems) == [(2, "record_number", numbers.ROUNDED, number)]


@pytest.mark.parametrize("number", ["1E5", "E+12", "12E+B", "2026-E+1", "1.5E3"])
def test_what_only_looks_a_little_like_it_is_a_record_number(anna, number):
    planned = plan(anna, OWN.replace("\n1,", f"\n{number},"))
    assert planned.problems == ()


def rounded(data, **changed):
    """Do to the ids of an export what a spreadsheet does."""
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    made = io.StringIO()
    writer = csv.DictWriter(made, rows[0].keys())
    writer.writeheader()
    for row in rows:
        short = f"{int(row['session_id']):.5E}"
        writer.writerow(row | {"session_id": short} | changed)
    return made.getvalue().encode()


def test_sessions_whose_ids_were_rounded_are_found_by_their_numbers(cast, course):  # noqa: F811
    data = rounded(export("sessions", cast.anna))
    planned = import_run.plan(data, by=cast.anna)
    assert planned.problems == ()
    assert planned.rows_duplicate == planned.rows_read > 1
    [remark] = planned.remarks  # one for the file
    assert (remark.row, remark.column, remark.message) == (2, "session_id", numbers.ROUNDED_IDS)


def test_one_that_is_not_here_gets_an_id_of_its_own(cast, course):  # noqa: F811
    before = set(db.session.scalars(db.select(TreatmentSession.id)))
    lines = rounded(export("sessions", cast.anna), session_number="77").splitlines()
    bring_in(b"\n".join(lines[:2]) + b"\n", cast.anna)
    made = db.session.scalars(db.select(TreatmentSession).filter_by(number=77)).one()
    assert made.id not in before


def test_an_id_that_a_score_names_cannot_be_found_so(cast, course):  # noqa: F811
    data = export("scores", cast.anna).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(data)))
    spoilt = data.replace(rows[0]["score_id"], "5.35286E+13", 1)
    planned = plan(cast.anna, spoilt)
    assert told(planned.problems) == [(2, "score_id", numbers.ROUNDED, "5.35286E+13")]
