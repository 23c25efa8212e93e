"""A clinical value that is changed past the tracker is found, whatever table it stands in."""

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import String, Text, delete, event, insert, inspect, select, text, update

from tests.builders import courses, merges, patients
from tests.builders.patients import a_patient
from tracker.models import db, sealing
from tracker.models.assessments import Assessment
from tracker.models.audit import RowSeal
from tracker.models.database import ExactNumber, JsonText, UtcDateTime
from tracker.models.patients import Patient
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock
from tracker.services.audit import clinical_rows
from tracker.services.audit import queries as audit_queries
from tracker.services.exports.stream import ExportChoice, stream
from tracker.services.imports import run as import_run
from tracker.services.sessions import voiding
from tracker.services.unit_of_work import UnauditedError, housekeeping, unit_of_work

pytestmark = pytest.mark.both_databases
# What a table asks of a row beyond a value for each column.
PARTICULAR = {"clinic": {"time_zone": "UTC"}, "diary_entry": {"kind": "day-after"}}
NOT_BOTH = {"planned_dose_mg_per_kg"}
KINDS = ("patients", "series", "sessions", "scores")
ID = 7_000_001


def one_and_another(column):
    """Give two values that a column may have."""
    kind = column.type
    if isinstance(kind, JsonText):
        return {"a": "1"}, {"a": "2"}
    if isinstance(kind, UtcDateTime):
        return clock.now(), clock.now() + timedelta(seconds=1)
    if isinstance(kind, ExactNumber):
        return Decimal("2.5"), Decimal("25")
    if isinstance(kind, String | Text):
        return "a", "b"
    return {
        bool: (True, False), bytes: (b"a", b"b"), date: (date(2026, 3, 1), date(2026, 3, 2)),
        int: (3, 4),
        time: (time(9), time(10)), datetime: (clock.now(), clock.now() + timedelta(1)),
    }[kind.python_type]  # fmt: skip


def a_row(table):
    """Give a value for each column of a table."""
    row = {column.name: one_and_another(column)[0] for column in table.columns}
    row |= dict.fromkeys(NOT_BOTH & row.keys()) | PARTICULAR.get(table.name, {})
    return row | {next(iter(table.primary_key.columns)).name: ID}


def disarm():
    """Let anything be written, as whoever owns the database can."""
    db.session.remove()
    if db.engine.dialect.name == "sqlite":

        def open_freely(connection, _record):
            connection.execute("PRAGMA foreign_keys=OFF")
            connection.execute("PRAGMA ignore_check_constraints=ON")

        event.listen(db.engine, "connect", open_freely)
        db.engine.dispose()
        for name in db.session.scalars(text("SELECT name FROM sqlite_master WHERE type='trigger'")):
            db.session.execute(text(f"DROP TRIGGER {name}"))
    else:
        for table in sealing.SEALED:
            for one in inspect(db.engine).get_check_constraints(table):
                drop = f'ALTER TABLE "{table}" DROP CONSTRAINT "{one["name"]}"'
                db.session.execute(text(drop))
        database = db.session.scalar(text("SELECT current_database()"))
        freely = f'ALTER DATABASE "{database}" SET session_replication_role = replica'
        db.session.execute(text(freely))
    db.session.commit()
    db.engine.dispose()


def run(statement):
    with housekeeping():
        db.session.execute(statement)


def faults(name=None):
    found = clinical_rows.verify().faults
    return [(one.of_table, one.row_id, one.reason) for one in found if name in {None, one.of_table}]


def test_every_table_is_sealed_or_it_is_written_down_why_not():
    tables = set(db.metadata.tables)
    assert {*sealing.SEALED} | {*sealing.UNSEALED} == tables
    assert not {*sealing.SEALED} & {*sealing.UNSEALED}
    with_patients = {name for name, one in db.metadata.tables.items() if "patient_id" in one.c}
    assert with_patients - {*sealing.SEALED} == {"audit_event", "audit_event_patient",
                                                 "course_outcome", "draft",
                                                 "patient_word"}  # fmt: skip


