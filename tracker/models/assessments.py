"""Completed scales."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.models.database import ExactNumber, Id, Model, UtcDateTime, new_id


class Assessment(Model):
    """A total on a scale. A mistaken one is voided with a reason, never removed."""

    __table_args__ = (
        Index("ix_assessment_patient_id_taken_at", "patient_id", "taken_at"),
        Index("ix_assessment_session_id", "session_id"),
        Index("ix_assessment_series_id", "series_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False, default=new_id)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    series_id: Mapped[int | None] = mapped_column(ForeignKey("series.id"))
    session_id: Mapped[int | None] = mapped_column(ForeignKey("treatment_session.id"))
    instrument: Mapped[str] = mapped_column(String(40))
    instrument_version: Mapped[str] = mapped_column(String(20))
    total: Mapped[Decimal] = mapped_column(ExactNumber)
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    time_known: Mapped[bool] = mapped_column(default=True)
    occasion: Mapped[str] = mapped_column(String(20))
    hours_after: Mapped[Decimal | None] = mapped_column(ExactNumber)
    note: Mapped[str] = mapped_column(Text, default="")
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by: Mapped[str] = mapped_column(String(200))
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    voided_by: Mapped[str] = mapped_column(String(200), default="")
    voided_reason: Mapped[str] = mapped_column(Text, default="")
