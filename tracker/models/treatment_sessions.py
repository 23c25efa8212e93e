"""Sittings, their readings, and every earlier version of what was recorded."""

from datetime import date, datetime, time
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, and_
from sqlalchemy.orm import Mapped, mapped_column

from tracker.domain.codes import SessionState
from tracker.domain.drugs import NASAL_ESKETAMINE
from tracker.models.database import ExactNumber, Id, JsonText, Model, UtcDateTime, new_id


def _zero_to_ten(column: str) -> CheckConstraint:
    return CheckConstraint(f"{column} BETWEEN 0 AND 10", name=f"{column}_0_to_10")


class TreatmentSession(Model):
    """One sitting, planned or held; `number` counts from 1 within the series. Missing is NULL.

    One that is voided leaves its number to whichever takes its place (`partial_indexes`).
    It is a shape of its own because it is the table; what is asked of it becomes another at once.
    """

    __table_args__ = (
        Index("ix_treatment_session_patient_id_started_at", "patient_id", "started_at"),
        Index("ix_treatment_session_clinic_id_planned_on", "clinic_id", "planned_on"),
        Index("ix_treatment_session_clinic_id_started_at", "clinic_id", "started_at"),
        _zero_to_ten("mood_before"),
        _zero_to_ten("mood_after"),
        _zero_to_ten("pain_before"),
        _zero_to_ten("pain_after"),
        _zero_to_ten("dissociation_peak"),
        CheckConstraint("dose_mg > 0", name="dose_above_zero"),
        CheckConstraint(
            "planned_dose_mg IS NULL OR planned_dose_mg_per_kg IS NULL", name="one_planned_dose"
        ),
        CheckConstraint("discharged_at >= started_at", name="discharged_after_start"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False, default=new_id)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(20))
    state_reason: Mapped[str] = mapped_column(Text, default="")
    # Cancelled because its series ended, so planned again when the series is taken up again.
    cancelled_by_series: Mapped[bool] = mapped_column(default=False)
    # The record that was struck out there and stands here instead; one may be moved, let stand
    # again and moved elsewhere, so it is the one moved to that remembers.
    moved_from_id: Mapped[int | None] = mapped_column(ForeignKey("treatment_session.id"))
    # What was said when it was begun although something spoke against it, or was not planned.
    begin_reason: Mapped[str] = mapped_column(Text, default="")
    # What its begin brought about, to be undone with it: the session itself, the series' start.
    added_by_begin: Mapped[bool] = mapped_column(default=False)
    began_series: Mapped[bool] = mapped_column(default=False)
    planned_on: Mapped[date | None]
    planned_time: Mapped[time | None]  # of the clinic's day
    chair: Mapped[str] = mapped_column(String(60), default="")
    # Where it differs from the plan of the series; never both.
    planned_dose_mg: Mapped[Decimal | None] = mapped_column(ExactNumber)
    planned_dose_mg_per_kg: Mapped[Decimal | None] = mapped_column(ExactNumber)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    drug: Mapped[str] = mapped_column(String(20))
    route: Mapped[str] = mapped_column(String(20))
    dose_mg: Mapped[Decimal | None] = mapped_column(ExactNumber)
    weight_kg: Mapped[Decimal | None] = mapped_column(ExactNumber)
    weight_unit: Mapped[str | None] = mapped_column(String(2))
    dose_mg_per_kg: Mapped[Decimal | None] = mapped_column(ExactNumber)
    dose_mg_per_kg_per_hour: Mapped[Decimal | None] = mapped_column(ExactNumber)
    duration_minutes: Mapped[int | None]
    dose_notes: Mapped[str] = mapped_column(Text, default="")
    mood_before: Mapped[int | None]
    mood_after: Mapped[int | None]
    pain_before: Mapped[int | None]
    pain_after: Mapped[int | None]
    dissociation_peak: Mapped[int | None]
    dissociation_onset_minute: Mapped[int | None]
    dissociation_end_minute: Mapped[int | None]
    dissociation_resolved: Mapped[bool | None]
    effects: Mapped[dict[str, str | None]] = mapped_column(JsonText, default=dict)
    effects_other: Mapped[str] = mapped_column(String(200), default="")
    side_effects: Mapped[dict[str, str | None]] = mapped_column(JsonText, default=dict)
    side_effects_other: Mapped[str] = mapped_column(String(200), default="")
    discharged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    escort: Mapped[str] = mapped_column(String(200), default="")
    private_notes: Mapped[str] = mapped_column(Text, default="")
    patient_notes: Mapped[str] = mapped_column(Text, default="")
    comment: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)
    recorded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    recorded_by: Mapped[str] = mapped_column(String(200), default="")


class Reading(Model):
    """The observations before or after a session; those during it are entries (SessionEntry)."""

    __table_args__ = (Index("ix_reading_session_id_moment", "session_id", "moment"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False, default=new_id)
    session_id: Mapped[int] = mapped_column(ForeignKey("treatment_session.id"))
    moment: Mapped[str] = mapped_column(String(10))
    systolic_mmhg: Mapped[int | None]
    diastolic_mmhg: Mapped[int | None]
    heart_rate_bpm: Mapped[int | None]
    spo2_percent: Mapped[int | None]
    respiratory_rate_per_min: Mapped[int | None]


class SessionVersion(Model):
    """What a session's record said in one version, and why it was changed after that."""

    __tablename__ = "session_version"

    session_id: Mapped[int] = mapped_column(ForeignKey("treatment_session.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[dict[str, object]] = mapped_column(JsonText)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    saved_by: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(Text, default="")


# One that is struck out counts nowhere but in its own history.
STANDS = TreatmentSession.state != SessionState.VOIDED.value
IS_NASAL_ESKETAMINE = and_(
    TreatmentSession.drug == NASAL_ESKETAMINE[0].value,
    TreatmentSession.route == NASAL_ESKETAMINE[1].value,
)
