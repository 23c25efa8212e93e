"""Planned series of sessions for one indication."""

from datetime import date, datetime, time
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tracker.models.database import ExactNumber, Id, JsonText, Model, UtcDateTime, new_id


class Series(Model):
    """A series; `number` counts from 1 within the patient."""

    __table_args__ = (
        UniqueConstraint("patient_id", "number"),
        CheckConstraint(
            "planned_dose_mg IS NULL OR planned_dose_mg_per_kg IS NULL", name="one_planned_dose"
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False, default=new_id)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    number: Mapped[int]
    indication: Mapped[str] = mapped_column(String(20))
    drug: Mapped[str] = mapped_column(String(20))
    route: Mapped[str] = mapped_column(String(20))
    phase: Mapped[str] = mapped_column(String(20))
    # Whether it begins a course or continues one; NULL follows the rule (phase, pause before it).
    course_role: Mapped[str | None] = mapped_column(String(20))
    template: Mapped[str] = mapped_column(String(40))
    planned_dose_mg: Mapped[Decimal | None] = mapped_column(ExactNumber)
    planned_dose_mg_per_kg: Mapped[Decimal | None] = mapped_column(ExactNumber)
    starts_on: Mapped[date]
    # Where its sessions usually take place, and on which weekdays (Monday is 0; none: any).
    planned_time: Mapped[time | None]
    chair: Mapped[str] = mapped_column(String(60), default="")
    weekdays: Mapped[list[int]] = mapped_column(JsonText, default=list)
    state: Mapped[str] = mapped_column(String(20))
    state_reason: Mapped[str] = mapped_column(Text, default="")
    # The assessment it was started on, or why it was started without one.
    eligibility_id: Mapped[int | None] = mapped_column(ForeignKey("eligibility.id"))
    eligibility_reason: Mapped[str] = mapped_column(Text, default="")
    # The lines of its own schedule of check-ins; NULL follows the template and the indication.
    schedule: Mapped[list[dict[str, object]] | None] = mapped_column(JsonText)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SeriesVersion(Model):
    """What a series said before it was changed."""

    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[dict[str, object]] = mapped_column(JsonText)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[str] = mapped_column(String(200))
