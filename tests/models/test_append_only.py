"""What is only ever appended to, the database lets nobody change, remove or put another in for."""

import pytest
from sqlalchemy import UniqueConstraint, func, insert, inspect, select, text, update
from sqlalchemy.dialects import postgresql

from tests.builders import patients
from tests.builders.entries import under_way
from tests.builders.stock import a_lot, dose
from tests.services.audit.test_clinical_rows import ID, one_and_another
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


# Each table, and what makes another row of it beside its first key.
APPEND_ONLY = (
    "account_change", "audit_event", "audit_event_patient", "edition", "patient_version",
    "referral_letter", "row_seal", "series_version", "session_entry", "session_version",
    "set_aside_rows",
    "stock_entry", "worksheet_version",
)  # fmt: skip


@pytest.fixture
def row(app, request):
    """A row of a table, whatever it refers to; gives what it says."""
    table = db.metadata.tables[request.param]
    said = {one.name: one_and_another(one)[0] for one in table.columns}
    said |= {one: ID for one in ("sequence", "id") if one in said}
    sqlite = db.engine.dialect.name == "sqlite"
    role = "SET session_replication_role = {}"
    db.session.execute(text("PRAGMA foreign_keys=OFF" if sqlite else role.format("replica")))
    db.session.execute(insert(table).values(said))
    db.session.commit()
    if not sqlite:
        db.session.execute(text(role.format("DEFAULT")))
        db.session.commit()
    return said


def refused(statement, values=None):
    with pytest.raises(Exception, match="only ever appended to"):
        db.session.execute(statement, values or {})
    db.session.rollback()


def test_every_table_that_is_only_appended_to_is_known(app):
    if db.engine.dialect.name == "sqlite":
        found = text("SELECT tbl_name FROM sqlite_master WHERE name LIKE '%_no_replace'")
    else:
        found = text("SELECT DISTINCT event_object_table FROM information_schema.triggers "
                     "WHERE trigger_name LIKE '%_append_only'")  # fmt: skip
    assert sorted(db.session.scalars(found)) == list(APPEND_ONLY)


@pytest.mark.parametrize("row", APPEND_ONLY, indirect=True)
def test_a_row_is_never_changed_removed_or_replaced(row, request):
    name = request.node.callspec.params["row"]
    table = db.metadata.tables[name]
    keys = [one.name for one in table.primary_key.columns]
    here = [table.c[key] == row[key] for key in keys]
    changed = next(one.name for one in table.columns if one.name != "patient_id")
    refused(update(table).where(*here).values({changed: row[changed]}))
    refused(table.delete().where(*here))
    if db.engine.dialect.name == "postgresql":
        refused(text(f"TRUNCATE {name} CASCADE"))
        other = postgresql.insert(table).values(row)
        refused(other.on_conflict_do_update(index_elements=keys, set_={changed: row[changed]}))
    else:
        for taken in unique_keys(table):
            # Everything but one key is another's.
            others = {one.name: one_and_another(one)[1] for one in table.columns}
            refused(insert(table).prefix_with("OR REPLACE"),
                    others | {one: row[one] for one in taken})  # fmt: skip
    assert db.session.scalar(select(func.count()).select_from(table).where(*here)) == 1


@pytest.mark.parametrize("row", ["session_version", "worksheet_version"], indirect=True)
def test_a_hidden_row_number_of_sqlite_is_no_way_round(row, request):
    if db.engine.dialect.name != "sqlite":
        return
    table = db.metadata.tables[request.node.callspec.params["row"]]
    names = ", ".join(f'"{one}"' for one in row)
    values = ", ".join("99" if one in {"version"} else f'"{one}"' for one in row)
    over = f"INSERT OR REPLACE INTO {table} (rowid, {names}) SELECT rowid, {values} FROM {table}"
    refused(text(over))


def unique_keys(table):
    """List the columns of each key of a table."""
    yield [one.name for one in table.primary_key.columns]
    for one in table.constraints:
        if isinstance(one, UniqueConstraint):
            yield [column.name for column in one.columns]
