"""What is told of small counts gives none of them away, by no sum and no difference."""

import random

import numpy as np
import pytest

from tracker.domain.outcomes.suppression import SumOf, counts_to_hide, shares_to_hide

LEAST = 5


def table(draw, rows, columns):
    """Make a table with the sums of its rows and columns, and of all."""
    counts = {
        (row, column): draw.choice((0, 0, 1, 2, 3, 4, 5, 6, 9, 15, 40))
        for row in range(rows)
        for column in range(columns)
    }
    sums = [SumOf(("row", row), tuple((row, column) for column in range(columns)))
            for row in range(rows)]  # fmt: skip
    sums += [SumOf(("column", column), tuple((row, column) for row in range(rows)))
             for column in range(columns)]  # fmt: skip
    for one in sums:
        counts[one.whole] = sum(counts[part] for part in one.parts)
    sums.append(SumOf("all", tuple(("row", row) for row in range(rows))))
    sums.append(SumOf("all", tuple(("column", column) for column in range(columns))))
    counts["all"] = sum(counts["row", row] for row in range(rows))
    return counts, sums


def follow(counts, sums, gone):
    """List the hidden counts that linear algebra finds, with numpy's own rank."""
    names = sorted(gone, key=repr)
    if not names:
        return []
    system = np.zeros((len(sums), len(names)))
    for row, one in enumerate(sums):
        for name, sign in ((one.whole, 1), *((part, -1) for part in one.parts)):
            if name in gone:
                system[row, names.index(name)] += sign
    rank = np.linalg.matrix_rank(system)
    unit = np.eye(len(names))
    return [
        name
        for place, name in enumerate(names)
        if np.linalg.matrix_rank(np.vstack([system, unit[place]])) == rank
    ]


def test_no_hidden_count_follows_from_what_is_told_in_many_tables():
    draw = random.Random(11)
    some = 0
    for _ in range(300):
        counts, sums = table(draw, draw.randint(1, 4), draw.randint(1, 4))
        gone = counts_to_hide(counts, sums, LEAST)
        assert gone >= {name for name, n in counts.items() if 0 < n < LEAST}
        assert follow(counts, sums, gone) == []
        for one in sums:
            unknown = [name for name in one.parts if name in gone]
            if one.whole not in gone and unknown:
                # What a sum lacks could be all in one of them, and is then no small count.
                assert sum(counts[name] for name in unknown) - len(unknown) + 1 >= LEAST
                some += 1
    assert some > 200


def test_a_bridge_between_two_blocks_is_found():
    # Every row and every column of these has two hidden or more, and one still follows.
    counts = {(row, column): 50 for row in range(4) for column in range(4)}
    blocks = [(0, 0), (0, 1), (1, 0), (1, 1), (2, 2), (2, 3), (3, 2), (3, 3), (1, 2)]
    counts |= dict.fromkeys(blocks, 4)
    sums = []
    for place in range(4):
        sums.append(SumOf(("row", place), tuple((place, one) for one in range(4))))
        sums.append(SumOf(("column", place), tuple((one, place) for one in range(4))))
    for one in sums:
        counts[one.whole] = sum(counts[part] for part in one.parts)
    assert follow(counts, sums, set(blocks)) == [(1, 2)]
    gone = counts_to_hide(counts, sums, LEAST)
    assert gone > set(blocks)
    assert follow(counts, sums, gone) == []


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ({"a": 12, "b": 20}, {"a", "b", "all"}),
        ({"a": 3, "b": 20, "c": 30}, {"c", "all"}),
        ({"a": 0, "b": 20}, {"a", "b", "all"}),
        ({"a": 1, "b": 1, "c": 30, "d": 40}, {"d", "all"}),
        ({"a": 4, "b": 4, "c": 30}, {"c", "all"}),
    ],
)
def test_a_small_count_takes_the_next_one_along(counts, told):
    whole = {**counts, "all": sum(counts.values())}
    assert set(whole) - counts_to_hide(whole, [SumOf("all", tuple(counts))], LEAST) == told


def test_a_limit_of_one_hides_nothing():
    counts = {"a": 1, "b": 2, "all": 3}
    assert counts_to_hide(counts, [SumOf("all", ("a", "b"))], 1) == set()


def test_a_share_is_not_told_where_those_without_are_few():
    assert shares_to_hide({"a": (18, 20), "b": (10, 20)}, LEAST) == {"a"}
    assert shares_to_hide({"a": (20, 20), "b": (0, 20)}, LEAST) == set()


def test_of_shares_with_a_total_another_goes_along():
    shares = {"a": (3, 20), "b": (8, 20), "c": (10, 30), "all": (21, 70)}
    assert shares_to_hide(shares, LEAST, total="all") == {"a", "b"}
    assert shares_to_hide(dict(list(shares.items())[:3]), LEAST) == {"a"}
