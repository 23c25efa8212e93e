"""The tables, by noun. Importing this package declares all of them."""

from tracker.models import (
    alerts,
    assessments,
    audit,
    check_ins,
    clinics,
    drafts,
    eligibility,
    letters,
    patients,
    safety_checks,
    series,
    session_entries,
    staging,
    stock,
    treatment_sessions,
    users,
    worksheets,
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
    "eligibility",
    "letters",
    "patients",
    "safety_checks",
    "series",
    "session_entries",
    "staging",
    "stock",
    "treatment_sessions",
    "users",
    "worksheets",
]
