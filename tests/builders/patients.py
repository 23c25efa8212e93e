"""Patients and series put straight into the tables, a session to record, words of a patient."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tracker.domain.access import Actor, Role
from tracker.domain.codes import Drug, Effect, Route, Severity, SideEffect
from tracker.domain.diary.draft import DiaryDraft
from tracker.domain.diary.kinds import DiaryKind
from tracker.domain.measures import VitalSigns
from tracker.domain.patients.draft import name_key, number_key
from tracker.domain.sessions.draft import SessionDraft
from tracker.models import db
from tracker.models.database import new_id
from tracker.models.patients import Patient
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock
from tracker.services.diary import commands as diary_commands
from tracker.services.unit_of_work import unit_of_work

STARTS_ON = date(2026, 3, 2)
NOTE = DiaryDraft(kind=DiaryKind.NOTE, words="I would like to ask about the dose")
ASSESSED_ELSEWHERE = "Assessed at the hospital."
START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
HELD = SessionDraft(
    started_at=START,
    drug=Drug.KETAMINE,
    route=Route.IV,
    dose_mg=Decimal("35.5"),
    weight_kg=Decimal(71),
    duration_minutes=40,
    dose_notes="slow start",
    mood_before=3,
    mood_after=6,
    pain_before=0,
    dissociation_peak=5,
    dissociation_onset_minute=8,
    dissociation_end_minute=55,
    dissociation_resolved=True,
    effects={Effect.FLOATING: Severity.MILD},
    side_effects={SideEffect.NAUSEA: Severity.MODERATE},
    before=VitalSigns(systolic_mmhg=120, diastolic_mmhg=80),
    after=VitalSigns(heart_rate_bpm=70),
    discharged_at=START + timedelta(hours=2),
    escort="Sister",
    private_notes="private",
    patient_notes="for the patient",
)


def a_patient(by: Actor, record_number: str = "B-17", **values: Any) -> int:
    """Store a patient called Ben and return the id."""
    patient_id = new_id()
    with unit_of_work(by) as unit:
        names = {"given_name": "Ben", "family_name": "Patient", "sex": "male"} | values
        db.session.add(
            Patient(
                id=patient_id,
                clinic_id=by.clinic_id,
                record_number=record_number,
                name_key=name_key(names["given_name"], names["family_name"], record_number),
                number_key=number_key(record_number),
                created_at=unit.now,
                **names,
            )
        )
        unit.audit("patient.added", f"patient:{patient_id}")
    return patient_id


def a_series(by: Actor, patient_id: int, *, sessions: int = 2, **values: Any) -> int:
    """Store a planned series, its sessions three days apart from STARTS_ON, and return its id.

    It may start without an eligibility assessment, unless `eligibility_reason` is emptied.
    """
    series_id = new_id()
    drawn = {
        "number": 1, "indication": "depression", "drug": "ketamine", "route": "iv",
        "phase": "induction", "template": "custom", "planned_dose_mg_per_kg": Decimal("0.5"),
        "starts_on": STARTS_ON, "state": "planned", "eligibility_reason": ASSESSED_ELSEWHERE,
    } | values  # fmt: skip
    about = {"clinic_id": by.clinic_id, "patient_id": patient_id}
    with unit_of_work(by) as unit:
        db.session.add(Series(id=series_id, created_at=unit.now, **about, **drawn))
        db.session.flush()
        for number in range(1, sessions + 1):
            db.session.add(
                TreatmentSession(
                    **about,
                    series_id=series_id,
                    number=number,
                    state="planned",
                    planned_on=drawn["starts_on"] + timedelta(days=3 * (number - 1)),
                    drug=drawn["drug"],
                    route=drawn["route"],
                )
            )
        unit.audit("series.planned", f"series:{series_id}")
    return series_id


def planned(series_id: int) -> list[int]:
    """List the ids of a series' sessions in their order."""
    wanted = db.select(TreatmentSession.id).where(TreatmentSession.series_id == series_id)
    return list(db.session.scalars(wanted.order_by(TreatmentSession.number)))


def an_entry(
    by: Actor, patient_id: int, draft: DiaryDraft = NOTE, *, at: datetime | None = None
) -> int:
    """Store what a patient without an account wrote, in the clinic of `by`; return its id."""
    patient = Actor(None, by.clinic_id, "The patient", frozenset({Role.PATIENT}), patient_id)
    with unit_of_work(patient) as unit:
        entry = diary_commands.store(
            unit, patient, draft, patient_id=patient_id, at=at or clock.now()
        )
        return entry.id
