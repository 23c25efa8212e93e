"""What a weight was typed in, and the dose by weight and hour."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NUMBER = sa.Numeric(12, 4).with_variant(sa.Float(), "sqlite")


def upgrade() -> None:
    """Go forward; the rate of what was recorded before is worked out from what stands there."""
    op.add_column("treatment_session", sa.Column("weight_unit", sa.String(length=2), nullable=True))
    op.add_column("treatment_session", sa.Column("dose_mg_per_kg_per_hour", NUMBER, nullable=True))
    op.execute(
        "UPDATE treatment_session SET dose_mg_per_kg_per_hour = "
        "round(dose_mg * 60.0 / (weight_kg * duration_minutes), 2) "
        "WHERE dose_mg IS NOT NULL AND weight_kg > 0 AND duration_minutes > 0"
    )


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("treatment_session") as batch:
        batch.drop_column("dose_mg_per_kg_per_hour")
        batch.drop_column("weight_unit")
