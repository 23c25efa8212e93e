"""Patients and series, and what is being typed or brought in."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
NUMBER = sa.Numeric(12, 4).with_variant(sa.Float(), "sqlite")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FOLDED = sa.String(300).with_variant(sa.String(300, collation="C"), "postgresql")


def upgrade() -> None:
    """Go forward."""
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


def downgrade() -> None:
    """Go back."""
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
    op.drop_table("staged_file")
    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.drop_index("ix_patient_clinic_id_name_key_id")
        batch_op.drop_index(
            "ix_patient_archived",
            sqlite_where=sa.text("archived_at IS NOT NULL"),
            postgresql_where=sa.text("archived_at IS NOT NULL"),
        )
    op.drop_table("patient")
