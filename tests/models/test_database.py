import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from itertools import pairwise

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import SQLAlchemyError, StatementError

from tracker.models import db
from tracker.models.patients import Patient
from tracker.services import unit_of_work
from tracker.services.audit import queries as audit_queries

pytestmark = pytest.mark.both_databases
NOW = datetime(2026, 3, 8, 6, 59, 59, 123456, tzinfo=UTC)


def a_patient(clinic_id, number="1", **more):
    return Patient(
        clinic_id=clinic_id, record_number=number, name_key=number, sex="unknown",
        created_at=NOW, **more,
    )  # fmt: skip


def test_an_instant_comes_back_aware_and_in_utc(app, cast):
    eastern = timezone(timedelta(hours=-5))
    patient = a_patient(cast.clinic_id)
    patient.created_at = NOW.astimezone(eastern)
    db.session.add(patient)
    db.session.commit()
    db.session.expire_all()
    assert patient.created_at == NOW
    assert patient.created_at.tzinfo is UTC or patient.created_at.utcoffset() == timedelta(0)


def test_a_naive_instant_is_refused(app, cast):
    patient = a_patient(cast.clinic_id)
    patient.created_at = NOW.replace(tzinfo=None)
    db.session.add(patient)
    with pytest.raises(StatementError, match="zone"):
        db.session.commit()
    db.session.rollback()


@pytest.mark.parametrize("number", ["0.5", "35", "30.97", "5000", "0.01", "84", "1234.5678"])
def test_a_number_comes_back_as_it_was_typed(app, cast, number):
    from tracker.models.database import ExactNumber

    kind = ExactNumber()
    dialect = db.engine.dialect
    stored = kind.process_bind_param(Decimal(number), dialect)
    assert str(kind.process_result_value(stored, dialect)) == number


def test_ids_tell_a_stranger_nothing(app, cast):
    patients = [a_patient(cast.clinic_id, str(n)) for n in range(5)]
    db.session.add_all(patients)
    db.session.commit()
    ids = sorted(patient.id for patient in patients)
    assert all(later - earlier > 1 for earlier, later in pairwise(ids))
    assert max(ids) < 10**15


def test_eight_writers_at_once_lose_no_line_of_the_trail(app, cast):
    before = audit_queries.verify().lines
    failures = []

    def write():
        with app.app_context():
            for number in range(10):
                try:
                    unit_of_work.audit(cast.anna, "test.written", f"n:{number}")
                except (SQLAlchemyError, AssertionError) as error:
                    failures.append(error)
            db.session.remove()

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    verdict = audit_queries.verify()
    assert failures == []
    assert verdict.intact
    assert verdict.lines == before + 80


def test_sqlite_is_opened_durably(app):
    if db.engine.dialect.name != "sqlite":
        return
    read = {n: db.session.scalar(text(f"PRAGMA {n}")) for n in ("synchronous", "journal_mode")}
    assert read == {"synchronous": 2, "journal_mode": "wal"}
    assert db.session.scalar(text("PRAGMA foreign_keys")) == 1


def test_a_locked_file_is_told_from_a_fault_of_ours(app, cast, settings):
    if db.engine.dialect.name != "sqlite":
        return
    db.session.remove()
    db.engine.dispose()
    event.listen(db.engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout=10"))
    path = settings.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(unit_of_work.UNAVAILABLE):
            unit_of_work.audit(cast.anna, "test.noted")
    unit_of_work.audit(cast.anna, "test.noted")
