"""Two totals of the same people, before and after: means, the change, and how large it is."""

from decimal import Decimal
from math import inf, sqrt

from msgspec import Struct

from tracker.domain.outcomes import student

ZERO = Decimal(0)


class PairSums(Struct, frozen=True):
    """Sums over pairs of a total before and one after: exact, so that none depends on the order.

    `after_before` is the sum of their products.
    """

    n: int = 0
    before: Decimal = ZERO
    before_squares: Decimal = ZERO
    after: Decimal = ZERO
    after_squares: Decimal = ZERO
    after_before: Decimal = ZERO

    def add(self, before: Decimal, after: Decimal, times: int = 1) -> "PairSums":
        """Add a pair, or take it away with `times` -1."""
        return PairSums(
            self.n + times,
            self.before + times * before,
            self.before_squares + times * before * before,
            self.after + times * after,
            self.after_squares + times * after * after,
            self.after_before + times * before * after,
        )

    @property
    def change(self) -> Decimal:
        """Sum the changes, later less earlier."""
        return self.after - self.before

    @property
    def change_squares(self) -> Decimal:
        """Sum the squares of the changes."""
        return self.after_squares - 2 * self.after_before + self.before_squares


class PairedChange(Struct, frozen=True, kw_only=True):
    """What the pairs say; a spread needs two people, and all that rests on it is None before.

    `change` is later less earlier, `change_ends` its 95 % interval by t. Two sizes carry the name
    of Cohen's d: `d_of_changes` is the mean change by the standard deviation of the changes (d_z),
    and `d_of_scores` by the mean of the two standard deviations (d_av): Lakens 2013, Front Psychol
    4:863. Both are positive where the total fell.
    """

    n: int
    before: float
    after: float
    change: float
    before_sd: float | None = None
    after_sd: float | None = None
    change_sd: float | None = None
    change_ends: tuple[float, float] | None = None
    t: float | None = None
    probability: float | None = None
    d_of_changes: float | None = None
    d_of_scores: float | None = None


def paired_change(sums: PairSums) -> PairedChange | None:
    """Work out means, spread and size from sums; None of nobody."""
    n = sums.n
    if not n:
        return None
    before, after, change = (float(one / n) for one in (sums.before, sums.after, sums.change))
    if n == 1:
        return PairedChange(n=n, before=before, after=after, change=change)
    before_sd, after_sd, change_sd = (
        standard_deviation(n, total, squares)
        for total, squares in (
            (sums.before, sums.before_squares),
            (sums.after, sums.after_squares),
            (sums.change, sums.change_squares),
        )
    )
    half = student.half_width(change_sd, n)
    t = _ratio(-change, change_sd / sqrt(n))
    return PairedChange(
        n=n,
        before=before,
        after=after,
        change=change,
        before_sd=before_sd,
        after_sd=after_sd,
        change_sd=change_sd,
        change_ends=(change - half, change + half),
        t=t,
        probability=None if t is None else student.probability_beyond(t, n - 1),
        d_of_changes=_ratio(-change, change_sd),
        d_of_scores=_ratio(-change, (before_sd + after_sd) / 2),
    )


def standard_deviation(n: int, total: Decimal, squares: Decimal) -> float:
    """Give the standard deviation of a sample of at least two from its two sums.

    The difference is taken of exact numbers, so that nothing is lost where all are nearly alike.
    """
    return sqrt(float((squares * n - total * total) / (n * (n - 1))))


def _ratio(one: float, other: float) -> float | None:
    """Divide; None where everybody changed alike, so that there is no spread to compare with."""
    if other == 0:
        return None
    found = one / other
    return None if found in (inf, -inf) else found
