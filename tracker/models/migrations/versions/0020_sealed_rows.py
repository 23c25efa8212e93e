"""What the trail seals of clinical rows, and tables in which nothing takes a row's place."""

import sqlalchemy as sa
from alembic import op

from tracker.models import append_only

revision = "0020"
down_revision = "0017"
branch_labels = None
depends_on = None

SEALS = "row_seal"
# Tables that are only appended to from now on, with the columns of each of their keys.
GUARDED_NOW = {
    SEALS: (("sequence", "piece"),),
    "session_version": (("session_id", "version"), ("rowid",)),
    "series_version": (("series_id", "version"), ("rowid",)),
    "patient_version": (("patient_id", "version"), ("rowid",)),
    "worksheet_version": (("worksheet_id", "version"), ("rowid",)),
    "edition": (("id",), ("digest",)),
    "account_change": (("id",),),
}
# Those that were: on SQLite, INSERT OR REPLACE went past their triggers.
GUARDED_BEFORE = {
    "audit_event": (("sequence",), ("previous",)),
    "audit_event_patient": (("sequence", "patient_id"),),
    "session_entry": (("id",), ("session_id", "key"), ("session_id", "sequence")),
    "stock_entry": (("id",), ("lot_id", "sequence"), ("reverses_id",)),
}


def upgrade() -> None:
    """Go forward; rows that are there stay unsealed until they are written again."""
    op.create_table(
        SEALS,
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("piece", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("of_table", sa.String(length=40), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", "piece", name=op.f("pk_row_seal")),
        sqlite_with_rowid=False,
    )
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for table in GUARDED_NOW:
        guards = append_only.sqlite(table) if on_sqlite else append_only.postgresql(table)
        for statement in guards:
            op.execute(statement)
    if on_sqlite:
        for table, keys in (GUARDED_NOW | GUARDED_BEFORE).items():
            op.execute(append_only.no_replace_sqlite(table, keys))


def downgrade() -> None:
    """Go back; lines that sealed rows verify no more."""
    op.drop_table(SEALS)
    if op.get_bind().dialect.name == "sqlite":
        tables = {**GUARDED_NOW, **GUARDED_BEFORE}.keys() - {SEALS}
        names = [f"{table}_no_replace" for table in sorted(tables)]
        for table in sorted(GUARDED_NOW.keys() - {SEALS}):
            names += (f"{table}_no_update", f"{table}_no_delete")
        for name in names:
            op.execute(f"DROP TRIGGER {name}")
        return
    op.execute(f"DROP FUNCTION {SEALS}_append_only()")
    for table in sorted(GUARDED_NOW.keys() - {SEALS}):
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        op.execute(f"DROP FUNCTION {table}_append_only()")
