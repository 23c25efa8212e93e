"""Bring the database to the schema this program needs, by Alembic."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

MIGRATIONS = Path(__file__).resolve().parent / "migrations"


def config(database_url: str) -> Config:
    """Make Alembic's configuration for a database."""
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.attributes["database_url"] = database_url
    return made


@cache
def head() -> str:
    """Name the newest revision this program knows."""
    return ScriptDirectory.from_config(config("")).get_current_head() or ""


def current(database_url: str) -> str | None:
    """Name the revision a database stands at; None when it is empty."""
    engine = create_engine(database_url)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            stands_at: str | None = connection.scalar(
                text("SELECT version_num FROM alembic_version")
            )
            return stands_at
    finally:
        engine.dispose()


def upgrade(database_url: str, revision: str = "head") -> None:
    """Upgrade in one transaction, alone; a second upgrade waits and then finds nothing to do."""
    command.upgrade(config(database_url), revision)


def downgrade(database_url: str, revision: str) -> None:
    """Go back to an earlier revision."""
    command.downgrade(config(database_url), revision)


def knows(revision: str) -> bool:
    """Say whether this program's history holds a revision."""
    script = ScriptDirectory.from_config(config(""))
    return revision in {known.revision for known in script.walk_revisions()}
