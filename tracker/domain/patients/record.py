"""A stored patient as a plain value: what services hand to pages and files."""

from datetime import date

from msgspec import Struct

from tracker.domain.codes import (
    Indication,
    Sex,
)


class PatientRecord(Struct, frozen=True, kw_only=True):
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
    other_number: str = ""
