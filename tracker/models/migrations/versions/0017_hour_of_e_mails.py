"""When a patient wants e-mails: in the morning, or in the evening; '' where nobody chose."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.add_column(
        "patient", sa.Column("mail_time", sa.String(length=10), nullable=False, server_default="")
    )


def downgrade() -> None:
    """Go back; a choice is lost, and e-mails come in the morning."""
    op.drop_column("patient", "mail_time")
