"""Run migrations on an engine of their own.

Not the application's engine: with foreign keys on, SQLite deletes child rows when a batch migration
drops and remakes their parent. Broken references are looked for at the end instead.
"""

from alembic import context
from sqlalchemy import Connection, event, text

from tracker.models import db, partial_indexes, schema

PARTIAL_INDEXES = partial_indexes.PARTIAL_INDEXES  # declared by being imported

# One upgrade at a time; any number that nothing else in the database locks by.
UPGRADE_LOCK = 7041777


class BrokenReferencesError(Exception):
    """A migration left rows that refer to nothing; it was taken back."""


def _run(connection: Connection) -> None:
    sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_as_batch=True,
        compare_type=True,
        transaction_per_migration=False,
        # Alembic takes SQLite for one that cannot undo DDL, and would commit each revision alone: a
        # second upgrade could then read the revision before this one's lock and do the rest again.
        transactional_ddl=True,
    )
    with context.begin_transaction():
        if not sqlite:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({UPGRADE_LOCK})"))
        context.run_migrations()
        if sqlite and (broken := connection.execute(text("PRAGMA foreign_key_check")).all()):
            raise BrokenReferencesError(str(broken[:5]))


engine = schema.open_engine(
    context.config.attributes["database_url"], seconds=schema.UPGRADE_SECONDS
)
if engine.dialect.name == "sqlite":

    @event.listens_for(engine, "connect")
    def _plain(connection, _record):  # type: ignore[no-untyped-def]
        connection.isolation_level = None
        connection.execute("PRAGMA busy_timeout=30000")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


with engine.connect() as opened:
    _run(opened)
engine.dispose()
