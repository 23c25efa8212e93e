"""Slips of unit and of the decimal point: a dose far from the one it should be is asked about.

One rule for every place where a dose is typed. A usual step is not asked: 56 to 84 mg, or 0.5 to
1.0 mg/kg. It says what the number is beside the other, and which slip would make it; no advice.
"""

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from tracker.domain.codes import Word
from tracker.domain.formatting import in_full
from tracker.domain.problems import Finding

# Twice is a step that is taken, and drawing up rounds; a weight in pounds for kilograms makes 2.2.
FURTHEST = Decimal("2.1")
# A part of a dose (one device of three, a first injection) is far from it only by this much.
FURTHEST_PART = Decimal(8)
NEAR = Decimal("0.12")  # how near a factor has to be to be named: drawing up rounds
NEAR_POUNDS = Decimal("0.05")
LB_IN_KG = Decimal("2.2046")
SOURCE = (
    f"clinic default: asked beyond {FURTHEST} times either way; known slips are tenfold doses "
    "(ISMP) and pounds kept as kilograms (AHRQ PSNet)"
)
_POINT = "Is the decimal point right?"
_POUNDS = "Was a weight in pounds taken for kilograms, or the other way round?"
_MICROGRAMS = "Milligrams or micrograms?"


class _Slip(Struct, frozen=True):
    """A known slip: the factor it makes, how near one has to be, and how it is asked about."""

    factor: Decimal
    tolerance: Decimal
    named: str
    less: str
    asked: str


_SLIPS = (
    _Slip(LB_IN_KG, NEAR_POUNDS, "2.2", "less than half of", _POUNDS),
    _Slip(Decimal(10), NEAR, "10", "about a tenth of", _POINT),
    _Slip(Decimal(100), NEAR, "100", "about a hundredth of", _POINT),
    _Slip(Decimal(1000), NEAR, "1000", "about a thousandth of", _MICROGRAMS),
)


class DoseAnswer(Word):
    """What becomes of the doses of a file that look like slips."""

    KEEP = "keep", "They are right: take them as they stand"
    LEAVE_OUT = "leave-out", "Leave their rows out"


class ExpectedDose(Struct, frozen=True, kw_only=True):
    """What a dose is held against; `beside` says what it is: planned, undrawn, last.

    `per_kg` is the planned mg/kg and `mg_per_ml` the strength of the lot: a number that is one of
    them, or a volume, is named as such.
    """

    amount: Decimal | None
    unit: str = "mg"
    beside: str = "planned"
    per_kg: Decimal | None = None
    mg_per_ml: Decimal | None = None

    @property
    def words(self) -> str:
        """Name it in a sentence."""
        return f"the {self.beside} {in_full(self.amount or Decimal(0))} {self.unit}"


def review(
    amount: Decimal | None,
    expected: ExpectedDose,
    *,
    field: str = "dose_mg",
    is_part: bool = False,
) -> Iterator[Finding]:
    """Yield a finding where an amount is far from the expected one; both in the same unit.

    `is_part` of what may be given in parts, or starts low: what is merely less is usual there.
    """
    wanted = expected.amount
    if amount and wanted and is_far(amount, wanted, FURTHEST_PART if is_part else FURTHEST):
        given = f"{in_full(amount)} {expected.unit}"
        yield Finding(field, f"{given} is {_words(amount, wanted, expected)}", SOURCE)


def is_far(amount: Decimal | None, wanted: Decimal | None, lowest: Decimal = FURTHEST) -> bool:
    """Say whether an amount is far from another; what is not known is not."""
    if not amount or not wanted or amount < 0:
        return False
    return not wanted / lowest <= amount <= wanted * FURTHEST


def _words(amount: Decimal, wanted: Decimal, expected: ExpectedDose) -> str:
    per_kg, mg_per_ml = expected.per_kg, expected.mg_per_ml
    if per_kg and _is_near(amount, per_kg, NEAR_POUNDS):
        return f"far from {expected.words}. Is it the dose in mg/kg?"
    if mg_per_ml and mg_per_ml != 1 and _is_near(amount * mg_per_ml, wanted, NEAR_POUNDS):
        return f"far from {expected.words}. Is it the volume in mL?"
    for slip in _SLIPS:
        if _is_near(amount, wanted * slip.factor, slip.tolerance):
            return f"about {slip.named} times {expected.words}. {slip.asked}"
        if _is_near(amount * slip.factor, wanted, slip.tolerance):
            return f"{slip.less} {expected.words}. {slip.asked}"
    return f"{'more than twice' if amount > wanted else 'less than half of'} {expected.words}."


def _is_near(amount: Decimal, wanted: Decimal, tolerance: Decimal) -> bool:
    return abs(amount - wanted) <= wanted * tolerance


def in_stock(
    amount_mg: Decimal | None, rest_mg: Decimal, unit_mg: Decimal, mg_per_ml: Decimal | None
) -> Iterator[Finding]:
    """Yield what is unusual about an amount that leaves a lot otherwise than as a dose.

    What lies open is `rest_mg`, of a container of `unit_mg`. Less of it is usual: only what is a
    known slip away from it is asked about.
    """
    if not amount_mg or amount_mg < 0 or not rest_mg:
        return
    factors = [slip.factor for slip in _SLIPS] + ([mg_per_ml] if mg_per_ml else [])
    slipped = any(
        _is_near(amount_mg, rest_mg * factor, NEAR_POUNDS)
        or _is_near(amount_mg * factor, rest_mg, NEAR_POUNDS)
        for factor in factors
        if factor != 1
    )
    if slipped and amount_mg % unit_mg:
        opened = ExpectedDose(amount=rest_mg, beside="opened", mg_per_ml=mg_per_ml)
        said = _words(amount_mg, rest_mg, opened)
        yield Finding("amount_mg", f"{in_full(amount_mg)} mg is {said}", SOURCE)
