"""Student's t distribution, by itself: a page needs two numbers of it and no library."""

from functools import lru_cache
from math import exp, inf, lgamma, log, pi, sqrt
from statistics import NormalDist

_STEPS_MAX = 500
_TINY = 1e-300
_CLOSE = 1e-15


def probability_beyond(t: float, degrees: float) -> float:
    """Give the two-sided probability of a t at least as far from 0."""
    whole = degrees + t * t
    return _incomplete_beta(degrees / 2, 0.5, degrees / whole, t * t / whole)


@lru_cache(maxsize=1024)
def quantile(probability: float, degrees: int) -> float:
    """Give the t that a share of all lies below; from 0.5 to below 1.

    Newton's steps from the normal distribution's expansion, and halvings where they would leave
    what is known to hold the answer.
    """
    if not 0.5 <= probability < 1:
        raise ValueError(probability)
    beyond, low, high = 2 * (1 - probability), 0.0, inf
    t = _expansion(probability, degrees)
    for _ in range(_STEPS_MAX):
        apart = probability_beyond(t, degrees) - beyond
        low, high = (t, high) if apart > 0 else (low, t)
        after = t + apart / (2 * _density(t, degrees))
        if not low < after < high:
            after = (low + high) / 2 if high < inf else 2 * t + 1
        if abs(after - t) <= _CLOSE * max(abs(t), 1e-9):
            return after
        t = after
    return t


def _expansion(probability: float, degrees: int) -> float:
    """Start from the normal distribution: Abramowitz, Stegun 1964, 26.7.5, its first two terms."""
    z = NormalDist().inv_cdf(probability)
    return z + (z**3 + z) / (4 * degrees) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)


def _density(t: float, degrees: int) -> float:
    half = (degrees + 1) / 2
    front = exp(lgamma(half) - lgamma(degrees / 2)) / sqrt(degrees * pi)
    return float(front * (1 + t * t / degrees) ** -half)


def _incomplete_beta(a: float, b: float, x: float, rest: float) -> float:
    """Work out the regularised incomplete beta function by its continued fraction.

    `rest` is 1 - x, which nobody can tell from x where that is nearly 1.
    Source: Abramowitz, Stegun 1964, 26.5.8, evaluated after Lentz.
    """
    if x <= 0:
        return 0.0
    if rest <= 0:
        return 1.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(rest))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, rest) / b


def _fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    value, step = d, 0.0
    for m in range(1, _STEPS_MAX):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _away_from_zero(1 + numerator * d)
            c = _away_from_zero(1 + numerator / c)
            step = c * d
            value *= step
        if abs(step - 1) < _CLOSE:
            break
    return value


def _away_from_zero(number: float) -> float:
    return number if abs(number) > _TINY else _TINY


def half_width(sd: float, n: int) -> float:
    """Give how far the 95 % interval of a mean reaches to each side, from two people on."""
    return quantile(0.975, n - 1) * sd / sqrt(n)
