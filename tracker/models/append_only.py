"""Triggers that let a table only ever be appended to, whoever writes to it.

Two records of one person may be merged, and taken apart again. Then the rows of one stand under the
other: between those two, and in nothing but `patient_id`, such a table lets a row be changed.
"""

from collections.abc import Iterable, Sequence


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


def no_replace_sqlite(table: str, keys: Iterable[Sequence[str]]) -> str:
    """Write what makes SQLite refuse to put a row in place of one that is there.

    INSERT OR REPLACE removes whatever row is in its way, and SQLite fires no DELETE trigger for
    that unless `recursive_triggers` is on (sqlite.org/lang_conflict.html). `keys` are the columns
    of every key of the table; of one with hidden row numbers, `rowid` is one of them.
    """
    conditions = (" AND ".join(f'"{column}" = NEW."{column}"' for column in key) for key in keys)
    # Names come from a migration.
    there = " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {one})" for one in conditions)  # noqa: S608
    return (
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {there} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is only ever appended to'); END"
    )


# Two records of which one is merged into the other. It asks no other table: SQLite could not make
# the table of patients anew while a trigger names it.
_MERGED = (
    "EXISTS (SELECT 1 FROM patient_merge WHERE apart_at IS NULL AND"
    " ((merged_id = OLD.patient_id AND kept_id = NEW.patient_id)"
    " OR (merged_id = NEW.patient_id AND kept_id = OLD.patient_id)))"
)


def movable_sqlite(table: str, columns: Iterable[str]) -> tuple[str, ...]:
    """Write what makes SQLite let rows pass to the other record of a merge, and nothing else.

    `columns` are all but `patient_id`: SQLite cannot compare whole rows.
    """
    others = ", ".join(f'"{column}"' for column in columns)
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is only ever appended to'); END"
    return (
        f"DROP TRIGGER {table}_no_update",
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE OF {others} ON {table} {refuse}",
        f"CREATE TRIGGER {table}_no_move BEFORE UPDATE OF patient_id ON {table} "
        f"WHEN NOT {_MERGED} {refuse}",
    )


def movable_postgresql(table: str) -> tuple[str, ...]:
    """Write what makes PostgreSQL let rows pass to the other record of a merge, nothing else."""
    return (
        f"DROP TRIGGER {table}_append_only ON {table}",
        f"CREATE TRIGGER {table}_append_only BEFORE DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()",
        f"CREATE FUNCTION {table}_moves_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF to_jsonb(NEW) - 'patient_id' = to_jsonb(OLD) - 'patient_id' AND {_MERGED} "
        f"THEN RETURN NEW; END IF; RAISE EXCEPTION '{table} is only ever appended to'; END $$",
        f"CREATE TRIGGER {table}_moves_only BEFORE UPDATE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_moves_only()",
    )
