"""Doses, weights and readings: arithmetic and the limits of the possible."""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from msgspec import Struct

from tracker.domain.problems import Problem

CLINIC_DEFAULT = "clinic default; no published limit"


# What a number can be at all, not what is usual: usual doses are in doses.py, usual readings in
# clinic/reading_limits.py.
# The upper ends stop slips of unit and of the decimal point; 635 kg is the heaviest person known.
DOSE_MG_MAX = Decimal(5000)
WEIGHT_KG_MAX = Decimal(635)
DURATION_MINUTES_MAX = 24 * 60
SCALE_0_TO_10 = range(11)
DECIMALS_MAX = 4  # digits after the point that every database keeps
RECKONED_MAX = 4096  # doses and weights are few: a page and a file ask for the same again and again
TOO_MANY_DIGITS = f"Give at most {DECIMALS_MAX} digits after the decimal point."


class VitalSigns(Struct, frozen=True, kw_only=True):
    """One set of observations; what was not measured stays None."""

    systolic_mmhg: int | None = None
    diastolic_mmhg: int | None = None
    heart_rate_bpm: int | None = None
    spo2_percent: int | None = None
    respiratory_rate_per_min: int | None = None

    def __bool__(self) -> bool:
        """Say whether anything at all was measured."""
        return any(getattr(self, name) is not None for name in self.__struct_fields__)


class VitalSign(Struct, frozen=True, kw_only=True):
    """What is to be known of one field of VitalSigns, wherever it is typed, shown or stored.

    Beyond `lowest` and `highest` a reading is a slip of the hand. `label` names it in a record,
    `label_in_full` in a file, `short` on a phone, `everyday` on a checklist, and `abbreviation` in
    a line that is read across a room.
    """

    name: str
    label: str
    label_in_full: str
    short: str
    everyday: str
    abbreviation: str
    unit: str
    lowest: int
    highest: int

    @property
    def unit_in_full(self) -> str:
        """The unit without a stroke, as a file has it."""
        return self.unit.replace("/min", " per minute")

    @property
    def short_unit(self) -> str:
        """The unit where it stands in a narrow place: what is counted is in the label."""
        return "/min" if self.unit.endswith("/min") else self.unit

    @property
    def is_pressure(self) -> bool:
        """Whether it is one of the two blood pressures, which are written together."""
        return self.unit == "mmHg"


SYSTOLIC = VitalSign(
    name="systolic_mmhg", label="Systolic pressure", label_in_full="Systolic blood pressure",
    short="Systolic", everyday="Systolic", abbreviation="BP", unit="mmHg",
    lowest=30, highest=300,
)  # fmt: skip
DIASTOLIC = VitalSign(
    name="diastolic_mmhg", label="Diastolic pressure", label_in_full="Diastolic blood pressure",
    short="Diastolic", everyday="Diastolic", abbreviation="BP", unit="mmHg",
    lowest=10, highest=200,
)  # fmt: skip
HEART_RATE = VitalSign(
    name="heart_rate_bpm", label="Heart rate", label_in_full="Heart rate",
    short="Heart rate", everyday="Pulse", abbreviation="HR", unit="beats/min",
    lowest=15, highest=300,
)  # fmt: skip
SPO2 = VitalSign(
    name="spo2_percent", label="Oxygen saturation", label_in_full="Oxygen saturation",
    short="SpO2", everyday="Oxygen", abbreviation="SpO2", unit="%",
    lowest=30, highest=100,
)  # fmt: skip
RESPIRATORY_RATE = VitalSign(
    name="respiratory_rate_per_min", label="Respiratory rate", label_in_full="Respiratory rate",
    short="Resp. rate", everyday="Breaths", abbreviation="RR", unit="breaths/min",
    lowest=1, highest=80,
)  # fmt: skip

# In the order in which every form, table and file has them.
VITAL_SIGNS = (SYSTOLIC, DIASTOLIC, HEART_RATE, SPO2, RESPIRATORY_RATE)
SIGN_NAMES = tuple(sign.name for sign in VITAL_SIGNS)
BY_NAME = {sign.name: sign for sign in VITAL_SIGNS}


def is_kept_exactly(number: Decimal) -> bool:
    """Say whether a finite number keeps all its digits when it is stored."""
    return number == round(number, DECIMALS_MAX)


def check_amount(
    field: str,
    amount: Decimal | None,
    highest: Decimal | int,
    message: str,
    *,
    lowest: int | None = None,
) -> Iterator[Problem]:
    """Yield what is wrong with an amount, if any is given; `message` says what it has to be.

    It has to be above zero, or `lowest` and more.
    """
    if amount is None:
        return
    # A comparison with a NaN raises, so finite comes first.
    is_enough = amount.is_finite() and (amount > 0 if lowest is None else amount >= lowest)
    if not is_enough or amount > highest:
        yield Problem(field, message)
    elif not is_kept_exactly(amount):
        yield Problem(field, TOO_MANY_DIGITS)


@lru_cache(RECKONED_MAX)
def mg_per_kg(dose_mg: Decimal | None, weight_kg: Decimal | None) -> Decimal | None:
    """Divide dose in mg by weight in kg, to 0.01 mg/kg; None when either is missing."""
    if dose_mg is None or not weight_kg:
        return None
    return (dose_mg / weight_kg).quantize(Decimal("0.01"), ROUND_HALF_UP)


@lru_cache(RECKONED_MAX)
def mg_per_kg_per_hour(
    dose_mg: Decimal | None, weight_kg: Decimal | None, minutes: int | None
) -> Decimal | None:
    """Divide dose in mg by weight in kg and hours, to 0.01 mg/kg/h; None when any is missing."""
    if dose_mg is None or not weight_kg or not minutes:
        return None
    return (dose_mg * 60 / (weight_kg * minutes)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def mg_from_mg_per_kg(dose_mg_per_kg: Decimal, weight_kg: Decimal) -> Decimal:
    """Multiply mg/kg by kg, to 0.1 mg."""
    return (dose_mg_per_kg * weight_kg).quantize(Decimal("0.1"), ROUND_HALF_UP)


def check_vital_signs(signs: VitalSigns | None, prefix: str) -> Iterator[Problem]:
    """Yield every impossible reading; `prefix` is put before the field names."""
    if signs is None:
        return
    for sign in VITAL_SIGNS:
        value, low, high = getattr(signs, sign.name), sign.lowest, sign.highest
        if value is not None and not low <= value <= high:
            yield Problem(
                f"{prefix}{sign.name}",
                f"Give the {sign.label.lower()} between {low} and {high}, or leave it empty.",
            )
    systolic, diastolic = signs.systolic_mmhg, signs.diastolic_mmhg
    if systolic is not None and diastolic is not None and diastolic >= systolic:
        yield Problem(
            f"{prefix}{DIASTOLIC.name}",
            "The diastolic pressure must be below the systolic. Are the two swapped?",
        )
