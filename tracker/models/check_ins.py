"""Invitations to complete instruments, what was answered so far, and the links that open them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, exists
from sqlalchemy.orm import Mapped, mapped_column

from tracker.domain.codes import CheckInState
from tracker.models.database import Id, JsonText, Model, UtcDateTime, new_id, write_out
from tracker.models.patients import Patient


class CheckIn(Model):
    """An invitation to complete instruments between `opens_at` and `closes_at`, best by `due_at`.

    `line` is the schedule line and anchor it came from ('' for one made by hand), so that laying a
    schedule out again finds it. Whether it is due, overdue or missed follows from the clock.
    """

    __table_args__ = (
        UniqueConstraint("series_id", "line"),
        Index("ix_check_in_patient_id_opens_at", "patient_id", "opens_at"),
        Index("ix_check_in_clinic_id_state_closes_at", "clinic_id", "state", "closes_at"),
        Index("ix_check_in_clinic_id_state_finished_at", "clinic_id", "state", "finished_at"),
        Index("ix_check_in_session_id", "session_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False, default=new_id)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    series_id: Mapped[int | None] = mapped_column(ForeignKey("series.id"))
    session_id: Mapped[int | None] = mapped_column(ForeignKey("treatment_session.id"))
    line: Mapped[str | None] = mapped_column(String(80))
    occasion: Mapped[str] = mapped_column(String(20))
    instruments: Mapped[list[str]] = mapped_column(JsonText)
    opens_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(20), default="open")
    reason: Mapped[str] = mapped_column(Text, default="")
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(200))
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


# About the patient of the query around it. Most are asked nothing: a look into an index here saves
# their pages a query.
IS_ASKED = (
    exists()
    .where(
        CheckIn.__table__.c.patient_id == Patient.__table__.c.id,
        CheckIn.__table__.c.state == write_out(CheckInState.OPEN),
    )
    .label("is_asked")
)


class Reply(Model):
    """What has been answered so far to one instrument of a check-in, saved with every answer."""

    __table_args__ = (
        UniqueConstraint("check_in_id", "instrument"),
        Index("ix_reply_patient_id", "patient_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False, default=new_id)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    check_in_id: Mapped[int] = mapped_column(ForeignKey("check_in.id"))
    instrument: Mapped[str] = mapped_column(String(40))
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"))
    # By item code: {"value": "2", "at": instant on the answering device}; the later answer wins.
    answers: Mapped[dict[str, dict[str, str]]] = mapped_column(JsonText, default=dict)
    state: Mapped[str] = mapped_column(String(20), default="open")
    reason: Mapped[str] = mapped_column(Text, default="")
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seconds_taken: Mapped[int] = mapped_column(default=0)
    assessment_id: Mapped[int | None] = mapped_column(ForeignKey("assessment.id"))


# As IS_ASKED: most have nothing that they answered and did not send.
HAS_UNSENT = (
    exists()
    .where(
        CheckIn.__table__.c.patient_id == Patient.__table__.c.id,
        Reply.__table__.c.check_in_id == CheckIn.__table__.c.id,
        Reply.__table__.c.assessment_id.is_(None),
    )
    .label("has_unsent")
)


class CheckInLink(Model):
    """A mailed link to one check-in, kept as a hash. It ends when used up, replaced or too old."""

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    check_in_id: Mapped[int] = mapped_column(ForeignKey("check_in.id"), index=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
