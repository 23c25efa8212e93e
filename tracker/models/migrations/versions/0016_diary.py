"""What patients write by themselves, and alerts of their wish to talk."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_POINTS = (
    ("clinic_id", "clinic"), ("patient_id", "patient"), ("session_id", "treatment_session"),
    ("check_in_id", "check_in"), ("mood_score_id", "assessment"), ("pain_score_id", "assessment"),
    ("read_by_id", "user"),
)  # fmt: skip
_CAUSE = "ck_alert_has_a_cause"
_KEY = "fk_alert_diary_entry_id_diary_entry"
_OF_ANSWERS = "reply_id IS NOT NULL OR assessment_id IS NOT NULL"


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "diary_entry",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("clinic_id", ID, nullable=False),
        sa.Column("patient_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("session_id", ID, nullable=True),
        sa.Column("check_in_id", ID, nullable=True),
        sa.Column("written_at", INSTANT, nullable=False),
        sa.Column("written_by", sa.String(length=200), nullable=False),
        sa.Column("mood_score_id", ID, nullable=True),
        sa.Column("pain_score_id", ID, nullable=True),
        sa.Column("effects", sa.Text(), nullable=False),
        sa.Column("sleep", sa.String(length=20), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("read_at", INSTANT, nullable=True),
        sa.Column("read_by", sa.String(length=200), nullable=False),
        sa.Column("read_by_id", ID, nullable=True),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "(read_at IS NULL) = (read_by = '')", name=op.f("ck_diary_entry_read_by_name")
        ),
        sa.CheckConstraint(
            "(session_id IS NOT NULL) = (kind = 'day-after')",
            name=op.f("ck_diary_entry_day_after_of_one"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_diary_entry_{column}_{table}")
            )
            for column, table in _POINTS
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_diary_entry")),
    )
    for columns in (("patient_id", "written_at"), ("clinic_id", "read_at"), ("session_id",)):
        op.create_index(f"ix_diary_entry_{'_'.join(columns)}", "diary_entry", list(columns))
    with op.batch_alter_table("alert") as batch:
        batch.add_column(sa.Column("diary_entry_id", ID, nullable=True))
        batch.create_foreign_key(op.f(_KEY), "diary_entry", ["diary_entry_id"], ["id"])
        batch.drop_constraint(op.f(_CAUSE), type_="check")
        batch.create_check_constraint(op.f(_CAUSE), f"{_OF_ANSWERS} OR diary_entry_id IS NOT NULL")


def downgrade() -> None:
    """Go back; a wish to talk hung on what is no more."""
    op.execute("DELETE FROM alert WHERE diary_entry_id IS NOT NULL")
    with op.batch_alter_table("alert") as batch:
        batch.drop_constraint(op.f(_CAUSE), type_="check")
        batch.drop_constraint(op.f(_KEY), type_="foreignkey")
        batch.drop_column("diary_entry_id")
        batch.create_check_constraint(op.f(_CAUSE), _OF_ANSWERS)
    op.drop_table("diary_entry")
