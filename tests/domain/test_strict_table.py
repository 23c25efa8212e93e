"""A file that a stranger wrote is read key by key; nothing in it is guessed and nothing is lost."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain import strict_table
from tracker.domain.strict_table import EndlessKeyError, Fault, StrictTable

WANTED = "must be something else."
VALUES = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.floats(), st.text(), st.dates()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=8,
)


class Book(StrictTable):
    """A table of nobody's format."""

    def unknown(self, key, known):
        return f"{key} is none of {sorted(known)}."


def opened(data):
    faults = []
    return Book(data, (), faults), faults


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (str, "a", 1), (bool, True, 1), (int, 1, True), (int, 1, 1.0), ((int, float), 1.5, "1"),
        (dict, {"a": 1}, []), (list, [1], {}),
    ],
)  # fmt: skip
def test_a_value_is_of_its_kind_or_a_fault_with_a_harmless_one_instead(kind, good, bad):
    book, faults = opened({"good": good, "bad": bad})
    assert book.take("good", kind, WANTED, "nothing") == good
    assert book.take("absent", kind, WANTED, "nothing") == "nothing"
    assert faults == []
    assert book.take("bad", kind, WANTED, "nothing") == "nothing"
    assert faults == [Fault(("bad",), WANTED)]


def test_a_list_is_of_one_kind_throughout():
    book, faults = opened({"a": ["x", "y"], "b": ["x", 1], "c": "xy"})
    assert book.take_list("a", str, WANTED) == ("x", "y")
    assert book.take_list("b", str, WANTED, ("z",)) == book.take_list("c", str, WANTED, ("z",))
    assert [fault.path for fault in faults] == [("b",), ("c",)]


def test_a_fault_names_its_place_however_deep():
    book, faults = opened({"rows": [{}, {"inner": {"typo": 1}}]})
    inner = book.take_tables("rows", WANTED)[1].take_table("inner", WANTED)
    inner.has("type")
    inner.check_unknown_keys()
    assert faults == [Fault(("rows", 1, "inner", "typo"), "typo is none of ['type'].")]
    assert faults[0].field == "rows 2, inner, typo"


@given(st.dictionaries(st.text(max_size=4), VALUES, max_size=5))
def test_whatever_stands_in_a_table_each_key_is_read_or_told(data):
    book, faults = opened(data)
    read = [key for key in data if book.take(key, str, WANTED, None) is not None]
    book.check_unknown_keys()
    assert {key for key, value in data.items() if isinstance(value, str)} == set(read)
    assert {fault.path for fault in faults} == {(key,) for key in data if key not in read}
    untouched, faults = opened(data)
    untouched.check_unknown_keys()
    assert {fault.path for fault in faults} == {(key,) for key in data}


@pytest.mark.parametrize("part", ["a.", '"a b".', "'!' . ", "a-1\t."])
@pytest.mark.parametrize("before", ["", "\n\n[[x]]\n  ", "x = {y = 1, "])
def test_a_key_that_would_keep_the_server_busy_is_refused_at_once(part, before):
    began = time.perf_counter()
    with pytest.raises(EndlessKeyError) as caught:
        strict_table.load(before + part * 20_000 + "b = 1")
    assert time.perf_counter() - began < 5  # the standard library takes minutes
    assert caught.value.line == before.count("\n") + 1


def test_a_text_may_have_as_many_dots_as_it_likes():
    dots = "a." * 50
    text = f'a = "{dots}"\nb = ["x", "{dots}"] # {dots}\nc = {{ d = "{dots}" }}'
    assert strict_table.load(text) == {"a": dots, "b": ["x", dots], "c": {"d": dots}}
