"""Results of checks and what they are due by, between the tables and the domain."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from tracker.domain.codes import Drug
from tracker.domain.safety_checks.kinds import CheckKind
from tracker.domain.safety_checks.schedule import Exposure, TreatmentSpan
from tracker.models.safety_checks import SafetyCheck

YEAR = timedelta(days=365)


class CheckResult(Struct, frozen=True, kw_only=True):
    """A result as pages show it; `voided_at` is None while it stands."""

    id: int
    kind: CheckKind
    checked_on: date
    value: str
    note: str
    recorded_at: datetime
    recorded_by: str
    voided_at: datetime | None
    voided_by: str
    voided_reason: str


def result_of(row: SafetyCheck) -> CheckResult:
    """Make the result of a row."""
    names = CheckResult.__struct_fields__
    values = {name: getattr(row, name) for name in names}
    return CheckResult(**values | {"kind": CheckKind(row.kind)})


def last_days(checked: str | None) -> dict[CheckKind, date]:
    """Read when each kind was looked at last, of the text CHECKED of a patient."""
    pairs = sorted(one.split("|") for one in (checked or "").split())
    # Days of one kind stand in their order: the last one stays.
    return {CheckKind(kind): date.fromisoformat(day) for kind, day in pairs}


def treatment_of(row: Any, zone: ZoneInfo) -> TreatmentSpan:
    """Say when somebody was treated, of a row with the first and last start and the next day."""
    return TreatmentSpan(
        first_on=_day(row.first_at, zone),
        last_on=_day(row.last_at, zone),
        next_on=row.next_on,
    )


def _day(at: datetime | None, zone: ZoneInfo) -> date | None:
    return None if at is None else at.astimezone(zone).date()


def exposures(sessions: Iterable[Any]) -> tuple[Exposure, ...]:
    """Add up by drug what was given in sessions that have a drug and a dose, which may be None."""
    given: dict[Drug, list[Decimal | None]] = {}
    for row in sessions:
        given.setdefault(Drug(row.drug), []).append(row.dose_mg)
    return tuple(
        Exposure(
            drug,
            len(amounts),
            sum(known, start=Decimal(0)) if (known := [mg for mg in amounts if mg]) else None,
            len(amounts) - len(known),
        )
        for drug, amounts in sorted(given.items())
    )
