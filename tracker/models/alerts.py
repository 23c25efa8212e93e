"""What somebody must look at and acknowledge by name."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tracker.models.database import Id, JsonText, Model, UtcDateTime, new_id


class Alert(Model):
    """Raised in the transaction that stored its cause; it stays until acknowledged by name.

    It hangs on the reply of a check-in still being answered, on the finished score, or on what the
    patient wrote by themselves; `facts` are the numbers it tells, as text by name. `round` counts
    from 1: an answer that rises further after somebody acknowledged it is raised anew.
    """

    __table_args__ = (
        UniqueConstraint("reply_id", "kind", "item", "round"),
        UniqueConstraint("assessment_id", "kind", "item", "round"),
        CheckConstraint(
            "reply_id IS NOT NULL OR assessment_id IS NOT NULL OR diary_entry_id IS NOT NULL",
            name="has_a_cause",
        ),
        Index("ix_alert_clinic_id_acknowledged_at", "clinic_id", "acknowledged_at"),
        Index("ix_alert_patient_id", "patient_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False, default=new_id)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    series_id: Mapped[int | None] = mapped_column(ForeignKey("series.id"))
    reply_id: Mapped[int | None] = mapped_column(ForeignKey("reply.id"))
    assessment_id: Mapped[int | None] = mapped_column(ForeignKey("assessment.id"))
    diary_entry_id: Mapped[int | None] = mapped_column(ForeignKey("diary_entry.id"))
    kind: Mapped[str] = mapped_column(String(30))
    item: Mapped[str] = mapped_column(String(40), default="")
    round: Mapped[int] = mapped_column(default=1)
    instrument: Mapped[str] = mapped_column(String(40))
    urgent: Mapped[bool] = mapped_column(default=False)
    rank: Mapped[int]  # what is about suicide stands before what is about a score
    facts: Mapped[dict[str, str]] = mapped_column(JsonText, default=dict)
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_by: Mapped[str] = mapped_column(String(200), default="")
    acknowledged_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    done: Mapped[str] = mapped_column(Text, default="")
