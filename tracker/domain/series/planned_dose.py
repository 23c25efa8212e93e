"""What a session is planned to give: its own dose, else that of its series; never another one."""

from decimal import Decimal

from msgspec import Struct

from tracker.domain import measures
from tracker.domain.formatting import in_full
from tracker.domain.problems import Problem

FIELDS = ("planned_dose_mg", "planned_dose_mg_per_kg")


class PlannedDose(Struct, frozen=True):
    """A dose in mg or in mg/kg, never both; neither where nothing is planned."""

    mg: Decimal | None = None
    mg_per_kg: Decimal | None = None

    def __bool__(self) -> bool:
        """Say whether anything is planned."""
        return self.mg is not None or self.mg_per_kg is not None

    @property
    def words(self) -> str:
        """Say it with its unit; '' where nothing is planned."""
        if self.mg_per_kg is not None:
            return f"{in_full(self.mg_per_kg)} mg/kg"
        return "" if self.mg is None else f"{in_full(self.mg)} mg"

    def for_weight(self, weight_kg: Decimal | None) -> Decimal | None:
        """Say it in mg; None where it is planned by weight and the weight is not known."""
        if self.mg_per_kg is None:
            return self.mg
        if not weight_kg:
            return None
        return measures.mg_from_mg_per_kg(self.mg_per_kg, weight_kg)


NOTHING_PLANNED = PlannedDose()


def of_session(own: PlannedDose, series: PlannedDose) -> PlannedDose:
    """Take the session's own dose where it has one, else the plan of its series."""
    return own or series


def check(own: PlannedDose) -> list[Problem]:
    """List what cannot be of a planned dose."""
    problems = []
    if own.mg is not None and own.mg_per_kg is not None:
        problems.append(Problem(FIELDS[1], "Give the dose in mg or in mg/kg, not both."))
    for name, value in zip(FIELDS, (own.mg, own.mg_per_kg), strict=True):
        problems += measures.check_amount(
            name, value, measures.DOSE_MG_MAX, "Give a dose above zero and at most 5000."
        )
    return problems
