"""The tables, by noun. Importing this package declares all of them."""

from tracker.models import (
    assessments,
    audit,
    clinics,
    drafts,
    patients,
    series,
    staging,
    treatment_sessions,
    users,
)
from tracker.models.database import db

__all__ = [
    "assessments",
    "audit",
    "clinics",
    "db",
    "drafts",
    "patients",
    "series",
    "staging",
    "treatment_sessions",
    "users",
]
