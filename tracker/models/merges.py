"""Two records of one person that were merged, and every row that was moved by it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.models.database import Id, JsonText, Model, UtcDateTime, new_id


class PatientMerge(Model):
    """One record put into another: who, when and why, and who took it apart again."""

    __table_args__ = (
        Index("ix_patient_merge_kept_id", "kept_id"),
        Index("ix_patient_merge_merged_id", "merged_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False, default=new_id)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    kept_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    merged_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    reason: Mapped[str] = mapped_column(Text)
    merged_at: Mapped[datetime] = mapped_column(UtcDateTime)
    merged_by: Mapped[str] = mapped_column(String(200))
    apart_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    apart_by: Mapped[str] = mapped_column(String(200), default="")
    apart_reason: Mapped[str] = mapped_column(Text, default="")


class PatientMergeRow(Model):
    """A row that a merge moved to the other record, or changed where it stands.

    `before` holds what it said in the columns that were changed, by their names.
    """

    merge_id: Mapped[int] = mapped_column(ForeignKey("patient_merge.id"), primary_key=True)
    of_table: Mapped[str] = mapped_column(String(40), primary_key=True)
    row_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    is_moved: Mapped[bool]
    before: Mapped[dict[str, object]] = mapped_column(JsonText, default=dict)
