"""Clinics in the countries that make a difference."""

from typing import Any

from tracker.models import db
from tracker.models.clinics import Clinic
from tracker.services.clinic import countries


def settle(clinic_id: int, code: str, emergency_number: str = "", **settings: Any) -> None:
    """Put a clinic where `tracker init` would have put it, with further settings."""
    first = countries.first_settings(code, emergency_number)
    db.session.get_one(Clinic, clinic_id).settings = first | settings
    db.session.commit()


def set_planning(clinic_id: int, **settings: Any) -> None:
    """Set chairs, closed days and the like of a clinic, beside what it has set."""
    row = db.session.get_one(Clinic, clinic_id)
    row.settings = {**row.settings, **settings}
    db.session.commit()
