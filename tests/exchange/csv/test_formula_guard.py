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


INSIDE = [
    ("a;=1+1", "a;'=1+1"), ("a; =1", "a;' =1"), ("a|@x", "a|'@x"), ("a\t+1", "a\t'+1"),
    ("a;'=1", "a;''=1"), ("a\n=1;-2", "a\n'=1;'-2"), ("=1;=2", "'=1;'=2"), ("a;\t＝1", "a;\t'＝1"),
    ("\n=1", "'\n'=1"), ("a\r\n-b", "a\r\n'-b"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "guarded"), INSIDE)
def test_a_formula_after_a_sign_at_which_a_cell_may_be_cut_gets_one_too(text, guarded):
    assert guard(text) == guarded
    assert unguard(guarded) == text
    assert is_guarded(guarded)


@pytest.mark.parametrize(
    "text", ["a;b=1", "3;4", "a|b", "two\n\nlines", "a, -2 kg", "x;'y", "a; b"]
)
def test_a_text_with_such_a_sign_and_no_formula_stays_as_it_is(text):
    assert guard(text) == text == unguard(text)


@given(st.text(alphabet="=+-@＝';|\t\r\n ,a\"", max_size=12), st.sampled_from(";|\t"))
def test_no_piece_of_a_guarded_text_opens_as_a_formula(text, separator):
    """Cut as a spreadsheet might that knows nothing of the quotation marks."""
    assert unguard(guard(text)) == text
    lines = guard(text).replace("\r", "\n").split("\n")
    for piece in (piece for line in lines for piece in line.split(separator)):
        assert not piece.strip(" ").startswith(tuple("=+-@＝"))


def test_a_text_that_already_has_the_apostrophe_gets_another():
    assert guard("'=1") == "''=1"
    assert unguard("''=1") == "'=1"


@given(st.text() | st.from_regex(r"\A'{0,3}\s{0,2}[=+\-@＝]?.{0,5}\Z"))
def test_the_guard_comes_off_exactly(text):
    assert unguard(guard(text)) == text
    assert not is_risky(guard(text))
