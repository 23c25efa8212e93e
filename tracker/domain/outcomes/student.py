"""Student's t distribution, by itself: a page needs two numbers of it and no library."""

from math import exp, lgamma, log, sqrt

_STEPS_MAX = 500
_TINY = 1e-300
_CLOSE = 1e-15


def probability_beyond(t: float, degrees: float) -> float:
    """Give the two-sided probability of a t at least as far from 0."""
    whole = degrees + t * t
    return _incomplete_beta(degrees / 2, 0.5, degrees / whole, t * t / whole)


def quantile(probability: float, degrees: float) -> float:
    """Give the t that a share of all lies below; from 0.5 to below 1.

    Found by halving: 200 halvings leave no digit of a double open.
    """
    if not 0.5 <= probability < 1:
        raise ValueError(probability)
    beyond, low, high = 2 * (1 - probability), 0.0, 1.0
    while probability_beyond(high, degrees) > beyond:
        low, high = high, high * 2
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if probability_beyond(middle, degrees) > beyond:
            low = middle
        else:
            high = middle
    return (low + high) / 2


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
