"""The page of one patient: who they are, how they do, their series and scores, in few queries."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, select

from tracker.domain.access import Actor
from tracker.domain.instruments import Instrument
from tracker.domain.trends import Trend
from tracker.domain.words import Occasion
from tracker.instruments import library
from tracker.models.assessments import Assessment
from tracker.models.database import db
from tracker.services import patients, pictures, series
from tracker.services.patients import PatientView
from tracker.services.series_views import SeriesView

SCORES_SHOWN = 5  # the latest; the page of scores has them all

_SCORES = (
    select(
        Assessment.id,
        Assessment.instrument,
        Assessment.total,
        Assessment.taken_at,
        Assessment.time_known,
        Assessment.occasion,
        Assessment.note,
        Assessment.voided_at,
        Assessment.voided_by,
        Assessment.voided_reason,
    )
    .where(Assessment.patient_id == bindparam("patient_id"))
    .order_by(Assessment.taken_at.desc(), Assessment.id.desc())
    .limit(SCORES_SHOWN)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRow:
    """A score as the page lists it; `voided_at` is None while it stands."""

    score_id: int
    scale: str
    total: Decimal
    meaning: str
    taken_at: datetime
    time_known: bool
    occasion: Occasion
    note: str
    voided_at: datetime | None
    voided_by: str
    voided_reason: str


@dataclass(frozen=True, slots=True)
class PatientPage:
    """Everything the page shows; series and the latest scores, newest first."""

    patient: PatientView
    trend: Trend
    series: tuple[SeriesView, ...]
    scores: tuple[ScoreRow, ...]


def show(patient_id: int, *, by: Actor) -> PatientPage:
    """Gather the page; `patients.find` refuses strangers and leaves the one audit line."""
    patient = patients.find(patient_id, by=by)
    rows = db.session.execute(_SCORES, {"patient_id": patient_id})
    return PatientPage(
        patient,
        pictures.progress(patient_id, by=by),
        tuple(series.of_patient(patient_id, by=by)),
        tuple(_score(library().get(row.instrument), row) for row in rows),
    )


def _score(instrument: Instrument | None, row: Any) -> ScoreRow:
    band = instrument.band(row.total) if instrument else None
    return ScoreRow(
        score_id=row.id,
        scale=instrument.short_title if instrument else row.instrument,
        total=row.total,
        meaning=band.label if band else "",
        taken_at=row.taken_at,
        time_known=row.time_known,
        occasion=Occasion(row.occasion),
        note=row.note,
        voided_at=row.voided_at,
        voided_by=row.voided_by,
        voided_reason=row.voided_reason,
    )
