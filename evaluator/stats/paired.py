"""Two agents on the same trials: the mean difference, its interval, whether it is more than chance, and the power.

Attempts at one task are not independent, so the unit is the task: its mean difference is one observation. That needs
six tasks: with fewer, not even full agreement is significant (2 / 2^5 > 0.05), however many attempts there were. Then
the unit is the pair of trials, each task weighing the same, and the result speaks of these tasks only; `unit` says
which. One list of units feeds estimate, interval, test and power, so that they cannot disagree on what was observed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from evaluator.stats.intervals import bootstrap
from evaluator.stats.power import detectable, enough
from evaluator.stats.sign_flip import sign_flip

FEWEST_TASKS = 6


@dataclass(frozen=True)
class Paired:
    """A mean difference in the scores' own unit. `detectable` and `enough_pairs` are None where there is no answer."""

    difference: float
    low: float
    high: float
    p: float
    detectable: float | None
    enough_pairs: int | None
    pairs: int
    units: int
    unit: Literal["task", "pair"]


def paired(by_task: Mapping[str, Sequence[float]], *, tests: int = 1) -> Paired | None:
    """Compare from the differences of each task's pairs of trials. `tests` is how many are adjusted together (Holm):
    power is for the strictest step of that. None without a pair.
    """
    clusters = [cluster for _, cluster in sorted(by_task.items()) if cluster]
    pairs = sum(map(len, clusters))
    if not pairs:
        return None
    by_tasks = len(clusters) >= FEWEST_TASKS
    units = [sum(cluster) / len(cluster) for cluster in clusters] if by_tasks else _balanced(clusters)
    interval = bootstrap(units)
    alpha = 0.05 / tests
    wanted = enough(units, interval.mean, alpha=alpha)
    return Paired(
        difference=interval.mean,
        low=interval.low,
        high=interval.high,
        p=sign_flip(units),
        detectable=detectable(units, alpha=alpha),
        enough_pairs=wanted and round(wanted * pairs / len(units)),
        pairs=pairs,
        units=len(units),
        unit="task" if by_tasks else "pair",
    )


def _balanced(clusters: Sequence[Sequence[float]]) -> list[float]:
    """Every pair, weighed so that the mean over all is the mean over tasks."""
    pairs = sum(map(len, clusters))
    return [value * pairs / (len(clusters) * len(cluster)) for cluster in clusters for value in cluster]
