"""What a session's day stores: eligibility, entries, worksheets, stock."""

import sqlalchemy as sa
from alembic import op

from tracker.models import append_only

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
NUMBER = sa.Numeric(12, 4).with_variant(sa.Float(), "sqlite")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Whatever goes wrong later, what was written stays as it was written.
APPENDED = ("session_entry", "stock_entry")


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "stock_lot",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("clinic_id", ID, nullable=False),
        sa.Column("drug", sa.String(length=20), nullable=False),
        sa.Column("form", sa.String(length=20), nullable=False),
        sa.Column("lot_number", sa.String(length=60), nullable=False),
        sa.Column("unit_mg", NUMBER, nullable=False),
        sa.Column("concentration_mg_per_ml", NUMBER, nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("ndc", sa.String(length=40), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.CheckConstraint("unit_mg > 0", name=op.f("ck_stock_lot_unit_above_zero")),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_stock_lot_clinic_id_clinic")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_lot")),
        sa.UniqueConstraint(
            "clinic_id",
            "drug",
            "lot_number",
            "unit_mg",
            name=op.f("uq_stock_lot_clinic_id_drug_lot_number_unit_mg"),
        ),
    )
    op.create_table(
        "eligibility",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("clinic_id", ID, nullable=False),
        sa.Column("patient_id", ID, nullable=False),
        sa.Column("drug", sa.String(length=20), nullable=False),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("decision", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=False),
        sa.Column("decided_by_id", ID, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "(decision IS NULL) = (decided_at IS NULL)",
            name=op.f("ck_eligibility_decided_with_an_instant"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_eligibility_clinic_id_clinic")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user.id"], name=op.f("fk_eligibility_decided_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_eligibility_patient_id_patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_eligibility")),
    )
    op.create_index("ix_eligibility_patient_id", "eligibility", ["patient_id"], unique=False)

    op.create_table(
        "session_entry",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("clinic_id", ID, nullable=False),
        sa.Column("patient_id", ID, nullable=False),
        sa.Column("session_id", ID, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("by_id", ID, nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("replaces", sa.String(length=40), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_session_entry_by_id_user")),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_session_entry_clinic_id_clinic")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_session_entry_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["treatment_session.id"],
            name=op.f("fk_session_entry_session_id_treatment_session"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_entry")),
        sa.UniqueConstraint("session_id", "key", name=op.f("uq_session_entry_session_id_key")),
        sa.UniqueConstraint(
            "session_id", "sequence", name=op.f("uq_session_entry_session_id_sequence")
        ),
    )
    op.create_index("ix_session_entry_patient_id", "session_entry", ["patient_id"], unique=False)

    op.create_table(
        "stock_entry",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("clinic_id", ID, nullable=False),
        sa.Column("lot_id", ID, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("amount_mg", NUMBER, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("by_id", ID, nullable=True),
        sa.Column("witness", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("patient_id", ID, nullable=True),
        sa.Column("session_id", ID, nullable=True),
        sa.Column("entry_key", sa.String(length=40), nullable=False),
        sa.Column("reverses_id", ID, nullable=True),
        sa.CheckConstraint("amount_mg >= 0", name=op.f("ck_stock_entry_amount_not_below_zero")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_stock_entry_by_id_user")),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_stock_entry_clinic_id_clinic")
        ),
        sa.ForeignKeyConstraint(
            ["lot_id"], ["stock_lot.id"], name=op.f("fk_stock_entry_lot_id_stock_lot")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_stock_entry_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["stock_entry.id"], name=op.f("fk_stock_entry_reverses_id_stock_entry")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["treatment_session.id"],
            name=op.f("fk_stock_entry_session_id_treatment_session"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_entry")),
        sa.UniqueConstraint("lot_id", "sequence", name=op.f("uq_stock_entry_lot_id_sequence")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_stock_entry_reverses_id")),
    )
    op.create_index(
        "ix_stock_entry_clinic_id_recorded_at",
        "stock_entry",
        ["clinic_id", "recorded_at"],
        unique=False,
    )
    op.create_index("ix_stock_entry_session_id", "stock_entry", ["session_id"], unique=False)

    op.create_table(
        "worksheet",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("clinic_id", ID, nullable=False),
        sa.Column("patient_id", ID, nullable=False),
        sa.Column("session_id", ID, nullable=False),
        sa.Column("form_version", sa.String(length=20), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("submitted_at", INSTANT, nullable=True),
        sa.Column("submitted_by", sa.String(length=200), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("confirmation", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_worksheet_clinic_id_clinic")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_worksheet_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["treatment_session.id"],
            name=op.f("fk_worksheet_session_id_treatment_session"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worksheet")),
        sa.UniqueConstraint("session_id", name=op.f("uq_worksheet_session_id")),
    )
    op.create_index(
        "ix_worksheet_clinic_id_state_due_on",
        "worksheet",
        ["clinic_id", "state", "due_on"],
        unique=False,
    )

    op.create_table(
        "worksheet_version",
        sa.Column("worksheet_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["worksheet_id"],
            ["worksheet.id"],
            name=op.f("fk_worksheet_version_worksheet_id_worksheet"),
        ),
        sa.PrimaryKeyConstraint("worksheet_id", "version", name=op.f("pk_worksheet_version")),
    )
    sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("reading") as batch_op:
        batch_op.drop_constraint(op.f("ck_reading_minute_when_during"), type_="check")
        batch_op.drop_column("minute")
    # Said in SQL: SQLite adds a column that refers to another table only so, without a new table.
    op.execute(
        f"ALTER TABLE series ADD COLUMN eligibility_id {'INTEGER' if sqlite else 'BIGINT'} "
        "CONSTRAINT fk_series_eligibility_id_eligibility REFERENCES eligibility (id)"
    )
    op.add_column(
        "series", sa.Column("eligibility_reason", sa.Text(), nullable=False, server_default="")
    )
    op.create_index(
        "ix_treatment_session_under_way",
        "treatment_session",
        ["clinic_id"],
        unique=False,
        sqlite_where=sa.text("state = 'under-way'"),
        postgresql_where=sa.text("state = 'under-way'"),
    )

    for table in APPENDED:
        for statement in append_only.sqlite(table) if sqlite else append_only.postgresql(table):
            op.execute(statement)


def downgrade() -> None:
    """Go back."""
    op.drop_index(
        "ix_treatment_session_under_way",
        table_name="treatment_session",
        sqlite_where=sa.text("state = 'under-way'"),
        postgresql_where=sa.text("state = 'under-way'"),
    )

    with op.batch_alter_table("series") as batch_op:
        batch_op.drop_column("eligibility_reason")
        batch_op.drop_column("eligibility_id")
    with op.batch_alter_table("reading") as batch_op:
        batch_op.add_column(sa.Column("minute", sa.Integer(), nullable=True))
        batch_op.create_check_constraint(
            op.f("ck_reading_minute_when_during"),
            sa.text("(moment = 'during') = (minute IS NOT NULL)"),
        )
    op.drop_table("worksheet_version")
    op.drop_index("ix_worksheet_clinic_id_state_due_on", table_name="worksheet")

    op.drop_table("worksheet")
    op.drop_index("ix_stock_entry_session_id", table_name="stock_entry")
    op.drop_index("ix_stock_entry_clinic_id_recorded_at", table_name="stock_entry")

    op.drop_table("stock_entry")
    op.drop_index("ix_session_entry_patient_id", table_name="session_entry")

    op.drop_table("session_entry")
    op.drop_index("ix_eligibility_patient_id", table_name="eligibility")

    op.drop_table("eligibility")
    op.drop_table("stock_lot")
    if op.get_bind().dialect.name == "postgresql":
        for table in APPENDED:
            op.execute(f"DROP FUNCTION {table}_append_only()")
