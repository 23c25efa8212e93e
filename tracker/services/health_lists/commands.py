"""Enter an allergy or a medicine, and end one with its reason; nothing is deleted."""

from datetime import date

from sqlalchemy import select, update

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.health_lists import draft as item_rules
from tracker.domain.health_lists.draft import HealthItemDraft, HealthItemKind
from tracker.domain.parsing import check_meanwhile
from tracker.domain.problems import InvalidError
from tracker.models import sealing
from tracker.models.database import db, new_id
from tracker.models.health_lists import HealthItem
from tracker.models.patients import Patient
from tracker.models.scoping import fetch, subject
from tracker.services.clinic import clinics
from tracker.services.patients import births
from tracker.services.sessions import rows as session_rows
from tracker.services.unit_of_work import Unit, unit_of_work

_NOW_THERE_IS = "There is one now."


def add(patient_id: int, draft: HealthItemDraft, *, by: Actor, once: str = "") -> int:
    """Enter an item and return its id.

    What said that there is none ends with it: both cannot stand.
    """
    authorize(by, Permission.HEALTH_LIST_EDIT, subject(fetch(by, Patient, patient_id)))
    today = clinics.today(by.clinic_id)
    born = births.problems(patient_id, {"noted_on": draft.noted_on}, by=by)
    with unit_of_work(by) as unit:
        unit.once(once)
        patient = session_rows.lock_patient(by, patient_id)
        standing = _standing(patient_id)
        if problems := [*item_rules.check(draft, standing=standing, today=today), *born]:
            raise InvalidError(problems)
        assert draft.kind is not None  # noqa: S101 - a draft without one was refused
        if not draft.kind.is_none and draft.kind.opposite in standing:
            _end_none(unit, patient_id, draft.kind.opposite, today, by)
        made = HealthItem(
            id=new_id(),
            clinic_id=patient.clinic_id,
            patient_id=patient_id,
            kind=draft.kind.value,
            name="" if draft.kind.is_none else draft.name.strip(),
            detail="" if draft.kind.is_none else draft.detail.strip(),
            noted_on=draft.noted_on,
            recorded_at=unit.now,
            recorded_by=by.name,
        )
        db.session.add(made)
        about = f"health-item:{made.id}"
        unit.audit("health-list.added", about, patient_id=patient_id, detail=made.kind)
        unit.mark_saved(once, made.id)
        return made.id


def end(item_id: int, reason: str, ended_on: date | None, *, by: Actor) -> int:
    """End an item and return its patient's id: it stays in the list's history with the reason."""
    row = fetch(by, HealthItem, item_id)
    authorize(by, Permission.HEALTH_LIST_EDIT, subject(row))
    today = clinics.today(by.clinic_id)
    if problems := item_rules.check_end(reason, ended_on, noted_on=row.noted_on, today=today):
        raise InvalidError(problems)
    with unit_of_work(by) as unit:
        row = session_rows.lock(by, HealthItem, item_id)
        if row.ended_at and (problems := check_meanwhile(row.ended_reason, reason)):
            raise InvalidError(problems)
        if row.ended_at is None:
            row.ended_on, row.ended_at = ended_on, unit.now
            row.ended_by, row.ended_reason = by.name, reason.strip()
        about = f"health-item:{item_id}"
        unit.audit("health-list.ended", about, patient_id=row.patient_id, detail=row.kind)
        return row.patient_id


def _standing(patient_id: int) -> set[HealthItemKind]:
    kinds = select(HealthItem.kind).where(
        HealthItem.patient_id == patient_id, HealthItem.ended_at.is_(None)
    )
    return {HealthItemKind(kind) for kind in db.session.scalars(kinds)}


def _end_none(unit: Unit, patient_id: int, kind: HealthItemKind, today: date, by: Actor) -> None:
    ended = db.session.scalars(
        update(HealthItem)
        .where(
            HealthItem.patient_id == patient_id,
            HealthItem.kind == kind.value,
            HealthItem.ended_at.is_(None),
        )
        .values(ended_on=today, ended_at=unit.now, ended_by=by.name, ended_reason=_NOW_THERE_IS)
        .returning(HealthItem.id)
    )
    sealing.touch(HealthItem, ended)
