"""Answers, check-ins with their links and replies, alerts, and the e-mails still to be sent."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
NUMBER = sa.Numeric(12, 4).with_variant(sa.Float(), "sqlite")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "edition",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("kept_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition")),
        sa.UniqueConstraint("digest", name=op.f("uq_edition_digest")),
    )
    op.create_table(
        "letter",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("clinic_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("about", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=255), nullable=False),
        sa.Column("queued_at", INSTANT, nullable=False),
        sa.Column("not_before", INSTANT, nullable=False),
        sa.Column("claimed_at", INSTANT, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("dropped_at", INSTANT, nullable=True),
        sa.Column("last_error", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_letter_clinic_id_clinic")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("about", "kind", "address", name=op.f("uq_letter_about_kind_address")),
    )
    op.create_index(
        "ix_letter_sent_at_not_before", "letter", ["sent_at", "not_before"], unique=False
    )
    op.create_table(
        "chore",
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("ran_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_chore")),
    )

    op.create_table(
        "check_in",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("clinic_id", ID, nullable=False),
        sa.Column("patient_id", ID, nullable=False),
        sa.Column("series_id", ID, nullable=True),
        sa.Column("session_id", ID, nullable=True),
        sa.Column("line", sa.String(length=80), nullable=True),
        sa.Column("occasion", sa.String(length=20), nullable=False),
        sa.Column("instruments", sa.Text(), nullable=False),
        sa.Column("opens_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("closes_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_check_in_clinic_id_clinic")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_check_in_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_check_in_series_id_series")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["treatment_session.id"],
            name=op.f("fk_check_in_session_id_treatment_session"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_in")),
        sa.UniqueConstraint("series_id", "line", name=op.f("uq_check_in_series_id_line")),
    )
    op.create_index(
        "ix_check_in_clinic_id_state_closes_at",
        "check_in",
        ["clinic_id", "state", "closes_at"],
        unique=False,
    )
    op.create_index(
        "ix_check_in_clinic_id_state_finished_at",
        "check_in",
        ["clinic_id", "state", "finished_at"],
        unique=False,
    )
    op.create_index(
        "ix_check_in_patient_id_opens_at", "check_in", ["patient_id", "opens_at"], unique=False
    )
    op.create_index("ix_check_in_session_id", "check_in", ["session_id"], unique=False)

    op.create_table(
        "check_in_link",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("clinic_id", ID, nullable=False),
        sa.Column("check_in_id", ID, nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["check_in_id"], ["check_in.id"], name=op.f("fk_check_in_link_check_in_id_check_in")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_check_in_link_clinic_id_clinic")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_check_in_link")),
    )
    op.create_index("ix_check_in_link_check_in_id", "check_in_link", ["check_in_id"], unique=False)

    op.create_table(
        "reply",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("clinic_id", ID, nullable=False),
        sa.Column("patient_id", ID, nullable=False),
        sa.Column("check_in_id", ID, nullable=False),
        sa.Column("instrument", sa.String(length=40), nullable=False),
        sa.Column("edition_id", ID, nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("saved_at", INSTANT, nullable=False),
        sa.Column("seconds_taken", sa.Integer(), nullable=False),
        sa.Column("assessment_id", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name=op.f("fk_reply_assessment_id_assessment")
        ),
        sa.ForeignKeyConstraint(
            ["check_in_id"], ["check_in.id"], name=op.f("fk_reply_check_in_id_check_in")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_reply_clinic_id_clinic")
        ),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["edition.id"], name=op.f("fk_reply_edition_id_edition")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_reply_patient_id_patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply")),
        sa.UniqueConstraint(
            "check_in_id", "instrument", name=op.f("uq_reply_check_in_id_instrument")
        ),
    )
    op.create_table(
        "alert",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("clinic_id", ID, nullable=False),
        sa.Column("patient_id", ID, nullable=False),
        sa.Column("series_id", ID, nullable=True),
        sa.Column("reply_id", ID, nullable=True),
        sa.Column("assessment_id", ID, nullable=True),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("item", sa.String(length=40), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("instrument", sa.String(length=40), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("raised_at", INSTANT, nullable=False),
        sa.Column("acknowledged_at", INSTANT, nullable=True),
        sa.Column("acknowledged_by", sa.String(length=200), nullable=False),
        sa.Column("acknowledged_by_id", ID, nullable=True),
        sa.Column("done", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "reply_id IS NOT NULL OR assessment_id IS NOT NULL", name=op.f("ck_alert_has_a_cause")
        ),
        sa.ForeignKeyConstraint(
            ["acknowledged_by_id"], ["user.id"], name=op.f("fk_alert_acknowledged_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name=op.f("fk_alert_assessment_id_assessment")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_alert_clinic_id_clinic")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_alert_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(["reply_id"], ["reply.id"], name=op.f("fk_alert_reply_id_reply")),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_alert_series_id_series")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint(
            "assessment_id",
            "kind",
            "item",
            "round",
            name=op.f("uq_alert_assessment_id_kind_item_round"),
        ),
        sa.UniqueConstraint(
            "reply_id", "kind", "item", "round", name=op.f("uq_alert_reply_id_kind_item_round")
        ),
    )
    op.create_index(
        "ix_alert_clinic_id_acknowledged_at",
        "alert",
        ["clinic_id", "acknowledged_at"],
        unique=False,
    )
    op.create_index("ix_alert_patient_id", "alert", ["patient_id"], unique=False)

    with op.batch_alter_table("assessment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("edition_id", ID, nullable=True))
        batch_op.add_column(sa.Column("check_in_id", ID, nullable=True))
        batch_op.add_column(
            sa.Column("mode", sa.String(length=20), server_default="total", nullable=False)
        )
        batch_op.add_column(
            sa.Column(
                "completeness", sa.String(length=20), server_default="complete", nullable=False
            )
        )
        batch_op.add_column(sa.Column("answers", sa.Text(), server_default="{}", nullable=False))
        batch_op.add_column(sa.Column("stated_total", NUMBER, nullable=True))
        batch_op.add_column(sa.Column("seconds_taken", sa.Integer(), nullable=True))
        batch_op.alter_column("total", existing_type=NUMBER, nullable=True)
        batch_op.create_check_constraint(
            op.f("ck_assessment_total_unless_incomplete"),
            "(total IS NULL) = (completeness = 'incomplete')",
        )
        batch_op.create_index("ix_assessment_check_in_id", ["check_in_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_assessment_edition_id_edition"), "edition", ["edition_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_assessment_check_in_id_check_in"), "check_in", ["check_in_id"], ["id"]
        )

    op.add_column("patient", sa.Column("mail_stopped_at", INSTANT, nullable=True))

    op.add_column("series", sa.Column("schedule", sa.Text(), nullable=True))


def downgrade() -> None:
    """Go back."""
    op.drop_column("series", "schedule")

    op.drop_column("patient", "mail_stopped_at")

    with op.batch_alter_table("assessment", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_assessment_total_unless_incomplete"), type_="check")
        batch_op.drop_constraint(
            batch_op.f("fk_assessment_check_in_id_check_in"), type_="foreignkey"
        )
        batch_op.drop_constraint(batch_op.f("fk_assessment_edition_id_edition"), type_="foreignkey")
        batch_op.drop_index("ix_assessment_check_in_id")
        batch_op.alter_column("total", existing_type=NUMBER, nullable=False)
        batch_op.drop_column("seconds_taken")
        batch_op.drop_column("stated_total")
        batch_op.drop_column("answers")
        batch_op.drop_column("completeness")
        batch_op.drop_column("mode")
        batch_op.drop_column("check_in_id")
        batch_op.drop_column("edition_id")

    op.drop_table("alert")
    op.drop_table("reply")

    op.drop_table("check_in_link")

    op.drop_table("check_in")

    op.drop_table("chore")
    op.drop_table("letter")
    op.drop_table("edition")
