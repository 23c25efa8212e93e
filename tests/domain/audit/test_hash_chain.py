from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.audit import hash_chain

KEY = b"k" * 32


def chained(lines):
    previous, rows = hash_chain.FIRST, []
    for sequence, line in enumerate(lines, start=1):
        sealed = hash_chain.seal(KEY, previous, line)
        rows.append((sequence, previous, sealed, line))
        previous = sealed
    return rows


LINES = st.lists(st.fixed_dictionaries({"actor": st.text(), "action": st.text()}), min_size=2)


@given(LINES)
def test_an_untouched_chain_is_intact(lines):
    verdict = hash_chain.verify(KEY, chained(lines))
    assert verdict.intact
    assert verdict.lines == len(lines)


@given(LINES, st.data())
def test_a_changed_line_is_named(lines, data):
    rows = chained(lines)
    at = data.draw(st.integers(0, len(rows) - 1))
    sequence, previous, sealed, line = rows[at]
    rows[at] = (sequence, previous, sealed, line | {"actor": line["actor"] + "x"})
    assert hash_chain.verify(KEY, rows).broken_at == sequence


@given(LINES, st.data())
def test_a_removed_line_is_noticed_unless_it_was_the_last(lines, data):
    rows = chained(lines)
    at = data.draw(st.integers(0, len(rows) - 2))
    del rows[at]
    assert not hash_chain.verify(KEY, rows).intact


@given(LINES, st.data())
def test_two_swapped_lines_are_noticed(lines, data):
    rows = chained(lines)
    at = data.draw(st.integers(0, len(rows) - 2))
    rows[at], rows[at + 1] = rows[at + 1], rows[at]
    assert not hash_chain.verify(KEY, rows).intact


def test_a_cut_tail_shows_in_the_head_that_was_noted_before():
    rows = chained([{"actor": "a"}, {"actor": "b"}, {"actor": "c"}])
    noted = hash_chain.verify(KEY, rows).head
    cut = hash_chain.verify(KEY, rows[:-1])
    assert cut.intact
    assert cut.head != noted


def test_another_key_does_not_verify():
    assert hash_chain.verify(b"z" * 32, chained([{"actor": "a"}])).broken_at == 1
