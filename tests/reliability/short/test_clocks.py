"""Clocks that change, jump or are elsewhere."""

import pytest

from tests.reliability.clocks import cases as clocks


def test_there_are_twenty_four_cases():
    assert len(clocks.cases()) == 24


@pytest.mark.parametrize(
    "name",
    ["Australia/Lord_Howe: a time that comes twice", "the new year", "idle, the clock a day behind",
     "America/Santiago: at the chair, clocks go back"],
)  # fmt: skip
def test_nothing_is_lost_put_in_another_order_or_miscounted(name):
    assert clocks.run([name]) == {name: ""}
