"""What was typed and not yet saved, and which forms have been saved already."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from tracker.models.database import Id, JsonText, Model, UtcDateTime

PAGE = "page:"  # before the address of a page, in the name of a draft whose page declares no kind


class Draft(Model):
    """The typed text of one form, kept for one user until it is saved or thrown away."""

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), primary_key=True
    )
    form: Mapped[str] = mapped_column(String(100), primary_key=True)
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"), index=True)
    content: Mapped[dict[str, list[str]]] = mapped_column(JsonText)
    kept_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Submission(Model):
    """The one-time key of a form that was saved, so that a second click saves nothing."""

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    result_id: Mapped[int] = mapped_column(Id)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
