"""What was written while sessions were under way: appended, corrected by more, never changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tracker.models.database import Id, JsonText, Model, UtcDateTime, new_id


class SessionEntry(Model):
    """One entry of a session; the content of each kind is a struct of domain.entries.

    `key` was drawn in the browser before anything was sent: whatever arrives twice is stored once.
    `sequence` counts from 1 within the session in the order of arrival, `at` is when it happened.
    """

    __table_args__ = (
        UniqueConstraint("session_id", "key"),
        UniqueConstraint("session_id", "sequence"),
        Index("ix_session_entry_patient_id", "patient_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False, default=new_id)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    session_id: Mapped[int] = mapped_column(ForeignKey("treatment_session.id"))
    sequence: Mapped[int]
    key: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(200))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    content: Mapped[dict[str, Any]] = mapped_column(JsonText)
    replaces: Mapped[str] = mapped_column(String(40), default="")
    is_late: Mapped[bool] = mapped_column(default=False)
