"""Other clinics' files: whom they are about, what joins which series, what is there already."""

import csv
import io
from datetime import UTC, date, datetime

import pytest

from tests.builders import patients
from tracker.domain.codes import SeriesState, SessionState
from tracker.exchange.mapping import model as mapping_model
from tracker.models import db
from tracker.models.assessments import Assessment
from tracker.models.patients import Patient
from tracker.models.series import Series
from tracker.models.treatment_sessions import Reading, TreatmentSession
from tracker.services.exports import stream as export_stream
from tracker.services.exports.stream import ExportChoice
from tracker.services.imports import plan as import_plan
from tracker.services.imports import run as import_run
from tracker.services.scores import commands as score_commands

SESSIONS = """
[patient]
record_number = "id"
create_unknown = {create}
[[sessions]]
weight_unit = "kg"
fixed = {{drug = "ketamine", route = "im"}}
[sessions.columns]
started_at = "when"
dose_mg = "dose"
weight_kg = "weight"
mood_before = "mood"
before_blood_pressure = "bp"
"""
SCORES = """
[patient]
record_number = "id"
create_unknown = {create}
columns = {{given_name = "name", birth_date = "dob"}}
keep_in_notes = ["arm"]
[[scores]]
column = "total"
instrument_column = "scale"
date_column = "date"
"""
SITTINGS = "id,when,dose,weight,mood,bp\n"
TOTALS = "id,name,dob,arm,scale,date,total\n"


def plan(text, by, mapping, *, create=True):
    return import_run.plan(text.encode(), mapping=mapping.format(create=str(create).lower()), by=by)


def bring_in(text, by, mapping, *, create=True):
    planned = plan(text, by, mapping, create=create)
    assert planned.problems == ()
    import_run.apply(planned, by=by)
    return planned


def rows(kind, by):
    text = b"".join(export_stream.stream(ExportChoice(kind), by=by)).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def complaints(planned):
    return [(problem.row, problem.column) for problem in planned.problems]


def remarks(planned):
    return " ".join(remark.message for remark in planned.remarks if not remark.row)


@pytest.mark.both_databases
def test_sessions_of_a_new_patient_make_one_series_in_the_order_of_time(cast):
    lines = (
        "8,2026-01-08 09:30,50,70,3,\n8,2026-01-05 09:30,49,70,,120/80\n9,2026-01-05 10:00,,,,\n"
    )
    planned = bring_in(SITTINGS + lines, cast.anna, SESSIONS)
    assert planned.counts == {"patients": 2, "series": 2, "sessions": 3, "scores": 0}
    assert "2 new series" in remarks(planned)
    found = [(r["record_number"], r["session_number"], r["dose_mg"], r["dose_mg_per_kg"],
              r["mood_before_0_to_10"], r["before_systolic_mmhg"])
             for r in rows("sessions", cast.anna)]  # fmt: skip
    assert found == [
        ("8", "1", "49", "0.7", "", "120"), ("8", "2", "50", "0.71", "3", ""),
        ("9", "1", "", "", "", ""),
    ]  # fmt: skip
    told = [(r["record_number"], r["route"], r["indication"], r["starts_on"], r["state"])
            for r in rows("series", cast.anna)]  # fmt: skip
    assert told == [
        ("8", "im", "other", "2026-01-05", "active"), ("9", "im", "other", "2026-01-05", "active"),
    ]  # fmt: skip


@pytest.mark.both_databases
def test_a_session_joins_the_series_that_had_begun_and_sets_it_going(cast):
    patient_id = patients.a_patient(cast.anna, "8")
    series_id = patients.a_series(cast.anna, patient_id, sessions=2)
    lines = "8,2026-03-05 09:30,49,70,,\n8,2026-02-01 09:30,49,70,,\n"
    planned = bring_in(SITTINGS + lines, cast.anna, SESSIONS)
    assert planned.counts == {"patients": 0, "series": 1, "sessions": 2, "scores": 0}
    assert "1 sessions join" in remarks(planned)
    joined = db.session.scalars(
        db.select(TreatmentSession).filter_by(series_id=series_id, number=3)
    ).one()
    assert joined.state == SessionState.COMPLETED.value
    assert (joined.recorded_by, joined.version) == ("Anna Clinician", 1)
    assert db.session.get(Series, series_id).state == SeriesState.ACTIVE.value


