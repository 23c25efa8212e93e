"""Found the clinic of an instance with its first administrator: all is checked, then all stored."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct
from sqlalchemy import select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from tracker.domain.access import Role
from tracker.domain.clinic import settings as clinic_settings
from tracker.domain.problems import InvalidError, Problem
from tracker.models import schema
from tracker.models.clinics import Clinic
from tracker.models.database import connection, db, new_id
from tracker.services.clinic import clinics, countries
from tracker.services.people import accounts, passwords
from tracker.services.people.accounts import AccountDraft
from tracker.services.system import database as system_database
from tracker.services.unit_of_work import unit_of_work

# Any number that nothing else in the database locks by.
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(7041780)")
_THERE = Problem("clinic", "This instance is set up already. Look it over with: tracker doctor")


class FoundingDraft(Struct, frozen=True, kw_only=True):
    """A new clinic and its first administrator as they were typed; None is not answered yet."""

    clinic: str | None = None
    time_zone: str | None = None
    country: str | None = None
    emergency_number: str | None = None
    phone: str | None = None
    name: str | None = None
    email: str | None = None
    password: str | None = None
    also_clinician: bool = False


def fault_of(field: str, draft: FoundingDraft) -> str:
    """Say what is wrong with one field, seen with the others; nothing where it is right."""
    return _FAULTS[field](draft)


def check(draft: FoundingDraft) -> list[Problem]:
    """List what is wrong with what was answered; what was not answered is not asked for here."""
    given = [field for field in _FAULTS if getattr(draft, field) is not None]
    return [Problem(field, fault) for field in given if (fault := fault_of(field, draft))]


def missing(draft: FoundingDraft) -> list[Problem]:
    """List everything that is wrong or not answered."""
    faults = ((field, fault_of(field, draft)) for field in _FAULTS)
    return [Problem(field, fault) for field, fault in faults if fault]


def begin(draft: FoundingDraft) -> None:
    """Found the clinic and enrol its first administrator; refused once there is a clinic.

    The clinic starts with what its country brings along: whom patients call in a crisis, how days
    are written. Raises InvalidError with every problem; then nothing is stored.
    """
    if faults := missing(draft):
        raise InvalidError(faults)
    settings = countries.first_settings(
        draft.country or "", draft.emergency_number or "", draft.phone or ""
    )
    settings |= countries.date_format(draft.country or "")
    stored = passwords.hash_for_storage(draft.password or "")
    clinic_id = new_id()
    by = clinics.console(clinic_id)
    with unit_of_work(by) as unit:
        if connection().dialect.name == "postgresql":
            db.session.execute(_ONE_AT_A_TIME)  # SQLite has one writer anyway
        if db.session.scalar(select(Clinic.id).limit(1)) is not None:
            raise InvalidError([_THERE])
        clinics.insert(
            unit, clinic_id, (draft.clinic or "").strip(), (draft.time_zone or "").strip(),
            settings=settings,
        )  # fmt: skip
        accounts.insert(unit, _administrator(draft), by=by, password=stored)


def check_place(instance: Path, database_url: str) -> list[Problem]:
    """List what would stop an instance from being made here: its folder, its database."""
    problems = []
    there = next(folder for folder in (instance, *instance.parents) if folder.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        problems.append(Problem("instance", f"{there} cannot be written to. Name another folder."))
    try:
        if make_url(database_url).get_backend_name() != "sqlite":
            schema.current(database_url)
    except (SQLAlchemyError, ImportError) as error:
        problems.append(
            Problem("database", f"TRACKER_DATABASE_URL gives no database ({type(error).__name__}).")
        )
    return problems


@contextmanager
def alone(instance: Path) -> Iterator[None]:
    """Make the folder of an instance and hold it: whoever else sets it up waits, and then looks.

    Two clinics that are founded in one database from two folders meet in `begin`.
    """
    import fcntl

    instance.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = os.open(instance, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def refuse_second(database_url: str) -> None:
    """Raise InvalidError where the database, which no application has opened, has a clinic."""
    url = make_url(database_url)
    new = url.get_backend_name() == "sqlite" and not Path(url.database or "").exists()
    if new or schema.current(database_url) is None:  # a look would make the file
        return
    with system_database.connection(database_url) as opened:
        if clinics.settings_in(opened) is not None:
            raise InvalidError([_THERE])


def _administrator(draft: FoundingDraft) -> AccountDraft:
    roles = {Role.ADMINISTRATOR, *([Role.CLINICIAN] if draft.also_clinician else [])}
    return AccountDraft(name=draft.name or "", email=draft.email or "", roles=frozenset(roles))


def _name_of_clinic(draft: FoundingDraft) -> str:
    return clinic_settings.fault_of_name(draft.clinic or "")


def _time_zone(draft: FoundingDraft) -> str:
    try:
        clinics.zone((draft.time_zone or "").strip())
    except InvalidError as error:
        return error.problems[0].message
    return ""


def _country(draft: FoundingDraft) -> str:
    return "" if countries.code_of(draft.country or "") else countries.hint()


def _emergency_number(draft: FoundingDraft) -> str:
    code = countries.code_of(draft.country or "")
    number = (draft.emergency_number or "").strip()
    if not code and not number:
        return ""  # the country says whether one must be given
    number = number or countries.proposal(code)["emergency_number"]
    problems = clinic_settings.check_emergency_number(number)
    return problems[0].message if problems else ""


def _phone(draft: FoundingDraft) -> str:
    problems = clinic_settings.check_phone(draft.phone or "")
    return problems[0].message if problems else ""


def _of_person(field: str) -> Callable[[FoundingDraft], str]:
    def fault(draft: FoundingDraft) -> str:
        problems = accounts.check_words(_administrator(draft))
        return next((p.message for p in problems if p.field == field), "")

    return fault


def _password(draft: FoundingDraft) -> str:
    known = filter(None, (draft.name, draft.email))
    return passwords.weakness(draft.password or "", about=tuple(known))


# In the order in which they are asked: the country before its number, the name before the password.
_FAULTS: Mapping[str, Callable[[FoundingDraft], str]] = {
    "clinic": _name_of_clinic,
    "time_zone": _time_zone,
    "country": _country,
    "emergency_number": _emergency_number,
    "phone": _phone,
    "name": _of_person("name"),
    "email": _of_person("email"),
    "password": _password,
}
