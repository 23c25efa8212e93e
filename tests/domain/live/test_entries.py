"""What holds among entries that correct and withdraw one another."""

from hypothesis import given
from hypothesis import strategies as st

from tests.builders.session_logs import log as written
from tracker.domain.live.entries import EntryKind, Note, Withdrawal, effective, log, roots


def test_the_chain_of_an_entry_begins_with_the_first_whoever_corrected_it_how_often():
    links = [("a", ""), ("b", ""), ("c", "a"), ("d", "a"), ("e", "c"), ("f", "elsewhere")]
    assert roots(links) == {
        "a": "a", "b": "b", "c": "a", "d": "a", "e": "a", "f": "elsewhere",
    }  # fmt: skip


@st.composite
def logs(draw):
    """Draw entries of few instants, each new, or a correction or withdrawal of an earlier one."""
    steps = []
    for number in range(draw(st.integers(1, 12))):
        minute = draw(st.integers(0, 2))
        content = draw(st.sampled_from([Note(text="x"), Withdrawal(reason="x")]))
        replaces = draw(st.integers(0, number))
        steps.append((minute, content, f"key-{replaces}" if replaces else ""))
    return written(*steps)


@given(logs(), st.randoms())
def test_what_holds_is_the_last_of_every_chain_in_whatever_order_it_is_read(entries, random):
    expected = {}  # the slow way: walk back from each entry, one link at a time
    by_key = {entry.key: entry for entry in entries}
    for entry in entries:
        begun = entry
        while begun.replaces:
            begun = by_key[begun.replaces]
        expected[begun.key] = entry
    held = [one for one in expected.values() if one.kind is not EntryKind.WITHDRAWAL]
    shuffled = random.sample(list(entries), len(entries))
    assert effective(shuffled) == sorted(held, key=lambda one: (one.at, one.sequence))
    lines = log(shuffled)
    assert {line.first.key: line.last for line in lines} == expected
    assert [one for line in lines for one in line.later if one is line.first] == []


def test_of_one_instant_what_arrived_last_holds_last_and_a_line_stays_where_it_was():
    first, other, second = written(
        (3, Note(text="a")), (3, Note(text="b")), (3, Note(text="c"), "key-1")
    )
    assert effective([first, other, second]) == [other, second]
    assert [line.visible_entry for line in log([first, other, second])] == [second, other]
