"""The audit trail: complete, in order, and found out when it is tampered with."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from tests.builders import courses
from tracker.domain.problems import ForbiddenError, NotFoundError
from tracker.models import db
from tracker.services import unit_of_work
from tracker.services.audit import queries as audit_queries
from tracker.services.audit.queries import TrailFilter

LINES = 12


def write_lines(by) -> None:
    for number in range(LINES):
        unit_of_work.audit(by, "test.noted", f"x:{number}", detail=f"{number} fields")


def disarm() -> None:
    """Take the triggers away, as whoever owns the database can."""
    if db.engine.dialect.name == "sqlite":
        for verb in ("update", "delete"):
            db.session.execute(text(f"DROP TRIGGER audit_event_no_{verb}"))
    else:
        db.session.execute(text("DROP TRIGGER audit_event_append_only ON audit_event"))
    db.session.commit()


def run(statement: str, **values: object) -> None:
    db.session.execute(text(statement), values)
    db.session.commit()


def test_only_an_administrator_reads_it(app, cast):
    assert audit_queries.read(by=cast.adam).lines
    with pytest.raises(ForbiddenError):
        audit_queries.read(by=cast.anna)
    ben = courses.account(cast.console, courses.treat(cast.console))
    with pytest.raises((ForbiddenError, NotFoundError)):
        audit_queries.read(by=ben)


def test_what_belongs_to_no_clinic_is_seen_by_every_administrator(app, cast):
    with unit_of_work.unit_of_work(None) as one:
        one.audit("sign-in.failed", detail="unknown e-mail")
    assert audit_queries.read(by=cast.adam).lines[0].action == "sign-in.failed"


@pytest.mark.both_databases
def test_it_is_read_newest_first_page_by_page(app, cast, monkeypatch):
    monkeypatch.setattr(audit_queries, "PAGE", 5)
    write_lines(cast.anna)
    seen, before = [], None
    while True:
        wanted = TrailFilter(action="test.noted")
        page = audit_queries.read(by=cast.adam, before=before, wanted=wanted)
        seen += [line.subject for line in page.lines]
        if (before := page.before) is None:
            break
    assert seen == [f"x:{number}" for number in reversed(range(LINES))]


@pytest.mark.both_databases
def test_it_is_read_by_person_and_by_record(app, cast):
    treated = courses.treat(cast.console, record_number="B-9")
    unit_of_work.audit(cast.anna, "patient.viewed", patient_id=treated.patient_id)
    unit_of_work.audit(cast.adam, "test.noted")

    def read(**wanted):
        return audit_queries.read(by=cast.adam, wanted=TrailFilter(**wanted)).lines

    assert {x.action for x in read(user_id=cast.anna.user_id)} == {"patient.viewed"}
    # And the page that was read first, which named B-9.
    about = [line for line in read(record_number="B-9") if line.action != "audit.viewed"]
    assert {line.record_number for line in about} == {"B-9"}
    assert read(record_number="B-10") == []


@pytest.mark.both_databases
def test_lines_written_at_the_same_time_make_one_chain(app, cast):
    before = audit_queries.verify().lines

    def write(number: int) -> None:
        with app.app_context():
            unit_of_work.audit(cast.anna, "test.noted", f"x:{number}")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(80)))
    verdict = audit_queries.verify()
    assert verdict.intact
    assert verdict.lines == before + 80


COLUMNS = ("actor", "roles", "address", "action", "subject", "detail", "seal", "previous")


@pytest.mark.parametrize("column", COLUMNS)
def test_a_changed_column_is_found(app, cast, column):
    write_lines(cast.anna)
    disarm()
    # A seal is hexadecimal: a g in it is always a change.
    chosen = random.Random(column).randrange(1, audit_queries.verify().lines + 1)
    run(f"UPDATE audit_event SET {column} = {column} || 'x' WHERE sequence = :chosen"
        if column not in {"seal", "previous"}
        else f"UPDATE audit_event SET {column} = 'g' || substr({column}, 2) "
             "WHERE sequence = :chosen", chosen=chosen)  # fmt: skip
    verdict = audit_queries.verify()
    assert not verdict.intact
    assert verdict.broken_at in {chosen, chosen + 1}


@pytest.mark.both_databases
def test_another_time_person_or_patient_is_found(app, cast):
    write_lines(cast.anna)
    disarm()
    for change in ("user_id = 99", "patient_id = 99", "clinic_id = 99"):
        run(f"UPDATE audit_event SET {change} WHERE sequence = 9")
        verdict = audit_queries.verify()
        assert verdict.broken_at == 9
        run("UPDATE audit_event SET user_id = :u, patient_id = NULL, clinic_id = :c "
            "WHERE sequence = 9", u=cast.anna.user_id, c=cast.clinic_id)  # fmt: skip
        assert audit_queries.verify().intact


@pytest.mark.both_databases
def test_a_removed_and_a_swapped_line_are_found(app, cast):
    write_lines(cast.anna)
    disarm()
    run("UPDATE audit_event SET sequence = 1000 WHERE sequence = 9")
    assert audit_queries.verify().broken_at is not None
    run("UPDATE audit_event SET sequence = 9 WHERE sequence = 10")
    run("UPDATE audit_event SET sequence = 10 WHERE sequence = 1000")
    assert audit_queries.verify().broken_at == 9
    run("DELETE FROM audit_event WHERE sequence = 9")
    assert audit_queries.verify().broken_at is not None


def test_a_cut_tail_is_found_by_a_head_that_was_noted(app, cast):
    write_lines(cast.anna)
    head = audit_queries.verify().head
    assert audit_queries.verify(noted=head).intact
    disarm()
    run("DELETE FROM audit_event WHERE sequence = :last", last=audit_queries.verify().lines)
    assert audit_queries.verify().intact
    verdict = audit_queries.verify(noted=head)
    assert not verdict.intact
    assert "noted head" in verdict.reason


def test_another_key_verifies_nothing(app, cast):
    engine = db.engine
    kept = engine.get_execution_options()["audit_key"]
    engine.update_execution_options(audit_key=b"another key")
    try:
        assert audit_queries.verify().broken_at == 1
    finally:
        engine.update_execution_options(audit_key=kept)
