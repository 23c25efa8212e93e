"""Small counts are hidden in what leaves a clinic, and so is whatever would give them away.

A count from 1 to below the limit names somebody to whoever knows a few facts. To hide it alone is
not enough where it is what a total lacks: then others of the same sum are hidden, too.
Source: Hundepool et al. 2012, Statistical Disclosure Control, chapter 4 (cell suppression).
A count of 0 is shown: it is of nobody.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TypeVar

from msgspec import Struct

Name = TypeVar("Name", bound=Hashable)


class SumOf(Struct, frozen=True):
    """A count that is the sum of others, all of which are told together."""

    whole: Hashable
    parts: tuple[Hashable, ...]


def counts_to_hide(
    counts: Mapping[Name, int], sums: Sequence[SumOf], least: int, *, also: Iterable[Name] = ()
) -> set[Name]:
    """Name the counts that must not be told: the small ones, and what would give them away.

    No hidden count follows from those that are told, by any sums and differences, and none is the
    rest of a sum that is itself too small. Where `least` is 1 nothing is hidden. `also` are those
    that are not told anyway.
    """
    gone = {name for name, n in counts.items() if 0 < n < least} | set(also)
    while True:
        more = next(_given_away(counts, sums, gone, least), None)
        if more is None:
            return gone
        gone.add(more)


def _given_away(
    counts: Mapping[Name, int], sums: Sequence[SumOf], gone: set[Name], least: int
) -> Iterator[Name]:
    """Name a count to hide beside others, for each sum that tells too much."""
    for one in sums:
        if gone.intersection([one.whole, *one.parts]) and not _is_safe(counts, one, gone, least):
            yield from _smallest_shown(counts, [one], gone)
    for name in _follows(sums, gone):
        touching = [one for one in sums if name in (one.whole, *one.parts)]
        # Where its own sums have nothing left to hide, it follows by way of others.
        yield from _smallest_shown(counts, [*touching, *sums], gone)


def _is_safe(counts: Mapping[Name, int], one: SumOf, gone: set[Name], least: int) -> bool:
    """Say whether a sum by itself leaves open what its hidden counts are."""
    unknown = [name for name in one.parts if name in gone]
    if one.whole in gone:
        return bool(unknown) or not one.parts
    lacking = sum(counts[name] for name in unknown)
    # Each of them is 1 or more, so none can be more than this.
    return not unknown or (len(unknown) > 1 and lacking - len(unknown) + 1 >= least)


def _smallest_shown(
    counts: Mapping[Name, int], sums: Iterable[SumOf], gone: set[Name]
) -> Iterator[Name]:
    """Name the smallest count that is not nothing and is still told; the total when no part is."""
    for one in sums:
        shown = [name for name in one.parts if name not in gone and counts[name]]  # type: ignore[index]
        yield from sorted(shown, key=lambda name: counts[name])[:1]  # type: ignore[index, misc]
    for one in sums:
        if one.whole not in gone:
            yield one.whole  # type: ignore[misc]


def _follows(sums: Sequence[SumOf], gone: set[Name]) -> Iterator[Name]:
    """Name the hidden counts that follow from all sums together: each stands alone in one of them.

    By Gauss and Jordan, in fractions: what is told is known, so only hidden counts are unknown.
    """
    unknown = sorted(gone, key=repr)
    place = {name: n for n, name in enumerate(unknown)}
    rows = [_row(one, place) for one in sums]
    done = 0
    for column in range(len(unknown)):
        pivot = next((n for n in range(done, len(rows)) if rows[n][column]), None)
        if pivot is None:
            continue
        rows[done], rows[pivot] = rows[pivot], rows[done]
        rows[done] = [value / rows[done][column] for value in rows[done]]
        for n, row in enumerate(rows):
            if n != done and row[column]:
                rows[n] = [a - row[column] * b for a, b in zip(row, rows[done], strict=True)]
        done += 1
    for row in rows:
        left = [n for n, value in enumerate(row) if value]
        if len(left) == 1:
            yield unknown[left[0]]


def _row(one: SumOf, place: Mapping[Name, int]) -> list[Fraction]:
    row = [Fraction(0)] * len(place)
    for name, sign in ((one.whole, 1), *((part, -1) for part in one.parts)):
        if name in place:
            row[place[name]] += sign  # type: ignore[index]
    return row


def shares_to_hide(
    shares: Mapping[Name, tuple[int, int]], least: int, *, total: Name | None = None
) -> set[Name]:
    """Name the shares (so many, of so many) that must not be told, of groups that are apart.

    A share tells three counts: those it counts, those it does not, and all of them; with one of
    them hidden none is told. `total` is the share of all groups together, where it is told, too.
    """
    counts = {
        (name, kind): n
        for name, (count, of) in shares.items()
        for kind, n in zip(_KINDS, (count, of - count, of), strict=True)
    }
    sums = [SumOf((name, "of"), ((name, "with"), (name, "without"))) for name in shares]
    if total is not None:
        groups = [name for name in shares if name != total]
        sums += [SumOf((total, kind), tuple((name, kind) for name in groups)) for kind in _KINDS]
    names: set[Name] = set()
    while True:
        gone = counts_to_hide(
            counts, sums, least, also=((name, kind) for name in names for kind in _KINDS)
        )
        found = {name for name, _kind in gone}
        if found == names:
            return names
        names = found


_KINDS = ("with", "without", "of")
