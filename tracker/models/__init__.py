"""The tables, by noun. Importing this package declares all of them."""

from tracker.models import (
    alerts,
    assessments,
    audit,
    check_ins,
    clinics,
    drafts,
    letters,
    patients,
    series,
    staging,
    treatment_sessions,
    users,
)
from tracker.models.database import db

__all__ = [
    "alerts",
    "assessments",
    "audit",
    "check_ins",
    "clinics",
    "db",
    "drafts",
    "letters",
    "patients",
    "series",
    "staging",
    "treatment_sessions",
    "users",
]
