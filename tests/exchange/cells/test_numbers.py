from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.exchange.cells.numbers import read_number, read_whole, write_number


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (35.0, "35"),
        (35.5, "35.5"),
        (0.1, "0.1"),
        (1e-05, "0.00001"),
        (0.0, "0"),
        (-0.0, "0"),
        (Decimal("35.00"), "35"),
        (Decimal("35.50"), "35.5"),
        (Decimal("1E+2"), "100"),
        (Decimal("-0.0"), "0"),
        (Decimal("100"), "100"),
        (40, "40"),
    ],
)
def test_a_number_is_written_without_trailing_zeros_or_exponent(value, cell):
    assert str(write_number(value)) == cell


@given(st.decimals(-99999, 99999, places=4))
def test_a_number_comes_back_as_it_went(number):
    assert read_number(str(write_number(number))) == number


@pytest.mark.parametrize("cell", ["30.97", " 30.97 ", "+30.97", "030.97"])
def test_a_plain_number_is_read(cell):
    assert read_number(cell) == Decimal("30.97")


def test_a_decimal_comma_is_read_where_it_is_said():
    assert read_number("30,97", decimal_comma=True) == Decimal("30.97")
    with pytest.raises(ValueError, match="decimal_comma = true"):
        read_number("30,97")
    with pytest.raises(ValueError, match="point"):
        read_number("1.234", decimal_comma=True)


@pytest.mark.parametrize(
    "cell",
    ["19 but poor collection", "50 mg = 0.5 mg/kg", "50mg", "80 - 90", "1e5", "1_000", "0x10"],
)
def test_a_remark_is_not_cut_off(cell):
    with pytest.raises(ValueError, match="alone"):
        read_number(cell)


@pytest.mark.parametrize("cell", ["nan", "inf", "-inf", "1" * 400, "٣", "", "-", ".", "x"])
def test_what_is_no_plain_number_is_refused(cell):
    with pytest.raises(ValueError, match="not a number"):
        read_number(cell)


def test_a_whole_number_may_come_from_a_spreadsheet_but_not_be_a_fraction():
    assert read_whole("7.0") == 7
    assert read_whole("123456789012") == 123456789012
    with pytest.raises(ValueError, match="whole"):
        read_whole("7.5")


def test_the_largest_id_is_read_whole():
    assert read_whole(str(2**53 - 1)) == 2**53 - 1
    assert read_whole(f" {2**53 - 1} ") == 2**53 - 1
    with pytest.raises(ValueError, match="not a number"):
        read_whole("1" * 17)
