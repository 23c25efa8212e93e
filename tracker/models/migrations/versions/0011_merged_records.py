"""Two records of one person are merged: which one is kept, and what was moved."""

import sqlalchemy as sa
from alembic import op

from tracker.models import append_only

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("session_entry", "stock_entry")


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("patient") as batch:
        batch.add_column(sa.Column("merged_into_id", ID, nullable=True))
        batch.create_foreign_key(
            "fk_patient_merged_into_id_patient", "patient", ["merged_into_id"], ["id"]
        )
    merged = sa.text("merged_into_id IS NOT NULL")
    op.create_index(
        "ix_patient_merged_into_id",
        "patient",
        ["merged_into_id"],
        sqlite_where=merged,
        postgresql_where=merged,
    )
    _create_patient_merge()
    _let_rows_move()


def _create_patient_merge() -> None:
    op.create_table(
        "patient_merge",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("clinic_id", ID, nullable=False),
        sa.Column("kept_id", ID, nullable=False),
        sa.Column("merged_id", ID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("merged_at", INSTANT, nullable=False),
        sa.Column("merged_by", sa.String(length=200), nullable=False),
        sa.Column("apart_at", INSTANT, nullable=True),
        sa.Column("apart_by", sa.String(length=200), nullable=False),
        sa.Column("apart_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_patient_merge_clinic_id_clinic")
        ),
        sa.ForeignKeyConstraint(
            ["kept_id"], ["patient.id"], name=op.f("fk_patient_merge_kept_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["merged_id"], ["patient.id"], name=op.f("fk_patient_merge_merged_id_patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_merge")),
    )
    op.create_index("ix_patient_merge_kept_id", "patient_merge", ["kept_id"])
    op.create_index("ix_patient_merge_merged_id", "patient_merge", ["merged_id"])
    op.create_table(
        "patient_merge_row",
        sa.Column("merge_id", ID, nullable=False),
        sa.Column("of_table", sa.String(length=40), nullable=False),
        sa.Column("row_id", ID, autoincrement=False, nullable=False),
        sa.Column("is_moved", sa.Boolean(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merge_id"],
            ["patient_merge.id"],
            name=op.f("fk_patient_merge_row_merge_id_patient_merge"),
        ),
        sa.PrimaryKeyConstraint(
            "merge_id", "of_table", "row_id", name=op.f("pk_patient_merge_row")
        ),
    )


def _let_rows_move() -> None:
    """Make the triggers anew. The tables stay: SQLite would lose the triggers with a batch."""
    bound = op.get_bind()
    for table in APPEND_ONLY:
        if bound.dialect.name == "sqlite":
            names = [column["name"] for column in sa.inspect(bound).get_columns(table)]
            others = [name for name in names if name != "patient_id"]
            statements = append_only.movable_sqlite(table, others)
        else:
            statements = append_only.movable_postgresql(table)
        for statement in statements:
            op.execute(statement)


def downgrade() -> None:
    """Go back; what was merged stays so."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in APPEND_ONLY:
        if sqlite:
            for verb in ("move", "update", "delete"):
                op.execute(f"DROP TRIGGER {table}_no_{verb}")
        else:
            op.execute(f"DROP TRIGGER {table}_moves_only ON {table}")
            op.execute(f"DROP FUNCTION {table}_moves_only()")
            op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
            op.execute(f"DROP FUNCTION {table}_append_only()")
        for statement in append_only.sqlite(table) if sqlite else append_only.postgresql(table):
            op.execute(statement)
    op.drop_table("patient_merge_row")
    op.drop_table("patient_merge")
    op.drop_index("ix_patient_merged_into_id", "patient")
    with op.batch_alter_table("patient") as batch:
        batch.drop_constraint("fk_patient_merged_into_id_patient", type_="foreignkey")
        batch.drop_column("merged_into_id")
