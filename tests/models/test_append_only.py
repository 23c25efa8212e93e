"""What was written during a session and in the stock's books, the database lets nobody change."""

import pytest
from sqlalchemy import text

from tests.builders.entries import under_way
from tests.builders.stock import a_lot, dose
from tracker.models import db

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
