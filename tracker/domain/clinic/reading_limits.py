"""The limits of readings in a clinic: those of the labels and papers, and those that it set."""

from collections.abc import Mapping
from dataclasses import dataclass

from tracker.domain import measures
from tracker.domain.clinic.treatment_settings import LABEL, TreatmentSettings
from tracker.domain.measures import CLINIC_DEFAULT, SPO2
from tracker.domain.sessions.findings import USUAL_READINGS

SYSTOLIC, DIASTOLIC = measures.SYSTOLIC.name, measures.DIASTOLIC.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A value that the clinic or a label asks to be noticed; `hold` ones are the stricter."""

    name: str
    value: int
    is_upper: bool
    source: str
    hold: bool = False

    def is_passed_by(self, value: int) -> bool:
        """Say whether a value lies beyond it; on it is not beyond."""
        return value > self.value if self.is_upper else value < self.value


Limits = Mapping[str, tuple[Limit, ...]]


def limits(settings: TreatmentSettings) -> Limits:
    """Give every limit by the name of the field that it is for, the usual one before the hold."""
    found: dict[str, tuple[Limit, ...]] = {}
    for sign, low, high, source in USUAL_READINGS:
        name = sign.name
        lower = Limit(name=name, value=low, is_upper=False, source=_lower_source(name, source))
        upper = Limit(name=name, value=high, is_upper=True, source=source)
        # Nothing saturates beyond 100 %.
        found[name] = (lower,) if sign is SPO2 else (upper, lower)
    for name, warn, hold, usual in (
        (SYSTOLIC, settings.systolic_warn_mmhg, settings.systolic_hold_mmhg, 140),
        (DIASTOLIC, settings.diastolic_warn_mmhg, settings.diastolic_hold_mmhg, 90),
    ):
        source = LABEL if warn == usual else "clinic setting"
        lower = found[name][-1]
        found[name] = (
            Limit(name=name, value=warn, is_upper=True, source=source),
            Limit(name=name, value=hold, is_upper=True, source=CLINIC_DEFAULT, hold=True),
            lower,
        )
    return found


def _lower_source(name: str, source: str) -> str:
    # The label's 140/90 says nothing of low pressures.
    return CLINIC_DEFAULT if name in (SYSTOLIC, DIASTOLIC) else source
