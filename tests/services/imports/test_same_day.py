"""Scores of files whose day has one of their scale: asked by row, whichever door they come by."""

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine

from tests.builders import patients
from tests.builders.check_ins import ZONE
from tracker.domain.codes import AlertKind, Occasion
from tracker.domain.problems import InvalidError
from tracker.domain.scores.draft import AssessmentDraft
from tracker.domain.scores.same_day import SameDayAnswer
from tracker.models import db
from tracker.models.alerts import Alert
from tracker.models.assessments import Assessment
from tracker.services.exports import stream as export_stream
from tracker.services.exports.stream import ExportChoice
from tracker.services.imports import run as import_run
from tracker.services.imports.plan import ImportAnswers, OutdatedPlanError
from tracker.services.scores import commands as score_commands

FHIR = Path(__file__).resolve().parents[2] / "data/fhir-phq9/questionnaireresponse-sdc-phq9.json"
TOTALS = """
[patient]
record_number = "MRN"
create_unknown = true
[[scores]]
column = "PHQ-9 total"
instrument = "phq9"
date_column = "Date"
"""
S33 = "MRN,Date,PHQ-9 total\nSC-1,2026-11-20,3\n"
SAME_DAY = (
    "MRN,Date,PHQ-9 total\n"
    "I-25,2026-11-01 09:00,14\nI-25,2026-11-01 10:30,14\nI-25,2026-11-01 16:00,9\n"
)
ASKED = "PHQ-9 of 20 Nov 2026 is there already: 27 at 09:10. The same form twice, or a correction?"
BOTH, LEAVE_OUT = SameDayAnswer.BOTH, SameDayAnswer.LEAVE_OUT

pytestmark = pytest.mark.both_databases


@pytest.fixture(autouse=True)
def december():
    with time_machine.travel(datetime(2026, 12, 1, 12, tzinfo=ZONE), tick=True):
        yield


@pytest.fixture
def sam(anna):
    """A patient who has a PHQ-9 of 27 on 20 Nov at 09:10."""
    made = patients.a_patient(anna, "SC-1")
    record(anna, made, 27, datetime(2026, 11, 20, 9, 10, tzinfo=ZONE))
    return made


def record(anna, patient, total, at, **also):
    draft = AssessmentDraft(instrument="phq9", total=Decimal(total), taken_at=at, **also)
    return score_commands.record(patient, draft, by=anna)


def plan(text, by, answer=None, *, mapping=TOTALS, patient=""):
    data = text if isinstance(text, bytes) else text.encode()
    answers = ImportAnswers(same_day=answer)
    return import_run.plan(data, mapping=mapping, patient=patient, answers=answers, by=by)


def totals(by, patient):
    return sorted(told.total for told in score_commands.of_patient(patient, by=by))


def asked(planned):
    return [(one.row, one.column, one.message) for one in planned.asked]


def test_a_total_of_a_day_that_has_one_is_asked_about_and_nothing_is_stored(cast, anna, sam):
    planned = plan(S33, cast.console)
    assert asked(planned) == [(2, "PHQ-9 total", ASKED)]
    assert planned.asked[0].value == "3"
    assert planned.problems == ()
    with pytest.raises(InvalidError, match="27 at 09:10"):
        import_run.apply(planned, by=cast.console)
    assert totals(anna, sam) == [27]


def test_both_are_recorded_where_that_is_the_answer_and_no_worst_is_told(cast, anna, sam):
    planned = plan(S33, cast.console, BOTH)
    assert planned.asked == ()
    assert [(one.row, one.message) for one in planned.remarks] == [
        (2, f"{ASKED} Both are recorded.")
    ]
    import_run.apply(planned, by=cast.console, raise_alerts=True)
    assert totals(anna, sam) == [3, 27]
    kinds = db.session.scalars(db.select(Alert.kind)).all()
    assert AlertKind.TOP_SCORE.value not in kinds
    again = plan(S33, cast.console)
    assert (again.asked, again.rows_duplicate, again.rows_stored) == ((), 1, 0)


def test_it_is_left_out_where_that_is_the_answer(cast, anna, sam):
    planned = plan(S33, cast.console, LEAVE_OUT)
    assert (planned.rows_left_out, planned.rows_stored, planned.counts["scores"]) == (1, 0, 0)
    assert planned.remarks[0].message == f"{ASKED} Left out."
    import_run.apply(planned, by=cast.console)
    assert totals(anna, sam) == [27]


def test_what_was_voided_is_not_there(cast, anna, sam):
    [told] = score_commands.of_patient(sam, by=anna)
    score_commands.void(told.score_id, "Wrong patient", by=anna)
    import_run.apply(plan(S33, cast.console), by=cast.console)
    assert totals(anna, sam) == [3]


