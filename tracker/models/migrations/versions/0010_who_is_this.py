"""Allergies and medicines, a second number of a person, numbers compared folded, who witnessed."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ROWS_AT_ONCE = 1_000


def upgrade() -> None:
    """Go forward; the numbers of the patients who are here are folded as they stand."""
    with op.batch_alter_table("patient") as batch:
        batch.add_column(
            sa.Column("other_number", sa.String(length=40), nullable=False, server_default="")
        )
        batch.add_column(
            sa.Column("number_key", sa.String(length=300), nullable=False, server_default="")
        )
    _fold_numbers()
    op.create_index("ix_patient_clinic_id_number_key", "patient", ["clinic_id", "number_key"])
    # Not in a batch: SQLite would make the table anew, without what keeps it from being changed.
    op.add_column(
        "stock_entry",
        sa.Column("witness_how", sa.String(length=20), nullable=False, server_default=""),
    )
    op.add_column("stock_entry", sa.Column("witness_id", ID, nullable=True))
    _create_health_item()


def _create_health_item() -> None:
    op.create_table(
        "health_item",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("clinic_id", ID, nullable=False),
        sa.Column("patient_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.Column("noted_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("recorded_by", sa.String(length=200), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("ended_by", sa.String(length=200), nullable=False),
        sa.Column("ended_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(ended_on IS NULL) = (ended_at IS NULL)",
            name=op.f("ck_health_item_ended_with_an_instant"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_health_item_clinic_id_clinic")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_health_item_patient_id_patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_item")),
    )
    op.create_index("ix_health_item_patient_id", "health_item", ["patient_id"])


def _fold_numbers() -> None:
    patients = sa.table(
        "patient", sa.column("id"), sa.column("record_number"), sa.column("number_key")
    )
    bound = op.get_bind()
    rows = bound.execute(sa.select(patients.c.id, patients.c.record_number)).all()
    change = (
        patients.update()
        .where(patients.c.id == sa.bindparam("of"))
        .values(number_key=sa.bindparam("folded"))
    )
    for start in range(0, len(rows), ROWS_AT_ONCE):
        some = rows[start : start + ROWS_AT_ONCE]
        bound.execute(change, [{"of": row.id, "folded": _fold(row.record_number)} for row in some])


def _fold(number: str) -> str:
    """Fold a number as `parsing.fold_identifier` did when this was written."""
    folded = unicodedata.normalize("NFKC", number).casefold()
    kept = (
        char
        for char in folded
        if unicodedata.category(char) not in ("Cf", "Cc", "Pd", "Zs", "Zl", "Zp")
        and char != "\u2212"
    )
    bare = "".join(kept)
    return (bare.lstrip("0") or bare)[:300]


def downgrade() -> None:
    """Go back."""
    op.drop_table("health_item")
    op.drop_column("stock_entry", "witness_id")
    op.drop_column("stock_entry", "witness_how")
    op.drop_index("ix_patient_clinic_id_number_key", "patient")
    with op.batch_alter_table("patient") as batch:
        batch.drop_column("number_key")
        batch.drop_column("other_number")
