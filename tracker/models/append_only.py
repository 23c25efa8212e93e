"""Triggers that let a table only ever be appended to, whoever writes to it."""


def sqlite(table: str) -> tuple[str, ...]:
    """Write what makes SQLite refuse to change or remove a row."""
    return tuple(
        f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is only ever appended to'); END"
        for verb in ("update", "delete")
    )


def postgresql(table: str) -> tuple[str, ...]:
    """Write what makes PostgreSQL refuse to change or remove rows."""
    return (
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is only ever appended to'; END $$",
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()",
    )
