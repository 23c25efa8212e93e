"""E-mails still to be sent, queued in the transaction of what they are about."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tracker.models.database import Id, Model, UtcDateTime, new_id


class Letter(Model):
    """One e-mail to one address about one thing; the database refuses to queue it twice.

    The text is made when it is sent and holds no clinical content. `claimed_at` is set by the one
    process that is sending it; a claim older than some minutes was left by a process that died.
    """

    __table_args__ = (
        UniqueConstraint("about", "kind", "address"),
        Index("ix_letter_sent_at_not_before", "sent_at", "not_before"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False, default=new_id)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    kind: Mapped[str] = mapped_column(String(30))
    about: Mapped[str] = mapped_column(String(40))  # check-in:<id> or alert:<id>
    address: Mapped[str] = mapped_column(String(255))
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    dropped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str] = mapped_column(String(80), default="")


class Chore(Model):
    """A command that a timer runs, and when it last went through."""

    name: Mapped[str] = mapped_column(String(30), primary_key=True)
    ran_at: Mapped[datetime] = mapped_column(UtcDateTime)