@pytest.mark.parametrize("name", sorted(sealing.SEALED))
def test_each_value_of_each_table_that_is_changed_is_found(app, cast, monkeypatch, name):
    disarm()
    model = sealing.SEALED[name]
    table = model.__table__
    keys = {column.name for column in table.primary_key.columns}
    row = a_row(table)
    part = next((row[key] for key in sorted(keys) if row[key] != ID), 0)
    with unit_of_work(cast.anna) as unit:
        db.session.execute(insert(table).values(row))
        sealing.touch_parts(model, [(ID, part)])
        unit.audit("test.written")
    monkeypatch.setattr(sealing, "SEALED", {name: model})
    assert faults() == []
    here = [table.c[key] == row[key] for key in keys]
    changed = 0
    for column in table.columns:
        if column.name in keys:
            continue
        other = one_and_another(column)[1]
        for instead in (other, None) if column.nullable and row[column.name] else (other,):
            run(update(table).where(*here).values({column.name: instead}))
            assert faults() == [(name, ID, "it was changed")], column
            run(update(table).where(*here).values({column.name: row[column.name]}))
            assert faults() == [], column
            changed += 1
    assert changed >= len(table.columns) - len(keys) > 1
    run(delete(table).where(*here))
    assert faults() == [(name, ID, "it was removed")]
    run(insert(table).values(row))
    other_row = {one.name: one_and_another(one)[1] for one in table.columns}
    run(insert(table).values(other_row | {next(iter(table.primary_key.columns)).name: ID + 1}))
    assert faults() == [(name, ID + 1, "it was put in")]


def test_what_was_sealed_is_found_when_it_is_changed(app, cast):
    a_patient(cast.anna)
    assert audit_queries.verify().intact
    disarm()
    of_patient, more = RowSeal.of_table == "patient", {"columns": "id", "content": b"\x90"}
    for change in (
        update(RowSeal).where(of_patient).values(content=b"\x90"),
        update(RowSeal).where(of_patient).values(columns="id"),
        update(RowSeal).where(of_patient).values(of_table="series"),
        delete(RowSeal).where(of_patient),
        insert(RowSeal).values(sequence=2, piece=9, of_table="patient", **more),
        insert(RowSeal).values(sequence=-1, piece=0, of_table="patient", **more),
        insert(RowSeal).values(sequence=999, piece=0, of_table="patient", **more),
    ):
        kept = db.session.execute(RowSeal.__table__.select()).all()
        run(change)
        assert not audit_queries.verify().intact
        run(delete(RowSeal))
        run(insert(RowSeal).values([one._asdict() for one in kept]))
        assert audit_queries.verify().intact


def test_a_dose_that_was_put_back_to_what_it_said_before_is_found(app, cast):
    """An older state was sealed, too: only the newest seal counts."""
    treated = courses.treat(cast.console)
    session_id = treated.session_ids[0]
    row = db.session.get_one(TreatmentSession, session_id)
    before = row.dose_mg
    with unit_of_work(cast.anna) as unit:
        row.dose_mg = before + 5
        unit.audit("session.amended")
    assert faults() == []
    run(update(TreatmentSession).values(dose_mg=before).where(TreatmentSession.id == session_id))
    assert faults() == [("treatment_session", session_id, "it was changed")]


def test_merges_taken_apart_voids_and_restores_verify(app, cast):
    two = merges.two_records(cast)
    assert faults() == []
    merges.put_together(two, cast.anna)
    assert faults() == []
    merges.take_apart(two, cast.anna)
    held = courses.treat(cast.console, record_number="V-1").session_ids[0]
    voiding.void(held, "Twice", version=1, by=cast.anna)
    assert faults() == []
    voiding.restore(held, "Once", version=2, by=cast.anna)
    found = clinical_rows.verify()
    assert (found.faults, found.unsealed) == ((), {})
    assert found.rows > 40
    assert audit_queries.verify().intact


