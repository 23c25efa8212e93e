"""Doses, weights and readings: arithmetic and the limits of the possible."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from decimal import ROUND_HALF_UP, Decimal

from tracker.domain.problems import Problem

CLINIC_DEFAULT = "clinic default; no published limit"


# What a number can be at all, not what is usual: usual ranges are findings (safety.py).
# The upper ends stop slips of unit and of the decimal point; 635 kg is the heaviest person known.
DOSE_MG_MAX = Decimal(5000)
WEIGHT_KG_MAX = Decimal(635)
DURATION_MINUTES_MAX = 24 * 60
SCALE_0_TO_10 = range(11)
DECIMALS_MAX = 4  # digits after the point that every database keeps
TOO_MANY_DIGITS = f"Give at most {DECIMALS_MAX} digits after the decimal point."


@dataclass(frozen=True, slots=True, kw_only=True)
class VitalSigns:
    """One set of observations; what was not measured stays None."""

    systolic_mmhg: int | None = None
    diastolic_mmhg: int | None = None
    heart_rate_bpm: int | None = None
    spo2_percent: int | None = None
    respiratory_rate_per_min: int | None = None

    def __bool__(self) -> bool:
        """Say whether anything at all was measured."""
        return any(getattr(self, field.name) is not None for field in fields(self))


# name -> (lowest, highest, words): beyond these a reading is a slip of the hand.
POSSIBLE = {
    "systolic_mmhg": (30, 300, "systolic pressure"),
    "diastolic_mmhg": (10, 200, "diastolic pressure"),
    "heart_rate_bpm": (15, 300, "heart rate"),
    "spo2_percent": (30, 100, "oxygen saturation"),
    "respiratory_rate_per_min": (1, 80, "respiratory rate"),
}


def is_kept_exactly(number: Decimal) -> bool:
    """Say whether a finite number keeps all its digits when it is stored."""
    return number == round(number, DECIMALS_MAX)


def check_amount(
    field: str,
    amount: Decimal | None,
    highest: Decimal | int,
    wanted: str,
    *,
    lowest: int | None = None,
) -> Iterator[Problem]:
    """Yield what is wrong with an amount, if any is given; `wanted` says what it has to be.

    It has to be above zero, or `lowest` and more.
    """
    if amount is None:
        return
    # A comparison with a NaN raises, so finite comes first.
    is_enough = amount.is_finite() and (amount > 0 if lowest is None else amount >= lowest)
    if not is_enough or amount > highest:
        yield Problem(field, wanted)
    elif not is_kept_exactly(amount):
        yield Problem(field, TOO_MANY_DIGITS)


def mg_per_kg(dose_mg: Decimal | None, weight_kg: Decimal | None) -> Decimal | None:
    """Divide dose in mg by weight in kg, to 0.01 mg/kg; None when either is missing."""
    if dose_mg is None or not weight_kg:
        return None
    return (dose_mg / weight_kg).quantize(Decimal("0.01"), ROUND_HALF_UP)


def mg_from_mg_per_kg(dose_mg_per_kg: Decimal, weight_kg: Decimal) -> Decimal:
    """Multiply mg/kg by kg, to 0.1 mg."""
    return (dose_mg_per_kg * weight_kg).quantize(Decimal("0.1"), ROUND_HALF_UP)


def check_vital_signs(signs: VitalSigns | None, prefix: str) -> Iterator[Problem]:
    """Yield every impossible reading; `prefix` is put before the field names."""
    if signs is None:
        return
    for name, (low, high, words) in POSSIBLE.items():
        value = getattr(signs, name)
        if value is not None and not low <= value <= high:
            yield Problem(
                f"{prefix}{name}", f"Give the {words} between {low} and {high}, or leave it empty."
            )
    systolic, diastolic = signs.systolic_mmhg, signs.diastolic_mmhg
    if systolic is not None and diastolic is not None and diastolic >= systolic:
        yield Problem(
            f"{prefix}diastolic_mmhg",
            "The diastolic pressure must be below the systolic. Are the two swapped?",
        )
