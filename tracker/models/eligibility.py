"""Dated assessments before treatment, and what a clinician decided on them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, cast, func, select
from sqlalchemy.orm import Mapped, mapped_column

from tracker.models.database import Id, JsonText, Model, UtcDateTime, new_id
from tracker.models.patients import Patient


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


_one, _patient = Eligibility.__table__.c, Patient.__table__.c
# About the patient of the query around it, so that their page needs no query more: the newest
# assessment as drug|decision|day, the decision '' while it is not signed.
NEWEST = (
    select(
        _one.drug + "|" + func.coalesce(_one.decision, "") + "|" + cast(_one.assessed_on, String)
    )
    .where(_one.patient_id == _patient.id)
    .order_by(_one.made_at.desc(), _one.id.desc())
    .limit(1)
    .correlate(Patient.__table__)
    .scalar_subquery()
    .label("eligibility")
)