@pytest.mark.both_databases
def test_a_session_that_is_there_is_a_duplicate_as_far_as_the_file_speaks(cast):
    line = "8,2026-01-05 09:30,49,70,3,120/80\n"
    bring_in(SITTINGS + line, cast.anna, SESSIONS)
    row = db.session.query(TreatmentSession).one()
    row.private_notes = "added in the tracker"
    db.session.commit()
    assert plan(SITTINGS + line, cast.anna, SESSIONS).rows_duplicate == 1
    less = plan(SITTINGS + "8,2026-01-05 09:30,49,70,,\n", cast.anna, SESSIONS)
    assert less.rows_duplicate == 1
    for other in ("50,70,3,120/80", "49,70,3,121/80"):
        planned = plan(f"{SITTINGS}8,2026-01-05 09:30,{other}\n", cast.anna, SESSIONS)
        assert complaints(planned) == [(2, "when")]
    assert db.session.query(Reading).count() == 1


def test_unknown_patients_are_entered_only_where_the_mapping_says_so(cast):
    text = TOTALS + "8,Zoe,1980-03-02,a,phq9,2026-01-05,12\n"
    refused = plan(text, cast.anna, SCORES, create=False)
    assert complaints(refused) == [(2, "id")]
    assert "create_unknown" in refused.problems[0].message
    bring_in(text, cast.anna, SCORES)
    patient = db.session.query(Patient).one()
    assert (patient.given_name, patient.birth_date, patient.notes) == (
        "Zoe", date(1980, 3, 2), "arm: a",
    )  # fmt: skip


@pytest.mark.both_databases
def test_what_several_rows_say_of_a_new_patient_is_put_together(cast):
    lines = (
        "8,,,a,phq9,2026-01-05,12",
        "8,Zoe,1980-03-02,b,phq9,2026-01-06,11",
        "8,Zoe,,a,phq9,2026-01-07,10",
    )
    text = TOTALS + "\n".join(lines)
    planned = bring_in(text, cast.anna, SCORES)
    patient = db.session.query(Patient).one()
    assert (patient.given_name, patient.notes) == ("Zoe", "arm: a\narm: b")
    assert (planned.patients_new, planned.counts["scores"]) == (1, 3)


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("given", "born", "cell", "expected"),
    [
        ("Zoë", None, "zoe,1980-03-02", []),
        ("Zoë", date(1980, 3, 2), "Chloe,1980-03-02", []),  # people change their names
        ("Zoë", date(1980, 3, 2), "Zoe,1981-03-02", [(2, "dob")]),
        ("Zoë", None, "Chloe,1980-03-02", [(2, "name")]),
        ("", None, "Chloe,1980-03-02", []),
        ("Zoë", date(1980, 3, 2), ",", []),
    ],
)
def test_a_known_patient_is_matched_on_a_second_identifier(cast, given, born, cell, expected):
    patients.a_patient(cast.anna, "8", given_name=given, birth_date=born)
    planned = plan(f"{TOTALS}8,{cell},a,phq9,2026-01-05,12\n", cast.anna, SCORES)
    assert complaints(planned) == expected
    assert planned.patients_known == 1
    if not expected:
        assert "was not taken over" in remarks(planned)


@pytest.mark.both_databases
def test_a_score_of_the_same_time_is_a_duplicate_or_a_contradiction(cast):
    line = "8,Zoe,,a,phq9,2026-01-05,{}\n"
    bring_in(TOTALS + line.format(12), cast.anna, SCORES)
    assert plan(TOTALS + line.format("12.0"), cast.anna, SCORES).rows_duplicate == 1
    assert complaints(plan(TOTALS + line.format(13), cast.anna, SCORES)) == [(2, "total")]


