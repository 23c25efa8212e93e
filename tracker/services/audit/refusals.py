"""Leave a line of what was refused, with the patient it would have been about."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from tracker.domain.access import Actor
from tracker.models.alerts import Alert
from tracker.models.assessments import Assessment
from tracker.models.check_ins import CheckIn
from tracker.models.database import ID_MAX, db
from tracker.models.diary import DiaryEntry
from tracker.models.eligibility import Eligibility
from tracker.models.health_lists import HealthItem
from tracker.models.patients import Patient
from tracker.models.safety_checks import SafetyCheck
from tracker.models.series import Series
from tracker.models.stock import StockEntry
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.unit_of_work import audit

# What addresses call the records they name, in the order in which they tell whose it is.
NAMED: Mapping[str, type[Any]] = {
    "patient_id": Patient, "session_id": TreatmentSession, "series_id": Series,
    "score_id": Assessment, "alert_id": Alert, "check_in_id": CheckIn, "diary_id": DiaryEntry,
    "eligibility_id": Eligibility, "check_id": SafetyCheck, "item_id": HealthItem,
    "entry_id": StockEntry,
}  # fmt: skip


def note(by: Actor, where: str, named: Mapping[str, object], *, why: str) -> None:
    """Say who was refused what; `named` are the parts of the address, of which ids are told.

    A record of another clinic is named by nothing: that it is there is not for this trail to tell.
    """
    ids = {name: value for name, value in named.items() if isinstance(value, int)}
    detail = " ".join([why, *(f"{name}:{value}" for name, value in ids.items())])
    audit(by, "refused", where, patient_id=_whose(by, ids), detail=detail)


def _whose(by: Actor, ids: Mapping[str, int]) -> int | None:
    for name, model in NAMED.items():
        if name in ids and ids[name] <= ID_MAX:
            whose = Patient.id if model is Patient else model.patient_id
            here = select(whose).where(model.id == ids[name], model.clinic_id == by.clinic_id)
            found: int | None = db.session.scalar(here)
            return found
    return None
