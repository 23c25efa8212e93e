"""Two inductions fourteen months apart, brought in from files: each counts from its own start."""

import csv
import io

import pytest

from tests.people import ANNA
from tracker.domain.codes import CourseRole
from tracker.domain.progress import summary as progress_summary
from tracker.domain.progress.trend import Audience
from tracker.domain.scores import text as score_text
from tracker.models import db
from tracker.models.assessments import Assessment
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.exports import stream as export_stream
from tracker.services.exports.stream import ExportChoice
from tracker.services.imports import run as import_run
from tracker.services.patients import search as patient_search
from tracker.services.progress import pictures
from tracker.services.scores import queries as score_queries

pytestmark = pytest.mark.both_databases
SESSIONS = """patient,infusion date,route,drug,dose mg,weight kg
R-1,2025-01-06,iv,ketamine,35,70
R-1,2025-01-09,iv,ketamine,35,70
R-1,2025-01-13,iv,ketamine,35,70
R-1,2026-03-02,iv,ketamine,35,70
R-1,2026-03-05,iv,ketamine,35,70
R-1,2026-03-09,iv,ketamine,35,70
"""
SCORES = """patient,visit date,PHQ-9,MADRS
R-1,2025-01-05,12,26
R-1,2025-02-03,4,8
R-1,2026-03-01,22,38
R-1,2026-04-06,11,19
"""
PATIENTS = (
    "record_number,given_name,family_name,birth_date,sex,email,phone,indications,notes,archived_on"
    "\nR-1,,,,unknown,,,,,\n"
)
SERIES = (
    "record_number,series_number,indication,drug,route,phase,template,planned_dose_mg,"
    "planned_dose_mg_per_kg,starts_on,state,state_reason\n"
    "R-1,1,depression,ketamine,iv,induction,custom,35,,2025-01-06,completed,\n"
    "R-1,2,depression,ketamine,iv,{phase},custom,35,,2026-03-02,active,\n"
)
OWN_SESSIONS = (
    "record_number,series_number,session_id,session_number,state,started_at,drug,route,dose_mg,"
    "weight_kg\n"
    + "".join(
        f"R-1,{series},{series}{number}0001,{number},completed,{at},ketamine,iv,35,70\n"
        for series, number, at in (
            (1, 1, "2025-01-06T10:00:00-05:00"), (1, 2, "2025-01-09T10:00:00-05:00"),
            (1, 3, "2025-01-13T10:00:00-05:00"), (2, 1, "2026-03-02T10:00:00-05:00"),
            (2, 2, "2026-03-05T10:00:00-05:00"), (2, 3, "2026-03-09T10:00:00-04:00"),
        )
    )
)  # fmt: skip


# What somebody sets in the mapping that is guessed: the file has days alone, of new patients.
_EDITS = {
    "create_unknown = false": "create_unknown = true",
    'start_time = ""': 'start_time = "10:00"',
}


def bring_in(text, by):
    """Import a file by the mapping that is guessed, as far as it is not one of our own."""
    guessed = import_run.outline(text.encode(), by=by)
    mapping = "" if guessed.mapping.table else guessed.to_toml()
    for before, after in _EDITS.items():
        mapping = mapping.replace(before, after)
    planned = import_run.plan(text.encode(), mapping=mapping, by=by)
    assert planned.problems == ()
    import_run.apply(planned, by=by)
    return planned


@pytest.fixture
def patient_id(cast):
    bring_in(SESSIONS, cast.anna)
    bring_in(SCORES, cast.anna)
    return patient_search.find("R-1", by=cast.anna)


def test_a_file_of_sessions_makes_a_series_for_each_course(cast):
    planned = bring_in(SESSIONS, cast.anna)
    assert any(
        "2 new series, one for each course of treatment: another begins after more than 90 days"
        in remark.message
        for remark in planned.remarks
    )
    found = db.session.execute(
        db.select(Series.number, Series.course_role, db.func.count(TreatmentSession.id))
        .join(TreatmentSession, TreatmentSession.series_id == Series.id)
        .group_by(Series.id)
        .order_by(Series.number)
    )
    assert [tuple(row) for row in found] == [(1, None, 3), (2, None, 3)]


def test_sessions_of_a_later_file_join_their_course_or_begin_one(cast, patient_id):
    heading = SESSIONS.splitlines()[0]
    bring_in(f"{heading}\nR-1,2026-04-02,iv,ketamine,35,70\n", cast.anna)
    bring_in(f"{heading}\nR-1,2026-11-02,iv,ketamine,35,70\n", cast.anna)
    found = db.session.execute(
        db.select(Series.number, db.func.count(TreatmentSession.id))
        .join(TreatmentSession, TreatmentSession.series_id == Series.id)
        .group_by(Series.id)
        .order_by(Series.number)
    )
    assert [tuple(row) for row in found] == [(1, 3), (2, 4), (3, 1)]


