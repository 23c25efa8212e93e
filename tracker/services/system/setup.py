"""Set a new instance up: its clinic and its first administrator."""

from sqlalchemy import select

from tracker.domain.access import Role
from tracker.domain.problems import InvalidError, Problem
from tracker.models.clinics import Clinic
from tracker.models.database import db
from tracker.services.clinic import clinics
from tracker.services.people import accounts, passwords


def begin(
    *, clinic: str, time_zone: str, name: str, email: str, password: str, also_clinician: bool
) -> None:
    """Found the clinic and enrol its first administrator; refused once there is a clinic."""
    if db.session.scalar(select(Clinic.id).limit(1)) is not None:
        raise InvalidError([Problem("clinic", "This instance is set up already.")])
    if problems := _check(clinic, password):
        raise InvalidError(problems)
    clinics.zone(time_zone)
    clinic_id = clinics.found(clinic.strip(), time_zone)
    roles = [Role.ADMINISTRATOR, *([Role.CLINICIAN] if also_clinician else [])]
    accounts.enrol(
        name=name, email=email, roles=roles, password=password, by=clinics.console(clinic_id)
    )


def _check(clinic: str, password: str) -> list[Problem]:
    problems = []
    if not clinic.strip():
        problems.append(Problem("clinic", "Give the name of the clinic."))
    if weak := passwords.weakness(password):
        problems.append(Problem("password", weak))
    return problems
