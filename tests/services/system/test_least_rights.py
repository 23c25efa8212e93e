"""The user of PostgreSQL that serves: it does what a clinic needs, and nothing to the tables."""

import ast
import dataclasses
import shutil
from collections.abc import Iterator
from urllib.parse import quote

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError

from tests import databases
from tests.browsing import ApartClient, Browser
from tests.builders import merges
from tests.builders.courses import account, treat
from tests.builders.entries import under_way
from tests.builders.stock import a_lot, dose
from tests.people import ADAM, ANNA, gather
from tests.rules.checkout import TRACKER, modules, tree
from tests.services.imports.undo import content
from tracker import config, create_app
from tracker.domain.problems import InvalidError
from tracker.models import db, sealing
from tracker.services.audit import clinical_rows
from tracker.services.audit import queries as audit_queries
from tracker.services.imports.undo import commands, queries
from tracker.services.system import database as system_database
from tracker.services.system import least_rights, servers, upgrades

OWNER, SERVER, DATABASE = "rights_owner", "rights_server", "rights_of_users"
FORBIDDEN = (
    "DROP TABLE audit_event",
    "DROP TRIGGER audit_event_append_only ON audit_event",
    "ALTER TABLE audit_event DISABLE TRIGGER ALL",
    "ALTER TABLE patient ADD COLUMN x integer",
    "CREATE TABLE x (y integer)",
    "TRUNCATE session_entry",
    "DELETE FROM audit_event",
    "UPDATE audit_event SET actor = 'somebody else'",
    "UPDATE session_entry SET sequence = 7",
    "DELETE FROM treatment_session",
    "DELETE FROM patient",
    "UPDATE alembic_version SET version_num = '0001'",
    "SET session_replication_role = replica",
    "CREATE OR REPLACE FUNCTION audit_event_append_only() RETURNS trigger LANGUAGE plpgsql "
    "AS $$ BEGIN RETURN NEW; END $$",
)


def as_user(url: str, user: str) -> str:
    """Give the address of the database for a user, who has no password on the tests' server."""
    made = make_url(url).set(
        database=DATABASE, username=quote(user), drivername="postgresql+psycopg"
    )
    return made.render_as_string(hide_password=False)


@pytest.fixture(scope="module")
def clinic(postgresql_templates, tmp_path_factory) -> Iterator[config.Settings]:
    """A clinic on a database of two users, set up as the guide says."""
    instance = tmp_path_factory.mktemp("rights")
    shutil.copy(postgresql_templates.keys, instance)
    run = postgresql_templates._run
    for role in (OWNER, SERVER):
        run(f"CREATE ROLE {role} LOGIN")
    run(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
    admin = make_url(postgresql_templates.url).set(database=DATABASE)
    with psycopg.connect(admin.render_as_string(hide_password=False), autocommit=True) as opened:
        opened.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        opened.execute(f"GRANT USAGE, CREATE ON SCHEMA public TO {OWNER}")
    environ = databases.ENVIRON | {
        "TRACKER_DATABASE_URL": as_user(postgresql_templates.url, SERVER),
        "TRACKER_DATABASE_OWNER_URL": as_user(postgresql_templates.url, OWNER),
    }
    settings = dataclasses.replace(config.read(instance, environ), testing=True)
    settings.mail_folder.mkdir()
    upgrades.upgrade_schema(settings)
    yield settings
    run(f"DROP DATABASE {DATABASE} WITH (FORCE)")
    for role in (OWNER, SERVER):
        run(f"DROP ROLE {role}")


@pytest.fixture(scope="module")
def served(clinic):
    """The application, connected as the user that serves, with its people."""
    app = create_app(settings=clinic)
    app.test_client_class = ApartClient
    with app.app_context():
        yield app, gather()
        db.session.remove()
        db.engine.dispose()


@pytest.mark.postgres
def test_a_clinic_works_with_no_more_rights_than_it_needs(served):
    app, cast = served
    by = cast.console
    treated = treat(by)
    account(by, treated)
    dose(cast.anna, under_way(cast.anna, "L-1"), 35, a_lot(cast.anna, mg=500))
    two = merges.two_records(cast)
    merges.put_together(two, cast.anna)
    merges.take_apart(two, cast.anna)
    with app.app_context():
        anna = Browser(app)(ANNA)
        for path in ("/today/", "/patients/", f"/patients/{treated.patient_id}/", "/stock/"):
            anna.open(path)
        Browser(app)(ADAM).open("/audit/")
    system_database.tidy()
    assert audit_queries.verify().intact
    assert not clinical_rows.verify().faults


@pytest.mark.postgres
@pytest.mark.parametrize("statement", FORBIDDEN)
def test_what_serves_can_neither_drop_nor_change_what_guards_the_records(served, statement):
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        db.session.execute(text(statement))
    db.session.rollback()


@pytest.mark.postgres
def test_doctor_says_who_owns_the_tables(clinic, served):
    found = {one.name: one for one in servers.look(clinic)}
    assert found["rights"].result == "who serves owns no table"
    owner = dataclasses.replace(clinic, database_url=clinic.database_owner_url)
    found = {one.name: one for one in servers.look(owner)}
    assert found["rights"].to_do
    assert "tracker deploy postgresql" in found["rights"].advice
    assert not least_rights.grant(clinic.database_owner_url, clinic.database_owner_url)


@pytest.mark.postgres
def test_an_import_is_undone_by_the_owner_alone(served):
    _, cast = served
    made = content.bring_in(content.FILE, cast.anna)
    [problem] = queries.find(made.id, by=cast.anna).problems
    assert problem.message == commands.NO_RIGHT
    with pytest.raises(InvalidError):
        commands.undo(made.id, "The wrong file", by=cast.anna)


def test_no_service_removes_rows_that_it_may_not():
    """What is sealed is struck out or amended: whoever serves may not delete it.

    The undo of an import may, and asks for its right first.
    """
    kept = {model.__name__ for model in sealing.SEALED.values()}
    removed = {
        node.args[0].id
        for path in modules(TRACKER / "services")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "delete"
        and isinstance(node.args[0], ast.Name)
    }
    assert "Draft" not in kept
    assert not removed & kept
