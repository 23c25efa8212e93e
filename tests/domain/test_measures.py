from decimal import Decimal

import pytest

from tracker.domain import measures
from tracker.domain.measures import VitalSigns


def test_dose_per_kilogram_is_rounded_to_a_hundredth():
    assert measures.mg_per_kg(Decimal(35), Decimal(70)) == Decimal("0.50")
    assert measures.mg_per_kg(Decimal(40), Decimal("70.4")) == Decimal("0.57")
    assert measures.mg_per_kg(Decimal("0.5"), Decimal(100)) == Decimal("0.01")


@pytest.mark.parametrize(
    ("dose", "weight"), [(None, Decimal(70)), (Decimal(35), None), (Decimal(35), Decimal(0))]
)
def test_dose_per_kilogram_is_missing_where_one_is_missing(dose, weight):
    assert measures.mg_per_kg(dose, weight) is None


def test_milligrams_from_dose_per_kilogram():
    assert measures.mg_from_mg_per_kg(Decimal("0.5"), Decimal("71.3")) == Decimal("35.7")


def test_nothing_measured_is_false_and_a_zero_is_not_missing():
    assert not VitalSigns()
    assert VitalSigns(spo2_percent=0)


def test_swapped_pressures_are_a_problem_on_the_lower():
    signs = VitalSigns(systolic_mmhg=80, diastolic_mmhg=120)
    problems = list(measures.check_vital_signs(signs, "before_"))
    assert [p.field for p in problems] == ["before_diastolic_mmhg"]


@pytest.mark.parametrize("name", measures.SIGN_NAMES)
def test_a_reading_just_beyond_the_possible_is_refused(name):
    sign = measures.BY_NAME[name]
    low, high = sign.lowest, sign.highest
    for value in (low - 1, high + 1):
        problems = measures.check_vital_signs(VitalSigns(**{name: value}), "")
        assert [p.field for p in problems] == [name]
    for value in (low, high):
        assert not list(measures.check_vital_signs(VitalSigns(**{name: value}), ""))


WANTED = "Give an amount."


@pytest.mark.parametrize(
    ("amount", "lowest", "said"),
    [
        (None, None, []),
        ("0.0001", None, []),
        ("10", None, []),
        ("0", None, [WANTED]),
        ("0", 0, []),
        ("0.9", 1, [WANTED]),
        ("1", 1, []),
        ("10.0001", None, [WANTED]),
        ("-1", 0, [WANTED]),
        ("1.00001", None, [measures.TOO_MANY_DIGITS]),
        *((odd, lowest, [WANTED]) for odd in ("NaN", "sNaN", "Infinity") for lowest in (None, 0)),
    ],
)
def test_an_amount_is_possible_and_kept_exactly_or_refused_in_words(amount, lowest, said):
    value = None if amount is None else Decimal(amount)
    found = list(measures.check_amount("amount", value, Decimal(10), WANTED, lowest=lowest))
    assert [problem.message for problem in found] == said
