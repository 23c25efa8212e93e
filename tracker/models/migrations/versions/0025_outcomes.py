"""What became of courses: a row each on each scale, sums over them, and by what they were counted.

They are made by the program: `tracker db upgrade` counts once the schema stands.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NUMBER = sa.Numeric(12, 4).with_variant(sa.Float(), "sqlite")


def _of_clinic(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["clinic_id"], ["clinic.id"], name=op.f(f"fk_{table}_clinic_id_clinic")
    )


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "course_outcome",
        sa.Column("patient_id", ID, nullable=False),
        sa.Column("course_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("instrument", sa.String(length=40), nullable=False),
        sa.Column("clinic_id", ID, nullable=False),
        sa.Column("is_made_for", sa.Boolean(), nullable=False),
        sa.Column("indication", sa.String(length=20), nullable=True),
        sa.Column("drug", sa.String(length=20), nullable=False),
        sa.Column("route", sa.String(length=20), nullable=False),
        sa.Column("phase", sa.String(length=20), nullable=True),
        sa.Column("first_dose_on", sa.Date(), nullable=False),
        sa.Column("last_dose_on", sa.Date(), nullable=False),
        sa.Column("induction_ended_on", sa.Date(), nullable=True),
        sa.Column("doses", sa.Integer(), nullable=False),
        sa.Column("induction_doses", sa.Integer(), nullable=False),
        sa.Column("induction_days", sa.Integer(), nullable=True),
        sa.Column("total_mg", NUMBER, nullable=True),
        sa.Column("mean_mg_per_kg", NUMBER, nullable=True),
        sa.Column("state", sa.String(length=20), nullable=True),
        sa.Column("failed_treatments", sa.Integer(), nullable=True),
        sa.Column("baseline", NUMBER, nullable=True),
        sa.Column("baseline_prorated", sa.Boolean(), nullable=False),
        sa.Column("is_entered", sa.Boolean(), nullable=True),
        sa.Column("window_closes_on", sa.Date(), nullable=True),
        sa.Column("outcome", NUMBER, nullable=True),
        sa.Column("outcome_on", sa.Date(), nullable=True),
        sa.Column("change", sa.String(length=20), nullable=True),
        sa.Column("is_worse", sa.Boolean(), nullable=True),
        sa.Column("has_response", sa.Boolean(), nullable=True),
        sa.Column("has_remission", sa.Boolean(), nullable=True),
        sa.Column("response_day", sa.Integer(), nullable=True),
        sa.Column("followed_days", sa.Integer(), nullable=True),
        sa.Column("kept_days", sa.Integer(), nullable=True),
        sa.Column("is_lost", sa.Boolean(), nullable=True),
        sa.Column("suicide_before", NUMBER, nullable=True),
        sa.Column("suicide_after", NUMBER, nullable=True),
        sa.Column("by_session", sa.Text(), nullable=False),
        sa.Column("by_week", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_course_outcome_patient_id_patient")
        ),
        _of_clinic("course_outcome"),
        sa.PrimaryKeyConstraint(
            "patient_id", "course_number", "instrument", name=op.f("pk_course_outcome")
        ),
    )
    op.create_index(
        "ix_course_outcome_clinic_id_instrument",
        "course_outcome",
        ["clinic_id", "instrument", "is_made_for"],
    )
    op.create_table(
        "outcome_sum",
        sa.Column("clinic_id", ID, nullable=False),
        sa.Column("instrument", sa.String(length=40), nullable=False),
        sa.Column("part", sa.String(length=20), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("x", "xx", "y", "yy", "xy")),
        _of_clinic("outcome_sum"),
        sa.PrimaryKeyConstraint(
            "clinic_id", "instrument", "part", "place", name=op.f("pk_outcome_sum")
        ),
    )
    op.create_table(
        "outcome_basis",
        sa.Column("clinic_id", ID, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("counted_at", INSTANT, nullable=False),
        _of_clinic("outcome_basis"),
        sa.PrimaryKeyConstraint("clinic_id", name=op.f("pk_outcome_basis")),
    )


def downgrade() -> None:
    """Go back; what is lost is made anew."""
    for table in ("outcome_basis", "outcome_sum", "course_outcome"):
        op.drop_table(table)
