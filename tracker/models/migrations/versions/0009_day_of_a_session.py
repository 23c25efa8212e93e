"""Time and chair of a session, its own planned dose, and what is struck out with its reason."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NUMBER = sa.Numeric(12, 4).with_variant(sa.Float(), "sqlite")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STANDS = sa.text("state <> 'voided'")


def upgrade() -> None:
    """Go forward; whatever is here has no time, no chair and nothing struck out."""
    with op.batch_alter_table("treatment_session") as batch:
        batch.add_column(
            sa.Column(
                "cancelled_by_series", sa.Boolean(), nullable=False, server_default=sa.false()
            )
        )
        batch.add_column(sa.Column("moved_to_id", ID, nullable=True))
        batch.add_column(sa.Column("begin_reason", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("planned_time", sa.Time(), nullable=True))
        batch.add_column(
            sa.Column("chair", sa.String(length=60), nullable=False, server_default="")
        )
        batch.add_column(sa.Column("planned_dose_mg", NUMBER, nullable=True))
        batch.add_column(sa.Column("planned_dose_mg_per_kg", NUMBER, nullable=True))
        batch.drop_constraint(op.f("uq_treatment_session_series_id_number"), type_="unique")
        batch.create_foreign_key(
            op.f("fk_treatment_session_moved_to_id_treatment_session"),
            "treatment_session",
            ["moved_to_id"],
            ["id"],
        )
        batch.create_check_constraint(
            op.f("ck_treatment_session_one_planned_dose"),
            "planned_dose_mg IS NULL OR planned_dose_mg_per_kg IS NULL",
        )
    op.execute(
        "UPDATE treatment_session SET cancelled_by_series = true WHERE state = 'cancelled' "
        "AND state_reason IN ('Series stopped', 'Series completed')"
    )
    op.create_index(
        "uq_treatment_session_series_id_number",
        "treatment_session",
        ["series_id", "number"],
        unique=True,
        sqlite_where=STANDS,
        postgresql_where=STANDS,
    )
    op.create_index("ix_treatment_session_series_id", "treatment_session", ["series_id"])
    with op.batch_alter_table("series") as batch:
        batch.add_column(sa.Column("planned_time", sa.Time(), nullable=True))
        batch.add_column(
            sa.Column("chair", sa.String(length=60), nullable=False, server_default="")
        )
        batch.add_column(sa.Column("weekdays", sa.Text(), nullable=False, server_default="[]"))
    with op.batch_alter_table("user") as batch:
        batch.add_column(sa.Column("calendar_hash", sa.String(length=64), nullable=True))
        batch.create_unique_constraint(op.f("uq_user_calendar_hash"), ["calendar_hash"])


def downgrade() -> None:
    """Go back; what was struck out cannot be told apart before, so it stands as cancelled."""
    _cancel_voided()
    with op.batch_alter_table("user") as batch:
        batch.drop_constraint(op.f("uq_user_calendar_hash"), type_="unique")
        batch.drop_column("calendar_hash")
    with op.batch_alter_table("series") as batch:
        for name in ("weekdays", "chair", "planned_time"):
            batch.drop_column(name)
    op.drop_index("ix_treatment_session_series_id", "treatment_session")
    op.drop_index("uq_treatment_session_series_id_number", "treatment_session")
    with op.batch_alter_table("treatment_session") as batch:
        batch.drop_constraint(op.f("ck_treatment_session_one_planned_dose"), type_="check")
        batch.drop_constraint(
            op.f("fk_treatment_session_moved_to_id_treatment_session"), type_="foreignkey"
        )
        for name in (
            "planned_dose_mg_per_kg", "planned_dose_mg", "chair", "planned_time", "begin_reason",
            "moved_to_id", "cancelled_by_series",
        ):  # fmt: skip
            batch.drop_column(name)
        batch.create_unique_constraint(
            op.f("uq_treatment_session_series_id_number"), ["series_id", "number"]
        )


def _cancel_voided() -> None:
    """Give what was struck out a number of its own, behind all others of its series."""
    rows = sa.table(
        "treatment_session",
        sa.column("id"), sa.column("series_id"), sa.column("number"), sa.column("state"),
    )  # fmt: skip
    bound = op.get_bind()
    voided = sa.select(rows.c.id, rows.c.series_id).where(rows.c.state == "voided")
    for row in bound.execute(voided.order_by(rows.c.id)).all():
        of_series = rows.c.series_id == row.series_id
        last = bound.scalar(sa.select(sa.func.max(rows.c.number)).where(of_series)) or 0
        bound.execute(
            rows.update().where(rows.c.id == row.id).values(state="cancelled", number=last + 1)
        )
