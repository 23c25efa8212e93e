"""How long the tracker waits for PostgreSQL: for a statement, a lock, one that is silent."""

import time

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tracker.models import db, postgresql, schema
from tracker.models.database import connection, long_work

pytestmark = pytest.mark.postgres


@pytest.fixture
def database_of_its_own(postgresql_templates, tmp_path):
    url = postgresql_templates.copy(tmp_path, peopled=False)
    yield url
    postgresql_templates.drop(url)


def test_the_server_ends_a_statement_by_itself(database_of_its_own):
    engine = schema.open_engine(database_of_its_own, seconds=1)
    began = time.monotonic()
    with engine.connect() as opened, pytest.raises(OperationalError, match="timeout"):
        opened.execute(text("SELECT pg_sleep(5)"))
    assert time.monotonic() - began < 3


def test_whoever_waits_for_a_silent_server_gives_up_and_the_next_is_told_at_once(
    database_of_its_own, monkeypatch
):
    """The server is not silent here: it was told to have no limit itself, which is the same."""
    monkeypatch.setattr(postgresql, "GRACE_SECONDS", -0.5)
    engine = schema.open_engine(database_of_its_own, seconds=1)
    with engine.connect() as opened:
        opened.execute(text("SET statement_timeout = 0"))
        with pytest.raises(OperationalError, match="the server does not answer") as told:
            opened.execute(text("SELECT pg_sleep(5)"))
        assert told.value.connection_invalidated
    began = time.monotonic()
    with pytest.raises(OperationalError, match="a moment ago"):
        engine.connect()
    assert time.monotonic() - began < 0.5
    monkeypatch.setattr(time, "monotonic", lambda: began + postgresql.SILENT_SECONDS)
    with engine.connect() as opened:
        assert opened.scalar(text("SELECT 1")) == 1


def test_a_lock_is_waited_for_as_long_as_on_sqlite(database_of_its_own):
    engine = schema.open_engine(database_of_its_own)
    with engine.connect() as opened:
        assert opened.scalar(text("SHOW lock_timeout")) == "5s"
        assert opened.scalar(text("SHOW statement_timeout")) == "8s"
        assert opened.scalar(text("SHOW tcp_keepalives_idle")) in {"30", "0"}  # 0: no TCP


def test_a_server_that_was_demoted_is_taken_for_gone(database_of_its_own):
    engine = schema.open_engine(database_of_its_own)
    with engine.connect() as opened:
        opened.execute(text("SET default_transaction_read_only = on"))
        opened.commit()
        with pytest.raises(OperationalError) as told:
            opened.execute(text("CREATE TABLE other (id integer)"))
    assert told.value.connection_invalidated
    assert isinstance(told.value.orig, psycopg.errors.ReadOnlySqlTransaction)


def test_an_upgrade_states_a_limit_of_its_own(database_of_its_own):
    engine = schema.open_engine(database_of_its_own, seconds=schema.UPGRADE_SECONDS)
    with engine.connect() as opened:
        assert opened.scalar(text("SHOW statement_timeout")) == "6h"
        assert opened.scalar(text("SHOW lock_timeout")) == "6h"


@pytest.mark.both_databases
def test_long_work_states_a_limit_of_its_own_and_what_comes_next_has_the_usual_one(app):
    def patience():
        return connection().connection.dbapi_connection.patience_seconds

    postgres = db.engine.dialect.name != "sqlite"
    with long_work(600):
        if postgres:
            assert db.session.scalar(text("SHOW statement_timeout")) == "10min"
            assert patience() > 600
        with long_work(60):
            db.session.commit()
            assert not postgres or patience() > 600
    assert not postgres or patience() < 15
    db.session.commit()
    if postgres:
        assert db.session.scalar(text("SHOW statement_timeout")) == "8s"
        assert patience() < 15
