"""Wrong tries by account and place, browsers that an account knows, links that unlock."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _of_user(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_user_id_user")
    return sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    """Go forward; an account that is locked just now opens."""
    op.add_column("user", sa.Column("failed_since", INSTANT, nullable=True))
    op.add_column("user", sa.Column("closed_until", INSTANT, nullable=True))
    op.execute('UPDATE "user" SET failed_count = 0, locked_until = NULL')
    op.create_table(
        "sign_in_brake",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("failed_count", sa.Integer(), nullable=False),
        sa.Column("failed_at", INSTANT, nullable=False),
        sa.Column("locked_until", INSTANT, nullable=True),
        _of_user("sign_in_brake"),
        sa.PrimaryKeyConstraint("user_id", "place", name=op.f("pk_sign_in_brake")),
    )
    op.create_table(
        "known_device",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        _of_user("known_device"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_device")),
        sa.UniqueConstraint(
            "token_hash", "user_id", name=op.f("uq_known_device_token_hash_user_id")
        ),
    )
    op.create_index("ix_known_device_user_id", "known_device", ["user_id"])
    op.create_table(
        "unlock_link",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        _of_user("unlock_link"),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_unlock_link")),
    )
    op.create_index("ix_unlock_link_user_id", "unlock_link", ["user_id"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("unlock_link")
    op.drop_table("known_device")
    op.drop_table("sign_in_brake")
    with op.batch_alter_table("user") as batch:
        batch.drop_column("closed_until")
        batch.drop_column("failed_since")
