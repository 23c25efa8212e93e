"""Dangers in a file: each named by its row, and the recent ones raised where somebody asks."""

import re
from datetime import timedelta

import pytest

from tests.builders import courses, patients
from tests.services.imports.test_forms import export, forget_scores
from tracker.models import db
from tracker.services import clock
from tracker.services.alerts import commands as alert_commands
from tracker.services.imports import run as import_run

pytestmark = pytest.mark.both_databases

ITEMS = ",".join(f"phq{n}" for n in range(1, 10))
MAPPING = """
[patient]
record_number = "id"
create_unknown = true

[[scores]]
instrument = "phq9"
date_column = "visit date"
items = [{items}]
""".format(items=", ".join(f'"phq{n}"' for n in range(1, 10)))
TOTALS = """
[patient]
record_number = "id"
create_unknown = true

[[scores]]
instrument = "c-ssrs-screener"
date_column = "visit date"
column = "level"
"""


def forms(amount, *, days_ago=400, last="1"):
    """A file of PHQ-9 forms of one day, each with the ninth question above zero."""
    day = (clock.now() - timedelta(days=days_ago)).date()
    lines = [f"{n},{day},0,0,0,0,0,0,0,0,{last}" for n in range(1, amount + 1)]
    return "\n".join([f"id,visit date,{ITEMS}", *lines, ""]).encode()


def levels(*values, days_ago=1):
    day = (clock.now() - timedelta(days=days_ago)).date()
    lines = [f"{n},{day},{value}" for n, value in enumerate(values, 1)]
    return "\n".join(["id,visit date,level", *lines, ""]).encode()


def sentences(by):
    return sorted(alert.sentence for alert in alert_commands.open_alerts(by=by))


def test_every_row_with_a_danger_is_named_however_many_there_are(anna):
    planned = import_run.plan(forms(130), mapping=MAPPING, by=anna)
    named = [remark for remark in planned.remarks if remark.row]
    assert [remark.row for remark in named] == list(range(2, 132))
    assert all("question 9 answered 'Several days' (1 of 3) on " in one.message for one in named)
    [summed] = [remark.message for remark in planned.remarks if not remark.row]
    assert summed == (
        "130 answers and totals are a danger: their rows are listed here. Of the last 30 days: 0."
    )


@pytest.mark.parametrize(
    ("days_ago", "asked", "raised"), [(1, True, 2), (1, False, 0), (29, True, 2), (31, True, 0)]
)
def test_recent_forms_raise_their_alerts_where_somebody_asks(anna, days_ago, asked, raised):
    data = forms(2, days_ago=days_ago)
    planned = import_run.plan(data, mapping=MAPPING, by=anna)
    assert planned.scores_recent == (2 if days_ago < 30 else 0)
    result = import_run.apply(planned, by=anna, raise_alerts=asked)
    assert result.alerts_raised == len(alert_commands.open_alerts(by=anna)) == raised


def test_a_total_alone_is_a_danger_in_a_file_too(anna):
    planned = import_run.plan(levels(0, 1, 2, 3), mapping=TOTALS, by=anna)
    assert [remark.row for remark in planned.remarks if remark.row] == [4, 5]
    import_run.apply(planned, by=anna, raise_alerts=True)
    assert [re.sub(r", on \d+ \w+ \d+", "", one) for one in sentences(anna)] == [
        "C-SSRS screener 2, moderate: moderate risk from 2, high risk at 3",
        "C-SSRS screener 3, high: moderate risk from 2, high risk at 3",
    ]


def test_our_own_file_names_its_dangers_as_any_other_does(cast):
    patient_id = patients.a_patient(cast.anna)
    courses.answer_forms(cast.anna, patient_id)
    data = export("scores", cast.anna)
    forget_scores()
    db.session.expire_all()
    planned = import_run.plan(data, by=cast.anna)
    assert any("question 9 answered" in remark.message for remark in planned.remarks if remark.row)
