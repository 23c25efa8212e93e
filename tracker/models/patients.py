"""People treated, and the folded words a search finds them by."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tracker.models.database import Id, JsonText, Model, UtcDateTime, new_id


class Patient(Model):
    """A person treated. `name_key` is the folded name that lists are ordered by.

    `number_key` is the record number as it is compared; `other_number` the country's own, where the
    clinic uses one.
    """

    __table_args__ = (
        UniqueConstraint("clinic_id", "record_number"),
        Index("ix_patient_clinic_id_name_key_id", "clinic_id", "name_key", "id"),
        Index("ix_patient_clinic_id_number_key", "clinic_id", "number_key"),
        # The archived are few or many, never spread: without this their list walks everybody.
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False, default=new_id)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), unique=True)
    record_number: Mapped[str] = mapped_column(String(40))
    number_key: Mapped[str] = mapped_column(String(300), default="")
    other_number: Mapped[str] = mapped_column(String(40), default="")
    given_name: Mapped[str] = mapped_column(String(100), default="")
    family_name: Mapped[str] = mapped_column(String(100), default="")
    # "C" orders by code point on PostgreSQL, so that one index serves order and range alike.
    name_key: Mapped[str] = mapped_column(
        String(300).with_variant(String(300, collation="C"), "postgresql")
    )
    birth_date: Mapped[date | None]
    sex: Mapped[str] = mapped_column(String(20))
    email: Mapped[str] = mapped_column(String(100), default="")
    phone: Mapped[str] = mapped_column(String(100), default="")
    indications: Mapped[list[str]] = mapped_column(JsonText, default=list)
    notes: Mapped[str] = mapped_column(Text, default="")
    # Said by the patient, or for them: no more reminders by e-mail; and when they want them, ''
    # where nobody chose.
    mail_stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    mail_time: Mapped[str] = mapped_column(String(10), default="")
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    archived_reason: Mapped[str] = mapped_column(Text, default="")
    # Where all that was recorded stands, once this record was merged into another of the person.
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PatientWord(Model):
    """A folded word of a patient's names or record number, looked up by its beginning."""

    __table_args__ = (Index("ix_patient_word_patient_id", "patient_id"),)

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), primary_key=True)
    word: Mapped[str] = mapped_column(
        String(300).with_variant(String(300, collation="C"), "postgresql"), primary_key=True
    )
    patient_id: Mapped[int] = mapped_column(
        ForeignKey("patient.id", ondelete="CASCADE"), primary_key=True
    )


class PatientVersion(Model):
    """What was recorded of a patient before it was changed."""

    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[dict[str, object]] = mapped_column(JsonText)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[str] = mapped_column(String(200))
