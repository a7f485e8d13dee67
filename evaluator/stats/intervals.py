"""95 % intervals that are honest for few trials."""

from __future__ import annotations

import functools
import math
import operator
import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from evaluator.stats.student import t_quantile

Z95 = 1.959963984540054
RESAMPLES = 2_000


@dataclass(frozen=True)
class Interval:
    """A mean and its 95 % interval."""

    mean: float
    low: float
    high: float


def wilson(successes: int, trials: int) -> Interval:
    """Interval of a share (Wilson 1927). Without trials everything is possible."""
    if trials == 0:
        return Interval(0.0, 0.0, 1.0)
    share = successes / trials
    centre = share + Z95**2 / (2 * trials)
    spread = Z95 * math.sqrt(share * (1 - share) / trials + Z95**2 / (4 * trials**2))
    scale = 1 + Z95**2 / trials
    return Interval(share, max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale))


def clustered_mean(values: Mapping[str, Sequence[float]], *, seed: int = 0) -> Interval | None:
    """Mean over tasks of the mean over their trials, with a bootstrap over tasks (Field and Welsh 2007).

    Attempts at one task are not independent, so tasks are drawn, not trials. With a single task there is nothing to
    draw: trials are drawn instead, which says how steady the agent is on that task and nothing about others.
    """
    clusters = [list(cluster) for _, cluster in sorted(values.items()) if cluster]
    if not clusters:
        return None
    return bootstrap(
        [sum(cluster) / len(cluster) for cluster in clusters] if len(clusters) > 1 else clusters[0], seed=seed
    )


def bootstrap(units: Sequence[float], *, seed: int = 0) -> Interval:
    """Mean of independent values with an expanded percentile interval; the same values give the same interval.

    The plain percentile interval of few values is too narrow: with 5 it held the truth in 85 % of simulations, with 8
    in 88 %. Taking the quantiles further out, by what Student's t is wider than the normal (Hesterberg 2015), made that
    91 % and 94 %. With 3 it ends at the extremes and still holds the truth in three cases of four only.
    """
    mean = sum(units) / len(units)
    if len(units) == 1:
        return Interval(mean, mean, mean)
    draws = sorted(sum(drawn(units)) / len(units) for drawn in _draws(len(units), seed))
    cut = int(_tail(len(units)) * RESAMPLES)
    return Interval(mean, draws[cut], draws[RESAMPLES - 1 - cut])


@functools.lru_cache(maxsize=8)  # drawing is most of a bootstrap, and a comparison asks for the same draws an axis
def _draws(units: int, seed: int) -> Sequence[Callable[[Sequence[float]], Sequence[float]]]:
    """What picks each resample from so many units (at least two)."""
    source = random.Random(seed)  # noqa: S311 - a repeatable draw is the point
    return [operator.itemgetter(*source.choices(range(units), k=units)) for _ in range(RESAMPLES)]


@functools.cache
def _tail(units: int) -> float:
    """The share to leave out at either end."""
    if units < 2:
        return 0.0
    return statistics.NormalDist().cdf(-math.sqrt(units / (units - 1)) * t_quantile(0.975, units - 1))
