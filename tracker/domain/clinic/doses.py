"""What doses are usual by drug, route and indication, each range with its source; no advice.

A range is there to catch slips of entry: what lies outside asks for a word and never blocks.
"""

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from tracker.domain import measures
from tracker.domain.clinic.labels import SPRAVATO, SPRAVATO_EU, Labels, LabelSource
from tracker.domain.codes import Drug, Indication, Route
from tracker.domain.drugs import DEVICE_MG, NASAL_ESKETAMINE, is_nasal_esketamine
from tracker.domain.formatting import in_full
from tracker.domain.measures import CLINIC_DEFAULT
from tracker.domain.problems import Finding

ANDRADE_ORAL = "Andrade, J Clin Psychiatry 2019: 25-300 mg by mouth"
HULL = "Hull, J Affect Disord 2022 and others: 50-400 mg reported"
# How nasal esketamine comes and what it comes to.
PER_DEVICE = LabelSource(us=f"{SPRAVATO}: {DEVICE_MG} mg per device", eu=f"{SPRAVATO_EU} 4.2")
DEVICE_DOSES = LabelSource(
    us=f"{SPRAVATO}: 56 or 84 mg; {DEVICE_MG} mg per device", eu=f"{SPRAVATO_EU} 4.2"
)
# Graded C, low certainty; the guideline has heard of up to 7 mg/kg/h in intensive care.
ASRA = (
    "ASRA/AAPM guideline (Cohen, Reg Anesth Pain Med 2018;43:521): 0.5-2 mg/kg/h; in all 80 mg or "
    "more over more than 2 h"
)


class DoseRange(Struct, frozen=True):
    """A usual range in mg/kg/h, in mg/kg or in mg, with its source."""

    lowest: Decimal
    highest: Decimal
    unit: str
    source: str

    def holds(self, amount: Decimal) -> bool:
        """Say whether an amount in its unit lies within; on an end is within."""
        return self.lowest <= amount <= self.highest


PER_HOUR, PER_KG, PLAIN = "mg/kg/h", "mg/kg", "mg"
# Ranges reported in the literature, used to catch slips of entry; they are not advice.
RANGES = {
    (Drug.KETAMINE, Route.IV): DoseRange(
        Decimal("0.1"), Decimal("1.0"), PER_KG,
        "Andrade, J Clin Psychiatry 2017: 0.1-0.75 mg/kg reported; to 1.0 mg/kg by clinic default",
    ),
    (Drug.KETAMINE, Route.IM): DoseRange(Decimal("0.25"), Decimal("1.5"), PER_KG, CLINIC_DEFAULT),
    (Drug.KETAMINE, Route.SC): DoseRange(Decimal("0.1"), Decimal("1.0"), PER_KG, CLINIC_DEFAULT),
    (Drug.KETAMINE, Route.NASAL): DoseRange(Decimal(10), Decimal(150), PLAIN, CLINIC_DEFAULT),
    (Drug.KETAMINE, Route.ORAL): DoseRange(Decimal(25), Decimal(300), PLAIN, ANDRADE_ORAL),
    (Drug.KETAMINE, Route.SUBLINGUAL): DoseRange(Decimal(50), Decimal(400), PLAIN, HULL),
    NASAL_ESKETAMINE: DoseRange(
        Decimal(DEVICE_MG), Decimal(84), PLAIN, CLINIC_DEFAULT  # else that of a label
    ),
    (Drug.ESKETAMINE, Route.IV): DoseRange(Decimal("0.1"), Decimal("0.75"), PER_KG, CLINIC_DEFAULT),
}  # fmt: skip

# Infusions for pain run for hours and are reckoned by the hour.
PAIN_INFUSION = DoseRange(Decimal("0.5"), Decimal(2), PER_HOUR, ASRA)
# Without a duration only slips of the point show: from half an hour at the lowest rate of the
# guideline to four hours at the highest.
PAIN_TOTAL = DoseRange(
    Decimal("0.25"), Decimal(8), PER_KG, f"clinic default while the duration is unknown; {ASRA}"
)

# Weights of adults that a dose is judged by while the weight is unknown.
ADULT_WEIGHTS_KG = (Decimal(40), Decimal(150))

ACUTE_SUICIDALITY = "esketamine-acute-suicidality"  # the template whose first dose is 84 mg


