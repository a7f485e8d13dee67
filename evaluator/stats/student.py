"""Student's t, as far as power needs it: its quantiles, from the regularised incomplete beta function."""

from __future__ import annotations

import functools
import math

_STEPS = 300
_TINY = 1e-300


@functools.lru_cache(maxsize=4096)  # power is asked for an axis of as many units as the one before
def t_quantile(share: float, freedom: int) -> float:
    """The value that a t variable with `freedom` degrees of freedom stays below with probability `share` (> 0.5)."""
    low, high = 0.0, 1.0
    while t_below(high, freedom) < share:
        high *= 2
    while low < (middle := (low + high) / 2) < high:  # until they are neighbours
        low, high = (middle, high) if t_below(middle, freedom) < share else (low, middle)
    return high


def t_below(value: float, freedom: int) -> float:
    """P(T <= value) for value >= 0 (Abramowitz and Stegun 26.5.27, 26.7.1)."""
    return 1.0 - 0.5 * _beta(freedom / (freedom + value * value), freedom / 2, 0.5)


def _beta(x: float, a: float, b: float) -> float:
    """I_x(a, b). The fraction converges fast below the distribution's bulk; above it the mirrored one does."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1.0 - _beta(1 - x, b, a)
    logarithm = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(logarithm) / (a * _fraction(x, a, b))


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of I_x(a, b) (A&S 26.5.8), from the top (Lentz 1976), as its reciprocal."""
    value, upper, lower = 1.0, 1.0, 0.0
    for step in range(1, _STEPS):
        m = step // 2
        if step % 2:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        lower = 1.0 / (1.0 + term * lower or _TINY)
        upper = 1.0 + term / upper or _TINY
        value *= upper * lower
        if abs(upper * lower - 1.0) < 1e-15:
            break
    return value
