"""Who this is: what stands on top of every page about a patient, by one query."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import bindparam, func, select

from tracker.domain import age as age_rules
from tracker.domain.access import Actor, Permission, Subject, allows
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.health_lists.standing import HealthLists
from tracker.domain.patients import draft as patient_draft
from tracker.models.alerts import Alert
from tracker.models.clinics import Clinic
from tracker.models.database import another, plain_rows
from tracker.models.health_lists import STANDING
from tracker.models.patients import Patient
from tracker.services import clock
from tracker.services.health_lists import rows as item_rows
from tracker.services.rows import from_row

_OPEN = (
    select(func.count())
    .select_from(Alert)
    .where(Alert.patient_id == Patient.id, Alert.acknowledged_at.is_(None))
    .correlate(Patient)
    .scalar_subquery()
    .label("alerts")
)
_kept = another(Patient).c
_KEPT_NUMBER = (
    select(_kept.record_number)
    .where(_kept.id == Patient.merged_into_id)
    .correlate(Patient)
    .scalar_subquery()
    .label("kept_number")
)
_WHO = (
    select(
        Patient.id,
        Patient.given_name,
        Patient.family_name,
        Patient.birth_date,
        Patient.record_number,
        Patient.other_number,
        Patient.merged_into_id,
        _KEPT_NUMBER,
        STANDING,
        _OPEN,
        Clinic.time_zone,
        Clinic.settings,
    )
    .join_from(Patient, Clinic)
    .where(Patient.id == bindparam("patient_id"), Patient.clinic_id == bindparam("clinic_id"))
)


class Banner(Struct, frozen=True, kw_only=True):
    """A patient as the banner tells them. `alerts` counts the open ones, 0 for who may see none.

    `other_number_name` is '' where the clinic uses no second number. `made_at` is in its zone.
    Of a record that was merged, what it held stands with `kept_number`: its own lists are empty.
    """

    id: int
    given_name: str
    family_name: str
    birth_date: date | None
    record_number: str
    other_number: str
    other_number_name: str
    merged_into_id: int | None
    kept_number: str | None
    lists: HealthLists
    alerts: int
    made_at: datetime

    @property
    def age(self) -> int | None:
        """How old they are in years; None where nobody recorded when they were born."""
        return age_rules.years(self.birth_date, self.made_at.date()) if self.birth_date else None

    @property
    def name(self) -> str:
        """The name as a banner writes it, the family name in capitals."""
        return patient_draft.label(self.given_name, self.family_name.upper(), self.record_number)


def of(patient_id: int, *, by: Actor) -> Banner | None:
    """Tell who a patient is; None where whoever asks may not see them, or there is nobody.

    For a page that was allowed and leaves its own audit line.
    """
    if not allows(by, Permission.PATIENT_VIEW, Subject(by.clinic_id, patient_id)):
        return None
    values = {"patient_id": patient_id, "clinic_id": by.clinic_id}
    row = plain_rows(_WHO, values).one_or_none()
    return None if row is None else _banner(row, by)


def _banner(row: Any, by: Actor) -> Banner:
    settings = ClinicSettings.read(row.settings)
    named = settings.other_number_name
    return from_row(
        Banner,
        row,
        other_number=row.other_number if named else "",
        other_number_name=named,
        lists=item_rows.read_lists(row.health_items),
        alerts=row.alerts if allows(by, Permission.ALERT_VIEW) else 0,
        made_at=clock.now().astimezone(ZoneInfo(row.time_zone)),
    )