def usual_range(
    drug: Drug, route: Route, indication: Indication | None, *, labels: Labels, is_timed: bool
) -> DoseRange | None:
    """Pick the usual range; None where a drug is not usual by a route. `is_timed`: it has a rate.

    An infusion of racemic ketamine for chronic pain has ranges of its own.
    """
    if is_nasal_esketamine(drug, route):
        return replace(RANGES[NASAL_ESKETAMINE], source=DEVICE_DOSES.text(labels))
    if (drug, route, indication) == (Drug.KETAMINE, Route.IV, Indication.CHRONIC_PAIN):
        return PAIN_INFUSION if is_timed else PAIN_TOTAL
    return RANGES.get((drug, route))


def remarks(
    drug: Drug,
    route: Route,
    indication: Indication | None,
    *,
    labels: Labels,
    dose_mg: Decimal,
    weight_kg: Decimal | None = None,
    minutes: int | None = None,
) -> Iterator[Finding]:
    """Yield what is unusual about a dose in mg: by its route, outside its range, half a device."""
    yield from besides_range(drug, route, dose_mg, labels=labels)
    rate = measures.mg_per_kg_per_hour(dose_mg, weight_kg, minutes)
    usual = usual_range(drug, route, indication, labels=labels, is_timed=rate is not None)
    if usual is None:
        return
    if usual.unit == PER_HOUR and rate is not None:
        yield from outside(rate, usual, route)
    elif usual.unit == PLAIN:
        yield from outside(dose_mg, usual, route)
    elif (per_kg := measures.mg_per_kg(dose_mg, weight_kg)) is not None:
        yield from outside(per_kg, usual, route)
    else:
        yield from _at_any_weight(dose_mg, usual, route)


def besides_range(
    drug: Drug, route: Route, dose_mg: Decimal, *, labels: Labels
) -> Iterator[Finding]:
    """Yield what is unusual about a dose wherever it lies: the route, half a device."""
    if (drug, route) not in RANGES:
        yield _unusual_route(drug, route)
    if is_nasal_esketamine(drug, route) and dose_mg % DEVICE_MG:
        said = f"{in_full(dose_mg)} mg is not a whole number of {DEVICE_MG} mg devices."
        yield Finding("dose_mg", said, PER_DEVICE.text(labels))


def is_far_outside(
    usual: DoseRange | None, dose_mg: Decimal, weight_kg: Decimal | None, times: Decimal
) -> bool:
    """Say whether a dose lies so many times below or above a range in mg/kg or in mg."""
    if usual is None or usual.unit == PER_HOUR:
        return False
    weights = (weight_kg, weight_kg) if weight_kg else ADULT_WEIGHTS_KG
    least, most = (Decimal(1), Decimal(1)) if usual.unit == PLAIN else weights
    return not usual.lowest * least / times <= dose_mg <= usual.highest * most * times


def remarks_by_weight(
    drug: Drug, route: Route, indication: Indication | None, per_kg: Decimal, *, labels: Labels
) -> Iterator[Finding]:
    """Yield what is unusual about a dose that is planned in mg/kg."""
    usual = usual_range(drug, route, indication, labels=labels, is_timed=False)
    if usual is None:
        yield _unusual_route(drug, route)
    elif usual.unit == PER_KG:
        yield from outside(per_kg, usual, route)
    elif is_nasal_esketamine(drug, route):
        said = f"Nasal esketamine comes in devices of {DEVICE_MG} mg, whatever the weight."
        yield Finding("dose_mg", said, PER_DEVICE.text(labels))


def outside(amount: Decimal, usual: DoseRange, route: Route, remark: str = "") -> Iterator[Finding]:
    """Yield a finding where an amount in the unit of a range lies outside it."""
    if not usual.holds(amount):
        yield Finding(
            "dose_mg",
            f"{amount:f} {usual.unit} is outside the usual {usual.lowest:f} to {usual.highest:f} "
            f"{usual.unit} for {route.label}{remark}.",
            usual.source,
        )


def _unusual_route(drug: Drug, route: Route) -> Finding:
    said = f"{drug.label} by this route ({route.label}) is not usual."
    return Finding("dose_mg", said, CLINIC_DEFAULT)


def _at_any_weight(dose_mg: Decimal, usual: DoseRange, route: Route) -> Iterator[Finding]:
    light, heavy = ADULT_WEIGHTS_KG
    whole = DoseRange(usual.lowest * light, usual.highest * heavy, PLAIN, usual.source)
    yield from outside(dose_mg, whole, route, f" at any weight from {light} to {heavy} kg")
