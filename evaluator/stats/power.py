"""What a comparison could have seen, and how much more would do: the paired t test's power, solved for either."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from evaluator.stats.sign_flip import least_p
from evaluator.stats.student import t_quantile

POWER = 0.8
MOST = 1_000_000  # units; more is "practically equal"


def detectable(differences: Sequence[float], *, alpha: float = 0.05) -> float | None:
    """The smallest true mean difference found in 80 % of repetitions, from the spread of these independent differences.

    (t_{1-alpha/2} + t_{0.8}) * sd / sqrt(n), the normal formula (Lachin 1981) with t for few units. None where there is
    no answer: so few that not even full agreement is significant, or no spread to go by.
    """
    units = len(differences)
    if least_p(units) > alpha or not (spread := _spread(differences)):
        return None
    return _quantiles(units, alpha) * spread / math.sqrt(units)


def enough(differences: Sequence[float], difference: float, *, alpha: float = 0.05) -> int | None:
    """How many independent differences with this spread find a true mean of `difference` four times out of five.

    None where no number is known to do: a difference of 0, no spread to go by, or more than a million.
    """
    if not difference or not (spread := _spread(differences)):
        return None
    ratio = (spread / difference) ** 2
    units = max(2, math.ceil(min(MOST, (_normal(1 - alpha / 2) + _normal(POWER)) ** 2 * ratio)))
    while units < MOST and (least_p(units) > alpha or units < _quantiles(units, alpha) ** 2 * ratio):
        units += max(1, units // 1000)
    return units if units < MOST else None


def _spread(differences: Sequence[float]) -> float:
    """Standard deviation; 0 for what only rounding tells from no spread."""
    spread = statistics.stdev(differences) if len(differences) > 1 else 0.0
    return spread if spread > 1e-9 * max(map(abs, differences), default=0.0) else 0.0


def _quantiles(units: int, alpha: float) -> float:
    return t_quantile(1 - alpha / 2, units - 1) + t_quantile(POWER, units - 1)


def _normal(share: float) -> float:
    return statistics.NormalDist().inv_cdf(share)
