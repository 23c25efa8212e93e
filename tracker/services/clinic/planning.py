"""What a clinic sets for planning: read it, change it."""

from msgspec.structs import asdict

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.clinic import planning
from tracker.domain.clinic.planning import PlanningSettings
from tracker.domain.problems import InvalidError, StaleError
from tracker.models.clinics import Clinic
from tracker.models.database import db
from tracker.services.clinic import clinics
from tracker.services.unit_of_work import unit_of_work

_VERSION = "planning_version"  # beside that of the clinic's other settings, on a page of its own


def of_clinic(clinic_id: int) -> PlanningSettings:
    """Read what holds in a clinic."""
    return PlanningSettings.read(clinics.view(clinic_id).settings)


def draft(*, by: Actor) -> tuple[PlanningSettings, int]:
    """Read the settings to be changed, with the version that they have."""
    authorize(by, Permission.SETTINGS_MANAGE, Subject(by.clinic_id))
    row = db.session.get_one(Clinic, by.clinic_id)
    return PlanningSettings.read(row.settings), _version(row)


def change(typed: PlanningSettings, *, version: int, by: Actor) -> None:
    """Change the settings; StaleError when they are not the version that was opened.

    The trail names the fields that changed.
    """
    authorize(by, Permission.SETTINGS_MANAGE, Subject(by.clinic_id))
    if problems := planning.check(typed):
        raise InvalidError(problems)
    with unit_of_work(by) as unit:
        row = clinics.lock(by.clinic_id)
        if version != _version(row):
            raise StaleError(_version(row))
        before, after = asdict(PlanningSettings.read(row.settings)), asdict(typed)
        changed = [name for name in after if after[name] != before[name]]
        row.settings = {**row.settings, **after, _VERSION: version + 1}
        detail = " ".join(changed) or "nothing"
        unit.audit("clinic.planning-changed", f"clinic:{row.id}", detail=detail)


def _version(row: Clinic) -> int:
    return int(row.settings.get(_VERSION, 1))
