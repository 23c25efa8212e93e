"""On PostgreSQL: what the user may do that serves, where another one owns the tables.

Who serves reads and writes rows. It removes none that are records, changes none that are only ever
appended to, and owns nothing: so no fault of a page, and nobody with that user's password, drops a
table or a trigger (OWASP ASVS 5.0, 13.2.2).
"""

from collections.abc import Iterator

from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url

from tracker.models import schema, sealing

SCHEMA_VERSION = "alembic_version"
_TABLES = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
# Tables with a trigger that lets them only be appended to, and whether rows may change patients.
_GUARDED = text(
    "SELECT relname, bool_or(tgname LIKE '%\\_moves\\_only') FROM pg_trigger"
    " JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT tgisinternal"
    " AND (tgname LIKE '%\\_append\\_only' OR tgname LIKE '%\\_moves\\_only') GROUP BY relname"
)
_OWNERS = text("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")


def rights_on(table: str, guarded: dict[str, bool]) -> str:
    """Say which rights the user that serves has on a table."""
    if table == SCHEMA_VERSION:
        return "SELECT"
    if table in guarded:
        return "SELECT, INSERT" + (", UPDATE (patient_id)" if guarded[table] else "")
    return "SELECT, INSERT, UPDATE" + ("" if table in sealing.SEALED else ", DELETE")


def grant(owner_url: str, database_url: str) -> bool:
    """Give the user that serves its rights, as the one that owns; False where both are one."""
    server, owner = make_url(database_url).username, make_url(owner_url).username
    if not server or server == owner:
        return False
    engine = schema.open_engine(owner_url)
    try:
        with engine.begin() as opened:
            user = engine.dialect.identifier_preparer.quote(server)
            for statement in _statements(opened, user):
                opened.execute(text(statement))
    finally:
        engine.dispose()
    return True


def owns_tables(connection: Connection) -> bool:
    """Say whether whoever is connected owns tables, and so could drop or change them."""
    owners = set(connection.execute(_OWNERS).scalars())
    asked = text("SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user")
    name, is_super = connection.execute(asked).one()
    return bool(is_super) or name in owners


def _statements(connection: Connection, user: str) -> Iterator[str]:
    """Write what takes all rights away and gives those that are needed; names are our tables'."""
    guarded = {name: bool(moves) for name, moves in connection.execute(_GUARDED)}
    quote = connection.dialect.identifier_preparer.quote
    yield f"GRANT USAGE ON SCHEMA public TO {user}"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {user}"
    for table in connection.execute(_TABLES).scalars().all():
        yield f"GRANT {rights_on(table, guarded)} ON public.{quote(table)} TO {user}"
    yield f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {user}"
