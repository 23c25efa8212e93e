"""Completed scales, and the exact texts that were answered."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.models.database import ExactNumber, Id, JsonText, Model, UtcDateTime, new_id


class Edition(Model):
    """The exact text of an instrument that somebody answered, kept for good.

    A file that says the same version in other words has another digest, and is another edition.
    """

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False, default=new_id)
    code: Mapped[str] = mapped_column(String(40))
    version: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    content: Mapped[str] = mapped_column(Text)
    kept_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Assessment(Model):
    """A completed instrument. A mistaken one is voided with a reason, never removed.

    `total` is NULL for an incomplete one. `stated_total` is what a form or file said where that
    could be compared with the sum of its answers.
    """

    __table_args__ = (
        CheckConstraint(
            "(total IS NULL) = (completeness = 'incomplete')", name="total_unless_incomplete"
        ),
        Index("ix_assessment_check_in_id", "check_in_id"),
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
    edition_id: Mapped[int | None] = mapped_column(ForeignKey("edition.id"))
    check_in_id: Mapped[int | None] = mapped_column(ForeignKey("check_in.id"))
    mode: Mapped[str] = mapped_column(String(20), default="total", server_default="total")
    completeness: Mapped[str] = mapped_column(
        String(20), default="complete", server_default="complete"
    )
    # By item code; a question not answered is not there. Empty where only a total is known.
    answers: Mapped[dict[str, str]] = mapped_column(JsonText, default=dict, server_default="{}")
    total: Mapped[Decimal | None] = mapped_column(ExactNumber)
    stated_total: Mapped[Decimal | None] = mapped_column(ExactNumber)
    seconds_taken: Mapped[int | None]
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