def test_rows_from_before_are_unsealed_until_they_are_sealed(app, cast):
    """What was there when rows began to be sealed is not wrong: nobody knows what it said."""
    before = patients.a_patient(cast.anna, "B-1")
    disarm()
    run(delete(RowSeal))  # as an upgrade finds it
    later = patients.a_patient(cast.anna, "B-2")
    found = clinical_rows.verify()
    assert found.faults == ()
    assert found.unsealed == {"clinic": 2, "patient": 1}
    count = clinical_rows.seal(by=cast.console)
    assert count == 3
    found = clinical_rows.verify()
    assert (found.faults, found.unsealed) == ((), {})
    run(update(Patient).where(Patient.id == before).values(family_name="Other"))
    copy = {c.name: None if c.name == "user_id" else getattr(db.session.get(Patient, later), c.name)
            for c in Patient.__table__.columns}  # fmt: skip
    run(insert(Patient).values(copy | {"id": 77, "record_number": "B-3"}))
    assert sorted(faults()) == sorted([
        ("patient", 77, "it was put in"), ("patient", before, "it was changed"),
    ])  # fmt: skip


def test_a_unit_that_was_rolled_back_seals_nothing_later(app, cast):
    with pytest.raises(UnauditedError), unit_of_work(cast.anna):
        sealing.touch(Patient, [5])
    with unit_of_work(cast.anna) as unit:
        unit.audit("test.done")
    assert not db.session.query(RowSeal).filter_by(of_table="patient").count()


def test_a_column_that_was_added_after_a_row_was_sealed_must_be_empty(app, cast, monkeypatch):
    disarm()
    patient_id = patients.a_patient(cast.anna, "B-1")
    known = tuple(one for one in sealing.columns_of("patient") if one not in {"email", "notes"})
    whole = sealing.rows_of("patient")
    fewer = whole.with_only_columns(*(one for one in whole.selected_columns if one.name in known))
    with monkeypatch.context() as earlier:
        earlier.setattr(sealing, "columns_of", lambda name: known)
        earlier.setattr(sealing, "rows_of", lambda name: fewer)
        earlier.setattr(sealing, "_rows_by_id", lambda name: fewer)
        with unit_of_work(cast.anna) as unit:
            sealing.touch(Patient, [patient_id])
            unit.audit("test.touched")
    assert faults() == []
    run(update(Patient).where(Patient.id == patient_id).values(notes="Put in"))
    assert faults() == [("patient", patient_id, "it was changed")]


@pytest.mark.parametrize("kind", ["patients", "series", "sessions", "scores"])
def test_what_was_imported_verifies_and_is_found_when_it_is_changed(app, cast, kind):
    source = courses.treat(cast.console, record_number="I-1")
    courses.scored(cast.console, source, (14, patients.START))
    files = {one: b"".join(stream(ExportChoice(one), by=cast.anna)) for one in KINDS}
    for one in KINDS:
        theirs = re.sub(rb"\b\d{9,}\b", lambda found: b"%d" % (int(found[0]) - 1), files[one])
        planned = import_run.plan(theirs, by=cast.cleo)
        assert not planned.problems, planned.problems
        import_run.apply(planned, by=cast.cleo)
    found = clinical_rows.verify()
    assert (found.faults, found.unsealed) == ((), {})
    model = {"patients": Patient, "series": Series, "sessions": TreatmentSession,
             "scores": Assessment}[kind]  # fmt: skip
    row_id = db.session.scalar(select(model.id).where(model.clinic_id == cast.elsewhere_id))
    said = {"patients": {"sex": "female"}, "series": {"template": "x"},
            "sessions": {"dose_mg": 400}, "scores": {"total": 1}}[kind]  # fmt: skip
    run(update(model).where(model.id == row_id).values(said))
    assert faults() == [(model.__tablename__, row_id, "it was changed")]
