"""What was imported, and rows of undone imports, set aside for good."""

import sqlalchemy as sa
from alembic import op

from tracker.models import append_only

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IMPORTS, ASIDE = "file_import", "set_aside_rows"
# What hangs on the rows of others, by a column that no index had.
HANGING = {
    "alert": ("series_id",),
    "diary_entry": ("check_in_id", "mood_score_id", "pain_score_id"),
    "reply": ("assessment_id",),
    "stock_entry": ("patient_id",),
    "treatment_session": ("moved_from_id",),
}
WHOSE = ("reply", "worksheet")


def _of_clinic(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["clinic_id"], ["clinic.id"], name=op.f(f"fk_{table}_clinic_id_clinic")
    )


def upgrade() -> None:
    """Go forward; files that were imported before cannot be undone in one step."""
    op.create_table(
        IMPORTS,
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("clinic_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("imported_at", INSTANT, nullable=False),
        sa.Column("imported_by", sa.String(length=200), nullable=False),
        *(sa.Column(f"rows_{what}", sa.Integer(), nullable=False)
          for what in ("read", "stored", "refused", "duplicate", "left_out")),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("activated", sa.Text(), nullable=False),
        sa.Column("undone_at", INSTANT, nullable=True),
        sa.Column("undone_by", sa.String(length=200), nullable=False),
        sa.Column("undone_reason", sa.Text(), nullable=False),
        _of_clinic(IMPORTS),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_import")),
    )  # fmt: skip
    op.create_index("ix_file_import_clinic_id_imported_at", IMPORTS, ["clinic_id", "imported_at"])
    op.create_table(
        ASIDE,
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("clinic_id", ID, nullable=False),
        sa.Column("import_id", ID, nullable=False),
        sa.Column("of_table", sa.String(length=40), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        _of_clinic(ASIDE),
        sa.ForeignKeyConstraint(
            ["import_id"], ["file_import.id"], name=op.f("fk_set_aside_rows_import_id_file_import")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_set_aside_rows")),
    )
    op.create_index("ix_set_aside_rows_import_id", ASIDE, ["import_id"])
    for table, columns in HANGING.items():
        for column in columns:
            there = sa.text(f"{column} IS NOT NULL")
            op.create_index(
                f"ix_{table}_{column}", table, [column], sqlite_where=there, postgresql_where=there
            )
    for table in WHOSE:
        op.create_index(f"ix_{table}_patient_id", table, ["patient_id"])
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in append_only.sqlite(ASIDE) if on_sqlite else append_only.postgresql(ASIDE):
        op.execute(statement)
    if on_sqlite:
        op.execute(append_only.no_replace_sqlite(ASIDE, [("id",)]))


def downgrade() -> None:
    """Go back; what was set aside goes with its table."""
    op.drop_table(ASIDE)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP FUNCTION {ASIDE}_append_only()")
    op.drop_table(IMPORTS)
    for table, columns in HANGING.items():
        for column in columns:
            op.drop_index(f"ix_{table}_{column}", table_name=table)
    for table in WHOSE:
        op.drop_index(f"ix_{table}_patient_id", table_name=table)
