"""Which of the links that set a new password was the last one made."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward; links that wait in a mailbox work no more and are asked for anew."""
    number = sa.Column("reset_number", sa.Integer(), server_default="0", nullable=False)
    op.add_column("user", number)


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("user") as batch:
        batch.drop_column("reset_number")
