"""Blood pressures of a session against the limits that the tracker has for readings."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from tracker.domain.clinic import reading_limits
from tracker.domain.clinic.reading_limits import DIASTOLIC, SYSTOLIC, Limit, Moment
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.outcomes.safety.counts import PRESSURES

Pressure = tuple[int | None, int | None]


class PressureLimits(Struct, frozen=True, kw_only=True):
    """Systolic and diastolic limits, in mmHg; one is passed by more, and `low` by less."""

    raised: tuple[Limit, Limit]
    severe: tuple[Limit, Limit]
    low: tuple[Limit, Limit]

    @property
    def sources(self) -> Iterator[tuple[str, str, str]]:
        """Name each limit, what it is, and whose."""
        for name, words in (("raised", "above"), ("severe", "above"), ("low", "below")):
            systolic, diastolic = getattr(self, name)
            told = dict.fromkeys((systolic.source, diastolic.source))
            yield name, f"{words} {systolic.value}/{diastolic.value} mmHg", "; ".join(told)


def pressure_limits(settings: TreatmentSettings) -> PressureLimits:
    """Take them from the one place that says which values are noticed."""
    known = reading_limits.limits(settings, Moment.DURING)

    def both(*, is_upper: bool, severe: bool) -> tuple[Limit, Limit]:
        systolic, diastolic = (
            next(one for one in known[name] if (one.is_upper, one.severe) == (is_upper, severe))
            for name in (SYSTOLIC, DIASTOLIC)
        )
        return systolic, diastolic

    return PressureLimits(
        raised=both(is_upper=True, severe=False),
        severe=both(is_upper=True, severe=True),
        low=both(is_upper=False, severe=False),
    )


def judge(
    before: Iterable[Pressure], after: Iterable[Pressure], limits: PressureLimits
) -> dict[str, int]:
    """Say of one session which counts it belongs to."""
    early, late = _readings(before), _readings(after)
    told = {
        "before_measured": bool(early),
        "before_raised": _passes(early, limits.raised),
        "after_measured": bool(late),
        "after_raised": _passes(late, limits.raised),
        "after_severe": _passes(late, limits.severe),
        "after_low": _passes(late, limits.low),
    }
    return {name: int(told[name]) for name in PRESSURES}


def _readings(some: Iterable[Pressure]) -> list[Pressure]:
    return [one for one in some if one != (None, None)]


def _passes(some: Iterable[Pressure], limits: tuple[Limit, Limit]) -> bool:
    return any(
        value is not None and limit.is_passed_by(value)
        for one in some
        for limit, value in zip(limits, one, strict=True)
    )
