"""What a begin brought about, so that it can be taken back, and from which record one was moved."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY = "fk_treatment_session_{}_treatment_session"
# The trail names each move; where one was let stand again and moved on, the row knew only the last.
_MOVES = sa.text("SELECT subject, detail FROM audit_event WHERE action = 'session.transferred'")
_CAME_FROM = sa.text("UPDATE treatment_session SET moved_from_id = :origin WHERE id = :made")
_WENT_TO = sa.text("UPDATE treatment_session SET moved_to_id = :made WHERE id = :origin")
_MOVED = sa.text(
    "SELECT id AS made, moved_from_id AS origin FROM treatment_session "
    "WHERE moved_from_id IS NOT NULL ORDER BY CASE WHEN state = 'voided' THEN 0 ELSE 1 END"
)
_LAST_MOVED = sa.text(
    "SELECT moved_to_id AS made, id AS origin FROM treatment_session WHERE moved_to_id IS NOT NULL"
)


def upgrade() -> None:
    """Go forward; of what is under way now, nobody knows whether it was added by its begin."""
    with op.batch_alter_table("treatment_session") as batch:
        for name in ("added_by_begin", "began_series"):
            batch.add_column(
                sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
            )
        batch.add_column(sa.Column("moved_from_id", ID, nullable=True))
        batch.create_foreign_key(
            op.f(_KEY.format("moved_from_id")), "treatment_session", ["moved_from_id"], ["id"]
        )
    _say_where_from()
    with op.batch_alter_table("treatment_session") as batch:
        batch.drop_constraint(op.f(_KEY.format("moved_to_id")), type_="foreignkey")
        batch.drop_column("moved_to_id")


def _say_where_from() -> None:
    bound = op.get_bind()
    for row in bound.execute(_LAST_MOVED).mappings().all():
        bound.execute(_CAME_FROM, dict(row))
    for subject, detail in bound.execute(_MOVES).all():
        made, origin = (int(text.rpartition(":")[2]) for text in (subject, detail))
        bound.execute(_CAME_FROM, {"made": made, "origin": origin})


def downgrade() -> None:
    """Go back; of a record that was moved twice, the one that stands is remembered."""
    with op.batch_alter_table("treatment_session") as batch:
        batch.add_column(sa.Column("moved_to_id", ID, nullable=True))
        batch.create_foreign_key(
            op.f(_KEY.format("moved_to_id")), "treatment_session", ["moved_to_id"], ["id"]
        )
    bound = op.get_bind()
    for row in bound.execute(_MOVED).mappings().all():
        bound.execute(_WENT_TO, dict(row))
    with op.batch_alter_table("treatment_session") as batch:
        batch.drop_constraint(op.f(_KEY.format("moved_from_id")), type_="foreignkey")
        for name in ("moved_from_id", "began_series", "added_by_begin"):
            batch.drop_column(name)
