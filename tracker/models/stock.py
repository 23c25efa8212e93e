"""Vials and devices of controlled drugs by lot, and every movement: appended, never changed."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tracker.models.database import ExactNumber, Id, Model, UtcDateTime, new_id


class StockLot(Model):
    """A lot of one drug: equal vials or devices with one expiry. Amounts are in mg throughout."""

    __table_args__ = (
        UniqueConstraint("clinic_id", "drug", "lot_number", "unit_mg"),
        CheckConstraint("unit_mg > 0", name="unit_above_zero"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False, default=new_id)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    drug: Mapped[str] = mapped_column(String(20))
    form: Mapped[str] = mapped_column(String(20))  # vial or device
    lot_number: Mapped[str] = mapped_column(String(60))
    unit_mg: Mapped[Decimal] = mapped_column(ExactNumber)  # in one vial or device
    concentration_mg_per_ml: Mapped[Decimal | None] = mapped_column(ExactNumber)
    expires_on: Mapped[date]
    ndc: Mapped[str] = mapped_column(String(40), default="")
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(200))


class StockEntry(Model):
    """A movement or a count of a lot; `sequence` counts from 1 within the lot.

    A movement in error is undone by another that `reverses_id` it, once. `witness` is the second
    name that waste needs, `witness_how` says whether they confirmed it themselves.
    """

    __table_args__ = (
        UniqueConstraint("lot_id", "sequence"),
        UniqueConstraint("reverses_id"),
        Index("ix_stock_entry_clinic_id_recorded_at", "clinic_id", "recorded_at"),
        Index("ix_stock_entry_session_id", "session_id"),
        CheckConstraint("amount_mg >= 0", name="amount_not_below_zero"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False, default=new_id)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    lot_id: Mapped[int] = mapped_column(ForeignKey("stock_lot.id"))
    sequence: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    amount_mg: Mapped[Decimal] = mapped_column(ExactNumber)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(200))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    witness: Mapped[str] = mapped_column(String(200), default="")
    witness_how: Mapped[str] = mapped_column(String(20), default="")
    # Of a user. No reference: SQLite cannot add one to a table that is only ever appended to.
    witness_id: Mapped[int | None] = mapped_column(Id)
    reason: Mapped[str] = mapped_column(Text, default="")
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"))
    session_id: Mapped[int | None] = mapped_column(ForeignKey("treatment_session.id"))
    entry_key: Mapped[str] = mapped_column(String(40), default="")  # of the session's entry
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("stock_entry.id"))
