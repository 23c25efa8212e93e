"""The report as a file says what its page says, and nothing of very few."""

import csv
import io

import pytest
from sqlalchemy import select

from tests.builders.outcomes import cohort
from tracker.domain.codes import Indication
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
    assert [line.detail for line in lines] == [f"{len(rows)} figures"]


def test_what_was_picked_out_is_told(people, cast):
    rows = read("phq9", Selection(everything=True, indication=Indication.PTSD), by=cast.anna)
    assert {row["picked_out"] for row in rows} == {"PTSD"}


def test_where_nothing_is_counted_there_is_no_file(cast):
    with housekeeping():
        keeping.forget_basis(keeping.of_clinic(cast.clinic_id))
    with pytest.raises(NotFoundError):
        reports.csv("phq9", by=cast.anna)
