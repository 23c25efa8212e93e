"""What became of courses, made of sessions and scores: a row each, and sums over all of them.

Nobody writes these but `services/outcomes`, in the transaction that changes what they rest on.
"""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.models.database import ExactNumber, JsonText, Model, UtcDateTime


class CourseOutcomeRow(Model):
    """What became of one course on one scale; `instrument` is '' for the course by itself."""

    __tablename__ = "course_outcome"
    __table_args__ = (
        Index("ix_course_outcome_clinic_id_instrument", "clinic_id", "instrument", "is_made_for"),
    )

    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), primary_key=True)
    course_number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    instrument: Mapped[str] = mapped_column(String(40), primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    is_made_for: Mapped[bool]
    indication: Mapped[str | None] = mapped_column(String(20))
    drug: Mapped[str] = mapped_column(String(20))
    route: Mapped[str] = mapped_column(String(20))
    phase: Mapped[str | None] = mapped_column(String(20))
    first_dose_on: Mapped[date]
    last_dose_on: Mapped[date]
    induction_ended_on: Mapped[date | None]
    doses: Mapped[int]
    induction_doses: Mapped[int]
    induction_days: Mapped[int | None]
    total_mg: Mapped[Decimal | None] = mapped_column(ExactNumber)
    mean_mg_per_kg: Mapped[Decimal | None] = mapped_column(ExactNumber)
    state: Mapped[str | None] = mapped_column(String(20))
    failed_treatments: Mapped[int | None]
    baseline: Mapped[Decimal | None] = mapped_column(ExactNumber)
    baseline_prorated: Mapped[bool]
    is_entered: Mapped[bool | None]
    window_closes_on: Mapped[date | None]
    outcome: Mapped[Decimal | None] = mapped_column(ExactNumber)
    outcome_on: Mapped[date | None]
    change: Mapped[str | None] = mapped_column(String(20))
    is_worse: Mapped[bool | None]
    has_response: Mapped[bool | None]
    has_remission: Mapped[bool | None]
    response_day: Mapped[int | None]
    followed_days: Mapped[int | None]
    kept_days: Mapped[int | None]
    is_lost: Mapped[bool | None]
    suicide_before: Mapped[Decimal | None] = mapped_column(ExactNumber)
    suicide_after: Mapped[Decimal | None] = mapped_column(ExactNumber)
    by_session: Mapped[list[list[str]]] = mapped_column(JsonText)
    by_week: Mapped[list[list[str]]] = mapped_column(JsonText)


class OutcomeSum(Model):
    """How many courses of a clinic there are at one place of one part, and sums of their totals.

    `part` and `place` are those of `domain/outcomes/sums.py`. The sums are whole decimal numbers as
    text, since none of the two databases adds up decimals of any length.
    """

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), primary_key=True)
    instrument: Mapped[str] = mapped_column(String(40), primary_key=True)
    part: Mapped[str] = mapped_column(String(20), primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    n: Mapped[int]
    x: Mapped[str] = mapped_column(Text)
    xx: Mapped[str] = mapped_column(Text)
    y: Mapped[str] = mapped_column(Text)
    yy: Mapped[str] = mapped_column(Text)
    xy: Mapped[str] = mapped_column(Text)


class OutcomeBasis(Model):
    """By what the rows and sums of a clinic were counted; another basis needs them made anew."""

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    counted_at: Mapped[datetime] = mapped_column(UtcDateTime)
