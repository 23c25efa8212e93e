"""Lines that wait beside a full database: kept once, in their room, with their time."""

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.services import disk, unit_of_work
from tracker.services.audit import queries as audit_queries
from tracker.services.audit import waiting

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


@pytest.fixture
def ready(settings):
    waiting.prepare(settings.instance)
    return settings.instance


@pytest.fixture
def full(monkeypatch):
    """A disk that is full until it is cleared."""
    cause = sqlite3.OperationalError("database or disk is full")
    cause.sqlite_errorcode = sqlite3.SQLITE_FULL

    def refuse():
        raise OperationalError("BEGIN", None, cause)

    begin = unit_of_work.begin_writing
    monkeypatch.setattr(unit_of_work, "begin_writing", refuse)

    def clear():
        monkeypatch.setattr(unit_of_work, "begin_writing", begin)
        disk._full_since.clear()

    yield clear
    disk._full_since.clear()


def lines(action="looked"):
    found = select(AuditEvent.at, AuditEvent.subject).where(AuditEvent.action == action)
    return db.session.execute(found.order_by(AuditEvent.sequence)).all()


@pytest.mark.both_databases
def test_lines_wait_and_are_taken_up_in_their_order_with_their_time(anna, patient, ready, full):
    with time_machine.travel(NOW, tick=False):
        for number in range(3):
            unit_of_work.audit(anna, "looked", f"at:{number}", patients=[patient])
    full()
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        unit_of_work.audit(anna, "looked", "at:later")
    assert [line.subject for line in lines()] == ["at:later", "at:0", "at:1", "at:2"]
    assert [line.at for line in lines()] == [NOW + timedelta(hours=1), NOW, NOW, NOW]
    assert audit_queries.verify().intact
    assert not waiting.is_any(ready)
    assert b"Anna" not in (ready / waiting.NAME).read_bytes()


@pytest.mark.both_databases
def test_a_line_that_was_taken_up_before_a_crash_is_not_taken_up_again(anna, ready, full):
    unit_of_work.audit(anna, "looked", "at:1")
    as_it_was = (ready / waiting.NAME).read_bytes()
    full()
    unit_of_work.audit(anna, "other", "")
    (ready / waiting.NAME).write_bytes(as_it_was)
    unit_of_work.audit(anna, "other", "")
    assert len(lines()) == 1
    assert not waiting.is_any(ready)


@pytest.mark.both_databases
def test_what_stores_anything_never_waits(anna, ready, full):
    with pytest.raises(unit_of_work.UNAVAILABLE), unit_of_work.unit_of_work(anna) as unit:
        unit.audit("patient.added", "patient:1")
    assert not waiting.is_any(ready)


def test_a_file_that_is_full_takes_no_more_and_one_that_is_missing_none(anna, ready, full):
    line = {"at": NOW.isoformat(), "detail": "x" * 100_000}
    kept = 0
    while waiting.keep(ready, line):
        kept += 1
    assert 15 < kept < 25
    (ready / waiting.NAME).unlink()
    with pytest.raises(unit_of_work.UNAVAILABLE):
        unit_of_work.audit(anna, "looked", "")


def test_a_database_that_is_locked_lets_nothing_wait(anna, ready, monkeypatch):
    cause = sqlite3.OperationalError("database is locked")
    cause.sqlite_errorcode = sqlite3.SQLITE_BUSY

    def refuse():
        raise OperationalError("BEGIN", None, cause)

    monkeypatch.setattr(unit_of_work, "begin_writing", refuse)
    with pytest.raises(OperationalError):
        unit_of_work.audit(anna, "looked", "")
    assert not waiting.is_any(ready)


def test_its_room_is_there_from_the_start_and_nobody_else_reads_it(ready):
    found = (ready / waiting.NAME).stat()
    assert found.st_size == waiting.SIZE_BYTES
    assert found.st_blocks * 512 >= waiting.SIZE_BYTES
    assert found.st_mode & 0o077 == 0


@pytest.mark.both_databases
def test_a_server_of_postgresql_that_is_full_is_asked_now_and_then(anna, ready, monkeypatch):
    if db.engine.dialect.name == "sqlite":
        return  # its disk tells
    disk.note_full(db.engine)
    with pytest.raises(disk.DiskFullError), unit_of_work.unit_of_work(anna):
        pass
    unit_of_work.audit(anna, "looked", "meanwhile")
    assert waiting.is_any(ready)
    monkeypatch.setattr(disk, "ASK_AGAIN_SECONDS", 0.0)
    unit_of_work.audit(anna, "looked", "then")
    assert {line.subject for line in lines()} == {"meanwhile", "then"}
    assert disk._full_since == {}
