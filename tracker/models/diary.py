"""What patients write by themselves, and who of the clinic has read it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, exists
from sqlalchemy.orm import Mapped, mapped_column

from tracker.models.database import Id, JsonText, Model, UtcDateTime, new_id
from tracker.models.patients import Patient


class DiaryEntry(Model):
    """An entry of a patient. One that is withdrawn stays, for staff to know of.

    Mood and pain are scores like any other; the entry points to them. An effect that was not
    answered is not in `effects`.
    """

    __table_args__ = (
        CheckConstraint("(read_at IS NULL) = (read_by = '')", name="read_by_name"),
        CheckConstraint("(session_id IS NOT NULL) = (kind = 'day-after')", name="day_after_of_one"),
        Index("ix_diary_entry_patient_id_written_at", "patient_id", "written_at"),
        Index("ix_diary_entry_clinic_id_read_at", "clinic_id", "read_at"),
        Index("ix_diary_entry_session_id", "session_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False, default=new_id)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    kind: Mapped[str] = mapped_column(String(20))
    session_id: Mapped[int | None] = mapped_column(ForeignKey("treatment_session.id"))
    check_in_id: Mapped[int | None] = mapped_column(ForeignKey("check_in.id"))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    written_by: Mapped[str] = mapped_column(String(200))
    mood_score_id: Mapped[int | None] = mapped_column(ForeignKey("assessment.id"))
    pain_score_id: Mapped[int | None] = mapped_column(ForeignKey("assessment.id"))
    effects: Mapped[dict[str, str]] = mapped_column(JsonText, default=dict)
    sleep: Mapped[str | None] = mapped_column(String(20))
    words: Mapped[str] = mapped_column(Text, default="")
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    read_by: Mapped[str] = mapped_column(String(200), default="")
    read_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


# About the patient of the query around it. Most have written nothing that nobody has read: a look
# into an index here saves their page a query.
HAS_UNREAD = (
    exists()
    .where(
        DiaryEntry.__table__.c.patient_id == Patient.__table__.c.id,
        DiaryEntry.__table__.c.read_at.is_(None),
    )
    .label("has_unread")
)
