"""Treatment sessions with their readings, and scores."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
NUMBER = sa.Numeric(12, 4).with_variant(sa.Float(), "sqlite")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "treatment_session",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("clinic_id", ID, nullable=False),
        sa.Column("patient_id", ID, nullable=False),
        sa.Column("series_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.Column("drug", sa.String(length=20), nullable=False),
        sa.Column("route", sa.String(length=20), nullable=False),
        sa.Column("dose_mg", NUMBER, nullable=True),
        sa.Column("weight_kg", NUMBER, nullable=True),
        sa.Column("dose_mg_per_kg", NUMBER, nullable=True),
        sa.Column("duration_minutes", sa.Integer(), nullable=True),
        sa.Column("dose_notes", sa.Text(), nullable=False),
        sa.Column("mood_before", sa.Integer(), nullable=True),
        sa.Column("mood_after", sa.Integer(), nullable=True),
        sa.Column("pain_before", sa.Integer(), nullable=True),
        sa.Column("pain_after", sa.Integer(), nullable=True),
        sa.Column("dissociation_peak", sa.Integer(), nullable=True),
        sa.Column("dissociation_onset_minute", sa.Integer(), nullable=True),
        sa.Column("dissociation_end_minute", sa.Integer(), nullable=True),
        sa.Column("dissociation_resolved", sa.Boolean(), nullable=True),
        sa.Column("effects", sa.Text(), nullable=False),
        sa.Column("effects_other", sa.String(length=200), nullable=False),
        sa.Column("side_effects", sa.Text(), nullable=False),
        sa.Column("side_effects_other", sa.String(length=200), nullable=False),
        sa.Column("discharged_at", INSTANT, nullable=True),
        sa.Column("escort", sa.String(length=200), nullable=False),
        sa.Column("private_notes", sa.Text(), nullable=False),
        sa.Column("patient_notes", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=True),
        sa.Column("recorded_by", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "discharged_at >= started_at", name=op.f("ck_treatment_session_discharged_after_start")
        ),
        sa.CheckConstraint(
            "dissociation_peak BETWEEN 0 AND 10",
            name=op.f("ck_treatment_session_dissociation_peak_0_to_10"),
        ),
        sa.CheckConstraint("dose_mg > 0", name=op.f("ck_treatment_session_dose_above_zero")),
        sa.CheckConstraint(
            "mood_after BETWEEN 0 AND 10", name=op.f("ck_treatment_session_mood_after_0_to_10")
        ),
        sa.CheckConstraint(
            "mood_before BETWEEN 0 AND 10", name=op.f("ck_treatment_session_mood_before_0_to_10")
        ),
        sa.CheckConstraint(
            "pain_after BETWEEN 0 AND 10", name=op.f("ck_treatment_session_pain_after_0_to_10")
        ),
        sa.CheckConstraint(
            "pain_before BETWEEN 0 AND 10", name=op.f("ck_treatment_session_pain_before_0_to_10")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_treatment_session_clinic_id_clinic")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_treatment_session_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_treatment_session_series_id_series")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_treatment_session")),
        sa.UniqueConstraint(
            "series_id", "number", name=op.f("uq_treatment_session_series_id_number")
        ),
    )
    with op.batch_alter_table("treatment_session", schema=None) as batch_op:
        batch_op.create_index(
            "ix_treatment_session_clinic_id_planned_on", ["clinic_id", "planned_on"], unique=False
        )
        batch_op.create_index(
            "ix_treatment_session_clinic_id_started_at", ["clinic_id", "started_at"], unique=False
        )
        batch_op.create_index(
            "ix_treatment_session_patient_id_started_at", ["patient_id", "started_at"], unique=False
        )
        batch_op.create_index(
            "ix_treatment_session_planned",
            ["clinic_id", "planned_on"],
            unique=False,
            sqlite_where=sa.text("state = 'planned'"),
            postgresql_where=sa.text("state = 'planned'"),
        )
    op.create_table(
        "assessment",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("clinic_id", ID, nullable=False),
        sa.Column("patient_id", ID, nullable=False),
        sa.Column("series_id", ID, nullable=True),
        sa.Column("session_id", ID, nullable=True),
        sa.Column("instrument", sa.String(length=40), nullable=False),
        sa.Column("instrument_version", sa.String(length=20), nullable=False),
        sa.Column("total", NUMBER, nullable=False),
        sa.Column("taken_at", INSTANT, nullable=False),
        sa.Column("time_known", sa.Boolean(), nullable=False),
        sa.Column("occasion", sa.String(length=20), nullable=False),
        sa.Column("hours_after", NUMBER, nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("recorded_by", sa.String(length=200), nullable=False),
        sa.Column("voided_at", INSTANT, nullable=True),
        sa.Column("voided_by", sa.String(length=200), nullable=False),
        sa.Column("voided_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_assessment_clinic_id_clinic")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_assessment_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_assessment_series_id_series")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["treatment_session.id"],
            name=op.f("fk_assessment_session_id_treatment_session"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
    )
    with op.batch_alter_table("assessment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assessment_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(
            "ix_assessment_patient_id_taken_at", ["patient_id", "taken_at"], unique=False
        )
        batch_op.create_index("ix_assessment_series_id", ["series_id"], unique=False)
        batch_op.create_index("ix_assessment_session_id", ["session_id"], unique=False)
    op.create_table(
        "reading",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("session_id", ID, nullable=False),
        sa.Column("moment", sa.String(length=10), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=True),
        sa.Column("systolic_mmhg", sa.Integer(), nullable=True),
        sa.Column("diastolic_mmhg", sa.Integer(), nullable=True),
        sa.Column("heart_rate_bpm", sa.Integer(), nullable=True),
        sa.Column("spo2_percent", sa.Integer(), nullable=True),
        sa.Column("respiratory_rate_per_min", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(moment = 'during') = (minute IS NOT NULL)", name=op.f("ck_reading_minute_when_during")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["treatment_session.id"],
            name=op.f("fk_reading_session_id_treatment_session"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading")),
    )
    with op.batch_alter_table("reading", schema=None) as batch_op:
        batch_op.create_index(
            "ix_reading_session_id_moment", ["session_id", "moment"], unique=False
        )
    op.create_table(
        "session_version",
        sa.Column("session_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("saved_at", INSTANT, nullable=False),
        sa.Column("saved_by", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["treatment_session.id"],
            name=op.f("fk_session_version_session_id_treatment_session"),
        ),
        sa.PrimaryKeyConstraint("session_id", "version", name=op.f("pk_session_version")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("session_version")
    with op.batch_alter_table("reading", schema=None) as batch_op:
        batch_op.drop_index("ix_reading_session_id_moment")
    op.drop_table("reading")
    with op.batch_alter_table("assessment", schema=None) as batch_op:
        batch_op.drop_index("ix_assessment_session_id")
        batch_op.drop_index("ix_assessment_series_id")
        batch_op.drop_index("ix_assessment_patient_id_taken_at")
        batch_op.drop_index(batch_op.f("ix_assessment_clinic_id"))
    op.drop_table("assessment")
    with op.batch_alter_table("treatment_session", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_treatment_session_planned",
            sqlite_where=sa.text("state = 'planned'"),
            postgresql_where=sa.text("state = 'planned'"),
        )
        batch_op.drop_index("ix_treatment_session_patient_id_started_at")
        batch_op.drop_index("ix_treatment_session_clinic_id_started_at")
        batch_op.drop_index("ix_treatment_session_clinic_id_planned_on")
    op.drop_table("treatment_session")
