"""Unusual looks at records, for whoever reads the audit trail."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from msgspec import Struct
from sqlalchemy import select

from tracker.domain.access import Actor, Permission, Role, Subject, authorize
from tracker.domain.audit import unusual
from tracker.domain.audit.unusual import Hint, PersonTrace, RecordLook
from tracker.domain.clinic.settings import ClinicSettings
from tracker.models.audit import AuditEvent
from tracker.models.database import db
from tracker.models.patients import Patient
from tracker.models.users import Role as RoleRow
from tracker.models.users import User
from tracker.services import clock
from tracker.services.audit.queries import by_staff
from tracker.services.clinic import clinics
from tracker.services.unit_of_work import audit

DAYS = 30  # looked at where no first day is given
LINES_MAX = 100_000
LISTED_MAX = 200
NUMBERS_SHOWN = 10


class UnusualLook(Struct, frozen=True):
    """A hint with the name and the record numbers; `more` numbers are left out."""

    hint: Hint
    name: str
    numbers: tuple[str, ...]
    more: int


class UnusualLooks(Struct, frozen=True):
    """What is unusual from one day to another, the latest first; `cut` where there is more."""

    looks: tuple[UnusualLook, ...]
    first: date
    last: date
    settings: ClinicSettings
    cut: bool


def listing(*, by: Actor, first: date | None = None, last: date | None = None) -> UnusualLooks:
    """List unusual looks of staff at records, of the last days or of those asked for."""
    authorize(by, Permission.AUDIT_VIEW, Subject(by.clinic_id))
    clinic = clinics.view(by.clinic_id)
    settings = ClinicSettings.read(clinic.settings)
    last = last or clock.today(clinic.zone)
    first = first or last - timedelta(days=DAYS)
    begins = datetime.combine(first, time(), clinic.zone)
    ends = datetime.combine(last + timedelta(days=1), time(), clinic.zone)
    opened = list(_read(by, begins, ends))
    people, staff = _staff(by)
    numbers, patients = _patients(by, {one.patient_id for one in opened})
    found = unusual.hints(opened, staff, patients, settings, clinic.zone)
    shown = [_look(hint, people, numbers) for hint in found[:LISTED_MAX]]
    named = [one for look in shown for one in look.hint.patient_ids[:NUMBERS_SHOWN]]
    audit(by, "audit.viewed", "unusual", patients=named, detail=f"{len(shown)} hints")
    cut = len(found) > LISTED_MAX or len(opened) == LINES_MAX
    return UnusualLooks(tuple(shown), first, last, settings, cut)


def _read(by: Actor, begins: datetime, ends: datetime) -> Iterator[RecordLook]:
    """Read what staff opened, newest first, and stop at the first line from before."""
    query = (
        select(AuditEvent.at, AuditEvent.user_id, AuditEvent.patient_id)
        .where(
            AuditEvent.clinic_id == by.clinic_id,
            AuditEvent.patient_id.is_not(None),
            AuditEvent.user_id.is_not(None),
            by_staff(),
            AuditEvent.at < ends,
        )
        .order_by(AuditEvent.sequence.desc())
        .limit(LINES_MAX)
        .execution_options(yield_per=2000)
    )
    with db.session.execute(query) as rows:
        for row in rows:
            if row.at < begins:
                return
            yield RecordLook(row.at, row.user_id, row.patient_id)


def _staff(by: Actor) -> tuple[dict[int, str], dict[int, PersonTrace]]:
    """Say what is known of who works here: an account, and the own record of who is a patient."""
    query = (
        select(User.id, User.name, User.email, Patient.id.label("own"), Patient.family_name,
               Patient.phone, Patient.email.label("own_email"))
        .outerjoin(Patient, Patient.user_id == User.id)
        .where(
            User.clinic_id == by.clinic_id, User.roles.any(RoleRow.name != Role.PATIENT.value)
        )
    )  # fmt: skip
    rows = db.session.execute(query).all()
    names = {row.id: row.name for row in rows}
    marks = {
        row.id: PersonTrace(
            names=frozenset({unusual.name_key(row.name), _key(row.family_name)}),
            emails=frozenset(map(unusual.email_key, (row.email, row.own_email or ""))),
            phones=frozenset({unusual.phone_key(row.phone or "")}),
            own_patient_id=row.own,
        )
        for row in rows
    }
    return names, marks


def _key(family_name: str | None) -> str:
    return unusual.name_key(family_name or "")


def _patients(by: Actor, ids: set[int]) -> tuple[dict[int, str], dict[int, PersonTrace]]:
    query = select(
        Patient.id, Patient.record_number, Patient.family_name, Patient.email, Patient.phone
    ).where(Patient.clinic_id == by.clinic_id)
    rows = [row for row in db.session.execute(query) if row.id in ids]
    marks = {
        row.id: PersonTrace(
            frozenset({unusual.name_key(row.family_name)}),
            frozenset({unusual.email_key(row.email)}),
            frozenset({unusual.phone_key(row.phone)}),
        )
        for row in rows
    }
    return {row.id: row.record_number for row in rows}, marks


def _look(hint: Hint, people: dict[int, str], numbers: dict[int, str]) -> UnusualLook:
    known = tuple(numbers[one] for one in hint.patient_ids[:NUMBERS_SHOWN] if one in numbers)
    name = people.get(hint.user_id, "Somebody who works here no more")
    return UnusualLook(hint, name, known, max(len(hint.patient_ids) - NUMBERS_SHOWN, 0))
