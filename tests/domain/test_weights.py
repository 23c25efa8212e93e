import random
from decimal import Decimal

import pytest

from tracker.domain import weights
from tracker.domain.codes import WeightUnit

KG, LB = WeightUnit.KG, WeightUnit.LB


@pytest.mark.parametrize(
    ("pounds", "kilograms"), [("176", "79.8323"), ("176.4", "80.0137"), ("2.2", "0.9979")]
)
def test_pounds_become_kilograms_to_the_digits_that_are_kept(pounds, kilograms):
    assert weights.kg_from_lb(Decimal(pounds)) == Decimal(kilograms)
    assert weights.lb_from_kg(Decimal(kilograms)) == Decimal(pounds)


def test_what_was_typed_comes_back_as_it_was_typed():
    chance = random.Random(176)
    for _ in range(2_000):
        typed = Decimal(chance.randint(20, 14_000)) / 10
        for unit in (KG, LB):
            assert weights.in_unit(weights.in_kg(typed, unit), unit) == typed


def test_whatever_is_kept_comes_back_from_pounds_unchanged():
    chance = random.Random(7)
    for _ in range(2_000):
        kept = Decimal(chance.randint(10_000, 6_350_000)) / 10_000
        assert weights.in_kg(weights.in_unit(kept, LB), LB) == kept


def test_missing_stays_missing_and_no_unit_is_kilograms():
    assert weights.in_kg(None, LB) is None
    assert weights.in_unit(None, LB) is None
    assert weights.in_kg(Decimal(80), None) == 80


def test_both_units_are_shown_and_what_was_typed_stands_first():
    assert weights.words(Decimal("79.8323"), LB) == "176 lb (79.8 kg)"
    assert weights.words(Decimal(80), KG) == "80 kg (176.4 lb)"
    assert weights.words(Decimal(80)) == "80 kg (176.4 lb)"


def test_the_question_tells_both_readings():
    assert weights.pounds_question(Decimal(176)) == (
        "176 kg (388 lb) is the first weight on record. Is it pounds? 176 lb is 79.8 kg."
    )