def test_both_readers_are_told_of_the_second_course_by_its_own_baseline(cast, patient_id):
    course = pictures.progress(patient_id, by=cast.anna)
    judged = {panel.instrument.code: panel.verdict for panel in course.scales}
    assert {
        code: (verdict.baseline.total, verdict.score.total, verdict.response)
        for code, verdict in judged.items()
    } == {"phq9": (22, 11, True), "madrs": (38, 19, True)}
    words = progress_summary.sentence(course)
    assert words.startswith("Course 2, from 2 Mar 2026. ")
    assert "MADRS 38 to 19: a fall of 19 (50 %), 1 Mar to 6 Apr, 3 sessions." in words
    own = pictures.progress(patient_id, by=cast.anna, audience=Audience.PATIENT)
    assert (
        "That is 19 better than at the start of this course. This course began on 2 Mar 2026."
        in (progress_summary.sentence(own))
    )
    assert progress_summary.earlier_courses(course) == (
        "Course 1, Jan to Feb 2025: MADRS 26 to 8; PHQ-9 12 to 4.",
    )
    assert "Course 1, Jan to Feb 2025" in progress_summary.alt(course)


def test_the_first_course_keeps_its_own_result(cast, patient_id):
    scores = db.session.execute(
        db.select(Assessment.id, Assessment.total).where(Assessment.instrument == "phq9")
    )
    said = {
        int(row.total): score_text.sentence_for_clinician(
            score_queries.find(row.id, by=cast.anna).verdict
        )
        for row in scores.all()
    }
    assert said[4].startswith("12 to 4: a fall of 8.")
    assert said[11].startswith("22 to 11: a fall of 11.")
    assert "This is the baseline." in said[22]


def test_the_page_the_list_and_the_file_say_the_same(browse, cast, patient_id):
    browser = browse(ANNA)
    page = browser.open(f"/patients/{patient_id}/").text
    assert "Course 1, Jan to Feb 2025: MADRS 26 to 8; PHQ-9 12 to 4." in page
    assert "Course 2, from 2 Mar 2026." in page
    listed = patient_search.listing(by=cast.anna).lines[0].state.status
    assert (
        listed.change == "19 better than 38: matters; whether it is chance is not known, response"
    )
    data = b"".join(export_stream.stream(ExportChoice("courses"), by=cast.anna)).decode()
    rows = list(csv.DictReader(io.StringIO(data)))
    assert [
        (row["course"], row["instrument"], row["baseline_total"], row["last_total"],
         row["change"], row["response"], row["first_dose_on"])
        for row in rows
    ] == [
        ("1", "madrs", "26", "8", "-18", "yes", "2025-01-06"),
        ("1", "phq9", "12", "4", "-8", "yes", "2025-01-06"),
        ("2", "madrs", "38", "19", "-19", "yes", "2026-03-02"),
        ("2", "phq9", "22", "11", "-11", "yes", "2026-03-02"),
    ]  # fmt: skip


def test_a_course_without_any_score_has_a_row_too(cast):
    bring_in(SESSIONS, cast.anna)
    data = b"".join(export_stream.stream(ExportChoice("courses"), by=cast.anna)).decode()
    rows = list(csv.DictReader(io.StringIO(data)))
    assert [(row["course"], row["instrument"], row["last_total"]) for row in rows] == [
        ("1", "", ""), ("2", "", ""),
    ]  # fmt: skip


@pytest.mark.parametrize("phase", ["induction", "maintenance"])
def test_a_file_of_our_own_that_does_not_say_follows_the_rule(cast, phase):
    for text in (PATIENTS, SERIES.format(phase=phase)):
        bring_in(text, cast.anna)
    number = 0
    for series in db.session.scalars(db.select(Series).order_by(Series.number)).all():
        assert series.course_role is None
        number = series.number
    assert number == 2
    bring_in(OWN_SESSIONS, cast.anna)
    bring_in(SCORES, cast.anna)
    course = pictures.progress(patient_search.find("R-1", by=cast.anna), by=cast.anna)
    assert [one.series for one in course.courses] == [(1,), (2,)]
    assert {panel.verdict.response for panel in course.scales} == {True}


def test_what_a_file_says_of_a_series_goes_out_again_and_counts(cast):
    said = SERIES.format(phase="maintenance").splitlines()
    text = "\n".join([f"{said[0]},course_role", f"{said[1]},begins", f"{said[2]},continues"])
    for one in (PATIENTS, text, OWN_SESSIONS, SCORES):
        bring_in(one, cast.anna)
    roles = db.session.scalars(db.select(Series.course_role).order_by(Series.number)).all()
    assert roles == [CourseRole.BEGINS, CourseRole.CONTINUES]
    data = b"".join(export_stream.stream(ExportChoice("series"), by=cast.anna)).decode()
    rows = csv.DictReader(io.StringIO(data))
    assert [row["course_role"] for row in rows] == ["begins", "continues"]
    course = pictures.progress(patient_search.find("R-1", by=cast.anna), by=cast.anna)
    assert [one.series for one in course.courses] == [(1, 2)]
    assert {panel.baseline.total for panel in course.scales} == {12, 26}
