"""A share of people and how sure it is, by Wilson's interval."""

from math import sqrt

from msgspec import Struct

# 97.5 % point of the normal distribution: two-sided 95 %.
Z_95 = 1.959963984540054


class Proportion(Struct, frozen=True):
    """So many `of` so many."""

    count: int
    of: int

    @property
    def share(self) -> float | None:
        """Give the share from 0 to 1; None of nobody."""
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Give the 95 % interval of the share, by Wilson's score; None of nobody.

        Source: Wilson 1927, J Am Stat Assoc 22:209; recommended by Brown, Cai, DasGupta 2001, Stat
        Sci 16:101. It never leaves 0 to 1, and exists for none and for all.
        """
        if not self.of:
            return None
        n, z2 = self.of, Z_95 * Z_95
        middle = (self.count + z2 / 2) / (n + z2)
        half = Z_95 / (n + z2) * sqrt(self.count * (n - self.count) / n + z2 / 4)
        # At the ends the formula gives exactly 0 and 1; rounding must not say otherwise.
        low = 0.0 if self.count == 0 else middle - half
        high = 1.0 if self.count == n else middle + half
        return low, high
