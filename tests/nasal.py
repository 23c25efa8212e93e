"""Recorded sessions of nasal esketamine, and their worksheets, for tests of services and pages."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.rooms import a_patient, a_series, planned
from tests.worksheets import START
from tracker.domain.access import Actor
from tracker.domain.codes import Drug, Route
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.worksheets.form import missing
from tracker.models import db
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.sessions import commands as session_commands
from tracker.services.unit_of_work import unit_of_work
from tracker.services.worksheets import commands as worksheet_commands
from tracker.services.worksheets import queries as worksheet_queries
from tracker.services.worksheets import rows as worksheet_rows

SPRAY = SessionDraft(
    started_at=START,
    drug=Drug.ESKETAMINE,
    route=Route.NASAL,
    dose_mg=Decimal(56),
    duration_minutes=10,
    dissociation_peak=0,
    discharged_at=START + timedelta(minutes=125),
    comment="As planned.",
)


def a_nasal_series(by: Actor, record_number: str = "B-1", *, count: int = 1, **values: Any) -> int:
    """Store a series of nasal esketamine of a patient of its own and return its id."""
    patient = a_patient(by, record_number, **values)
    return a_series(
        by, patient, sessions=count, drug="esketamine", route="nasal", planned_dose_mg_per_kg=None,
        planned_dose_mg=Decimal(56),
    )  # fmt: skip


def recorded(by: Actor, record_number: str = "B-1", *, draft: SessionDraft = SPRAY) -> int:
    """Record the only session of a new patient and return its id."""
    series = a_nasal_series(by, record_number)
    return session_commands.record(draft, series_id=series, session_id=planned(series)[0], by=by)


ANSWERS = {"yes-no": "no", "number": "90", "pressure": "120/80", "date": "1980-02-29"}


def fill_in(by: Actor, session_id: int) -> None:
    """Answer whatever is missing."""
    view = worksheet_queries.find(session_id, by=by)
    while wanted := missing(view.lines):
        typed = {
            field.code: ANSWERS.get(field.kind, "other" if field.choices else "x")
            for field in wanted
        }
        worksheet_commands.change(session_id, typed, version=view.version, by=by)
        view = worksheet_queries.find(session_id, by=by)


def a_worksheet(by: Actor, session_id: int) -> None:
    """Give any session a worksheet, whatever was given in it."""
    with unit_of_work(by) as unit:
        worksheet_rows.add(unit, by, db.session.get_one(TreatmentSession, session_id))
