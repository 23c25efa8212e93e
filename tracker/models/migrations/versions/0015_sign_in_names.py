"""Two accounts on one mailbox, an e-mail that waits to be confirmed, and why accounts changed."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WITHOUT_NAME = sa.text("sign_in_name IS NULL")


def upgrade() -> None:
    """Go forward; whoever has recovery codes has had the time to keep them."""
    with op.batch_alter_table("user") as batch:
        batch.drop_constraint("uq_user_email", type_="unique")
        batch.add_column(sa.Column("sign_in_name", sa.String(length=40), nullable=True))
        batch.add_column(sa.Column("codes_kept_at", INSTANT, nullable=True))
        batch.add_column(sa.Column("email_wanted", sa.String(length=255), nullable=True))
        batch.add_column(sa.Column("email_hash", sa.String(length=64), nullable=True))
        batch.add_column(sa.Column("email_asked_at", INSTANT, nullable=True))
        batch.create_unique_constraint("uq_user_sign_in_name", ["sign_in_name"])
        batch.create_unique_constraint("uq_user_email_hash", ["email_hash"])
    op.create_index("ix_user_email", "user", ["email"])
    op.create_index(
        "uq_user_email_without_name",
        "user",
        ["email"],
        unique=True,
        sqlite_where=WITHOUT_NAME,
        postgresql_where=WITHOUT_NAME,
    )
    op.execute(
        'UPDATE "user" SET codes_kept_at = CURRENT_TIMESTAMP WHERE mf_recovery_codes IS NOT NULL'
    )
    op.create_table(
        "account_change",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("clinic_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_account_change_clinic_id_clinic")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_account_change_user_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_change")),
    )
    op.create_index("ix_account_change_user_id", "account_change", ["user_id"])


def downgrade() -> None:
    """Go back; refused by the database where two accounts share a mailbox."""
    op.drop_table("account_change")
    op.drop_index("uq_user_email_without_name", "user")
    op.drop_index("ix_user_email", "user")
    with op.batch_alter_table("user") as batch:
        batch.drop_constraint("uq_user_email_hash", type_="unique")
        batch.drop_constraint("uq_user_sign_in_name", type_="unique")
        for name in ("email_asked_at", "email_hash", "email_wanted", "codes_kept_at"):
            batch.drop_column(name)
        batch.drop_column("sign_in_name")
        batch.create_unique_constraint("uq_user_email", ["email"])
