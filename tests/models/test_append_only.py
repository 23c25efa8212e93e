"""What was written during a session and in the stock's books, the database lets nobody change."""

import pytest
from sqlalchemy import inspect, text

from tests.builders import patients
from tests.builders.entries import under_way
from tests.builders.stock import a_lot, dose
from tracker.models import db
from tracker.models.merges import PatientMerge
from tracker.services.unit_of_work import unit_of_work

pytestmark = pytest.mark.both_databases
STATEMENTS = (
    "UPDATE {} SET \"by\" = 'somebody else'",
    "UPDATE {} SET id = id WHERE sequence = 1",
    "DELETE FROM {}",
    "DELETE FROM {} WHERE sequence = 1",
)
EMPTYING = {"sqlite": (), "postgresql": ("TRUNCATE {}",)}


@pytest.fixture
def written(cast):
    """An entry of a session that drew from a lot."""
    dose(cast.anna, under_way(cast.anna), 35, a_lot(cast.anna, mg=500))


def rows(table):
    return [tuple(row) for row in db.session.execute(text(f"SELECT * FROM {table} ORDER BY id"))]


@pytest.mark.parametrize("table", ["stock_entry", "session_entry"])
def test_no_row_is_changed_or_removed(written, table):
    before = rows(table)
    assert before
    db.session.rollback()
    for statement in STATEMENTS + EMPTYING[db.engine.dialect.name]:
        with pytest.raises(Exception, match=f"{table} is only ever appended to"):
            db.session.execute(text(statement.format(table)))
        db.session.rollback()
    assert rows(table) == before


@pytest.mark.parametrize("table", ["stock_entry", "session_entry"])
def test_a_row_passes_to_the_other_record_of_a_merge_and_to_nobody_else(cast, written, table):
    other = patients.a_patient(cast.anna, "B-18")
    move = text(f"UPDATE {table} SET patient_id = {other} WHERE patient_id > 0")
    with pytest.raises(Exception, match=f"{table} is only ever appended to"):
        db.session.execute(move)
    db.session.rollback()
    whose = db.session.scalar(text(f"SELECT max(patient_id) FROM {table}"))
    with unit_of_work(cast.anna) as unit:
        db.session.add(
            PatientMerge(
                clinic_id=cast.clinic_id, kept_id=other, merged_id=whose, reason="Twice",
                merged_at=unit.now, merged_by="Anna",
            )
        )  # fmt: skip
        unit.audit("test.merged")
    with pytest.raises(Exception, match=f"{table} is only ever appended to"):
        db.session.execute(text(f"UPDATE {table} SET patient_id = {other}, sequence = 77"))
    db.session.rollback()
    db.session.execute(move)
    assert db.session.scalar(text(f"SELECT max(patient_id) FROM {table}")) == other
    db.session.rollback()


@pytest.mark.parametrize("table", ["stock_entry", "session_entry"])
def test_sqlite_guards_every_column(cast, table):
    """A column that is added later must be in the trigger, which names them all."""
    if db.engine.dialect.name != "sqlite":
        return  # PostgreSQL compares the whole row
    of_trigger = text("SELECT sql FROM sqlite_master WHERE name = :name")
    written = db.session.scalar(of_trigger, {"name": f"{table}_no_update"})
    guarded = {name.strip(' "') for name in written.split(" OF ")[1].split(" ON ")[0].split(",")}
    columns = {column["name"] for column in inspect(db.engine).get_columns(table)}
    assert guarded == columns - {"patient_id"}
