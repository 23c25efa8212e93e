"""A patient's own lists: allergies and current medicines."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from tracker.models.database import Id, Model, UtcDateTime, new_id
from tracker.models.patients import Patient


class HealthItem(Model):
    """An allergy or a medicine, or that there is none; ended with a reason, and it stays."""

    __table_args__ = (
        Index("ix_health_item_patient_id", "patient_id"),
        CheckConstraint("(ended_on IS NULL) = (ended_at IS NULL)", name="ended_with_an_instant"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False, default=new_id)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    detail: Mapped[str] = mapped_column(String(200), default="")
    noted_on: Mapped[date]
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by: Mapped[str] = mapped_column(String(200))
    ended_on: Mapped[date | None]
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[str] = mapped_column(String(200), default="")
    ended_reason: Mapped[str] = mapped_column(Text, default="")


_one, _patient = HealthItem.__table__.c, Patient.__table__.c
# Names and details are lines of text: what parts them is in none.
PART, LINE = "\t", "\n"
_PART: Any = literal_column("'\t'")
_LINE: Any = literal_column("'\n'")
_noted: Any = cast(_one.noted_on, String)  # year-month-day in either database
# About the patient of the query around it: kind, name, detail and day of each item that stands.
STANDING = (
    select(
        func.aggregate_strings(
            _one.kind + _PART + _one.name + _PART + _one.detail + _PART + _noted, _LINE
        )
    )
    .where(_one.patient_id == _patient.id, _one.ended_at.is_(None))
    .correlate(Patient.__table__)
    .scalar_subquery()
    .label("health_items")
)