def test_a_score_recorded_after_the_preview_is_not_overlooked(cast, anna):
    sam = patients.a_patient(anna, "SC-1")
    planned = plan(S33, cast.console)
    assert planned.asked == ()
    record(anna, sam, 27, datetime(2026, 11, 20, 9, 10, tzinfo=ZONE))
    with pytest.raises(OutdatedPlanError):
        import_run.apply(planned, by=cast.console)


def test_rows_of_one_day_in_one_file_are_held_against_each_other(cast, anna):
    patients.a_patient(anna, "I-25")
    planned = plan(SAME_DAY, cast.console)
    words = "PHQ-9 of 1 Nov 2026 is on line 2 already: 14 at 09:00."
    assert [(one.row, one.message.startswith(words)) for one in planned.asked] == [
        (3, True), (4, True),
    ]  # fmt: skip
    left = plan(SAME_DAY, cast.console, LEAVE_OUT)
    assert (left.counts["scores"], left.rows_left_out) == (1, 2)
    assert plan(SAME_DAY, cast.console, BOTH).counts["scores"] == 3


def test_a_form_in_fhir_is_asked_about_too(cast, anna):
    sam = patients.a_patient(anna, "B-17")
    form = json.loads(FHIR.read_bytes())
    form["authored"] = "2026-11-20T18:00:00-05:00"
    data = json.dumps(form).encode()
    record(anna, sam, 27, datetime(2026, 11, 20, 9, 10, tzinfo=ZONE))
    planned = plan(data, cast.console, mapping="", patient="B-17")
    assert [one.message for one in planned.asked] == [ASKED]
    import_run.apply(plan(data, cast.console, BOTH, mapping="", patient="B-17"), by=cast.console)
    assert totals(anna, sam) == [10, 27]


def test_answers_are_asked_about_as_totals_are(cast, anna, sam):
    columns = [f"q{n}" for n in range(1, 10)]
    mapping = TOTALS.replace('column = "PHQ-9 total"\n', f"items = {json.dumps(columns)}\n")
    text = f"MRN,Date,{','.join(columns)}\nSC-1,2026-11-20,1,1,1,0,0,0,0,0,0\n"
    assert [(one.row, one.message) for one in plan(text, cast.console, mapping=mapping).asked] == [
        (2, ASKED)
    ]


def test_our_own_scores_are_held_against_those_that_are_there(cast, anna, sam):
    scores = b"".join(export_stream.stream(ExportChoice("scores"), by=anna))
    same = plan(scores, cast.console, mapping="")
    assert (same.asked, same.rows_duplicate) == ((), 1)
    [told] = score_commands.of_patient(sam, by=anna)
    scores = scores.replace(str(told.score_id).encode(), b"20261120")  # as another clinic has it
    planned = plan(scores, cast.console, mapping="")
    assert [(one.row, one.message) for one in planned.asked] == [(2, ASKED)]
    assert plan(scores, cast.console, LEAVE_OUT, mapping="").rows_left_out == 1
    import_run.apply(plan(scores, cast.console, BOTH, mapping=""), by=cast.console)
    assert totals(anna, sam) == [27, 27]


def test_two_of_a_day_that_leave_together_come_back_together(cast, anna, sam):
    record(anna, sam, 20, datetime(2026, 11, 20, 15, tzinfo=ZONE))
    scores = b"".join(export_stream.stream(ExportChoice("scores"), by=anna))
    for model in (Alert, Assessment):
        db.session.execute(db.delete(model))
    db.session.commit()
    planned = plan(scores, cast.console, mapping="")
    assert planned.asked == ()
    record(anna, sam, 1, datetime(2026, 11, 20, 7, tzinfo=ZONE))
    with pytest.raises(OutdatedPlanError):
        import_run.apply(planned, by=cast.console)


def test_ratings_of_the_moment_and_hours_after_a_session_are_taken_without_a_question(cast, anna):
    patients.a_patient(anna, "SC-1")
    mood = 'column = "mood"\ninstrument = "mood-nrs"\ndate_column = "Date"\n'
    mapping = TOTALS.partition("[[scores]]")[0] + f"[[scores]]\n{mood}"
    text = "MRN,Date,mood\nSC-1,2026-11-20 09:00,3\nSC-1,2026-11-20 11:00,7\n"
    assert plan(text, cast.console, mapping=mapping).asked == ()


def test_a_form_hours_after_a_session_stands_beside_one_from_before(cast, anna):
    sam = patients.a_patient(anna, "SC-1")
    record(anna, sam, 20, datetime(2026, 11, 20, 9, tzinfo=ZONE), occasion=Occasion.BEFORE_SESSION)
    after = TOTALS + 'occasion = "hours-after"\n'
    assert plan(S33, cast.console, mapping=after).asked == ()
    assert len(plan(S33, cast.console).asked) == 1
