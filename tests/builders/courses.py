"""A course of treatment in the database, as large as a test wants it, row by row."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.people import BEN, PASSWORD
from tracker.domain.access import Actor, Role
from tracker.domain.codes import Mode
from tracker.domain.patients.draft import fold
from tracker.domain.scores.draft import AssessmentDraft
from tracker.models import db
from tracker.models.assessments import Assessment
from tracker.models.database import new_id
from tracker.models.patients import Patient
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.people import accounts, logins
from tracker.services.scores import commands as score_commands
from tracker.services.unit_of_work import unit_of_work

FIRST = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
SECOND = FIRST + timedelta(days=400)  # when a second course begins
# What no patient may ever read, wherever it turns up.
PRIVATE = "Thistledown private"
COMMENT = "Thistledown comment"
# Why a session did not take place is part of the record.
REASON = "Rearranged by telephone"


@dataclass(frozen=True)
class Treated:
    """A patient with a course."""

    patient_id: int
    series_id: int
    session_ids: tuple[int, ...]


def treat(
    by: Actor,
    *,
    record_number: str = "B-1",
    sessions: int = 2,
    scores: int = 2,
    email: str = "",
    **session: Any,
) -> Treated:
    """Store a patient with a series, sessions three days apart and PHQ-9 totals between them."""
    with unit_of_work(by) as unit:
        patient_id, series_id = new_id(), new_id()
        db.session.add(
            Patient(
                id=patient_id,
                clinic_id=by.clinic_id,
                record_number=record_number,
                given_name="Ben",
                family_name="Patient",
                name_key=fold(f"Patient Ben {record_number}"),
                sex="male",
                email=email,
                notes=PRIVATE,
                created_at=unit.now,
            )
        )
        db.session.flush()
        db.session.add(
            Series(
                id=series_id, clinic_id=by.clinic_id, patient_id=patient_id, number=1,
                indication="depression", drug="ketamine", route="iv", phase="induction",
                template="custom", planned_dose_mg_per_kg=Decimal("0.5"), starts_on=FIRST.date(),
                state="active", state_reason=REASON, created_at=unit.now,
            )
        )  # fmt: skip
        db.session.flush()
        made = Treated(patient_id, series_id, tuple(new_id() for _ in range(sessions)))
        for number, session_id in enumerate(made.session_ids, 1):
            add_session(by, made, session_id=session_id, number=number, **session)
        for number in range(scores):
            at = FIRST + timedelta(days=3 * number, hours=-1)
            add_score(by, made, total=20 - number % 12, at=at)
        unit.audit("test.treated", f"patient:{patient_id}", patient_id=patient_id)
    return made


def add_session(by: Actor, treated: Treated, *, number: int, **values: Any) -> int:
    """Add a completed session to a unit of work that is under way; `values` are columns."""
    at = FIRST + timedelta(days=3 * (number - 1))
    usual = {
        "id": values.pop("session_id", None) or new_id(), "clinic_id": by.clinic_id,
        "patient_id": treated.patient_id, "series_id": treated.series_id, "number": number,
        "state": "completed", "planned_on": at.date(), "started_at": at, "drug": "ketamine",
        "route": "iv", "dose_mg": Decimal(35), "weight_kg": Decimal(70),
        "dose_mg_per_kg": Decimal("0.5"), "dose_mg_per_kg_per_hour": Decimal("0.75"),
        "duration_minutes": 40, "mood_before": 3,
        "mood_after": 6, "dissociation_peak": 4, "dissociation_resolved": True,
        "effects": {"floating": "mild"}, "side_effects": {}, "private_notes": PRIVATE,
        "comment": COMMENT, "state_reason": REASON,
        "patient_notes": f"Well done, session {number}.",
    }  # fmt: skip
    row = TreatmentSession(**usual | values)
    db.session.add(row)
    db.session.flush()
    return row.id


def plan_sessions(by: Actor, treated: Treated, *days: date, state: str = "planned") -> None:
    """Store sessions that were not held, one for each day."""
    nothing = dict.fromkeys(
        ("started_at", "dose_mg", "weight_kg", "dose_mg_per_kg",
         "dose_mg_per_kg_per_hour", "duration_minutes", "mood_before",
         "mood_after", "dissociation_peak", "dissociation_resolved")
    )  # fmt: skip
    with unit_of_work(by) as unit:
        for number, day in enumerate(days, 101):
            add_session(
                by, treated, number=number, state=state, planned_on=day, effects={}, **nothing
            )
        unit.audit("test.planned")


def add_score(
    by: Actor, treated: Treated, *, total: int | None, at: datetime, **values: Any
) -> int:
    """Add a PHQ-9 total to a unit of work that is under way; `values` are columns."""
    row = Assessment(
        **{
            "id": new_id(), "clinic_id": by.clinic_id, "patient_id": treated.patient_id,
            "series_id": treated.series_id, "instrument": "phq9", "instrument_version": "1",
            "total": None if total is None else Decimal(total), "taken_at": at,
            "occasion": "weekly", "note": PRIVATE, "recorded_at": at, "recorded_by": "Anna",
        }
        | values
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row.id


def a_second_series(
    by: Actor, treated: Treated, *, starts: datetime = SECOND, sessions: int = 2, **values: Any
) -> Treated:
    """Store another series of a patient, its sessions three days apart."""
    series_id = new_id()
    with unit_of_work(by) as unit:
        usual = {
            "number": 2, "indication": "depression", "drug": "ketamine", "route": "iv",
            "phase": "induction", "template": "custom", "starts_on": starts.date(),
            "state": "active",
        }  # fmt: skip
        db.session.add(
            Series(
                id=series_id, clinic_id=by.clinic_id, patient_id=treated.patient_id,
                created_at=unit.now, **usual | values,
            )
        )  # fmt: skip
        db.session.flush()
        made = Treated(treated.patient_id, series_id, ())
        for n in range(sessions):
            at = starts + timedelta(days=3 * n)
            add_session(by, made, number=n + 1, started_at=at, planned_on=at.date())
        unit.audit("test.treated", f"patient:{treated.patient_id}", patient_id=treated.patient_id)
    return made


def scored(by: Actor, treated: Treated, *pairs: tuple[int, datetime]) -> None:
    """Store PHQ-9 totals of a patient."""
    with unit_of_work(by) as unit:
        for total, at in pairs:
            add_score(by, treated, total=total, at=at)
        unit.audit("test.scored", f"patient:{treated.patient_id}", patient_id=treated.patient_id)


def answer_forms(by: Actor, patient_id: int) -> None:
    """Record forms by their answers: a whole one, a prorated one, and one without a total."""
    for missing in (0, 2, 5):
        answers = {f"phq9_{n}": Decimal(n % 4) for n in range(1, 10 - missing)}
        draft = AssessmentDraft(
            instrument="phq9", total=Decimal(12), taken_at=FIRST + timedelta(days=missing),
            answers=answers | {"phq9_difficulty": Decimal(1)}, mode=Mode.STAFF,
            seconds_taken=95 + missing,
        )  # fmt: skip
        score_commands.record(patient_id, draft, by=by)


def account(console: Actor, treated: Treated, *, email: str = BEN, name: str = "Ben") -> Actor:
    """Give the patient an account, and say who they then are."""
    user_id = accounts.enrol(
        name=name, email=email, roles=[Role.PATIENT], password=PASSWORD,
        patient_id=treated.patient_id, by=console,
    )  # fmt: skip
    return logins.actor_of(user_id)
