"""Two agents on the same trials: the mean difference, its interval, whether it is more than chance, and the power.

Attempts at one task are not independent, so the unit is the task: its mean difference is one observation. That takes
enough tasks (`fewest_tasks`): of fewer, not even full agreement is significant, however many attempts there were. Then
the unit can only be the pair of trials, each task weighing the same, and the result speaks of these tasks alone. One
list of units feeds estimate, interval, test and power, so that they cannot disagree on what was observed.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from evaluator.stats.intervals import bootstrap
from evaluator.stats.power import detectable, enough
from evaluator.stats.sign_flip import least_p, sign_flip

SIGNIFICANT = 0.05
Unit = Literal["task", "pair"]


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
    unit: Unit


def fewest_tasks(tests: int = 1) -> int:
    """How many tasks can show a difference at all, on the strictest of so many tests: 6 for one, 9 for eight."""
    return next(tasks for tasks in itertools.count(1) if least_p(tasks) <= SIGNIFICANT / tests)


def paired(by_task: Mapping[str, Sequence[float]], *, unit: Unit, tests: int = 1) -> Paired | None:
    """Compare from the differences of each task's pairs of trials. `tests` is how many are adjusted together (Holm):
    power is for the strictest step of that. None without a pair.
    """
    clusters = [cluster for _, cluster in sorted(by_task.items()) if cluster]
    pairs = sum(map(len, clusters))
    if not pairs:
        return None
    units = [sum(cluster) / len(cluster) for cluster in clusters] if unit == "task" else _balanced(clusters)
    interval = bootstrap(units)
    alpha = SIGNIFICANT / tests
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
        unit=unit,
    )


def _balanced(clusters: Sequence[Sequence[float]]) -> list[float]:
    """Every pair, weighed so that the mean over all is the mean over tasks."""
    pairs = sum(map(len, clusters))
    return [value * pairs / (len(clusters) * len(cluster)) for cluster in clusters for value in cluster]
