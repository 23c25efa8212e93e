"""What stands in a patient's lists, and everything that ever did."""

from datetime import date

from sqlalchemy import bindparam, or_, select

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.health_lists.draft import HealthItemKind
from tracker.domain.health_lists.standing import HealthLists
from tracker.models.database import db, plain_rows
from tracker.models.health_lists import STANDING, HealthItem
from tracker.models.patients import Patient
from tracker.models.scoping import fetch, subject, visible
from tracker.services.health_lists import rows as item_rows
from tracker.services.health_lists.rows import HealthItemView
from tracker.services.rows import from_row
from tracker.services.unit_of_work import audit

_STANDING = select(STANDING).where(
    Patient.id == bindparam("patient_id"), Patient.clinic_id == bindparam("clinic_id")
)


def listing(patient_id: int, *, by: Actor) -> list[HealthItemView]:
    """List every item of a patient, those that stand first; leaves the audit line of the page."""
    authorize(by, Permission.PATIENT_VIEW, subject(fetch(by, Patient, patient_id)))
    found = db.session.scalars(
        select(HealthItem).where(HealthItem.patient_id == patient_id, visible(by, HealthItem))
    )
    items = [from_row(HealthItemView, row) for row in found]
    items.sort(key=lambda one: (one.ended_at is not None, one.kind, one.name.casefold(), one.id))
    audit(by, "health-lists.viewed", f"patient:{patient_id}", patient_id=patient_id)
    return items


def standing(patient_id: int, *, by: Actor) -> HealthLists:
    """Say what stands today, for a page or form that was allowed and leaves its own line."""
    return standing_of(patient_id, by.clinic_id)


def standing_of(patient_id: int, clinic_id: int) -> HealthLists:
    """Say what stands today, for what gathers facts of a patient whom somebody was let see."""
    values = {"patient_id": patient_id, "clinic_id": clinic_id}
    return item_rows.read_lists(plain_rows(_STANDING, values).scalar_one_or_none())


def has_changed_since(patient_id: int, kind: HealthItemKind, day: date) -> bool:
    """Say whether something of a list was noted or ended after a day.

    For a page that was allowed and leaves its own line.
    """
    kinds = [kind.value, kind.opposite.value]
    changed = select(HealthItem.id).where(
        HealthItem.patient_id == patient_id,
        HealthItem.kind.in_(kinds),
        or_(HealthItem.noted_on > day, HealthItem.ended_on > day),
    )
    return bool(db.session.scalar(select(changed.exists())))


def find(item_id: int, *, by: Actor) -> tuple[HealthItemView, int]:
    """Look an item up, with the id of its patient, for whoever may end it."""
    row = fetch(by, HealthItem, item_id)
    authorize(by, Permission.HEALTH_LIST_EDIT, subject(row))
    audit(by, "health-lists.viewed", f"health-item:{item_id}", patient_id=row.patient_id)
    return from_row(HealthItemView, row), row.patient_id
