"""Whom a line of the audit trail showed, where it showed several."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLE = "audit_event_patient"
# As `tracker/models/append_only.py` had them when this was written.
SQLITE = tuple(
    f"CREATE TRIGGER {TABLE}_no_{verb} BEFORE {verb.upper()} ON {TABLE} "
    f"BEGIN SELECT RAISE(ABORT, '{TABLE} is only ever appended to'); END"
    for verb in ("update", "delete")
)
POSTGRESQL = (
    f"CREATE FUNCTION {TABLE}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{TABLE} is only ever appended to'; END $$",
    f"CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {TABLE} "
    f"FOR EACH STATEMENT EXECUTE FUNCTION {TABLE}_append_only()",
)


def upgrade() -> None:
    """Go forward; lines from before name nobody, and their seals stand."""
    op.create_table(
        TABLE,
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("patient_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("sequence", "patient_id", name=op.f("pk_audit_event_patient")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_audit_event_patient_patient_id_sequence", TABLE, ["patient_id", "sequence"])
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in SQLITE if on_sqlite else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    """Go back."""
    op.drop_table(TABLE)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP FUNCTION {TABLE}_append_only()")
