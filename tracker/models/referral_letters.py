"""Letters for those who referred a patient: each saved version a row, and a signed one for good."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.models.database import Id, Model, UtcDateTime, new_id


class ReferralLetter(Model):
    """A version of a letter; nothing of it is ever changed.

    `picture` is the PNG that a signed one was signed with, None where nothing could be drawn.
    """

    __table_args__ = (Index("ix_referral_letter_patient_id", "patient_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False, default=new_id)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    is_signed: Mapped[bool]
    recipient: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)
    picture: Mapped[bytes | None] = mapped_column(LargeBinary)
    picture_words: Mapped[str] = mapped_column(Text, default="")
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    written_by: Mapped[str] = mapped_column(String(200))
    written_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
