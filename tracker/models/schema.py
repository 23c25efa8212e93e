"""Bring the database to the schema this program needs, by Alembic."""

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, NullPool, create_engine, inspect, text

from tracker.database_address import is_sqlite

if TYPE_CHECKING:  # Alembic is a third of a start, and a server asks only for `head` and `current`
    from alembic.config import Config

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
UPGRADE_SECONDS = 6 * 60 * 60  # for one statement of a migration, and to wait for another's end
_REVISION = re.compile(r"^(revision|down_revision)\b[^=\n]*= *[\"'](\w+)[\"']", re.MULTILINE)


def config(database_url: str) -> "Config":
    """Make Alembic's configuration for a database."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.attributes["database_url"] = database_url
    return made


def open_engine(database_url: str, *, seconds: int = 0) -> Engine:
    """Make an engine that no application has, for statements that take so long where it is said."""
    if is_sqlite(database_url):
        return create_engine(database_url, poolclass=NullPool)
    from tracker.models import postgresql

    return postgresql.open_engine(database_url, seconds=seconds or postgresql.STATEMENT_SECONDS)


@cache
def head() -> str:
    """Name the newest revision this program knows: the one that no other comes after."""
    known: dict[str, set[str]] = {"revision": set(), "down_revision": set()}
    for path in (MIGRATIONS / "versions").glob("*.py"):
        for kind, revision in _REVISION.findall(path.read_text(encoding="utf-8")):
            known[kind].add(revision)
    (newest,) = known["revision"] - known["down_revision"]
    return newest


def current(database_url: str) -> str | None:
    """Name the revision a database stands at; None when it is empty."""
    engine = open_engine(database_url)
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
    from alembic import command

    command.upgrade(config(database_url), revision)


def downgrade(database_url: str, revision: str) -> None:
    """Go back to an earlier revision."""
    from alembic import command

    command.downgrade(config(database_url), revision)


def knows(revision: str) -> bool:
    """Say whether this program's history holds a revision."""
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(config(""))
    return revision in {known.revision for known in script.walk_revisions()}
