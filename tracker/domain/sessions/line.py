"""A session as one line of a list."""

from datetime import date, datetime, time
from decimal import Decimal

from msgspec import Struct

from tracker.domain.codes import Drug, Route, SessionState
from tracker.domain.drugs import is_nasal_esketamine
from tracker.domain.series import planned_dose
from tracker.domain.series.planned_dose import PlannedDose


class SessionLine(Struct, frozen=True, kw_only=True):
    """What every list shows of a session: of a series, of a day, of those under way.

    The planned dose is its own, where it differs from that of its series.
    It is a shape of its own because a list reads no texts, effects or readings of its sessions.
    """

    session_id: int
    number: int
    state: SessionState
    state_reason: str
    planned_on: date | None
    started_at: datetime | None
    drug: Drug
    route: Route
    dose_mg: Decimal | None
    dose_mg_per_kg: Decimal | None
    mood_before: int | None
    mood_after: int | None
    pain_before: int | None
    pain_after: int | None
    planned_time: time | None = None
    chair: str = ""
    planned_dose_mg: Decimal | None = None
    planned_dose_mg_per_kg: Decimal | None = None

    @property
    def on(self) -> date | None:
        """When it was, or is planned: an instant once it was held, else a day."""
        return self.started_at or self.planned_on

    def planned_dose(self, of_series: PlannedDose) -> PlannedDose:
        """Say what it is planned to give, given the plan of its series."""
        own = PlannedDose(self.planned_dose_mg, self.planned_dose_mg_per_kg)
        return planned_dose.of_session(own, of_series)

    @property
    def compared_by_weight(self) -> bool:
        """Whether mg/kg is what compares: nasal esketamine is given in fixed milligrams."""
        return self.dose_mg_per_kg is not None and not is_nasal_esketamine(self.drug, self.route)
