"""Every door that is given a record number takes the one of a merged record for the kept one."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from tests.builders import courses, patients
from tests.builders.merges import KEPT, OLD, Two, put_together, take_apart, two_records
from tests.stopping import stopped_at
from tracker.domain.access import Role
from tracker.domain.patients.draft import PatientDraft
from tracker.domain.problems import InvalidError, UnseenError
from tracker.domain.series.placing import SessionPlan
from tracker.models import db
from tracker.models.assessments import Assessment
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.exports import stream as export_stream
from tracker.services.exports.stream import ExportChoice
from tracker.services.imports import run as import_run
from tracker.services.patients import commands as patient_commands
from tracker.services.patients import search
from tracker.services.people import accounts
from tracker.services.people.accounts import AccountDraft
from tracker.services.sessions import planning

pytestmark = pytest.mark.both_databases
time = stopped_at(courses.FIRST + timedelta(days=20))
PHQ9 = "MRN,Date,PHQ-9 total\n{},2026-03-15,9\n"
MAPPING = """
[patient]
record_number = "MRN"
[[scores]]
column = "PHQ-9 total"
instrument = "phq9"
date_column = "Date"
"""


@pytest.fixture
def two(cast):
    return two_records(cast)


def export(kind, number, by):
    return b"".join(export_stream.stream(ExportChoice(kind, record_number=number), by=by))


def test_an_export_by_the_old_number_is_that_of_the_kept_record(cast, two):
    rows = {n: export("sessions", n, cast.anna).count(b"\n") - 1 for n in (KEPT, OLD)}
    put_together(two, cast.anna)
    merged = export("sessions", OLD, cast.anna)
    assert merged == export("sessions", KEPT, cast.anna)
    assert merged.count(b"\n") - 1 == sum(rows.values())
    assert OLD.encode() not in merged


@pytest.mark.parametrize("kind", ["series", "sessions", "scores"])
def test_a_file_from_before_the_merge_says_what_is_there_already(cast, two, kind):
    before = export(kind, OLD, cast.anna)
    put_together(two, cast.anna)
    planned = import_run.plan(before, by=cast.anna)
    assert planned.problems == ()
    assert planned.rows_duplicate == planned.rows_read > 0


def test_the_table_of_people_knows_both_records(cast, two):
    put_together(two, cast.anna)
    whole = b"".join(export_stream.stream(ExportChoice("patients"), by=cast.anna))
    planned = import_run.plan(whole, by=cast.anna)
    assert (planned.problems, planned.rows_duplicate) == ((), planned.rows_read)


@pytest.mark.parametrize("way", ['record_number = "MRN"', f'record_number_is = "{OLD}"'])
def test_a_score_of_another_file_goes_to_the_kept_record(cast, two, way):
    put_together(two, cast.anna)
    mapping = MAPPING.replace('record_number = "MRN"', way)
    planned = import_run.plan(PHQ9.format(OLD).encode(), mapping=mapping, by=cast.anna)
    assert planned.problems == ()
    import_run.apply(planned, by=cast.anna)
    newest = select(Assessment.patient_id).order_by(Assessment.taken_at.desc()).limit(1)
    assert db.session.scalar(newest) == two.kept.patient_id


def test_a_session_planned_by_the_old_number_is_the_kept_records(cast):
    kept = courses.Treated(patients.a_patient(cast.anna, KEPT), 0, ())
    merged = courses.treat(cast.console, record_number=OLD)
    put_together(Two(kept, merged), cast.anna)
    plan = SessionPlan(planned_on=(courses.FIRST + timedelta(days=40)).date())
    made = planning.add(OLD, plan, by=cast.anna)
    assert db.session.get_one(TreatmentSession, made).patient_id == kept.patient_id


def test_somebody_entered_again_under_the_old_number_is_asked_about(cast, two):
    put_together(two, cast.anna)
    draft = PatientDraft(record_number=OLD.replace("-", ""), family_name="Other")
    with pytest.raises(UnseenError) as refused:
        patient_commands.add(draft, by=cast.anna, seen=[])
    [found] = refused.value.findings
    assert f"is there already, merged into record {KEPT}" in found.message
    assert found.patient_id == two.kept.patient_id
    # The number itself stays taken, and a change of the kept record asks about nobody.
    with pytest.raises(InvalidError, match="has this record number"):
        patient_commands.add(replace(draft, record_number=OLD), by=cast.anna, seen=[])
    told = patient_commands.find(two.kept.patient_id, by=cast.anna)
    changed = replace(told.draft, phone="+1 212 555 0100")
    patient_commands.change(
        two.kept.patient_id, changed, version=told.version, by=cast.anna, seen=[]
    )
    assert search.find(OLD, by=cast.anna) == two.kept.patient_id


def test_a_sign_in_made_by_the_old_number_is_for_the_kept_record(cast, two):
    courses.account(cast.console, two.kept)
    put_together(two, cast.anna)
    draft = AccountDraft(
        name="Ben Patient", email="x@example.org", roles=frozenset({Role.PATIENT}),
        record_number=OLD,
    )  # fmt: skip
    with pytest.raises(InvalidError, match="This patient has an account already"):
        accounts.invite(draft, by=cast.adam)
    take_apart(two, cast.anna)