def test_a_voided_score_may_be_put_right_but_does_not_come_back(cast):
    line = "8,Zoe,,a,phq9,2026-01-05,{}\n"
    bring_in(TOTALS + line.format(12), cast.anna, SCORES)
    score_commands.void(db.session.scalar(db.select(Assessment.id)), "mistaken", by=cast.anna)
    planned = plan(TOTALS + line.format(12), cast.anna, SCORES)
    assert planned.rows_duplicate == 1
    assert any("voided" in remark.message for remark in planned.remarks)
    assert bring_in(TOTALS + line.format(13), cast.anna, SCORES).rows_stored == 1


def test_an_unknown_scale_is_named_with_those_that_are_known(cast):
    planned = plan(f"{TOTALS}8,Zoe,,a,phq10,2026-01-05,12\n", cast.anna, SCORES)
    assert complaints(planned) == [(2, "scale")]
    assert "phq9" in planned.problems[0].message


def test_another_clinics_patient_of_the_same_number_is_a_stranger(cast):
    patients.a_patient(cast.cleo, "8", given_name="Someone")
    planned = bring_in(f"{TOTALS}8,Zoe,,a,phq9,2026-01-05,12\n", cast.anna, SCORES)
    assert (planned.patients_new, planned.patients_known) == (1, 0)


@pytest.mark.both_databases
def test_a_score_that_was_entered_since_the_plan_outdates_it(cast):
    patients.a_patient(cast.anna, "8", given_name="Zoe")
    text = f"{TOTALS}8,Zoe,,a,phq9,2026-01-05,12\n"
    first, second = plan(text, cast.anna, SCORES), plan(text, cast.anna, SCORES)
    import_run.apply(first, by=cast.anna)
    with pytest.raises(import_plan.OutdatedPlanError):
        import_run.apply(second, by=cast.anna)
    assert db.session.query(Assessment).count() == 1


@pytest.mark.both_databases
def test_a_day_without_a_time_stays_a_day(cast):
    bring_in(f"{TOTALS}8,Zoe,,a,phq9,2026-01-05,12\n", cast.anna, SCORES)
    score = db.session.query(Assessment).one()
    assert (score.time_known, score.taken_at) == (False, datetime(2026, 1, 5, 17, tzinfo=UTC))
    assert rows("scores", cast.anna)[0]["taken_at"] == "2026-01-05"


def test_open_questions_keep_a_file_from_being_planned(cast):
    with pytest.raises(mapping_model.MappingError):
        import_run.plan(b"id,madrs\n1,20\n", by=cast.anna)


def test_a_plan_says_which_columns_are_not_used_and_why_the_guess_was_made(cast):
    planned = import_run.plan(b"id,date,phq9,shoe\n1,2026-01-05,20,44\n", by=cast.anna)
    assert planned.unused_columns == ("shoe",)
    assert planned.reasons["scores[1]"] == "'phq9' names PHQ-9."
    assert 'column = "phq9"' in planned.mapping


@pytest.mark.parametrize(("unit", "kilograms"), [("lb", "79.8323"), ("kg", "176")])
def test_a_weight_is_kept_in_kilograms_with_what_it_was_typed_in(cast, unit, kilograms):
    mapping = SESSIONS.format(create="true").replace(
        'weight_unit = "kg"', f'weight_unit = "{unit}"'
    )
    data = SITTINGS + "9,2026-03-02 10:00,40,176,4,120/80\n"
    planned = import_run.plan(data.encode(), mapping=mapping, by=cast.anna)
    asked = [one.message for one in planned.remarks if "Is it pounds?" in one.message]
    assert bool(asked) is (unit == "kg")
    import_run.apply(planned, by=cast.anna)
    row = db.session.scalars(db.select(TreatmentSession)).one()
    assert (str(row.weight_kg.normalize()), row.weight_unit) == (kilograms, unit)
    again = import_run.plan(data.encode(), mapping=mapping, by=cast.anna)
    assert (again.problems, again.rows_duplicate) == ((), 1)
