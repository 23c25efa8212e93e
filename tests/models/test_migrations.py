"""Every revision goes forward and back, with data in the tables, on both databases."""

import subprocess
import sys
from datetime import timedelta

import pytest
import time_machine
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, select, text

from tests.builders import patients
from tracker.domain import parsing
from tracker.models import db, partial_indexes, schema
from tracker.models.patients import Patient
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import unit_of_work
from tracker.services.audit import queries as audit_queries
from tracker.services.sessions import voiding
from tracker.services.sessions.commands import record
from tracker.services.sessions.voiding import Transfer

pytestmark = pytest.mark.both_databases
REVISIONS = [
    revision.revision
    for revision in ScriptDirectory.from_config(schema.config("")).walk_revisions()
][::-1]


def counts(url):
    """Count the rows of every table."""
    engine = create_engine(url)
    with engine.connect() as connection:
        names = inspect(connection).get_table_names()
        found = {n: connection.scalar(text(f'SELECT count(*) FROM "{n}"')) for n in names}
    engine.dispose()
    return found


def test_the_newest_revision_is_what_the_models_say(database_url):
    assert len(partial_indexes.PARTIAL_INDEXES) == 15
    engine = create_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, db.metadata)
    engine.dispose()
    # A column type of our own compares as different from the plain type it stores as.
    real = [d for d in differences if not (isinstance(d, list) and d[0][0] == "modify_type")]
    assert real == []


def test_the_head_that_a_server_asks_for_is_the_one_alembic_names():
    script = ScriptDirectory.from_config(schema.config(""))
    assert schema.head() == script.get_current_head()


def test_upgrading_again_changes_nothing(app, cast, settings):
    before = counts(settings.database_url)
    schema.upgrade(settings.database_url)
    assert counts(settings.database_url) == before


def test_a_step_back_and_forth_keeps_the_rows_of_every_table_that_stays(app, cast, settings):
    db.session.remove()
    before = counts(settings.database_url)
    assert before["user"] == 3
    # The first revision has nothing before it: going back over it empties everything.
    for revision in reversed(REVISIONS[1:]):
        schema.downgrade(settings.database_url, f"{revision}-1")
    schema.upgrade(settings.database_url)
    # By what outcomes were counted goes with its table, and they are counted anew.
    assert before.pop("outcome_basis")
    assert not counts(settings.database_url)["outcome_basis"]
    # What lines sealed of rows goes with its table: those lines verify no more.
    assert before.pop("row_seal")
    after = counts(settings.database_url)
    assert (after.pop("row_seal"), after.pop("outcome_basis")) == (0, 0)
    assert after == before


def test_down_to_nothing_and_up_again_leaves_the_same_schema(database_url):
    engine = create_engine(database_url)

    def shape():
        inspector = inspect(engine)
        return {
            table: (
                sorted((c["name"], str(c["type"])) for c in inspector.get_columns(table)),
                sorted(i["name"] for i in inspector.get_indexes(table)),
                sorted(f["name"] or "" for f in inspector.get_foreign_keys(table)),
            )
            for table in inspector.get_table_names()
        }

    before = shape()
    schema.downgrade(database_url, "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    schema.upgrade(database_url)
    assert shape() == before
    engine.dispose()


def test_four_upgrades_at_once_all_end_well(database_url):
    schema.downgrade(database_url, "base")
    upgrade = "import sys; from tracker.models import schema; schema.upgrade(sys.argv[1])"
    four = [
        subprocess.Popen([sys.executable, "-c", upgrade, database_url], stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    said = [process.communicate()[1].decode() for process in four]
    assert [process.returncode for process in four] == [0] * 4, said
    assert schema.current(database_url) == schema.head()


def test_a_migration_that_breaks_references_is_taken_back(app, cast, settings, monkeypatch):
    if not settings.database_url.startswith("sqlite"):
        return  # PostgreSQL refuses the broken row itself, when it is written
    engine = create_engine(settings.database_url)
    with engine.begin() as connection:
        connection.execute(text("PRAGMA foreign_keys=OFF"))
        connection.execute(text("UPDATE alembic_version SET version_num = version_num"))
        connection.execute(text("INSERT INTO user_role (user_id, role_id) VALUES (999999, 1)"))
    engine.dispose()
    before = counts(settings.database_url)
    with pytest.raises(Exception, match="user_role"):
        command.upgrade(schema.config(settings.database_url), "head")
    assert counts(settings.database_url) == before


def test_the_trail_survives_an_upgrade(app, cast, settings):
    unit_of_work.audit(cast.anna, "test.before")
    db.session.remove()
    schema.upgrade(settings.database_url)
    assert audit_queries.verify().intact


def test_the_numbers_of_who_is_here_are_folded_as_new_ones_are(settings, app, cast):
    numbers = ["0012", "A-\u200b7", "\uff22 9", "\u00c9-3", "000"]
    ids = [patients.a_patient(cast.anna, number, given_name=number) for number in numbers]
    db.session.remove()
    schema.downgrade(settings.database_url, "0009")
    schema.upgrade(settings.database_url)
    keys = {row.id: row.number_key for row in db.session.scalars(select(Patient))}
    db.session.remove()
    assert [keys[one] for one in ids] == [parsing.fold_identifier(number) for number in numbers]


def test_a_record_that_was_moved_twice_remembers_both(settings, app, cast):
    def series(number):
        return patients.a_series(cast.anna, patients.a_patient(cast.anna, number), sessions=1)

    wrong, second, third = series("M-1"), series("M-2"), series("M-3")
    [planned] = patients.planned(wrong)
    with time_machine.travel(patients.START + timedelta(hours=6), tick=False):
        held = record(patients.HELD, series_id=wrong, session_id=planned, by=cast.anna)
        made = move(held, second, 1, cast.anna)
        voiding.void(made, "No", version=1, by=cast.anna)
        voiding.restore(held, "No", version=2, by=cast.anna)
        last = move(held, third, 3, cast.anna)
    db.session.remove()
    schema.downgrade(settings.database_url, "0010")
    engine = create_engine(settings.database_url)
    with engine.connect() as connection:
        moved = "SELECT id, moved_to_id FROM treatment_session WHERE moved_to_id IS NOT NULL"
        assert connection.execute(text(moved)).all() == [(held, last)]
    engine.dispose()
    schema.upgrade(settings.database_url)
    came_from = {one: db.session.get_one(TreatmentSession, one).moved_from_id
                 for one in (held, made, last)}  # fmt: skip
    db.session.remove()
    assert came_from == {held: None, made: held, last: held}


def move(session_id, series_id, version, by):
    target = Transfer(series_id, None, reason="Wrong", comment="Right")
    return voiding.transfer(session_id, target, version=version, by=by)
