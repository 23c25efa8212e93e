"""Lines that name several patients: sealed with them, and each look names whoever is new."""

from datetime import time

import pytest
from sqlalchemy import select, text

from tests.builders.clinics import set_planning
from tests.builders.patients import STARTS_ON, a_patient, a_series, planned
from tests.services.audit.test_queries import disarm, run
from tracker.domain.patients.draft import PatientDraft
from tracker.domain.problems import UnseenError
from tracker.domain.series.placing import SessionPlan
from tracker.exchange.tables.patients import PATIENTS
from tracker.models import db
from tracker.models.audit import AuditEvent, AuditEventPatient
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock, unit_of_work
from tracker.services.audit import queries as audit_queries
from tracker.services.audit import views
from tracker.services.audit.views import note_view
from tracker.services.calendar import queries as calendar_queries
from tracker.services.imports import run as import_run
from tracker.services.patients import commands as patient_commands
from tracker.services.sessions import planning as session_planning

pytestmark = pytest.mark.both_databases


def named_by(action):
    rows = db.session.execute(
        select(AuditEventPatient.sequence, AuditEventPatient.patient_id)
        .join(AuditEvent, AuditEvent.sequence == AuditEventPatient.sequence)
        .where(AuditEvent.action == action)
        .order_by(AuditEventPatient.sequence, AuditEventPatient.patient_id)
    )
    found = {}
    for sequence, patient_id in rows:
        found.setdefault(sequence, []).append(patient_id)
    return [*found.values()]


def disarm_names():
    if db.engine.dialect.name == "sqlite":
        for verb in ("update", "delete"):
            db.session.execute(text(f"DROP TRIGGER audit_event_patient_no_{verb}"))
    else:
        drop = "DROP TRIGGER audit_event_patient_append_only ON audit_event_patient"
        db.session.execute(text(drop))
    db.session.commit()


@pytest.fixture
def trail(app, cast):
    """Lines before, with and after names; gives the number of the one that names."""
    unit_of_work.audit(cast.anna, "test.before")
    unit_of_work.audit(cast.anna, "test.listed", patients=[30, 10, 20, 10])
    unit_of_work.audit(cast.anna, "test.after", patient_id=10)
    query = select(AuditEvent.sequence).where(AuditEvent.action == "test.listed")
    return db.session.scalars(query).one()


def test_each_is_named_once_and_the_chain_holds(trail):
    assert named_by("test.listed") == [[10, 20, 30]]
    assert audit_queries.verify().intact


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_event_patient SET patient_id = 31 WHERE patient_id = 30",
        "DELETE FROM audit_event_patient WHERE patient_id = 30",
        "DELETE FROM audit_event_patient",
        "INSERT INTO audit_event_patient (sequence, patient_id) VALUES ({at}, 40)",
    ],
)
def test_a_name_changed_removed_or_added_is_found(trail, change):
    disarm_names()
    run(change.format(at=trail))
    verdict = audit_queries.verify()
    assert verdict.broken_at == trail
    assert verdict.reason == "its content was changed"


@pytest.mark.parametrize("beside", [-1, 1, 1000, -1000])
def test_a_name_put_to_another_line_or_to_none_is_found(trail, beside):
    run(f"INSERT INTO audit_event_patient (sequence, patient_id) VALUES ({trail + beside}, 10)")
    assert not audit_queries.verify().intact


def test_a_name_is_only_ever_added(trail):
    for change in (
        "UPDATE audit_event_patient SET patient_id = 1",
        "DELETE FROM audit_event_patient",
    ):
        with pytest.raises(Exception, match="only ever appended to"):
            run(change)
        db.session.rollback()


def test_the_seal_of_a_line_that_names_nobody_is_what_it_was(app, cast):
    """Lines that were sealed before there were names must verify for ever."""
    unit_of_work.audit(cast.anna, "test.before")
    row = db.session.scalars(select(AuditEvent).order_by(AuditEvent.sequence.desc())).first()
    content = {name: getattr(row, name) for name in (
        "sequence", "clinic_id", "user_id", "actor", "roles", "address", "action", "patient_id",
        "subject", "detail",
    )}  # fmt: skip
    content["at"] = row.at.isoformat(timespec="microseconds")
    key = db.engine.get_execution_options()["audit_key"]
    assert audit_queries.hash_chain.seal(key, row.previous, content) == row.seal


def test_a_removed_line_leaves_its_names_behind_and_is_found(trail):
    disarm()
    run(f"DELETE FROM audit_event WHERE sequence = {trail + 1}")
    assert audit_queries.verify().intact
    run(f"DELETE FROM audit_event WHERE sequence = {trail}")
    assert not audit_queries.verify().intact


@pytest.mark.parametrize("forgets", [False, True])
def test_whoever_is_new_on_a_page_that_asks_by_itself_is_named(app, cast, forgets):
    for shown in ([1], [1], [], [1, 2], [2], [1, 2], [3], [1]):
        if forgets:
            views._last_views.clear()  # another process, which has to ask
        note_view(cast.anna, "test.watched", now=clock.now(), patients=shown)
    assert named_by("test.watched") == [[1], [1, 2], [3], [1]]


def last_named(by):
    """Give whom the last line of somebody that names anybody names."""
    last = (
        select(AuditEvent.sequence)
        .join(AuditEventPatient, AuditEventPatient.sequence == AuditEvent.sequence)
        .where(AuditEvent.user_id == by.user_id)
        .order_by(AuditEvent.sequence.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = select(AuditEventPatient.patient_id).where(AuditEventPatient.sequence == last)
    return set(db.session.scalars(query))


def test_whoever_may_be_the_same_person_is_named(cast):
    there = a_patient(cast.anna, "B-17", given_name="Ben", family_name="Twice")
    draft = PatientDraft(record_number="B-18", given_name="Ben", family_name="Twice")
    with pytest.raises(UnseenError):
        patient_commands.add(draft, seen=(), by=cast.anna)
    assert last_named(cast.anna) == {there}
    other = a_patient(cast.anna, "B-19", given_name="Una", family_name="Twice")
    headings = ",".join(PATIENTS.headings)
    given = {"record_number": "20", "given_name": "Una", "family_name": "Twice", "sex": "unknown"}
    row = ",".join(given.get(heading, "") for heading in PATIENTS.headings)
    import_run.plan(f"{headings}\n{row}\n".encode(), by=cast.anna)
    assert last_named(cast.anna) == {other}


def test_whoever_is_in_the_way_of_a_plan_is_named(cast):
    set_planning(cast.clinic_id, chairs_text="Chair 1")
    there, mine, elsewhere = (
        planned(a_series(cast.anna, a_patient(cast.anna, name, given_name=name), sessions=1))[0]
        for name in ("Una", "Ben", "Ida")
    )
    for session_id, hour in ((there, 9), (mine, 9), (elsewhere, 15)):
        plan = SessionPlan(planned_on=STARTS_ON, planned_time=time(hour), chair="Chair 1")
        session_planning.change(session_id, plan, by=cast.anna)
    [told] = calendar_queries.conflicts_of(mine, STARTS_ON, by=cast.anna)
    assert "Chair 1 is taken by" in told
    whose = select(TreatmentSession.patient_id).where(TreatmentSession.id == there)
    assert last_named(cast.anna) == {db.session.scalars(whose).one()}
