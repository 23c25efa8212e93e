"""The clinic: found it, read what pages need of it, change its settings."""

from datetime import date, time
from email.utils import formataddr, parseaddr
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec.structs import asdict
from sqlalchemy import Connection, select

from tracker.domain.access import Actor, Permission, Role, Subject, authorize
from tracker.domain.clinic import settings as clinic_settings
from tracker.domain.clinic.settings import ClinicDraft, ClinicSettings
from tracker.domain.problems import InvalidError, NotFoundError, Problem, StaleError
from tracker.models.clinics import Clinic
from tracker.models.database import db, new_id, plain_rows
from tracker.models.users import Role as RoleRow
from tracker.services import clock
from tracker.services.clinic import countries
from tracker.services.people.logins import ClinicView
from tracker.services.unit_of_work import Unit, unit_of_work

ROLE_WORDS = {
    Role.ADMINISTRATOR: "Invites people, sets the clinic up, reads the audit trail",
    Role.CLINICIAN: "Sees the clinic's patients and records their treatment",
    Role.PATIENT: "Sees their own progress",
}


def zone(name: str) -> ZoneInfo:
    """Find a time zone by its name; raise InvalidError when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidError(
            [Problem("time_zone", f"There is no time zone {name!r}. Give one like Europe/Berlin.")]
        ) from error


def create(name: str, time_zone: str, *, settings: dict[str, Any] | None = None) -> int:
    """Found a clinic, with the roles if they are not there yet, and return its id."""
    zone(time_zone)
    clinic_id = new_id()
    with unit_of_work(console(clinic_id)) as unit:
        insert(unit, clinic_id, name, time_zone, settings=settings or {})
    return clinic_id


def insert(
    unit: Unit, clinic_id: int, name: str, time_zone: str, *, settings: dict[str, Any]
) -> None:
    """Store a clinic that was checked, with the roles if they are not there yet."""
    present = set(db.session.scalars(select(RoleRow.name)))
    for role, words in ROLE_WORDS.items():
        if role.value not in present:
            db.session.add(RoleRow(name=role.value, description=words))
    db.session.add(Clinic(id=clinic_id, name=name, time_zone=time_zone, settings=settings))
    db.session.flush()
    unit.audit("clinic.founded", f"clinic:{clinic_id}")


def console(clinic_id: int, name: str = "console") -> Actor:
    """Make the actor of whoever runs the command line on the machine itself."""
    return Actor(None, clinic_id, name, frozenset({Role.CONSOLE}))


def only() -> ClinicView:
    """Read the clinic of this instance; raise NotFoundError while there is none."""
    row = db.session.execute(select(Clinic).order_by(Clinic.id).limit(1)).scalar_one_or_none()
    if row is None:
        raise NotFoundError("no clinic yet: run tracker init")
    return ClinicView(row.id, row.name, ZoneInfo(row.time_zone), row.settings)


def settings_of_all() -> list[dict[str, Any]]:
    """Read the settings of each clinic of this instance; mostly there is one."""
    # Of the table, not of its class: the sign-in page of a program that has just started need not
    # wait until all tables are tied to their classes.
    clinic = Clinic.__table__.c
    return list(plain_rows(select(clinic.settings).order_by(clinic.id)).scalars())


def view(clinic_id: int) -> ClinicView:
    """Read a clinic by id."""
    row = db.session.get_one(Clinic, clinic_id)
    return ClinicView(row.id, row.name, ZoneInfo(row.time_zone), row.settings)


def mail_sender(address: str, clinic_id: int | None = None) -> str:
    """Write the sender of mails: an address, with the name that the clinic chose for its e-mails.

    Without one nothing stands beside the address: the clinic's own name might tell what it treats.
    """
    query = select(Clinic.settings).order_by(Clinic.id).limit(1)
    if clinic_id is not None:
        query = query.where(Clinic.id == clinic_id)
    settings = db.session.scalar(query)
    chosen = ClinicSettings.read(settings or {}).mail_name
    return formataddr((chosen, parseaddr(address)[1])) if chosen else address


def settings_in(connection: Connection) -> ClinicSettings | None:
    """Read what the clinic has set, of a database that no application has opened."""
    query = select(Clinic.settings).order_by(Clinic.id).limit(1)
    found = connection.execute(query).one_or_none()
    return ClinicSettings.read(found.settings) if found else None


def today(clinic_id: int) -> date:
    """Tell which day it is in the clinic's zone."""
    return clock.today(view(clinic_id).zone)


def lock(clinic_id: int) -> Clinic:
    """Fetch a clinic that is about to change and hold it, as it is now, until the commit."""
    return db.session.scalars(
        select(Clinic)
        .where(Clinic.id == clinic_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def draft(*, by: Actor) -> tuple[ClinicDraft, int]:
    """Read the clinic's settings to be changed, with the version that they have."""
    authorize(by, Permission.SETTINGS_MANAGE, Subject(by.clinic_id))
    row = db.session.get_one(Clinic, by.clinic_id)
    return _draft(row), _version(row)


def change_settings(draft: ClinicDraft, *, version: int, by: Actor) -> None:
    """Change the clinic's settings; StaleError when they are not the version that was opened.

    The trail names the fields that changed.
    """
    authorize(by, Permission.SETTINGS_MANAGE, Subject(by.clinic_id))
    if problems := clinic_settings.check(draft, countries=countries.choices()):
        raise InvalidError(problems)
    with unit_of_work(by) as unit:
        row = lock(by.clinic_id)
        if version != _version(row):
            raise StaleError(_version(row))
        before, after = asdict(_draft(row)), _strip_texts(draft)
        changed = [name for name in after if after[name] != before[name]]
        row.name = after.pop("name")
        kept = {
            name: value.isoformat("minutes") if isinstance(value, time) else value
            for name, value in after.items()
        }
        row.settings = {**row.settings, **kept, "version": version + 1}
        unit.audit("clinic.changed", f"clinic:{row.id}", detail=" ".join(changed) or "nothing")


def _version(row: Clinic) -> int:
    return int(row.settings.get("version", 1))


def _draft(row: Clinic) -> ClinicDraft:
    return ClinicDraft(name=row.name, **asdict(ClinicSettings.read(row.settings)))


def _strip_texts(draft: ClinicDraft) -> dict[str, Any]:
    return {k: v.strip() if isinstance(v, str) else v for k, v in asdict(draft).items()}
