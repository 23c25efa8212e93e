"""The audit trail: appended, chained, never changed."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.models.database import Model, UtcDateTime, db


class AuditEvent(Model):
    """Who did or saw what, when. No foreign keys to what it speaks of: it outlives everything."""

    __table_args__ = (
        Index("ix_audit_event_patient_id_sequence", "patient_id", "sequence"),
        Index("ix_audit_event_clinic_id_sequence", "clinic_id", "sequence"),
    )

    sequence: Mapped[int] = mapped_column(
        BigInteger().with_variant(db.Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    clinic_id: Mapped[int | None] = mapped_column(BigInteger)
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    actor: Mapped[str] = mapped_column(String(200))
    roles: Mapped[str] = mapped_column(String(100))
    address: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(60))
    patient_id: Mapped[int | None] = mapped_column(BigInteger)
    subject: Mapped[str] = mapped_column(String(100))
    detail: Mapped[str] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(String(64), unique=True)
    seal: Mapped[str] = mapped_column(String(64))


class AuditEventPatient(Model):
    """Whom a line of the trail showed, where it showed several; sealed with the line."""

    __table_args__ = (
        Index("ix_audit_event_patient_patient_id_sequence", "patient_id", "sequence"),
        # The key is all there is: without a row number SQLite keeps it once, in order.
        {"sqlite_with_rowid": False},
    )

    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    patient_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class RowSeal(Model):
    """What some rows of a table said when a line of the trail was written; sealed with the line.

    Many rows share one of these, as `hash_chain.SealedPiece` has it: an import writes thousands.
    """

    __table_args__ = ({"sqlite_with_rowid": False},)

    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    piece: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    of_table: Mapped[str] = mapped_column(String(40))
    columns: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes] = mapped_column(LargeBinary)


SQLITE_TRIGGERS = tuple(
    f"CREATE TRIGGER audit_event_no_{verb} BEFORE {verb.upper()} ON audit_event "
    "BEGIN SELECT RAISE(ABORT, 'the audit trail is only ever appended to'); END"
    for verb in ("update", "delete")
)
POSTGRESQL_TRIGGERS = (
    "CREATE FUNCTION audit_event_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the audit trail is only ever appended to'; END $$",
    "CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_event_append_only()",
)
