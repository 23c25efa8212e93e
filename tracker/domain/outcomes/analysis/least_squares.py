"""A straight line through several things at once, by least squares, in exact arithmetic.

It needs no library, and no order of rows or column changes a digit: sums are of decimals, and the
few equations are solved in fractions.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import sqrt

from msgspec import Struct

from tracker.domain.outcomes import student

ZERO = Decimal(0)


class FittedTerm(Struct, frozen=True):
    """One part of a fitted line: its value, its standard error, its 95 % interval."""

    name: str
    value: float
    error: float
    ends: tuple[float, float]


class FittedLine(Struct, frozen=True):
    """A fitted line of `n`, its degrees of freedom, and how far what was seen lies from it."""

    n: int
    degrees: int
    terms: tuple[FittedTerm, ...]
    residual_sd: float

    def term(self, name: str) -> FittedTerm:
        """Give a part by its name."""
        return next(one for one in self.terms if one.name == name)


def least_squares(
    names: Sequence[str], rows: Sequence[Sequence[Decimal]], seen: Sequence[Decimal]
) -> FittedLine | None:
    """Fit `seen` by the columns of `rows`, which `names` name; intervals by Student's t.

    None where there are not more rows than columns, or where one column follows from others.
    """
    n, size = len(rows), len(names)
    if n <= size:
        return None
    products = [
        [Fraction(sum((row[i] * row[j] for row in rows), ZERO)) for j in range(size)]
        for i in range(size)
    ]
    with_seen = [
        Fraction(sum((row[i] * one for row, one in zip(rows, seen, strict=True)), ZERO))
        for i in range(size)
    ]
    inverse = _inverse(products)
    if inverse is None:
        return None
    values = [sum((a * b for a, b in zip(line, with_seen, strict=True)), Fraction(0))
              for line in inverse]  # fmt: skip
    explained = sum((a * b for a, b in zip(values, with_seen, strict=True)), Fraction(0))
    left = Fraction(sum((one * one for one in seen), ZERO)) - explained
    degrees = n - size
    variance = left / degrees
    reach = student.quantile(0.975, degrees)
    terms = []
    for place, name in enumerate(names):
        value, error = float(values[place]), sqrt(float(inverse[place][place] * variance))
        terms.append(FittedTerm(name, value, error, (value - reach * error, value + reach * error)))
    return FittedLine(n, degrees, tuple(terms), sqrt(float(variance)))


def _inverse(matrix: Sequence[Sequence[Fraction]]) -> list[list[Fraction]] | None:
    """Invert by Gauss and Jordan; None of a matrix that has no inverse."""
    size = len(matrix)
    work = [[*line, *(Fraction(int(i == j)) for j in range(size))] for i, line in enumerate(matrix)]
    for at in range(size):
        pivot = next((i for i in range(at, size) if work[i][at]), None)
        if pivot is None:
            return None
        work[at], work[pivot] = work[pivot], work[at]
        head = work[at][at]
        work[at] = [one / head for one in work[at]]
        for i in range(size):
            if i != at and work[i][at]:
                factor = work[i][at]
                work[i] = [a - factor * b for a, b in zip(work[i], work[at], strict=True)]
    return [line[size:] for line in work]
