"""The median and the quartiles of many values that are told as how many there are of each."""

from collections.abc import Mapping
from math import ceil, floor

from msgspec import Struct


class Quartiles(Struct, frozen=True):
    """A quarter of `n` values is at or below `low`, half at or below `middle`."""

    n: int
    low: float
    middle: float
    high: float


def quartiles(counted: Mapping[int, int]) -> Quartiles | None:
    """Find them in a table of value to how many; None of no value.

    Between two values linearly: definition 7 of Hyndman and Fan 1996, Am Stat 50:361, which R and
    numpy use.
    """
    n = sum(counted.values())
    if not n:
        return None
    return Quartiles(n, *(_at(counted, part * (n - 1)) for part in (0.25, 0.5, 0.75)))


def _at(counted: Mapping[int, int], place: float) -> float:
    low, high = _at_rank(counted, floor(place)), _at_rank(counted, ceil(place))
    return low + (high - low) * (place - floor(place))


def _at_rank(counted: Mapping[int, int], rank: int) -> int:
    """Give the value at a rank that counts from 0."""
    seen = 0
    for value, n in sorted(counted.items()):
        seen += n
        if rank < seen:
            return value
    return max(counted)
