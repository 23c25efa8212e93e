"""Whether a series begins a course or continues the one before; NULL follows the rule."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward.

    Nobody said it of the series that are here. They stay NULL, for which the rule decides by their
    phase and by the doses that were given, as it does for a series of a file that does not say.
    """
    op.add_column("series", sa.Column("course_role", sa.String(length=20), nullable=True))


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("series") as batch_op:
        batch_op.drop_column("course_role")
