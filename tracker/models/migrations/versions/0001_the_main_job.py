"""Everything the main job stores."""

import sqlalchemy as sa
from alembic import op

from tracker.models.audit import POSTGRESQL_TRIGGERS, SQLITE_TRIGGERS

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
NUMBER = sa.Numeric(12, 4).with_variant(sa.Float(), "sqlite")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FOLDED = sa.String(300).with_variant(sa.String(300, collation="C"), "postgresql")


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "audit_event",
        sa.Column("sequence", ID, autoincrement=False, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("clinic_id", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("roles", sa.String(length=100), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=True),
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_audit_event")),
        sa.UniqueConstraint("previous", name=op.f("uq_audit_event_previous")),
    )
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.create_index(
            "ix_audit_event_clinic_id_sequence", ["clinic_id", "sequence"], unique=False
        )
        batch_op.create_index(
            "ix_audit_event_patient_id_sequence", ["patient_id", "sequence"], unique=False
        )

    op.create_table(
        "clinic",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinic")),
    )
    op.create_table(
        "role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=True),
        sa.Column("permissions", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
        sa.UniqueConstraint("name", name=op.f("uq_role_name")),
    )
    op.create_table(
        "submission",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("result_id", ID, nullable=False),
        sa.Column("saved_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_submission")),
    )
    op.create_table(
        "user",
        sa.Column("id", ID, nullable=False),
        sa.Column("clinic_id", ID, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.Column("invited_at", INSTANT, nullable=True),
        sa.Column("invitation_hash", sa.String(length=64), nullable=True),
        sa.Column("last_login_at", INSTANT, nullable=True),
        sa.Column("current_login_at", INSTANT, nullable=True),
        sa.Column("last_login_ip", sa.String(length=64), nullable=True),
        sa.Column("current_login_ip", sa.String(length=64), nullable=True),
        sa.Column("login_count", sa.Integer(), nullable=True),
        sa.Column("failed_count", sa.Integer(), nullable=False),
        sa.Column("locked_until", INSTANT, nullable=True),
        sa.Column("tf_primary_method", sa.String(length=64), nullable=True),
        sa.Column("tf_totp_secret", sa.String(length=255), nullable=True),
        sa.Column("tf_phone_number", sa.String(length=128), nullable=True),
        sa.Column("tf_last_counter", sa.BigInteger(), nullable=True),
        sa.Column("mf_recovery_codes", sa.Text(), nullable=True),
        sa.Column("create_datetime", INSTANT, nullable=True),
        sa.Column("update_datetime", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_user_clinic_id_clinic")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("email", name=op.f("uq_user_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_user_fs_uniquifier")),
        sa.UniqueConstraint("invitation_hash", name=op.f("uq_user_invitation_hash")),
    )
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_user_clinic_id"), ["clinic_id"], unique=False)

    op.create_table(
        "patient",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("clinic_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("record_number", sa.String(length=40), nullable=False),
        sa.Column("given_name", sa.String(length=100), nullable=False),
        sa.Column("family_name", sa.String(length=100), nullable=False),
        sa.Column("name_key", FOLDED, nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("sex", sa.String(length=20), nullable=False),
        sa.Column("email", sa.String(length=100), nullable=False),
        sa.Column("phone", sa.String(length=100), nullable=False),
        sa.Column("indications", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("archived_at", INSTANT, nullable=True),
        sa.Column("archived_reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_patient_clinic_id_clinic")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_patient_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient")),
        sa.UniqueConstraint(
            "clinic_id", "record_number", name=op.f("uq_patient_clinic_id_record_number")
        ),
        sa.UniqueConstraint("user_id", name=op.f("uq_patient_user_id")),
    )
    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.create_index(
            "ix_patient_archived",
            ["clinic_id", "name_key", "id"],
            unique=False,
            sqlite_where=sa.text("archived_at IS NOT NULL"),
            postgresql_where=sa.text("archived_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_patient_clinic_id_name_key_id", ["clinic_id", "name_key", "id"], unique=False
        )

    op.create_table(
        "sign_in",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("end_reason", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_sign_in_user_id_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in")),
    )
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_user_id"), ["user_id"], unique=False)

    op.create_table(
        "staged_file",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("clinic_id", ID, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("kept_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_staged_file_clinic_id_clinic")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_staged_file_user_id_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_staged_file")),
        sa.UniqueConstraint("user_id", name=op.f("uq_staged_file_user_id")),
    )
    op.create_table(
        "user_role",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_user_role_role_id_role")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_user_role_user_id_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "role_id", name=op.f("pk_user_role")),
    )
    op.create_table(
        "draft",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("form", sa.String(length=100), nullable=False),
        sa.Column("patient_id", ID, nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("kept_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_draft_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_draft_user_id_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "form", name=op.f("pk_draft")),
    )
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_draft_patient_id"), ["patient_id"], unique=False)

    op.create_table(
        "patient_version",
        sa.Column("patient_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_patient_version_patient_id_patient")
        ),
        sa.PrimaryKeyConstraint("patient_id", "version", name=op.f("pk_patient_version")),
    )
    op.create_table(
        "patient_word",
        sa.Column("clinic_id", ID, nullable=False),
        sa.Column("word", FOLDED, nullable=False),
        sa.Column("patient_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_patient_word_clinic_id_clinic")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patient.id"],
            name=op.f("fk_patient_word_patient_id_patient"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("clinic_id", "word", "patient_id", name=op.f("pk_patient_word")),
    )
    with op.batch_alter_table("patient_word", schema=None) as batch_op:
        batch_op.create_index("ix_patient_word_patient_id", ["patient_id"], unique=False)

    op.create_table(
        "series",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("clinic_id", ID, nullable=False),
        sa.Column("patient_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("indication", sa.String(length=20), nullable=False),
        sa.Column("drug", sa.String(length=20), nullable=False),
        sa.Column("route", sa.String(length=20), nullable=False),
        sa.Column("phase", sa.String(length=20), nullable=False),
        sa.Column("template", sa.String(length=40), nullable=False),
        sa.Column("planned_dose_mg", NUMBER, nullable=True),
        sa.Column("planned_dose_mg_per_kg", NUMBER, nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "planned_dose_mg IS NULL OR planned_dose_mg_per_kg IS NULL",
            name=op.f("ck_series_one_planned_dose"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_series_clinic_id_clinic")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_series_patient_id_patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
        sa.UniqueConstraint("patient_id", "number", name=op.f("uq_series_patient_id_number")),
    )
    with op.batch_alter_table("series", schema=None) as batch_op:
        batch_op.create_index(
            "ix_series_active",
            ["patient_id"],
            unique=False,
            sqlite_where=sa.text("state = 'active'"),
            postgresql_where=sa.text("state = 'active'"),
        )
        batch_op.create_index(batch_op.f("ix_series_clinic_id"), ["clinic_id"], unique=False)

    op.create_table(
        "series_version",
        sa.Column("series_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_series_version_series_id_series")
        ),
        sa.PrimaryKeyConstraint("series_id", "version", name=op.f("pk_series_version")),
    )
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
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in SQLITE_TRIGGERS if sqlite else POSTGRESQL_TRIGGERS:
        op.execute(statement)


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
    op.drop_table("series_version")
    with op.batch_alter_table("series", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_series_clinic_id"))
        batch_op.drop_index(
            "ix_series_active",
            sqlite_where=sa.text("state = 'active'"),
            postgresql_where=sa.text("state = 'active'"),
        )

    op.drop_table("series")
    with op.batch_alter_table("patient_word", schema=None) as batch_op:
        batch_op.drop_index("ix_patient_word_patient_id")

    op.drop_table("patient_word")
    op.drop_table("patient_version")
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_draft_patient_id"))

    op.drop_table("draft")
    op.drop_table("user_role")
    op.drop_table("staged_file")
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_user_id"))

    op.drop_table("sign_in")
    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.drop_index("ix_patient_clinic_id_name_key_id")
        batch_op.drop_index(
            "ix_patient_archived",
            sqlite_where=sa.text("archived_at IS NOT NULL"),
            postgresql_where=sa.text("archived_at IS NOT NULL"),
        )

    op.drop_table("patient")
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_user_clinic_id"))

    op.drop_table("user")
    op.drop_table("submission")
    op.drop_table("role")
    op.drop_table("clinic")
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_event_patient_id_sequence")
        batch_op.drop_index("ix_audit_event_clinic_id_sequence")

    op.drop_table("audit_event")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_event_append_only()")
