"""95 % intervals that are honest for few trials."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
    """Mean over tasks of the mean over their trials, with a bootstrap over tasks (percentile; Field and Welsh 2007).

    Attempts at one task are not independent, so tasks are drawn, not trials. With a single task there is nothing to
    draw: trials are drawn instead, which says how steady the agent is on that task and nothing about others.
    """
    clusters = [list(cluster) for _, cluster in sorted(values.items()) if cluster]
    if not clusters:
        return None
    units = [sum(cluster) / len(cluster) for cluster in clusters] if len(clusters) > 1 else clusters[0]
    mean = sum(units) / len(units)
    source = random.Random(seed)  # noqa: S311 - a repeatable draw is the point
    draws = sorted(sum(source.choices(units, k=len(units))) / len(units) for _ in range(RESAMPLES))
    return Interval(mean, draws[int(0.025 * RESAMPLES)], draws[int(0.975 * RESAMPLES) - 1])
