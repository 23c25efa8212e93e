"""The limits of readings: before, during and after a dose, by drug, each with its source.

This is the one place that says which values are noticed. `raised` or `low` values are pointed out;
those beyond a severe limit are told in stronger words. A source that speaks of one moment or one
drug is cited for no other.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from tracker.domain import measures
from tracker.domain.clinic.treatment_settings import LABEL_BEFORE, WHELTON, TreatmentSettings
from tracker.domain.codes import Drug, Route, Word
from tracker.domain.drugs import is_nasal_esketamine
from tracker.domain.measures import CLINIC_DEFAULT, HEART_RATE, RESPIRATORY_RATE, SPO2, VitalSigns
from tracker.domain.problems import Finding

SYSTOLIC, DIASTOLIC = measures.SYSTOLIC.name, measures.DIASTOLIC.name
CLINIC_SETTING = "clinic setting"
_USUAL = TreatmentSettings()  # what holds until a clinic sets its own
# The protocol leaves out whoever is beyond its limits before racemic ketamine.
# html.scirp.org/file/_3-1750111_1.htm, under contraindications.
EMERGENCY = "emergency department protocol before low-dose ketamine (vital signs that exclude)"


class Moment(Word):
    """When, in relation to the dose, something was read."""

    BEFORE = "before", "before the dose"
    DURING = "during", "after the dose was started"
    AFTER = "after", "after the dose"


class Limit(Struct, frozen=True, kw_only=True):
    """A value that is noticed once it is passed.

    `hold` ones are where the clinic holds a dose back, `severe` ones are told in stronger words.
    """

    name: str
    value: int
    is_upper: bool
    source: str
    hold: bool = False
    severe: bool = False

    @property
    def is_strict(self) -> bool:
        """Whether it is more than the first limit on its side."""
        return self.hold or self.severe

    @property
    def words(self) -> str:
        """What is said of it after its number; '' for the first limit on its side."""
        if self.severe:
            return ", severe"
        return ", the clinic's limit to hold" if self.hold else ""

    def is_passed_by(self, value: int) -> bool:
        """Say whether a value lies beyond it; on it is not beyond."""
        return value > self.value if self.is_upper else value < self.value


Limits = Mapping[str, tuple[Limit, ...]]


def limits(
    settings: TreatmentSettings,
    moment: Moment = Moment.DURING,
    drug: Drug | None = None,
    route: Route | None = None,
) -> Limits:
    """Give every limit by the name of its field: upper ones first, each side the stricter last."""
    protocol = CLINIC_DEFAULT
    if moment is Moment.BEFORE and drug is Drug.KETAMINE:
        protocol = EMERGENCY
    raised = CLINIC_DEFAULT
    if moment is Moment.BEFORE and is_nasal_esketamine(drug, route):
        raised = LABEL_BEFORE.text(settings.labels)
    return {
        SYSTOLIC: (
            *_high_pressures(SYSTOLIC, settings, moment, raised),
            Limit(name=SYSTOLIC, value=90, is_upper=False, source=protocol),
        ),
        DIASTOLIC: (
            *_high_pressures(DIASTOLIC, settings, moment, raised),
            Limit(name=DIASTOLIC, value=50, is_upper=False, source=CLINIC_DEFAULT),
        ),
        HEART_RATE.name: _both_sides(HEART_RATE.name, (120, 150), (50, 40), protocol),
        SPO2.name: (  # nothing saturates beyond 100 %
            Limit(name=SPO2.name, value=93, is_upper=False, source=CLINIC_DEFAULT),
            Limit(name=SPO2.name, value=90, is_upper=False, source=CLINIC_DEFAULT, severe=True),
        ),
        RESPIRATORY_RATE.name: _breaths(protocol),
    }


def _high_pressures(
    name: str, settings: TreatmentSettings, moment: Moment, raised: str
) -> Iterator[Limit]:
    part = name.removesuffix("_mmhg")

    def limit(which: str, source: str, **kind: bool) -> Limit:
        setting = f"{part}_{which}_mmhg"
        value: int = getattr(settings, setting)
        own = value != getattr(_USUAL, setting)
        source = CLINIC_SETTING if own else source
        return Limit(name=name, value=value, is_upper=True, source=source, **kind)

    yield limit("warn", raised)
    if moment is Moment.BEFORE:
        yield limit("hold", CLINIC_DEFAULT, hold=True)
    yield limit("severe", WHELTON, severe=True)


def _both_sides(
    name: str, high: tuple[int, int], low: tuple[int, int], protocol: str
) -> tuple[Limit, ...]:
    """Give a raised, a severe, a low and a severely low limit of the heart rate.

    The protocol names 50 and 150; the two between are the clinic's.
    """
    return (
        Limit(name=name, value=high[0], is_upper=True, source=CLINIC_DEFAULT),
        Limit(name=name, value=high[1], is_upper=True, source=protocol, severe=True),
        Limit(name=name, value=low[0], is_upper=False, source=protocol),
        Limit(name=name, value=low[1], is_upper=False, source=CLINIC_DEFAULT, severe=True),
    )


def _breaths(protocol: str) -> tuple[Limit, ...]:
    name = RESPIRATORY_RATE.name
    return (
        Limit(name=name, value=30, is_upper=True, source=protocol),
        Limit(name=name, value=10, is_upper=False, source=protocol),
        Limit(name=name, value=8, is_upper=False, source=CLINIC_DEFAULT, severe=True),
    )


def find_passed(known: Limits, name: str, value: int | None) -> Limit | None:
    """Pick the strictest limit that a value lies beyond."""
    if value is None:
        return None
    beyond = [limit for limit in known.get(name, ()) if limit.is_passed_by(value)]
    return beyond[-1] if beyond else None


def outside(signs: VitalSigns, known: Limits, when: str = "") -> list[Finding]:
    """List the values beyond their limits, each against the strictest that it passed.

    `when` stands after the sign: `Systolic pressure before the dose was`.
    """
    found = []
    for name in known:
        value = getattr(signs, name)
        limit, sign = find_passed(known, name, value), measures.BY_NAME[name]
        if limit is None:
            continue
        side = "above" if limit.is_upper else "below"
        said = f"{sign.label}{when} {value} {sign.unit}, {side} {limit.value}{limit.words}"
        found.append(Finding(name, said, limit.source))
    return found
