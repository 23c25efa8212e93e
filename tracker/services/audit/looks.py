"""Who looked at one patient's record, for the patient."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any

from msgspec import Struct
from sqlalchemy import Select, or_, select, union_all

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.audit import for_patients
from tracker.domain.audit.for_patients import Look
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.problems import NotFoundError
from tracker.models.audit import AuditEvent, AuditEventPatient
from tracker.models.database import db
from tracker.models.patients import Patient
from tracker.services.clinic import clinics
from tracker.services.people.logins import ClinicView
from tracker.services.unit_of_work import audit

LINES_A_PAGE = 300
_LINE = (
    AuditEvent.sequence, AuditEvent.at, AuditEvent.user_id, AuditEvent.actor, AuditEvent.roles,
    AuditEvent.action,
)  # fmt: skip


class DayOfLooks(Struct, frozen=True):
    """A day of the clinic, with what was done then with a record, the latest first."""

    day: date
    looks: tuple[Look, ...]


class LooksPage(Struct, frozen=True):
    """Some days, newest first; the next page begins below `before`, None on the last."""

    days: tuple[DayOfLooks, ...]
    before: int | None
    by_name: bool


def own(*, by: Actor, before: int | None = None, with_own: bool = False) -> LooksPage:
    """Show patients who looked at their record: others, and on request themselves too."""
    if by.patient_id is None:
        raise NotFoundError
    authorize(by, Permission.OWN_RECORD_VIEW, Subject(by.clinic_id, by.patient_id))
    clinic = clinics.view(by.clinic_id)
    by_name = ClinicSettings.read(clinic.settings).names_who_looked
    rows = _rows(by.patient_id, before, by.user_id if not with_own else None, by=by)
    shown = rows[:LINES_A_PAGE]
    audit(by, "looks.viewed", f"patient:{by.patient_id}", patient_id=by.patient_id)
    days = tuple(_days(shown, clinic, self_id=by.user_id, by_name=by_name))
    return LooksPage(days, shown[-1].sequence if len(rows) > LINES_A_PAGE else None, by_name)


def everything(patient_id: int, *, by: Actor) -> Iterator[DayOfLooks]:
    """Give every day on which somebody looked, for a copy that was allowed and leaves its line."""
    clinic = clinics.view(by.clinic_id)
    by_name = ClinicSettings.read(clinic.settings).names_who_looked
    self_id = db.session.scalar(select(Patient.user_id).where(Patient.id == patient_id))
    pieces = _pieces(patient_id, by)
    return _days((row for piece in pieces for row in piece), clinic, self_id, by_name)


def _pieces(patient_id: int, by: Actor) -> Iterator[Sequence[Any]]:
    before = None
    while rows := _rows(patient_id, before, None, by=by)[:LINES_A_PAGE]:
        yield rows
        before = rows[-1].sequence


def _rows(patient_id: int, before: int | None, without: int | None, *, by: Actor) -> Sequence[Any]:
    """Read the lines about a patient alone, and those of pages that showed several.

    Those of a record that was merged into this one are about the same person.
    """
    merged = select(Patient.id).where(Patient.merged_into_id == patient_id)
    records = [patient_id, *db.session.scalars(merged)]
    alone = select(*_LINE).where(AuditEvent.patient_id.in_(records))
    among = (
        select(*_LINE)
        .join(AuditEventPatient, AuditEventPatient.sequence == AuditEvent.sequence)
        .where(AuditEventPatient.patient_id.in_(records))
    )
    halves = (_some(query, before, without, by) for query in (alone, among))
    both = union_all(*(select(half.subquery()) for half in halves)).subquery()
    newest = both.c.sequence.desc()
    return db.session.execute(select(both).order_by(newest).limit(LINES_A_PAGE + 1)).all()


def _some(
    query: Select[*tuple[Any, ...]], before: int | None, without: int | None, by: Actor
) -> Select[*tuple[Any, ...]]:
    query = query.where(
        AuditEvent.clinic_id == by.clinic_id,
        AuditEvent.action.not_in(for_patients.WRITTEN_BY_ITSELF),
        AuditEvent.roles != "",  # the tracker itself, on nobody's behalf
    )
    if before is not None:
        query = query.where(AuditEvent.sequence < before)
    if without is not None:
        others = or_(AuditEvent.user_id.is_(None), AuditEvent.user_id != without)
        query = query.where(others, AuditEvent.roles.not_in(("link", "patient")))
    return query.order_by(AuditEvent.sequence.desc()).limit(LINES_A_PAGE + 1)


def _days(
    rows: Any, clinic: ClinicView, self_id: int | None, by_name: bool
) -> Iterator[DayOfLooks]:
    def day_of(row: Any) -> date:
        at: datetime = row.at
        return at.astimezone(clinic.zone).date()

    for day, lines in groupby(rows, key=day_of):
        counted: dict[tuple[str, str], int] = {}
        for row in lines:
            is_self = row.roles == "link" or (self_id is not None and row.user_id == self_id)
            who = for_patients.who(row.roles, row.actor, is_self=is_self, by_name=by_name)
            key = who, for_patients.words(row.action)
            counted[key] = counted.get(key, 0) + 1
        yield DayOfLooks(day, tuple(Look(*key, times) for key, times in counted.items()))
