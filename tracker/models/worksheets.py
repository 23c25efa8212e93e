"""REMS worksheets of esketamine sessions, and their earlier versions."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.models.database import Id, JsonText, Model, UtcDateTime, new_id


class Worksheet(Model):
    """What a form asks of one session and the session does not say; made when it is completed.

    `content` holds answers by field of the form `form_version`. Whether it is late the clock says.
    """

    __table_args__ = (
        Index("ix_worksheet_clinic_id_state_due_on", "clinic_id", "state", "due_on"),
        Index("ix_worksheet_patient_id", "patient_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False, default=new_id)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    session_id: Mapped[int] = mapped_column(ForeignKey("treatment_session.id"), unique=True)
    form_version: Mapped[str] = mapped_column(String(20))
    content: Mapped[dict[str, Any]] = mapped_column(JsonText, default=dict)
    state: Mapped[str] = mapped_column(String(20), default="draft")
    due_on: Mapped[date]
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    submitted_by: Mapped[str] = mapped_column(String(200), default="")
    channel: Mapped[str] = mapped_column(String(20), default="")
    confirmation: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[str] = mapped_column(String(200))


class WorksheetVersion(Model):
    """What a worksheet said before it was changed."""

    worksheet_id: Mapped[int] = mapped_column(ForeignKey("worksheet.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JsonText)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[str] = mapped_column(String(200))
