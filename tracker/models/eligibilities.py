"""Dated assessments before treatment, and what a clinician decided on them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.models.database import Id, JsonText, Model, UtcDateTime, new_id


class Eligibility(Model):
    """An assessment; once decided and signed it stays as it is, and a new one stands beside it."""

    __table_args__ = (
        Index("ix_eligibility_patient_id", "patient_id"),
        CheckConstraint(
            "(decision IS NULL) = (decided_at IS NULL)", name="decided_with_an_instant"
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False, default=new_id)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    drug: Mapped[str] = mapped_column(String(20))
    assessed_on: Mapped[date]
    content: Mapped[dict[str, Any]] = mapped_column(JsonText)
    decision: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str] = mapped_column(String(200), default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    version: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(200))
