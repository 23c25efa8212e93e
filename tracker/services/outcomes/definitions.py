"""How a clinic counts outcomes: read it with its earlier versions, change it with a reason."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.outcomes import definition_versions
from tracker.domain.outcomes import definitions as outcome_definitions
from tracker.domain.outcomes.definition_versions import DefinitionVersion
from tracker.domain.outcomes.definitions import OutcomeDefinitions
from tracker.domain.parsing import REASON_MAX, is_blank
from tracker.domain.problems import InvalidError, Problem, StaleError
from tracker.models.clinics import Clinic
from tracker.models.database import db
from tracker.services.clinic import clinics
from tracker.services.unit_of_work import unit_of_work


def versions(*, by: Actor) -> list[DefinitionVersion]:
    """Read every version of a clinic, the newest first, for whoever sees its outcomes."""
    authorize(by, Permission.OUTCOMES_VIEW, Subject(by.clinic_id))
    return _versions(by)


def draft(*, by: Actor) -> list[DefinitionVersion]:
    """Read every version of a clinic, the newest first, for whoever may change them."""
    authorize(by, Permission.SETTINGS_MANAGE, Subject(by.clinic_id))
    return _versions(by)


def _versions(by: Actor) -> list[DefinitionVersion]:
    return definition_versions.read_all(db.session.get_one(Clinic, by.clinic_id).settings)


def check(typed: Mapping[str, Any], reason: str) -> list[Problem]:
    """List everything that is wrong with what was typed, and with why."""
    problems = outcome_definitions.check(typed)
    if is_blank(reason) or len(reason) > REASON_MAX:
        problems.append(Problem("reason", f"Say why, in at most {REASON_MAX} characters."))
    return problems


def change(typed: OutcomeDefinitions, reason: str, *, version: int, by: Actor) -> int:
    """Store a new version and return its number; figures are those of the newest alone.

    StaleError when the newest is not the version that was opened. The trail names what changed.
    """
    authorize(by, Permission.SETTINGS_MANAGE, Subject(by.clinic_id))
    if problems := check(typed.store() | {"remission_at_most": typed.remission_at_most}, reason):
        raise InvalidError(problems)
    with unit_of_work(by) as unit:
        row = clinics.lock(by.clinic_id)
        before = OutcomeDefinitions.read(row.settings)
        if version != before.version:
            raise StaleError(before.version)
        changed = definition_versions.changed_names(before, typed)
        if not changed:
            raise InvalidError([Problem("", "Nothing is changed yet.")])
        newer = DefinitionVersion(
            definitions=replace(typed, version=version + 1), at=unit.now, by=by.name,
            reason=reason.strip(),
        )  # fmt: skip
        row.settings = definition_versions.follow(row.settings, newer)
        unit.audit("clinic.outcomes-changed", f"clinic:{row.id}", detail=" ".join(changed))
    return version + 1
