"""A weight typed in kilograms or pounds: kept in kilograms, shown in both, asked about."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from tracker.domain.codes import WeightUnit
from tracker.domain.formatting import number
from tracker.domain.measures import DECIMALS_MAX

# 1 lb is 0.45359237 kg exactly (International Yard and Pound Agreement, 1959).
KG_PER_LB = Decimal("0.45359237")
# A first weight from here on is asked about: more people of 130 lb (59 kg) come than of 130 kg.
POUNDS_FROM_KG = 130
POUNDS_SOURCE = (
    f"clinic default: asked of a first weight from {POUNDS_FROM_KG} kg, or where the dose fits "
    "pounds"
)


# A weight older than this is no guess at today's: it is shown with its day, and typed anew.
WEIGHT_DAYS_MAX = 90  # clinic default, no published source


def is_current(weighed_on: date, on: date) -> bool:
    """Say whether a weight may stand for that of a day until somebody weighs again."""
    return (on - weighed_on).days <= WEIGHT_DAYS_MAX


def kg_from_lb(pounds: Decimal) -> Decimal:
    """Turn pounds into kilograms, to the digits that are kept."""
    return (pounds * KG_PER_LB).quantize(Decimal(1).scaleb(-DECIMALS_MAX), ROUND_HALF_UP)


def lb_from_kg(kilograms: Decimal) -> Decimal:
    """Turn kilograms into the shortest number of pounds that makes them again."""
    exact, kept = kilograms / KG_PER_LB, round(kilograms, DECIMALS_MAX)
    pounds = exact
    for places in range(DECIMALS_MAX + 1):
        pounds = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        if kg_from_lb(pounds) == kept:
            break
    return pounds


def in_kg(typed: Decimal | None, unit: WeightUnit | None) -> Decimal | None:
    """Turn what was typed into kilograms."""
    if typed is None or unit != WeightUnit.LB or not typed.is_finite():
        return typed
    return kg_from_lb(typed)


def in_unit(kilograms: Decimal | None, unit: WeightUnit | None) -> Decimal | None:
    """Turn kilograms back into what was typed."""
    if kilograms is None or unit != WeightUnit.LB:
        return kilograms
    return lb_from_kg(kilograms)


def words(kilograms: Decimal, unit: WeightUnit | None = None, *, with_other: bool = True) -> str:
    """Write a weight in both units, what was typed first: `176 lb (79.8 kg)`; or in kg alone.

    Kilograms that pounds made are rounded: 79.8323 kg is more than any scale knows.
    """
    rounded = kilograms.quantize(Decimal("0.1"), ROUND_HALF_UP)
    kg = f"{number(rounded if unit == WeightUnit.LB else kilograms)} kg"
    if not with_other:
        return kg
    pounds = f"{number(lb_from_kg(kilograms).quantize(Decimal('0.1'), ROUND_HALF_UP))} lb"
    return f"{pounds} ({kg})" if unit == WeightUnit.LB else f"{kg} ({pounds})"


def pounds_question(weight_kg: Decimal) -> str:
    """Ask whether a number taken for kilograms was pounds, with both readings."""
    as_pounds = kg_from_lb(weight_kg).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return (
        f"{words(weight_kg)} is the first weight on record. Is it pounds? "
        f"{number(weight_kg)} lb is {number(as_pounds)} kg."
    )
