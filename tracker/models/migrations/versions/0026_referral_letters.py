"""Letters for referrers, each version a row that stays as it is."""

import sqlalchemy as sa
from alembic import op

from tracker.models import append_only

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLE = "referral_letter"


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        TABLE,
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("clinic_id", ID, nullable=False),
        sa.Column("patient_id", ID, nullable=False),
        sa.Column("is_signed", sa.Boolean(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=True),
        sa.Column("picture_words", sa.Text(), nullable=False),
        sa.Column("written_at", INSTANT, nullable=False),
        sa.Column("written_by", sa.String(length=200), nullable=False),
        sa.Column("written_by_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_referral_letter_clinic_id_clinic")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_referral_letter_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["written_by_id"], ["user.id"], name=op.f("fk_referral_letter_written_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_letter")),
    )
    op.create_index("ix_referral_letter_patient_id", TABLE, ["patient_id"])
    bound = op.get_bind()
    if bound.dialect.name == "sqlite":
        names = [column["name"] for column in sa.inspect(bound).get_columns(TABLE)]
        others = [name for name in names if name != "patient_id"]
        statements = (
            *append_only.sqlite(TABLE),
            *append_only.movable_sqlite(TABLE, others),
            append_only.no_replace_sqlite(TABLE, [("id",)]),
        )
    else:
        statements = (*append_only.postgresql(TABLE), *append_only.movable_postgresql(TABLE))
    for statement in statements:
        op.execute(statement)


def downgrade() -> None:
    """Go back; the letters go with their table."""
    op.drop_table(TABLE)
    if op.get_bind().dialect.name == "postgresql":
        for what in ("append_only", "moves_only"):
            op.execute(f"DROP FUNCTION {TABLE}_{what}()")
