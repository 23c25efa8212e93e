"""What a clinic sets for its sessions: read it, change it."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.clinic import treatment_settings
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.problems import InvalidError, StaleError
from tracker.domain.worksheets.editions import CHOICES
from tracker.models.clinics import Clinic
from tracker.models.database import db
from tracker.services.clinic import clinics
from tracker.services.unit_of_work import unit_of_work

_VERSION = "treatment_version"  # beside that of the clinic's other settings, on a page of its own


@lru_cache(maxsize=64)
def read(stored: str) -> TreatmentSettings:
    """Read what holds in a clinic of the text that its settings are stored as.

    It follows from the text alone, and the text seldom changes: every page of a patient asks.
    """
    return TreatmentSettings.read(json.loads(stored))


def of_clinic(clinic_id: int) -> TreatmentSettings:
    """Read what holds in a clinic."""
    return TreatmentSettings.read(clinics.view(clinic_id).settings)


def draft(*, by: Actor) -> tuple[TreatmentSettings, int]:
    """Read the settings to be changed, with the version that they have."""
    authorize(by, Permission.SETTINGS_MANAGE, Subject(by.clinic_id))
    row = db.session.get_one(Clinic, by.clinic_id)
    return TreatmentSettings.read(row.settings), _version(row)


def change(typed: Mapping[str, Any], *, version: int, by: Actor) -> None:
    """Change the settings; StaleError when they are not the version that was opened.

    The trail names the fields that changed.
    """
    authorize(by, Permission.SETTINGS_MANAGE, Subject(by.clinic_id))
    if problems := treatment_settings.check(typed, form_versions=CHOICES):
        raise InvalidError(problems)
    with unit_of_work(by) as unit:
        row = clinics.lock(by.clinic_id)
        if version != _version(row):
            raise StaleError(_version(row))
        before = TreatmentSettings.read(row.settings)
        changed = [name for name in typed if typed[name] != getattr(before, name)]
        row.settings = {**row.settings, **typed, _VERSION: version + 1}
        detail = " ".join(changed) or "nothing"
        unit.audit("clinic.treatment-changed", f"clinic:{row.id}", detail=detail)


def _version(row: Clinic) -> int:
    return int(row.settings.get(_VERSION, 1))
