"""The report as a file says what its page says, and nothing of very few."""

import csv
import io

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from tests.builders.outcomes import cohort
from tracker.domain.codes import Indication
from tracker.domain.outcomes import text
from tracker.domain.outcomes.reports import rows as report_rows
from tracker.domain.outcomes.reports.withholding import withhold
from tracker.domain.outcomes.selection import Selection
from tracker.domain.problems import NotFoundError
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.services.outcomes import commands as outcome_commands
from tracker.services.outcomes import keeping, reports
from tracker.services.outcomes import queries as outcome_queries
from tracker.services.unit_of_work import housekeeping


@pytest.fixture
def people(cast):
    cohort.fill(cast.clinic_id, 120)
    outcome_commands.count_anew(by=cast.anna)


def read(code="phq9", *arguments, by):
    text = b"".join(reports.csv(code, *arguments, by=by)).decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_a_row_says_what_was_counted_of_whom_and_by_which_definition(people, cast):
    rows = read(by=cast.anna)
    figures = outcome_queries.report("phq9", by=cast.anna).figures
    first, twice = (row for row in rows if row["figure"] == "Response")
    for row, one in ((first, figures.response.observed), (twice, figures.response.of_all)):
        assert (int(row["n"]), int(row["of"])) == (one.count, one.of)
        told = [float(row[name]) for name in ("value", "low", "high")]
        assert told == pytest.approx([100 * end for end in (one.share, *one.interval)])
    assert first["definition"] == "A fall by 50 % of the baseline or more."
    assert "counted as without the result" in twice["of_whom"]
    change = next(row for row in rows if row["figure"] == "Mean change")
    assert float(change["value"]) == pytest.approx(figures.entered_pair.change)
    assert {row["definitions_version"] for row in rows} == {"1"}
    assert {row["instrument"] for row in rows} == {"phq9"}
    lines = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "outcomes.exported"))
    assert [line.detail for line in lines] == [f"{len(rows)} figures as CSV"]


def test_no_count_of_fewer_than_the_clinic_says_leaves_it(people, cast):
    """Of 120 there are small counts: they are withheld, and so is what they are the rest of."""
    rows = read(by=cast.anna)
    withheld = [row for row in rows if row["note"].startswith("withheld")]
    assert 0 < len(withheld) < len(rows) / 2
    assert all(row["n"] == row["of"] == row["value"] == row["low"] == "" for row in withheld)
    for row in rows:
        told = [int(row[name]) for name in ("n", "of") if row[name]]
        is_of_all = "counted as without" in row["of_whom"]
        rest = [told[1] - told[0]] if row["unit"] == "%" and len(told) == 2 else []
        assert is_of_all or not [one for one in told + rest if 0 < one < 5], row


def test_a_clinic_that_withholds_nothing_tells_each_count(people, cast):
    report = outcome_queries.report("phq9", by=cast.anna, with_places=True)
    told = list(report_rows.rows(report.figures, 10))
    assert list(withhold(told, report.figures, 1)) == told


def test_what_was_picked_out_is_told(people, cast):
    rows = read("phq9", Selection(everything=True, indication=Indication.PTSD), by=cast.anna)
    assert {row["picked_out"] for row in rows} == {"PTSD"}


def test_where_nothing_is_counted_there_is_no_file(cast):
    with housekeeping():
        keeping.forget_basis(keeping.of_clinic(cast.clinic_id))
    with pytest.raises(NotFoundError):
        reports.csv("phq9", by=cast.anna)


def test_the_document_says_what_the_rows_say(people, cast):
    pages = PdfReader(io.BytesIO(reports.pdf("phq9", by=cast.anna))).pages
    said = " ".join(" ".join(page.extract_text() for page in pages).split())
    figures = outcome_queries.report("phq9", by=cast.anna).figures
    assert text.share(figures.response.observed, 10) in said
    assert text.share(figures.response.of_all, 10) in said
    assert "withheld: it would tell a count of fewer than 5" in said
    assert "Definitions, version 1" in said
    assert "A fall by 50 % of the baseline or more." in said
    assert "no effect" in said
    assert "McInnes 2022" in said
    assert any(page.images for page in pages)


def test_of_very_few_nothing_is_told_but_the_definitions(cast):
    cohort.fill(cast.clinic_id, 3)
    outcome_commands.count_anew(by=cast.anna)
    assert {row["n"] + row["of"] + row["value"] for row in read(by=cast.anna)} == {""}
    pages = PdfReader(io.BytesIO(reports.pdf("phq9", by=cast.anna))).pages
    assert not any(page.images for page in pages)
