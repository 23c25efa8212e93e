"""A stored patient as a plain value: what services hand to pages and files."""

from dataclasses import dataclass
from datetime import date

from tracker.domain.codes import (
    Indication,
    Sex,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientRecord:
    """A patient as stored."""

    record_number: str
    given_name: str
    family_name: str
    birth_date: date | None
    sex: Sex
    email: str
    phone: str
    indications: tuple[Indication, ...]
    notes: str
    archived_on: date | None
