import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.exchange.csv.formula_guard import guard, is_guarded, is_risky, unguard

RISKY = ["=1+1", "+41 79", "-1", "@x", "\tx", "\rx", "\nx", "  =1", "＝1", "＋1", "－1", "＠x"]


@pytest.mark.parametrize("text", RISKY)
def test_a_text_that_opens_like_a_formula_gets_an_apostrophe(text):
    assert is_risky(text)
    assert guard(text) == "'" + text
    assert is_guarded(guard(text))


@pytest.mark.parametrize("text", ["", "Ann", "O'Brien", "'tis", "3-4", "a=b", " '=1"])
def test_an_ordinary_text_stays_as_it_is(text):
    assert guard(text) == text
    assert unguard(text) == text


def test_a_text_that_already_has_the_apostrophe_gets_another():
    assert guard("'=1") == "''=1"
    assert unguard("''=1") == "'=1"


@given(st.text() | st.from_regex(r"\A'{0,3}\s{0,2}[=+\-@＝]?.{0,5}\Z"))
def test_the_guard_comes_off_exactly(text):
    assert unguard(guard(text)) == text
    assert not is_risky(guard(text))
