"""Results of the checks that recur in long use."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, cast, func, literal_column, select
from sqlalchemy.orm import Mapped, mapped_column

from tracker.models.database import Id, Model, UtcDateTime, new_id
from tracker.models.patients import Patient


class SafetyCheck(Model):
    """What was found on a day; a mistaken one is voided with a reason and stays."""

    __table_args__ = (
        Index("ix_safety_check_patient_id", "patient_id"),
        Index("ix_safety_check_clinic_id_kind", "clinic_id", "kind"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False, default=new_id)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    kind: Mapped[str] = mapped_column(String(20))
    checked_on: Mapped[date]
    value: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(Text, default="")
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by: Mapped[str] = mapped_column(String(200))
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    voided_by: Mapped[str] = mapped_column(String(200), default="")
    voided_reason: Mapped[str] = mapped_column(Text, default="")


_one, _patient = SafetyCheck.__table__.c, Patient.__table__.c
_BLANK: Any = literal_column("' '")  # a plain text would be written into each execution anew
# About the patient of the query around it, so that their page needs no query more: the kind|day of
# each result that stands, with blanks between them.
CHECKED = (
    select(func.aggregate_strings(_one.kind + "|" + cast(_one.checked_on, String), _BLANK))
    .where(_one.patient_id == _patient.id, _one.voided_at.is_(None))
    .correlate(Patient.__table__)
    .scalar_subquery()
    .label("checked")
)
