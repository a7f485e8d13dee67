"""Means over trials with intervals over tasks: the one way a score of an agent is averaged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from evaluator.evidence import TrialResult
from evaluator.stats.intervals import Interval, clustered_mean


def mean_score(done: Sequence[TrialResult], axis: str) -> Interval | None:
    """The mean of an axis, None where it was never measured."""
    return mean_of(done, lambda result: result.scores.get(axis))


def mean_of(done: Sequence[TrialResult], value: Callable[[TrialResult], float | None]) -> Interval | None:
    """The mean of whatever `value` finds in a trial; trials where it finds None are left out."""
    by_task: dict[str, list[float]] = defaultdict(list)
    for result in done:
        if (number := value(result)) is not None:
            by_task[result.task].append(number)
    return clustered_mean(by_task)
